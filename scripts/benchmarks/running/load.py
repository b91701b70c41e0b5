"""The load: a few keep-alive connections that send prepared requests and check each answer.

Runs as a separate process: `python -m benchmarks.running.load PORT PLAN`. The plan is a file;
see `Plan`.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data.pages import HEADERS, Page
from benchmarks.running.children import HOST, BenchmarkError, environment

CONNECTIONS = 8
_PATIENCE = 120
_END = b"\r\n\r\n"


def write_plan(path: Path, pages: Sequence[Page], requests: int) -> Path:
    """Write a plan: `requests` requests that ask for `pages` in turns."""
    bodies: list[str] = []
    places: dict[bytes, int] = {}
    for one in pages:
        if one.body not in places:
            places[one.body] = len(bodies)
            bodies.append(one.body.decode())
    asked = [pages[number % len(pages)] for number in range(requests)]
    plan = {"bodies": bodies, "requests": [[one.target, places[one.body]] for one in asked]}
    path.write_text(json.dumps(plan))
    return path


def requests_per_second(port: int, plan: Path) -> float:
    """Run a plan against a port in a new process. Raises BenchmarkError for a wrong answer."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.running.load", str(port), str(plan)],
        capture_output=True,
        text=True,
        timeout=_PATIENCE + 30,
        env=environment(),
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"load on port {port}: {done.stderr.strip()[-1000:]}")
    return float(done.stdout)


@dataclass(slots=True)
class _Work:
    """Requests that wait to be sent, with the bodies that must come back."""

    waiting: deque[tuple[bytes, bytes]]
    open: int
    finished: asyncio.Future[None]


class _Client(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last one is complete."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._got = bytearray()
        self._expected: bytes | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        assert self._transport is not None
        self._expected = None
        if self._work.waiting:
            request, self._expected = self._work.waiting.popleft()
            self._transport.write(request)
            return
        self._work.open -= 1
        if not self._work.open and not self._work.finished.done():
            self._work.finished.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(_END)
        if end < 0 or self._expected is None:
            return
        head = bytes(self._got[:end]).lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or b"-1")
        if len(self._got) - end - len(_END) < length:
            return
        if not head.startswith(b"http/1.1 200 ") or self._got[end + len(_END) :] != self._expected:
            self._fail(f"wrong answer: {bytes(self._got[:600])!r}")
            return
        self._got.clear()
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection was closed: {exc}")

    def _fail(self, why: str) -> None:
        if not self._work.finished.done():
            self._work.finished.set_exception(BenchmarkError(why))


def _prepared(plan: Path) -> deque[tuple[bytes, bytes]]:
    content = json.loads(plan.read_text())
    bodies = [body.encode() for body in content["bodies"]]
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS)
    return deque(
        (f"GET {target} HTTP/1.1\r\n{headers}\r\n".encode(), bodies[place])
        for target, place in content["requests"]
    )


async def _run(port: int, plan: Path) -> float:
    loop = asyncio.get_running_loop()
    work = _Work(_prepared(plan), CONNECTIONS, loop.create_future())
    count = len(work.waiting)
    made = [
        await loop.create_connection(lambda: _Client(work), HOST, port) for _ in range(CONNECTIONS)
    ]
    start = time.perf_counter()
    for _, client in made:
        client.send_next()
    await asyncio.wait_for(work.finished, _PATIENCE)
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    print(asyncio.run(_run(int(sys.argv[1]), Path(sys.argv[2]))))
