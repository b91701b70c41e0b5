"""An event loop that sends the pages of one turn together.

A turn begins with the sockets that have something to read, and ends before the next wait:

    read A, find its page; read B, find its page; ...; send A's page, send B's page, ...; wait

A client that sleeps while it waits has to be woken, which takes as long as a tenth of a page. While
it reads its first page it gets the others, so that it is woken once a turn and not once a page.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_MOST = 32
"""Pages that wait for the end of a turn; the clients of the first ones wait for all of them."""
_T = TypeVar("_T")


class Turn(selectors.DefaultSelector):
    """Waits for a loop's sockets, after it has sent what was collected since it waited last."""

    def __init__(self) -> None:
        """Collect nothing yet."""
        super().__init__()
        self._collected: list[tuple[Callable[..., bool], tuple[object, ...]]] = []
        self._readers: dict[int, Callable[[], bool]] = {}

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
        left = []
        for event in super().select(timeout):
            key, mask = event
            read = self._readers.get(key.fd)
            if read is None or mask != selectors.EVENT_READ or not read():
                left.append(event)
        return left


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
