"""Recording: an interaction is on the disk before its response goes on.

The work is done by a scribe (`glancetape_cassettes.writing`), a process of its own; here is the
proxy's end of the socket to it, on the event loop, without a thread.
"""

import asyncio
import logging
import socket
import subprocess
from collections import deque
from datetime import UTC, datetime
from typing import Any

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.writing.scribe import (
    Assignment,
    Closed,
    Refused,
    Stored,
    Unpacker,
    pack,
    receive,
    start_scribe,
)

_READ = 1 << 14
_PATIENCE = 60.0
"""Seconds that a scribe may be silent at the end before it is killed."""

logger = logging.getLogger(__name__)


class Recorder:
    """Passes interactions to the scribe of one cassette."""

    def __init__(self, assignment: Assignment) -> None:
        """Open the cassette. Raises CassetteError when it cannot be written."""
        self.path = assignment.path
        self.failed = 0
        self._socket, self._process, self.recorded_before = start_scribe(assignment)
        self._socket.setblocking(False)
        self._unpacker = Unpacker()
        self._unsent = bytearray()
        self._waiting: deque[asyncio.Future[Stored]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False
        self._end_is_known = False  # somebody was refused because of it

    async def store(self, request: Request, response: Response) -> Stored:
        """Record an interaction; returns when it is on the disk, else raises CassetteError."""
        if self._ended:
            self.failed += 1
            raise self._gone()
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._socket, self._on_readable)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        stored: asyncio.Future[Stored] = self._loop.create_future()
        self._waiting.append(stored)
        self._unsent += pack(Interaction(request, response, now))
        self._send()
        return await stored

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # `_on_readable` sees the end
        del self._unsent[:sent]
        if self._loop is None:
            return
        if self._unsent:
            self._loop.add_writer(self._socket, self._send)
        else:
            self._loop.remove_writer(self._socket)

    def _on_readable(self) -> None:
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            for answer in self._unpacker.feed(data):
                self._settle(answer)
            return
        self._ended = True
        if self._loop is not None:
            self._loop.remove_reader(self._socket)
        while self._waiting:
            self._settle(Refused(str(self._gone())))

    def _settle(self, answer: Any) -> None:
        future = self._waiting.popleft()
        if isinstance(answer, Refused):
            self.failed += 1
        if future.done() or future.get_loop().is_closed():
            return
        if isinstance(answer, Refused):
            future.set_exception(answer.error())
        else:
            future.set_result(answer)

    def _gone(self) -> CassetteError:
        self._end_is_known = True
        return CassetteError(f"{self.path}: the writing process has ended; record again.")

    def close(self) -> int:
        """Finish the cassette; gives the number of recordings replaced.

        What went wrong is logged and counted in `failed`.
        """
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._ended = True
        outcome = self._finish()
        if isinstance(outcome, Closed):
            return outcome.replaced
        if not self._end_is_known:
            self.failed += 1
            logger.error("%s", outcome.message)
        while self._waiting:
            self._settle(outcome)
        return 0

    def _finish(self) -> Closed | Refused:
        try:
            outcome = self._last_words()
        except TimeoutError:
            outcome = Refused(f"{self.path}: the writing process does not answer; it is killed.")
            self._process.kill()
        except OSError:
            outcome = Refused(
                f"{self.path}: the writing process ended too early; the cassette has what it "
                "confirmed until then."
            )
        self._socket.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return outcome

    def _last_words(self) -> Closed | Refused:
        self._socket.settimeout(_PATIENCE)
        self._socket.sendall(self._unsent)
        self._socket.shutdown(socket.SHUT_WR)
        while True:
            for answer in receive(self._socket, self._unpacker, 1):
                if isinstance(answer, Closed) or not self._waiting:
                    outcome: Closed | Refused = answer
                    return outcome
                self._settle(answer)
