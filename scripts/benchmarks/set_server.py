"""A least server around a Lister: GET with keep-alive, nothing else.

Runs as a process of its own: `python -m benchmarks.set_server PORT FILE PROJECT DIALECT`.
"""

import asyncio
import sys
from pathlib import Path

from benchmarks.children import HOST
from glancetape.listing.answer import Lister
from glancetape_cassettes.imageset.reading import ImageSet


class _Server(asyncio.Protocol):
    """One connection; requests have no bodies."""

    def __init__(self, lister: Lister, project: str, dialect: str) -> None:
        self._lister = lister
        self._asked_by = project, dialect
        self._got = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *complete, self._got = (self._got + data).split(b"\r\n\r\n")
        for request in complete:
            target, *fields = request.decode("latin-1").split("\r\n")
            headers = tuple(
                (name, value) for name, _, value in (one.partition(": ") for one in fields)
            )
            query = target.split(" ")[1].partition("?")[2]
            answer = self._lister.answer(query, *self._asked_by, headers)
            told = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
            told += f"Content-Length: {len(answer.body)}\r\n"
            head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{told}\r\n"
            self._transport.write(head.encode() + answer.body)


async def _serve(port: int, path: Path, project: str, dialect: str) -> None:
    loop = asyncio.get_running_loop()
    with ImageSet(path) as images:
        lister = Lister(images)
        server = await loop.create_server(lambda: _Server(lister, project, dialect), HOST, port)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
