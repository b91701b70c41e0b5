"""What a long command does when a signal ends it: remove what it began, then say so."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from glancetape.terminal.error_sentences import ErrorWithStatus

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


def wake_no_more() -> None:
    """Let no signal wake the running event loop, which is about to end.

    asyncio closes the pipe that signals are written to before it gives up its handlers, so that a
    second Ctrl-C in between would print a traceback.
    """
    signal.set_wakeup_fd(-1)


class _Signalled(SystemExit):
    """A signal asked the process to end. No `except Exception` on the way up catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = signal.Signals(number)


_SOON = 0.001  # seconds until the object is freed, and ordinary code runs again


@contextmanager
def _never_ignored() -> Iterator[None]:
    """Raise `_Signalled` again after Python has ignored it.

    It ignores, and prints, what is raised while an object is freed, also in an import.
    """
    before, alarmed = sys.unraisablehook, signal.getsignal(signal.SIGALRM) or signal.SIG_DFL

    def raise_again(ignored: "UnraisableHookArgs") -> None:
        error = ignored.exc_value
        if not isinstance(error, _Signalled):
            before(ignored)
            return

        def end(_: int, __: FrameType | None) -> None:
            raise _Signalled(error.number)

        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, _SOON)

    sys.unraisablehook = raise_again
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarmed)
        sys.unraisablehook = before


@contextmanager
def removed_when_ended(left: str = "nothing was written") -> Iterator[Callable[[], None]]:
    """Turn signals that end the process into an exception, so that `finally` blocks run.

    For commands that write a file whole or not at all, and for those that have to end others;
    `left` says what is left then. The exit status is 128 + the signal. Yields a function that makes
    it ignore such signals from then on, for what has to be finished.
    """
    handlers = {one: signal.getsignal(one) or signal.SIG_DFL for one in _SIGNALS}
    # A signal that our starter ignores, as nohup does, stays ignored.
    handled = {one: before for one, before in handlers.items() if before is not signal.SIG_IGN}

    def ignore() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)  # of one that Python ignored just now
        for one in handled:
            signal.signal(one, signal.SIG_IGN)

    def end(number: int, _: FrameType | None) -> None:
        ignore()  # a second signal would stop the removal
        raise _Signalled(number)

    is_ending = False
    try:
        with _never_ignored():
            for one in handled:
                signal.signal(one, end)
            yield ignore
    except (_Signalled, RuntimeError) as error:
        # Within `__set_name__`, as where a class is imported, Python 3.11 raises another error.
        signalled = error if isinstance(error, _Signalled) else error.__cause__
        if not isinstance(signalled, _Signalled):
            raise
        is_ending, number = True, signalled.number
        raise ErrorWithStatus(f"ended by {_SIGNALS[number]}; {left}.", 128 + number) from None
    finally:
        if not is_ending:
            for one, before in handled.items():
                signal.signal(one, before)
