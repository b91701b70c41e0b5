"""A service that answers every request at once with one page.

Runs as a process of its own: `python -m benchmarks.upstream PORT BODY`.
"""

import asyncio
import sys
from pathlib import Path

from benchmarks.children import HOST


class _Canned(asyncio.Protocol):
    """One connection; requests have no bodies."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._got = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *complete, self._got = (self._got + data).split(b"\r\n\r\n")
        for _ in complete:
            self._transport.write(self._answer)


async def _serve(port: int, body: bytes) -> None:
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Openstack-Request-Id: req-bench\r\n\r\n"
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Canned(head.encode() + body), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
