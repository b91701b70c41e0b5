"""Processes of our own program that start at once, from one that has loaded everything before.

Loading mitmproxy takes most of a second of each start, and a hundred tests start a proxy as a
process; what a scribe loads and compiles takes a quarter of a second, and each test that records
starts one. Such a process is a real one: it has its own id, signals, memory and files. What happens
before `main`, and whether the command is installed, is for tests that start the program itself.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Any
from unittest import mock

from glancetape_cassettes.writing import scribe
from glancetape_cassettes.writing.scribe import ScribeProcess

_CONTEXT = get_context("forkserver")
_TESTS = Path(__file__).parents[2]


class _Process:
    """A forked process, with as much of `subprocess.Popen` as tests use."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        """Call the target, in a process."""
        self._process: ForkServerProcess = _CONTEXT.Process(target=target, args=arguments)
        _ensure_server()
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit status, or the signal that ended it, below 0; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the status. Raises TimeoutExpired."""
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise TimeoutExpired("glancetape", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


class Forked(_Process):
    """Our program as a process."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start one of PROGRAMS with arguments; both outputs go into one pipe."""
        ours, theirs = os.pipe()
        super().__init__(
            _run,
            program,
            list(arguments),
            str(cwd or Path.cwd()),
            dict(env or os.environ),
            _Passed(theirs),
        )
        os.close(theirs)
        self.stdout: IO[str] | None = TextIOWrapper(BufferedReader(FileIO(ours)), "utf-8")


def forked_scribe(fd: int) -> ScribeProcess:
    """Start a scribe as `scribe.start_process` does; `tests/conftest.py` puts it in its place."""
    streams = _Passed(1), _Passed(2)
    return _Process(_run_scribe, str(Path.cwd()), dict(os.environ), _Passed(fd), *streams)


def _ensure_server() -> None:
    """Start the process from which others are forked, unless it runs; it finds our helpers."""
    _CONTEXT.set_forkserver_preload(["support.running.loaded_before"])
    with mock.patch.dict(os.environ, PYTHONPATH=str(_TESTS)):
        forkserver.ensure_running()


def end_server() -> None:
    """End the process from which others are forked, if there is one, and wait for its end."""
    # It would end by itself, but later than the tests.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


class _Passed:
    """A file descriptor that is passed to another process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> Any:
        return _Passed._opened, (DupFd(self._descriptor),)

    @staticmethod
    def _opened(passed: Any) -> int:
        descriptor: int = passed.detach()
        return descriptor


def _run_scribe(folder: str, environment: dict[str, str], fd: Any, out: Any, err: Any) -> None:
    """Be the scribe at the other end of a socket."""
    _as_started(folder, environment, out, err)
    scribe.main(fd)


def _as_started(folder: str, environment: dict[str, str], out: int, err: int) -> None:
    """Read nothing, write to these, and be where the starter is."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in ((0, nothing), (1, out), (2, err)):
        os.dup2(descriptor, number)
    for descriptor in {nothing, out, err}:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None  # it depends on the environment


def _run(
    program: str, arguments: list[str], folder: str, environment: dict[str, str], out: Any
) -> None:
    """Be the program, as if it had just been started."""
    _as_started(folder, environment, out, out)
    sys.stdin = TextIOWrapper(BufferedReader(FileIO(0)), "utf-8")
    sys.stdout = sys.__stdout__ = _written_at_once(1, "strict")
    sys.stderr = sys.__stderr__ = _written_at_once(2, "backslashreplace")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)
    from support.wire.key_once import read_key_once  # not in the tests: it loads mitmproxy

    read_key_once()
    sys.argv = [program, *arguments]
    PROGRAMS[program](arguments)


def _glancetape(arguments: list[str]) -> None:
    from glancetape.cli import main

    main(arguments, prog_name="glancetape")


def _mitmdump(arguments: list[str]) -> None:
    from mitmproxy.tools.main import mitmdump

    mitmdump(arguments)


PROGRAMS = {"glancetape": _glancetape, "mitmdump": _mitmdump}


def _written_at_once(descriptor: int, errors: str) -> TextIOWrapper:
    file = BufferedWriter(FileIO(descriptor, "wb"))
    return TextIOWrapper(file, "utf-8", errors, line_buffering=True, write_through=True)
