"""Log lines on standard error that never hold up the proxy.

A program that starts us may read our first line and no more. Once its pipe is full, writing to it
blocks; if the proxy's own thread wrote, every client would wait.
"""

import errno
import logging
import queue
import sys
import threading
import time
from typing import TYPE_CHECKING

import click

from glancetape.terminal.color import is_colored, is_on_terminal
from glancetape.terminal.error_sentences import show_message, without_secrets
from glancetape.terminal.escaping import escape, escape_lines
from glancetape.terminal.tracebacks import without_quotes

if TYPE_CHECKING:
    from types import TracebackType

    _Failure = (
        tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    )

_MOST_WAITING = 10_000
_LONGEST_LINE = 4000
_LONGEST_SECRET = 1000
_MOST_LINES = 100
"""Of one record: a traceback and a miss have fewer."""
_TOO_MANY_FILES = (
    "too many open files: new connections wait until others end. Raise the limit (ulimit -n)."
)
_PATIENCE = 2.0
"""Seconds to wait at the end for the reader to take what is left."""


class Lines(logging.Handler):
    """Writes lines from its own thread; drops them when nobody reads."""

    def __init__(self) -> None:
        """Hold all lines until `show`."""
        super().__init__()
        self._waiting: queue.Queue[str] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._next_want_of_files = 0.0
        self._is_colored = is_colored(is_terminal=is_on_terminal(sys.stderr))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a log record; its level comes first if it is above INFO.

        Above INFO it may be the error of a library, with a traceback: secrets are not shown. Lines
        of INFO are ours, and redacted where they are made.
        """
        if _is_for_want_of_files(record):
            # The event loop tries to accept a connection hundreds of times a second.
            now = time.monotonic()
            if now >= self._next_want_of_files:
                self._next_want_of_files = now + 1
                self.write(_TOO_MANY_FILES, "error")
            return
        text = _text_of(record)
        if record.levelno <= logging.INFO:
            self.write(text)
        else:
            # Cut to more than is shown: what is left of a secret at the cut is not shown.
            shown = without_secrets(_bounded(text, _LONGEST_LINE + _LONGEST_SECRET))
            self.write(shown, record.levelname.lower())

    def write(self, text: str, level: str = "") -> None:
        """Write one or several lines of which every control character is escaped."""
        shown = _bounded(escape_lines(_bounded(text)))  # first the text: escaping is slow
        if level:
            word = f"{level}:"
            color = "yellow" if level == "warning" else "red"
            shown = f"{click.style(word, fg=color) if self._is_colored else word} {shown}"
        try:
            self._waiting.put_nowait(shown)
        except queue.Full:
            return  # nobody reads

    def show(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="glancetape-log", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Write what is left, as long as it is read."""
        self.show()
        deadline = time.monotonic() + _PATIENCE
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.005)

    def _write(self) -> None:
        while True:
            line = self._waiting.get()
            try:
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
            except (OSError, ValueError):
                return  # closed
            finally:
                self._waiting.task_done()


def log_to_stderr(*, quiet: bool) -> Lines:
    """Send our log to standard error: INFO and above, with `quiet` only warnings and errors.

    Nothing is written before `show` is called on what is returned.
    """
    lines = Lines()
    logging.getLogger().addHandler(lines)
    # Clients that keep their connections open at the end are not an error.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    for name in ("glancetape", "glancetape_cassettes"):
        logging.getLogger(name).setLevel(logging.WARNING if quiet else logging.INFO)
    return lines


def _is_for_want_of_files(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)


def _bounded(text: str, longest: int = _LONGEST_LINE) -> str:
    """The text with long lines cut, and without its middle when there are too many lines."""
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        half = _MOST_LINES // 2
        left_out = f"... {len(lines) - 2 * half:,} lines"
        lines = [*lines[:half], left_out, *lines[-half:]]
    return "\n".join(_short(line, longest) for line in lines)


def _short(line: str, longest: int) -> str:
    if len(line) <= longest:
        return line
    mark = "..."
    return line[: longest - len(mark)] + mark


class _Warnings(logging.Handler):
    """Writes warnings of a command that has no log of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record with its level."""
        show_message(record.levelname.lower(), *_text_of(record).split("\n  "))


def show_warnings() -> None:
    """Show warnings of our own and of libraries until a command has a log; Python's way is raw."""
    logging.lastResort = _Warnings(logging.WARNING)


class _Formatter(logging.Formatter):
    """Writes tracebacks, also those of libraries, without what their messages quote."""

    def formatException(self, ei: "_Failure") -> str:
        """Return the traceback of an exception in several lines."""
        shown = without_quotes(ei[1])
        return super().formatException((type(shown), shown, ei[2]) if shown else ei)


_FORMATTER = _Formatter()


def _text_of(record: logging.LogRecord) -> str:
    """The record's message and traceback; a newline inside a value makes no line of its own."""
    safe = logging.makeLogRecord(record.__dict__)
    if isinstance(safe.args, tuple):
        safe.args = tuple(map(_safe, safe.args))
    return _FORMATTER.format(safe)


def _safe(value: object) -> object:
    """A value to be put into a message: numbers stay, everything else becomes one line of text."""
    return value if isinstance(value, int | float) else escape(str(value))
