"""HTTPS that answers a client of plain HTTP in its own words, as nginx does.

client: GET / HTTP/1.1 ...    TLS would end the connection, without a word
server: HTTP/1.1 400 ...      what to write instead
        (end)                 and it hangs up when the client has sent nothing for a while
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

_HTTP = re.compile(rb"[A-Za-z]")
"""How a method begins. No record of TLS begins so (RFC 8446, 5.1: the types are 20 to 24)."""
_SILENCE = 2.0
"""Seconds in which a client that was refused sends nothing more, before we hang up."""

_CLIENT: ContextVar[socket.socket | None] = ContextVar("client", default=None)
"""The loop makes a task of each client that it accepts, and with it a context of its own."""


class ListeningSocket(socket.socket):
    """A socket whose clients are known to their TLS, which the loop tells nothing of them."""

    def accept(self) -> tuple[socket.socket, Any]:
        """The next client, and its address."""
        client, address = super().accept()
        _CLIENT.set(client)
        return client, address


class _FirstByte(ssl.SSLObject):
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    refuse: Callable[[], bytes] | None
    client: socket.socket | None
    is_refused = False
    is_silent = True

    def do_handshake(self) -> None:
        """Go on with the handshake, or refuse what is none."""
        if self.is_refused:
            # Whoever sends a body reads the response after it, which a reset would discard.
            self.is_silent = False
            self.incoming.read()
            raise ssl.SSLWantReadError
        refuse = self.refuse
        if refuse is not None and self.incoming.pending:
            self.refuse = None  # after its first byte the client is known
            begun = self.incoming.read()
            if _HTTP.match(begun):
                self.is_refused = True
                self.outgoing.write(refuse())
                asyncio.get_running_loop().call_soon(self._say_no_more)
                raise ssl.SSLWantReadError  # so the loop sends it
            self.incoming.write(begun)
        super().do_handshake()

    def _say_no_more(self) -> None:
        self._shut(socket.SHUT_WR)
        asyncio.get_running_loop().call_later(_SILENCE, self._hang_up_if_silent)

    def _hang_up_if_silent(self) -> None:
        """The time for a handshake ends the connection of a client that goes on for longer."""
        if self.is_silent:
            self._shut(socket.SHUT_RDWR)
        elif self.client is not None and self.client.fileno() >= 0:
            self.is_silent = True
            asyncio.get_running_loop().call_later(_SILENCE, self._hang_up_if_silent)

    def _shut(self, how: int) -> None:
        if self.client is not None:
            with suppress(OSError):  # the client has gone
                self.client.shutdown(how)


class HttpsContext(ssl.SSLContext):
    """A server's context; the loop calls it for each connection."""

    sslobject_class = _FirstByte
    refuse_plain_http: Callable[[], bytes] | None = None
    """The response to a client that begins with plain HTTP; None for no response."""

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """The TLS of one connection, which looks at its first byte."""
        made = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        assert isinstance(made, _FirstByte)
        made.incoming, made.outgoing, made.refuse = incoming, outgoing, self.refuse_plain_http
        made.client = _CLIENT.get()
        return made
