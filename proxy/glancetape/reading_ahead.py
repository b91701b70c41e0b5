"""Reading what an answer is derived from in a thread, while other clients get their answers.

    GET list, sort_key=name    never recorded: 30,000 recorded lists are read, for some seconds
    GET list, limit=25         recorded: answered at once, meanwhile
    GET list, sort_key=size    never recorded: waits for what is read already

The thread only fills what the session keeps. The answer itself is made as any other.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Hashable

from glancetape.session.session import Session
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.interaction import Request

logger = logging.getLogger(__name__)

_MOST_PLACES = 1000


class ReadingAhead:
    """The thread that reads for the requests of one session; there is at most one at a time."""

    def __init__(self, session: Session) -> None:
        """Start no thread before one is needed."""
        self._session = session
        self._reading: asyncio.Future[None] | None = None
        self._places: set[Hashable] = set()

    def has_read(self, place: Hashable) -> bool:
        """Whether something was read for a request at the same place."""
        return place in self._places

    def start(
        self, request: Request, place: Hashable, *, any_host: bool
    ) -> asyncio.Task[None] | None:
        """What to wait for before a request is answered; None if it can be answered at once.

        Requests at the same `place` need the same. Without an event loop nobody else waits.
        """
        try:
            loop = asyncio.get_running_loop()
            read = self._session.what_takes_long(request, any_host=any_host)
        except (RuntimeError, GlancetapeError):  # what is damaged fails again when it is answered
            return None
        return None if read is None else loop.create_task(self._read(read, place))

    async def _read(self, read: Callable[[], None], place: Hashable) -> None:
        while self._reading is not None:
            await asyncio.shield(self._reading)
        if not self.has_read(place):  # nor was it read for another request meanwhile
            logger.info("reading what is recorded, to derive answers from it")
            self._reading = reading = _in_thread(read)
            try:
                await asyncio.shield(reading)
            finally:
                self._reading = None
        if len(self._places) >= _MOST_PLACES:
            self._places.clear()
        self._places.add(place)


def _in_thread(read: Callable[[], None]) -> "asyncio.Future[None]":
    """Read in a thread that ends with the program; the future is done when it has ended.

    What fails there fails again when the request is answered, and is reported then.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not done.done():
            done.set_result(None)

    def run() -> None:
        with contextlib.suppress(Exception):
            read()
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(end)

    threading.Thread(target=run, name="glancetape-reading", daemon=True).start()
    return done
