"""Running the product as its users do: as a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.running.forked import PROGRAMS, Forked

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Running:
    """A process, the URL on which it listens, and what it says."""

    process: "subprocess.Popen[str] | Forked"
    url: str = ""
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    @property
    def said(self) -> str:
        """Everything that it printed so far."""
        return "\n".join(self.lines)

    def wait_for(self, pattern: str) -> str:
        """The first group of a pattern in what it prints, as soon as it is there."""
        deadline = time.monotonic() + 20
        while (found := re.search(pattern, self.said)) is None:
            assert time.monotonic() < deadline, f"no {pattern!r} in {self.said!r}"
            time.sleep(0.01)
        return found[1]

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait for the end; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(20)
        if self.reader:
            self.reader.join(5)
        return status


@contextmanager
def running(
    arguments: Sequence[str | Path],
    cwd: Path | None = None,
    *,
    installed: bool = False,
    **environment: str,
) -> Iterator[Running]:
    """Start a program that prints where it listens; it is ended by pid in any case.

    Our own one is forked from a process that has loaded it, unless the test is about the program
    that is installed.
    """
    words = [str(argument) for argument in arguments]
    process = start(words, cwd, installed=installed, **environment)
    it, ready = Running(process), threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            it.lines.append(line.rstrip("\n"))
            if found := re.search(r"listening (?:on|at) (?:http://)?(?:\*:)?(\S+?)\.?$", line):
                it.url = found[1] if "://" in found[1] else f"http://{found[1]}"
                ready.set()
        ready.set()

    it.reader = threading.Thread(target=read, daemon=True)
    it.reader.start()
    try:
        assert ready.wait(30), f"it did not start: {it.said}"
        yield it
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        it.reader.join(10)  # something that it began may hold the pipe open


def start(
    words: Sequence[str], cwd: Path | None = None, *, installed: bool = False, **environment: str
) -> "subprocess.Popen[str] | Forked":
    """Start a program with both outputs in one pipe; PROGRAMS are forked unless `installed`."""
    env = os.environ | {"PYTHONUNBUFFERED": "1"} | environment
    program = Path(words[0])
    if program.parent == BIN and program.name in PROGRAMS and not installed:
        return Forked(program.name, words[1:], cwd=cwd, env=env)
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=env,
    )


SIGNALS_AS_USUAL = (
    sys.executable,
    "-c",
    "import os, signal, sys\n"
    "for name in ('SIGINT', 'SIGTERM', 'SIGHUP'):\n"
    "    signal.signal(getattr(signal, name), signal.SIG_DFL)\n"
    "os.execvp(sys.argv[1], sys.argv[1:])",
)
"""Starts a program that ends at a signal, though the tests run where signals are ignored.

A shell ignores SIGINT for what it runs in the background, nohup ignores SIGHUP, and children
inherit both. The program would rightly go on, and the test would wait for its end.
"""


def glancetape(*arguments: str | Path) -> list[str]:
    """Return the command line of our own program."""
    return [str(BIN / "glancetape"), *map(str, arguments)]


def run_process(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run our own program to its end, as a process of its own."""
    return subprocess.run(
        glancetape(*arguments),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )


def wait_for_the_end_of(processes: Sequence[int]) -> None:
    """Wait until processes have ended, by their numbers. One whose parent did not ask yet has."""
    until = time.monotonic() + 30
    while any(map(_runs, processes)):
        assert time.monotonic() < until
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(") ")[2][:1] not in ("Z", "X")
