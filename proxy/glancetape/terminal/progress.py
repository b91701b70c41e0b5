"""What commands do that take a while: show how far they are, and clear away when told to end."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

_ENDS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


class _Told(SystemExit):
    """A signal told the process to end. No `except Exception` on the way up keeps it."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = signal.Signals(number)


class _Ended(click.ClickException):
    """What is said then."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"ended by {_ENDS[number]}; nothing was written.")
        self._number = number

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # a constant in click, read at the end
        return 128 + self._number


@contextmanager
def clearing_away() -> Iterator[None]:
    """Let what was begun be cleared away when the process is told to end, then say so.

    For work that is there whole or not at all. The exit status is the shells' for that signal.
    """
    handlers = {one: signal.getsignal(one) or signal.SIG_DFL for one in _ENDS}
    # What whoever started us ignores, as nohup does, stays ignored.
    heard = {one: before for one, before in handlers.items() if before is not signal.SIG_IGN}

    def end(number: int, _: FrameType | None) -> None:
        for one in heard:  # a second one would stop the clearing
            signal.signal(one, signal.SIG_IGN)
        raise _Told(number)

    try:
        for one in heard:
            signal.signal(one, end)
        yield
    except _Told as told:
        raise _Ended(told.number) from None
    finally:
        for one, before in heard.items():
            if signal.getsignal(one) is end:  # else the process is on its way out
                signal.signal(one, before)


class Progress:
    """One line on a terminal that is written over; nothing anywhere else."""

    _EVERY = 0.1  # seconds

    def __init__(self, unit: str = "") -> None:
        """Take what is counted, to show how many a second; "" for what says nothing so."""
        self._unit = unit
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._next = 0.0
        self._step, self._since = "", 0.0

    def __enter__(self) -> "Progress":
        """Give the line."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        if self._shown:
            click.echo("\r\033[K", err=True, nl=False)

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show what is being done, how much of it is done, and how much there is (0: unknown)."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._since, self._next = step, now, 0.0
        if not self._shown or now < self._next:
            return
        self._next = now + self._EVERY
        text = step
        if total:
            text += f" {done / total:4.0%}"
        taken = now - self._since
        if done and done < total and taken:
            if self._unit:
                text += f", {done / taken:,.0f} {self._unit}/s"
            text += f", {taken * (total - done) / done:.0f} s left"
        click.echo(f"\r\033[K{text}", err=True, nl=False)
