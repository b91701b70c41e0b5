"""An HTTP server inside a program: uvicorn's, in a thread, for any number of ASGI apps.

Each app has a port of its own on 127.0.0.1, so what a late client sends to an app that has ended
never reaches another one.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from glancetape.wire.asgi import TARGET, App

HOST = "127.0.0.1"
_KEPT_ALIVE = 3600  # seconds: a person may look at a breakpoint for longer than uvicorn's five
_LONGEST_URL = 65_535  # bytes that httptools parses
_T = TypeVar("_T")


class ServerThread:
    """A thread with a server in it, from its first app until `close`."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="glancetape-server", daemon=True
        )
        self._thread.start()

    def serve(self, app: App) -> "Served":
        """Serve an app on a free port, at once."""
        return self._wait(self._start(app))

    def close(self) -> None:
        """End the thread, and with it whatever is still served."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        future: Future[_T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result()

    async def _start(self, app: App) -> "Served":
        config, state = _configure(app), ServerState()

        def connect() -> asyncio.Protocol:
            # As uvicorn.Server does. That class would take 0.2 s to end, and it writes to the log.
            return _Protocol(config=config, server_state=state, app_state={}, _loop=self._loop)

        # With the protocol named, asyncio sends small pieces at once: TCP_NODELAY.
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            opened.bind((HOST, 0))
            server = await self._loop.create_server(connect, sock=opened)
        except BaseException:
            opened.close()
            raise
        return Served(
            url=f"http://{HOST}:{opened.getsockname()[1]}",
            _thread=self,
            _server=server,
            _state=state,
        )

    def end(self, server: asyncio.Server, state: ServerState) -> None:
        """Stop listening for an app, and hang up on its clients."""

        async def stop() -> None:
            server.close()
            for connection in list(state.connections):
                connection.shutdown()

        self._wait(stop())


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An app that is served; `url` is its address."""

    url: str
    _thread: ServerThread
    _server: asyncio.Server
    _state: ServerState

    def close(self) -> None:
        """Stop to serve it. The thread goes on."""
        self._thread.end(self._server, self._state)


class _Protocol(HttpToolsProtocol):
    """uvicorn's, but for long URLs: it hangs up on these with a traceback in the log."""

    def on_headers_complete(self) -> None:
        """Show uvicorn a URL that it can take, and the app all of it, to be refused with 414."""
        if len(self.url) > _LONGEST_URL:
            cast(dict[str, Any], self.scope)[TARGET] = self.url
            self.url = self.url[:_LONGEST_URL]
        super().on_headers_complete()


def _configure(app: App) -> uvicorn.Config:
    with _untouched(logging.getLogger("uvicorn.access")):
        config = uvicorn.Config(
            app,
            http=_Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,  # a recorded one goes to the client
            server_header=False,
            timeout_keep_alive=_KEPT_ALIVE,
        )
        config.load()
    return config


@contextlib.contextmanager
def _untouched(logger: logging.Logger) -> Iterator[None]:
    """Leave a logger as it is: the program around us may run a uvicorn of its own."""
    handlers, propagate = logger.handlers, logger.propagate
    try:
        yield
    finally:
        logger.handlers, logger.propagate = handlers, propagate
