"""The least HTTP/1.1 server: requests without bodies, on connections that stay open."""

import asyncio
from collections.abc import Callable


class KeepAlive(asyncio.Protocol):
    """One connection, whose requests are answered at once."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._got = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *complete, self._got = (self._got + data).split(b"\r\n\r\n")
        for request in complete:
            self._transport.write(self._answer(request))
