"""Recording: an interaction is on the disk before its response reaches the client.

A scribe (`glancetape_cassettes.writing`), a separate process, does the work. `Recorder` is the
proxy's end of the socket to it; it runs on the event loop, without a thread.
"""

import asyncio
import logging
import socket
import subprocess
import time
from collections import deque
from datetime import UTC, datetime
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from glancetape.session.tokens_seen import TokensSeen
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.interaction import Interaction, Request, Response, mark_of
from glancetape_cassettes.writing.messages import (
    Assignment,
    Closed,
    NotWritten,
    Stored,
    Unpacker,
    pack,
    receive,
)
from glancetape_cassettes.writing.scribe import start_scribe

_READ = 1 << 14
PATIENCE = 60.0
"""Seconds that a scribe may be silent before clients are refused, or it is killed at the end.

It is silent for seconds while it redacts a large body, or while a slow disk syncs.
"""
PATIENCE_OF_OPEN = 5.0
"""The same where a client gets its answer all the same: it need not wait long for that."""
_PATIENCE_AFTER_SILENCE = 2.0

logger = logging.getLogger(__name__)


def _now() -> str:
    return _as_text(int(time.time()))


@lru_cache(maxsize=1)
def _as_text(second: int) -> str:
    """A time as cassettes have it; under load a second has hundreds of interactions."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _State(Enum):
    """What has become of the scribe."""

    RECORDING = auto()
    LOST = auto()
    """It ended by itself, and no client has been refused for that yet."""
    LOST_AND_REPORTED = auto()
    CLOSED = auto()


class Recorder:
    """Records into one cassette. Interactions are stored, and confirmed, in their order."""

    def __init__(self, assignment: Assignment, patience: float = PATIENCE) -> None:
        """Open the cassette. Raises CassetteError when it cannot be written.

        A client waits up to `patience` seconds for a scribe that is silent.
        """
        self.path = assignment.path
        self._patience = patience
        self._tokens = TokensSeen(str(assignment.path))
        self.failed = 0
        """The interactions that were not stored; a scribe that was lost unnoticed counts as one."""
        scribe = start_scribe(assignment)
        self.recorded_before = scribe.recorded_before
        self._socket, self._process = scribe.socket, scribe.process
        self._socket.setblocking(False)
        self._state = _State.RECORDING
        self._loop: asyncio.AbstractEventLoop | None = None  # known with the first interaction
        self._unsent = bytearray()
        self._is_blocked = False
        """Whether the scribe reads too slowly, and the loop waits for room in the socket."""
        self._unpacker = Unpacker()
        self._waiting: deque[asyncio.Future[Stored]] = deque()
        self._given_up: set[asyncio.Future[Stored]] = set()
        """Those in `_waiting` whose client was refused, because the scribe is silent."""
        self._is_silent = False
        self._is_watching = False
        self._heard = 0.0
        """When the scribe last answered, or was first asked again, on the clock of the loop."""

    async def store(self, request: Request, response: Response) -> Stored:
        """Record an interaction; return when it is on the disk. Raises CassetteError otherwise."""
        stored = await self._store(Interaction(request, response, _now()))
        self._tokens.see(request, response)
        return stored

    async def mark(self, request: Request) -> Stored:
        """Mark that a request which may have changed images was not recorded.

        The cassette gets its method, its URL without query, and the time. Raises CassetteError.
        """
        return await self._store(mark_of(request, _now()))

    async def _store(self, interaction: Interaction) -> Stored:
        if self._state is not _State.RECORDING:
            self.failed += 1
            if self._state is _State.LOST:
                self._state = _State.LOST_AND_REPORTED
            raise self._ended()
        if self._is_silent:  # what waits for it would only fill the memory
            self.failed += 1
            raise self._silent()
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._socket, self._on_readable)
        stored: asyncio.Future[Stored] = self._loop.create_future()
        if not self._waiting:
            self._heard = self._loop.time()
        if not self._is_watching:
            self._is_watching = True
            self._loop.call_later(self._patience, self._watch)
        self._waiting.append(stored)
        self._unsent += pack(interaction)
        self._send()
        return await stored

    def _watch(self) -> None:
        """Refuse all that wait once the scribe has been silent for too long."""
        self._is_watching = False
        if self._loop is None or not self._waiting:
            return
        left = self._heard + self._patience - self._loop.time()
        if left > 0:
            self._is_watching = True
            self._loop.call_later(left, self._watch)
            return
        self._is_silent = True
        for future in self._waiting:
            self.failed += 1
            self._given_up.add(future)
            if not future.done():
                future.set_exception(self._silent())

    def _silent(self) -> CassetteError:
        return CassetteError(
            f"{self.path}: the writing process has not answered for {self._patience:g} seconds. "
            "It was stopped, or the disk does not respond. Nothing is recorded until it answers."
        )

    def _ended(self) -> CassetteError:
        return CassetteError(f"{self.path}: the writing process has ended; record again.")

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # `_on_readable` notices the end
        del self._unsent[:sent]
        if self._loop is None:
            return
        if self._unsent:
            self._loop.add_writer(self._socket, self._send)
            self._is_blocked = True
        elif self._is_blocked:
            self._loop.remove_writer(self._socket)
            self._is_blocked = False

    def _on_readable(self) -> None:
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._on_lost()
            return
        if self._loop is not None:
            self._heard = self._loop.time()
        for answer in self._unpacker.feed(data):
            self._settle(answer)
        if self._is_silent and not self._waiting:
            self._is_silent = False

    def _on_lost(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._socket)
        self._state = _State.LOST_AND_REPORTED if self._waiting else _State.LOST
        while self._waiting:
            self._settle(NotWritten(str(self._ended())))

    def _settle(self, answer: Any) -> None:
        """Give the client that waits longest the scribe's answer."""
        future = self._waiting.popleft()
        if future in self._given_up:
            self._given_up.remove(future)
            return
        if isinstance(answer, NotWritten) and not answer.is_lost:
            self.failed += 1
        if future.done() or future.get_loop().is_closed():
            return
        if isinstance(answer, NotWritten):
            future.set_exception(answer.error())
        else:
            future.set_result(answer)

    def close(self) -> int:
        """Finish the cassette; return the number of older recordings that were replaced.

        What went wrong is logged and counted in `failed`.
        """
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        is_reported = self._state is _State.LOST_AND_REPORTED
        self._state = _State.CLOSED
        outcome = self._finish()
        if isinstance(outcome, Closed):
            return outcome.replaced
        if not is_reported:
            self.failed += not self._is_silent  # then each refused client has been counted
            logger.error("%s", outcome.message)
        while self._waiting:
            self._settle(outcome)
        return 0

    def _finish(self) -> Closed | NotWritten:
        """End the scribe; return its last message, or why there is none."""
        try:
            outcome = self._last_message()
        except TimeoutError:
            outcome = NotWritten(
                f"{self.path}: the writing process did not answer and was killed. "
                "The cassette holds every interaction that it confirmed."
            )
            self._process.kill()
        except OSError:
            outcome = NotWritten(
                f"{self.path}: the writing process ended early. "
                "The cassette holds every interaction that it confirmed."
            )
        self._socket.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return outcome

    def _last_message(self) -> Closed | NotWritten:
        self._socket.settimeout(_PATIENCE_AFTER_SILENCE if self._is_silent else PATIENCE)
        self._socket.sendall(self._unsent)
        self._socket.shutdown(socket.SHUT_WR)
        while True:
            for answer in receive(self._socket, self._unpacker, 1):
                if isinstance(answer, Closed) or not self._waiting:
                    outcome: Closed | NotWritten = answer
                    return outcome
                self._settle(answer)
