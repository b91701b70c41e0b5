"""Serving one address from several processes.

Each process opens the files for itself: an image set is read through the system's page cache, so N
processes take the memory of one set. On Linux each has its own listening socket, and the
system gives it a share of the clients; elsewhere they share one. The sockets are held here, so that
clients wait, and are not refused, while a process that has ended is started again.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any

from glancetape.addresses import Address
from glancetape.session.counts import Counts
from glancetape.terminal.ending import wake_no_more
from glancetape.wire.serving.metrics import State
from glancetape.wire.serving.one_process import SIGNALS, Announce, serve_metrics
from glancetape.wire.serving.plan import GRACE, ServePlan
from glancetape.wire.serving.server import BACKLOG, bind
from glancetape_cassettes.errors import BadParameter, GlancetapeError

logger = logging.getLogger(__name__)

_MODULE = "glancetape.wire.serving.worker_process"
_MOST_RESTARTS, _WITHIN = 5, 60.0
"""More restarts in so many seconds end the service: the next ones would not help either."""
_LONGEST_LINE = 1 << 20
_SHARES_PORTS = sys.platform == "linux"


def serve_with_workers(plan: ServePlan, announce: Announce) -> Counts:
    """Serve until a signal comes; what was asked until then. Raises GlancetapeError."""
    return asyncio.run(_Workers(plan).serve(announce))


class _Worker:
    """One place for a process, with the socket on which each process in this place listens."""

    def __init__(self, number: int, opened: socket.socket) -> None:
        self.number = number
        self.socket = opened
        self.process: asyncio.subprocess.Process | None = None
        self.is_ready = self.is_ending = self.is_announced = False
        self.connections = 0
        self.counted: dict[str, Any] = {}
        """What the present process has counted."""

    async def run(self, plan: ServePlan, ready: asyncio.Event) -> int:
        """Run one process to its end; gives its exit status. Raises GlancetapeError."""
        ours, theirs = os.pipe()
        self.is_ready, self.counted = False, {}
        descriptors = (self.socket.fileno(), theirs)
        try:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", _MODULE, str(self.number), *map(str, descriptors)),
                stdin=subprocess.PIPE,
                pass_fds=descriptors,
                process_group=0,  # Ctrl-C is for us, and we end it by its id
            )
        finally:
            os.close(theirs)
        if self.is_ending:
            self.end(signal.SIGTERM)
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write(plan.to_json())
            await self.process.stdin.drain()
        try:
            await self._read(ours, ready)
        finally:
            self.process.stdin.close()
            status = await self.process.wait()
        return status

    async def _read(self, descriptor: int, ready: asyncio.Event) -> None:
        """Take what the process says, until its end."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(_LONGEST_LINE)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
        )
        try:
            while line := await reader.readline():
                self._take(json.loads(line), ready)
        finally:
            transport.close()

    def _take(self, said: dict[str, Any], ready: asyncio.Event) -> None:
        if "error" in said:
            raise (BadParameter if said["is_usage"] else GlancetapeError)(said["error"])
        if "ready" in said:
            self.is_ready = True
            ready.set()
            if self.is_announced:
                self.let_speak()
            logger.info("worker %d is process %d", self.number, self.process and self.process.pid)
        self.connections = said.get("connections", self.connections)
        self.counted = said.get("last", said.get("counts", self.counted))

    def let_speak(self) -> None:
        """Let the process write to standard error: the address has been announced there."""
        self.is_announced = True
        if self.is_ready and self.process is not None and self.process.stdin is not None:
            self.process.stdin.write(b"\n")

    def end(self, number: int) -> None:
        """Send the process a signal, by its id."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


class _Workers:
    def __init__(self, plan: ServePlan) -> None:
        self._plan = plan
        sockets = _listening(plan.listen, plan.workers)
        self._where = Address(plan.listen.host, sockets[0].getsockname()[1])
        self._workers = [_Worker(number, one) for number, one in enumerate(sockets, start=1)]
        self._before = Counts()
        """What processes have counted that have ended."""
        self._restarts = 0
        self._times: deque[float] = deque(maxlen=_MOST_RESTARTS + 1)
        self._is_ending = False

    async def serve(self, announce: Announce) -> Counts:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, ended.set)
        running: list[asyncio.Task[None]] = []
        stopping = asyncio.create_task(ended.wait())
        metrics = None
        try:
            # The first alone: what cannot be served is said once.
            for some in (self._workers[:1], self._workers[1:]):
                events = [asyncio.Event() for _ in some]
                running += [
                    asyncio.create_task(self._keep(*pair))
                    for pair in zip(some, events, strict=True)
                ]
                waiting = asyncio.create_task(_all_set(events))
                await _first_of(stopping, waiting, *running)
                waiting.cancel()
            if not ended.is_set():
                metrics, shown_at = await serve_metrics(self._plan, self._state)
                announce(f"{self._plan.scheme}://{self._where}", shown_at)
                for worker in self._workers:
                    worker.let_speak()
                await _first_of(stopping, *running)
        finally:
            stopping.cancel()
            await self._end(running)
            if metrics is not None:
                await metrics.end(0.0)
            wake_no_more()
        return self._state().counts

    async def _keep(self, worker: _Worker, ready: asyncio.Event) -> None:
        """Run a worker, and start it again when it ends."""
        while not self._is_ending:
            status = await worker.run(self._plan, ready)
            if self._is_ending:
                return
            self._before.add_plain(worker.counted)
            how = f"signal {-status}" if status < 0 else f"status {status}"
            name = f"worker {worker.number} (process {worker.process and worker.process.pid})"
            if not worker.is_ready:
                raise GlancetapeError(f"{name} ended with {how} before it could answer.")
            worker.is_ready, worker.connections, worker.counted = False, 0, {}
            self._restarts += 1
            now = asyncio.get_running_loop().time()
            self._times.append(now)
            if len(self._times) > _MOST_RESTARTS and now - self._times[0] < _WITHIN:
                raise GlancetapeError(
                    f"{name} ended with {how}, as others did in the last {_WITHIN:.0f} seconds."
                )
            logger.error("%s ended with %s; it is started again", name, how)

    async def _end(self, running: Sequence[asyncio.Task[None]]) -> None:
        """End all processes, and wait until they have."""
        self._is_ending = True
        late = set(running)
        for seconds, number in ((GRACE + 5, signal.SIGTERM), (GRACE, signal.SIGKILL)):
            for worker in self._workers:
                worker.is_ending = True
                worker.socket.close()
                worker.end(number)
            if late:
                _, late = await asyncio.wait(late, timeout=seconds)

    def _state(self) -> State:
        counts = Counts()
        counts.add_plain(self._before.plain(with_kinds=True))
        for worker in self._workers:
            counts.add_plain(worker.counted)
        return State(
            counts=counts,
            connections=sum(one.connections for one in self._workers),
            workers=sum(one.is_ready for one in self._workers),
            restarts=self._restarts,
        )


async def _all_set(events: Sequence[asyncio.Event]) -> None:
    for one in events:
        await one.wait()


async def _first_of(*tasks: "asyncio.Future[Any]") -> None:
    """Wait for the first that ends. Raises what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for one in done:
        one.result()


def _listening(address: Address, count: int) -> list[socket.socket]:
    """Sockets that listen on one address, one for each worker. Raises GlancetapeError."""
    # One that others may not share finds out whether another program has the address.
    first = bind(address)
    found = Address(address.host, first.getsockname()[1])
    if _SHARES_PORTS:
        first.close()
        sockets = [bind(found, is_shared=True) for _ in range(count)]
    else:
        sockets = [first, *(first.dup() for _ in range(count - 1))]
    for one in sockets:
        one.listen(BACKLOG)
    return sockets
