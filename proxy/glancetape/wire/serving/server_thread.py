"""Servers inside a program: a thread that serves any number of sessions.

Each session has its own port on 127.0.0.1, so what a late client sends to one that has ended
never reaches another one.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from glancetape.addresses import Address
from glancetape.options import Settings, check_settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.messages import Received, Sent
from glancetape.wire.saved.recordings import load_recording
from glancetape.wire.serving.connection import Patience, Service
from glancetape.wire.serving.server import Server, bind, service_for
from glancetape.wire.serving.turns import TurnLoop
from glancetape_cassettes.errors import BadParameter

HOST = "127.0.0.1"
_HOUR = 3600.0
_PATIENT = Patience(idle=_HOUR, request=_HOUR, unsent=_HOUR)
"""A person may look at a breakpoint for long."""
_T = TypeVar("_T")


@contextmanager
def serve(settings: Settings) -> Iterator["Served"]:
    """Serve the files of the settings on a free port of 127.0.0.1, for as long as a block lasts.

        with serve(Settings(replay=(Path("basic.yaml"),))) as server: ... server.url

    Raises GlancetapeError when it cannot open them.
    """
    check_settings(settings)
    if settings.record is not None:
        raise BadParameter("this server only replays; `glancetape record` records.")
    with open_session(settings, load_recording) as session:
        thread = ServerThread()
        try:
            yield thread.serve(Answering(session))
        finally:
            thread.close()


class ServerThread:
    """A thread with servers in it, from the first one until `close`."""

    def __init__(self) -> None:
        """Start the thread."""
        self._servers: set[Server] = set()
        self._loop = TurnLoop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="glancetape-server", daemon=True
        )
        self._thread.start()

    def serve(self, answering: Answering) -> "Served":
        """Serve a session on a free port, at once."""
        return self.serve_with(lambda where: service_for(answering, patience=_PATIENT, where=where))

    def serve_answers(self, answer: Callable[[Received], Sent]) -> "Served":
        """Serve on a free port what a function answers."""
        return self.serve_with(
            lambda where: Service(reply=answer, host=str(where), is_local=True, patience=_PATIENT)
        )

    def serve_with(self, service_at: Callable[[Address], Service]) -> "Served":
        """Serve what is made for the address that was free."""
        return self._wait(self._start(service_at))

    def close(self) -> None:
        """End whatever is still served, and the thread; no port of it listens after that."""
        if self._thread.is_alive():  # not in a process that was forked
            self._wait(self._end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        future: Future[_T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result()

    async def _start(self, service_at: Callable[[Address], Service]) -> "Served":
        opened = bind(Address(HOST, 0))
        where = Address(HOST, opened.getsockname()[1])
        server = Server(service_at(where))
        await server.listen(opened)
        self._servers.add(server)
        return Served(url=f"http://{where}", _thread=self, _server=server)

    def end(self, server: Server) -> None:
        """Stop listening for a session, and hang up on its clients."""
        self._wait(self._end(server))

    async def _end(self, server: Server) -> None:
        await server.end(0.0)
        self._servers.discard(server)

    async def _end_all(self) -> None:
        for server in list(self._servers):
            await self._end(server)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A session that is served; `url` is its address."""

    url: str
    _thread: ServerThread
    _server: Server

    def close(self) -> None:
        """Stop to serve it. The thread goes on."""
        self._thread.end(self._server)
