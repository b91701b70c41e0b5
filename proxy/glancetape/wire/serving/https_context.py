"""HTTPS that answers a client of plain HTTP in its own words, as nginx does.

client: GET / HTTP/1.1 ...    TLS would end the connection, without a word
server: HTTP/1.1 400 ...      what to write instead
"""

import re
import ssl
from collections.abc import Callable

_HTTP = re.compile(rb"[A-Za-z]")
"""How a method begins. No record of TLS begins so (RFC 8446, 5.1: the types are 20 to 24)."""


class _FirstByte(ssl.SSLObject):
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    refuse: Callable[[], bytes] | None
    is_refused = False

    def do_handshake(self) -> None:
        """Go on with the handshake, or refuse what is none."""
        if self.is_refused:
            # Whoever sends a body reads the response after it, which a reset would discard. The
            # time for a handshake ends the connection.
            self.incoming.read()
            raise ssl.SSLWantReadError
        refuse = self.refuse
        if refuse is not None and self.incoming.pending:
            self.refuse = None  # after its first byte the client is known
            begun = self.incoming.read()
            if _HTTP.match(begun):
                self.is_refused = True
                self.outgoing.write(refuse())
                raise ssl.SSLWantReadError  # so the loop sends it
            self.incoming.write(begun)
        super().do_handshake()


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
        return made
