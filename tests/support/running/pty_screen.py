"""A program in a terminal of its own: to its end, or with a full-screen interface."""

import codecs
import fcntl
import os
import pty
import re
import selectors
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

_ROWS, _COLUMNS = 50, 160
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Za-z0-9]|\][^\x07]*\x07|[=>78])|[\x0e\x0f]"
)


def run_in_terminal(words: Sequence[str], **environment: str) -> tuple[int, bytes]:
    """Run a program whose output is a terminal; return its exit status and what it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, stdout=theirs, stderr=theirs, env=os.environ | environment)
    os.close(theirs)
    shown = b""
    try:
        while more := os.read(ours, 1 << 16):
            shown += more
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return process.wait(30), shown


@dataclass
class PtyScreen:
    """What the program has painted since it was last asked, without its control sequences."""

    process: "subprocess.Popen[bytes]"
    terminal: int
    _painted: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def type(self, keys: str) -> None:
        """Press keys. What was painted before is forgotten."""
        self._painted = ""
        os.write(self.terminal, keys.encode())

    def wait_for(self, text: str) -> str:
        """What was painted, as soon as a text is in it."""
        deadline = time.monotonic() + 30
        with selectors.DefaultSelector() as selector:  # select() knows descriptors below 1,024
            selector.register(self.terminal, selectors.EVENT_READ)
            while text not in (seen := _SEQUENCE.sub("", self._painted)):
                assert time.monotonic() < deadline, f"no {text!r} in {seen[-4000:]!r}"
                if selector.select(0.2):
                    self._painted += self._decoder.decode(os.read(self.terminal, 1 << 16))
        return seen


@contextmanager
def in_terminal(words: Sequence[str]) -> Iterator[PtyScreen]:
    """Start a program in a terminal; it is ended by its id in any case."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    process = subprocess.Popen(
        words,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield PtyScreen(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
