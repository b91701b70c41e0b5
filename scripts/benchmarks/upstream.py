"""A service that answers every request at once, with the page that its target's end names.

Runs as a process of its own: `python -m benchmarks.upstream PORT`.
"""

import asyncio
import sys

from benchmarks.children import HOST
from benchmarks.pages import upstream_pages


class _Canned(asyncio.Protocol):
    """One connection; requests have no bodies."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._got = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *complete, self._got = (self._got + data).split(b"\r\n\r\n")
        for request in complete:
            target = request.split(b" ", 2)[1]
            self._transport.write(self._answers[target[-2:]])


def _answer(body: bytes) -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Openstack-Request-Id: req-bench\r\n\r\n"
    )
    return head.encode() + body


async def _serve(port: int) -> None:
    answers = {end: _answer(body) for end, body in upstream_pages().items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Canned(answers), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
