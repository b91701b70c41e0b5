"""A least server around a Lister: GET with keep-alive, nothing else.

Runs as a separate process: `python -m benchmarks.peers.set_server PORT FILE PROJECT DIALECT`.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

from benchmarks.peers.keep_alive import KeepAlive
from benchmarks.running.children import HOST
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet


def _answer(lister: Lister, project: str, dialect: str, request: bytes) -> bytes:
    target, *fields = request.decode("latin-1").split("\r\n")
    headers = tuple((name, value) for name, _, value in (one.partition(": ") for one in fields))
    query = target.split(" ")[1].partition("?")[2]
    answer = lister.list_images(query, project, dialect, headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    head += f"Content-Length: {len(answer.body)}\r\n"
    return f"HTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode() + answer.body


async def _serve(port: int, path: Path, project: str, dialect: str) -> None:
    loop = asyncio.get_running_loop()
    with ImageSet(path) as images:
        answer = partial(_answer, Lister(images), project, dialect)
        server = await loop.create_server(lambda: KeepAlive(answer), HOST, port)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
