"""An event loop that sends the pages of one turn together.

A turn begins with the sockets that have something to read, and ends before the next wait:

    read A, find its page; read B, find its page; ...; send A's page, send B's page, ...; wait

A client that sleeps while it waits has to be woken, which takes as long as a tenth of a page. While
it reads its first page it gets the others, so that it is woken once a turn and not once a page.
"""

import asyncio
import os
import select
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_MOST = 32
"""Pages that wait for the end of a turn; the clients of the first ones wait for all of them."""
_MOST_EVENTS = 256
"""Sockets that are read in a turn; the others come in the next one."""
_T = TypeVar("_T")


class Turn(selectors.DefaultSelector):
    """Waits for a loop's sockets, after it has sent what was collected since it waited last."""

    def __init__(self) -> None:
        """Collect nothing yet."""
        super().__init__()
        self._collected: list[tuple[Callable[..., bool], tuple[object, ...]]] = []
        self._readers: dict[int, Callable[[], bool]] = {}
        self._polled = _polled_by(self)

    def close(self) -> None:
        """Free it."""
        if self._polled is not None:
            self._polled.close()
        super().close()

    def read_by(self, descriptor: int, read: Callable[[], bool]) -> None:
        """Call `read` when a socket has something to read. It returns False if the loop has to.

        So the loop makes no callback of each event, which takes as long as a tenth of a page.
        """
        self._readers[descriptor] = read

    def leave_to_loop(self, descriptor: int) -> None:
        """Undo `read_by`, before the socket is closed."""
        self._readers.pop(descriptor, None)

    def collect(self, send: Callable[..., bool], *given: object) -> None:
        """Call `send` at the end of the turn. It returns False if the loop has to do the rest."""
        self._collected.append((send, given))
        if len(self._collected) >= _MOST:
            self.send()

    def send(self) -> bool:
        """Send what was collected. False if the loop has something to do for it."""
        collected, self._collected = self._collected, []
        are_sent = [send(*given) for send, given in collected]
        return all(are_sent)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Send, wait for the sockets, and read; what is left is for the loop."""
        if self._collected and not self.send():
            timeout = 0
        if self._polled is None:
            return super().select(timeout)
        left, readers = False, self._readers
        for descriptor, events in self._polled.poll(timeout, _MOST_EVENTS):
            read = readers.get(descriptor)
            if read is None or events != select.EPOLLIN or not read():
                left = True
        return super().select(0) if left else []


def _polled_by(selector: selectors.BaseSelector) -> "select.epoll | None":
    """The system's object in a selector, which makes no key for each event; None if it has none."""
    # Only Linux has one.
    if hasattr(selectors, "EpollSelector") and isinstance(selector, selectors.EpollSelector):
        return select.epoll.fromfd(os.dup(selector.fileno()))
    return None


class TurnLoop(asyncio.SelectorEventLoop):
    """A loop with such turns."""

    def __init__(self) -> None:
        """Open it."""
        self.turn = Turn()
        super().__init__(self.turn)


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Do what `asyncio.run` does, in a loop with such turns."""
    with asyncio.Runner(loop_factory=TurnLoop) as runner:
        return runner.run(main)
