"""Running a command of ours in the process of the test.

A process of its own takes a second to start, most of it for mitmproxy. What a command does for its
caller is the same here: output by file descriptors, so that of its child processes is in it too,
the environment, the exit status. Tests of what a process is (signals, memory, pipes, a kill) and
one test for each command start a real one, with `processes.run_process`.
"""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from unittest import mock

from glancetape.cli import main
from support.running.log_levels import as_in_a_new_process


def run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; a traceback fails the test."""
    words = [str(argument) for argument in arguments]
    with ExitStack() as stack:
        out = stack.enter_context(tempfile.TemporaryFile("w+b"))
        err = stack.enter_context(tempfile.TemporaryFile("w+b"))
        with ExitStack() as inside:
            inside.enter_context(_environment(environment))
            inside.enter_context(_logging())
            inside.enter_context(_output("stdout", 1, out))
            inside.enter_context(_output("stderr", 2, err))
            status = _status(words)
        return subprocess.CompletedProcess(words, status, _text(out), _text(err))


def _status(words: list[str]) -> int:
    try:
        main(words, prog_name="glancetape")
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("click ends every command with SystemExit")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@contextmanager
def _output(name: str, number: int, file: IO[bytes]) -> Iterator[None]:
    errors = getattr(sys, name).errors
    saved = os.dup(number)
    os.dup2(file.fileno(), number)
    try:
        with (
            open(number, "w", encoding="utf-8", errors=errors, closefd=False) as stream,
            mock.patch.object(sys, name, stream),
        ):
            yield
    finally:
        os.dup2(saved, number)
        os.close(saved)


@contextmanager
def _environment(environment: dict[str, str]) -> Iterator[None]:
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(tempfile, "tempdir", None if environment else tempfile.tempdir),
        open(os.devnull, encoding="utf-8") as nothing,
        mock.patch.object(sys, "stdin", nothing),
    ):
        yield


@contextmanager
def _logging() -> Iterator[None]:
    handlers = logging.getLogger().handlers[:]
    logging.getLogger().handlers.clear()  # those of pytest
    try:
        with as_in_a_new_process():
            yield
    finally:
        logging.getLogger().handlers[:] = handlers
