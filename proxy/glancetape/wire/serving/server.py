"""A server: the connections of one address, from `listen` until it has ended."""

import asyncio
import contextlib
import resource
import socket

from glancetape.addresses import Address
from glancetape.server_names import is_loopback
from glancetape.wire.answering import Answering
from glancetape.wire.messages import Received, Sent
from glancetape.wire.serving.connection import Connection, Patience, Service
from glancetape.wire.serving.https_context import HttpsContext, ListeningSocket
from glancetape.wire.serving.known_requests import KnownRequests
from glancetape.wire.serving.turns import TurnLoop
from glancetape_cassettes.errors import GlancetapeError

_EVERY = 1.0
"""Seconds between two looks at all clients."""
_MOST_FILES = 65_536
BACKLOG = 4096
"""Clients that wait to be accepted; the system has its own limit."""


class Server:
    """Serves one address in the running event loop."""

    def __init__(self, service: Service) -> None:
        """Serve with what the connections have in common."""
        self._service = service
        self._listening: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        return len(self._service.connections)

    async def listen(self, opened: socket.socket, tls: HttpsContext | None = None) -> None:
        """Serve the clients of a socket that is bound, until `end`; the socket is closed then."""
        loop = asyncio.get_running_loop()
        self._service.turn = loop.turn if isinstance(loop, TurnLoop) else None
        if tls is not None:
            tls.refuse_plain_http = self._service.refuse_plain_http
            opened = ListeningSocket(fileno=opened.detach())
        self._listening = await loop.create_server(
            lambda: Connection(self._service),
            sock=opened,
            ssl=tls,
            backlog=BACKLOG,
            ssl_handshake_timeout=None if tls is None else self._service.patience.handshake,
        )
        self._look()

    def _look(self) -> None:
        now = self._service.clock()
        for connection in list(self._service.connections):
            connection.check(now)
        self._timer = asyncio.get_running_loop().call_later(_EVERY, self._look)

    def stop_listening(self) -> None:
        """Take no more clients; those that are connected stay."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def end(self, grace: float) -> None:
        """Stop, and let clients wait for open answers for `grace` seconds."""
        self.stop_listening()
        service = self._service
        service.is_ending = True
        for connection in list(service.connections):
            connection.end_when_answered()
        deadline = service.clock() + grace
        while service.connections and service.clock() < deadline:
            await asyncio.sleep(0.01)
        for connection in list(service.connections):
            connection.cut_off()
        if self._timer is not None:
            self._timer.cancel()


def service_for(
    answering: Answering, *, patience: Patience, where: Address, scheme: str = "http"
) -> Service:
    """What answers from a session, at an address: as endpoint, and as a client's HTTP proxy."""

    def reply(received: Received) -> Sent:
        sent = answering.reply(received, direct=not received.names_host)
        assert sent is not None  # None goes to a service, and only while recording
        return sent

    def reads_ahead(received: Received) -> asyncio.Task[None] | None:
        return answering.reads_ahead(received, direct=not received.names_host)

    return Service(
        reply=reply,
        reads_ahead=reads_ahead,
        known=KnownRequests(answering),
        refused=answering.count_refusal,
        scheme=scheme,
        host=str(where),
        is_local=is_loopback(where.host),
        patience=patience,
    )


def raise_file_limit() -> None:
    """Allow as many open files as the system lets us: each client is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS has its own limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def bind(address: Address, option: str = "--listen", *, is_shared: bool = False) -> socket.socket:
    """A socket that is bound to an address. Raises GlancetapeError.

    With `is_shared` others that are bound alike get a share of the clients.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With the protocol named, asyncio sends small pieces at once: TCP_NODELAY.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind((address.host, address.port))
    except (OSError, OverflowError) as error:
        opened.close()
        raise GlancetapeError(
            f"cannot listen on {address}: {getattr(error, 'strerror', None) or error}. "
            f"Choose another with {option}; port 0 takes any free one."
        ) from error
    return opened
