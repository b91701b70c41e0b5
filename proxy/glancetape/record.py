"""Recording: an interaction is redacted, appended and on the disk before its response goes on.

The file is written in a thread of its own. Interactions that arrive while it waits for the disk
are appended together, so many clients share one fsync.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from glancetape_cassettes.emit import emit
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.interaction import Interaction, Request, Response, Source
from glancetape_cassettes.redact import Redactor
from glancetape_cassettes.rerecord import drop_superseded
from glancetape_cassettes.writer import CassetteWriter


@dataclass(slots=True)
class _Waiting:
    text: str
    stored: "asyncio.Future[int]"


class Recorder:
    """Appends interactions to one cassette."""

    def __init__(self, writer: CassetteWriter, redactor: Redactor, *, replaces: bool) -> None:
        """Take an open cassette; `replaces`: at the end, drop what was recorded anew."""
        self.path = writer.path
        self.redactor = redactor
        self.recorded_before = writer.count
        self.stored = 0
        self.failed = 0
        self._replaces = replaces
        self._writer = writer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="glancetape-writer")
        self._waiting: list[_Waiting] = []
        self._flushing: asyncio.Task[None] | None = None

    async def store(self, request: Request, response: Response) -> Source:
        """Record an interaction; returns when it is on the disk, else raises CassetteError."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        redacted = self.redactor.interaction(Interaction(request, response, now))
        text = emit(
            redacted.interaction,
            redacted.request_body.readable(),
            redacted.response_body.readable(),
        )
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(text, stored))
        if self._flushing is None:
            self._flushing = asyncio.ensure_future(self._flush())
        return Source(self.path.name, await stored)

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            texts = [waiting.text for waiting in batch]
            try:
                first = await loop.run_in_executor(self._thread, self._writer.append, texts)
            except CassetteError as error:
                self.failed += len(batch)
                for waiting in batch:
                    _settle(waiting.stored, error)
            else:
                self.stored += len(batch)
                for number, waiting in enumerate(batch, start=first):
                    _settle(waiting.stored, number)
        self._flushing = None

    def close(self) -> int:
        """Finish writing and release the cassette; gives the number of recordings replaced."""
        self._thread.shutdown(wait=True)
        replaced = 0
        if self._replaces and self.stored and self.recorded_before:
            replaced = drop_superseded(self.path, self.recorded_before)
        self._writer.close()
        return replaced


def _settle(future: "asyncio.Future[int]", outcome: int | CassetteError) -> None:
    if future.done():  # its client hung up meanwhile
        return
    if isinstance(outcome, int):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)
