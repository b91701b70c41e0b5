"""A service that answers every request at once, with the page that its target's end names.

Runs as a separate process: `python -m benchmarks.peers.upstream PORT`.
"""

import asyncio
import sys

from benchmarks.data.pages import upstream_pages
from benchmarks.peers.keep_alive import KeepAlive
from benchmarks.running.children import HOST


def _answer(body: bytes) -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Openstack-Request-Id: req-bench\r\n\r\n"
    )
    return head.encode() + body


async def _serve(port: int) -> None:
    answers = {end: _answer(body) for end, body in upstream_pages().items()}

    def answer(request: bytes) -> bytes:
        return answers[request.split(b" ", 2)[1][-2:]]

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: KeepAlive(answer), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
