"""A client with one keep-alive connection that asks for pages, one after the other.

Runs as a separate process: `python -m benchmarks.running.one_connection PORT PLAN`. The plan is
JSON: the targets, and how many requests to send. Prints JSON: pages a second, and the digest of the
ids in the answer to each target.
"""

import hashlib
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.data.pages import HEADERS
from benchmarks.running.children import HOST

_END = b"\r\n\r\n"
_SHARE = 1 << 18


def _ask(connection: socket.socket, request: bytes) -> bytes:
    """Send a request, wait for all of its answer, and give the body."""
    connection.sendall(request)
    got = bytearray()
    end = length = -1
    while end < 0 or len(got) < end + length:
        share = connection.recv(_SHARE)
        assert share, f"the connection was closed after {bytes(got[:600])!r}"
        got += share
        if end < 0 and (at := got.find(_END)) >= 0:
            head = bytes(got[:at]).lower()
            assert head.startswith(b"http/1.1 200 "), bytes(got[:600])
            length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
            end = at + len(_END)
    return bytes(got[end:])


def main(port: int, plan: Path) -> dict[str, Any]:
    """Ask for each target once, then in turns on the clock."""
    content = json.loads(plan.read_text())
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS)
    requests = [f"GET {target} HTTP/1.1\r\n{headers}\r\n".encode() for target in content["targets"]]
    count: int = content["requests"]
    with socket.create_connection((HOST, port), 60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pages = [json.loads(_ask(connection, request)) for request in requests]
        start = time.perf_counter()
        for number in range(count):
            _ask(connection, requests[number % len(requests)])
        rate = count / (time.perf_counter() - start)
    ids = ["\n".join(image["id"] for image in page["images"]).encode() for page in pages]
    return {"rate": rate, "pages": [hashlib.sha256(one).hexdigest() for one in ids]}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), Path(sys.argv[2]))))
