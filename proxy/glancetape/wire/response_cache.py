"""Responses kept ready: a request that comes again in the same words is answered without a search.

This is what makes a repeated page take microseconds: no redaction, no look-up, no new response.
"""

from collections import OrderedDict
from dataclasses import dataclass

from glancetape.wire.log_line import RequestLine
from glancetape.wire.messages import Received, Sent
from glancetape_cassettes.replaying.answers import Provenance

MOST_ANSWERS = 4096
MOST_BYTES = 64 * 1024 * 1024
MOST_ASKED_ONCE = 1 << 14
# Headers that no answer depends on; everything else that a client sends is part of its words.
_IDLE_HEADERS = frozenset(
    b"accept-encoding connection content-type date host keep-alive user-agent x-sdk-date".split()
)

Words = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A response as it is sent, and how it is counted and logged."""

    sent: Sent
    provenance: Provenance
    source: str
    line: RequestLine
    """The method and URL of the first such request, without secrets."""
    logged: str
    """The line that the log has for it; "" where nobody reads the log."""
    repeatable: bool


class ReadyAnswers:
    """The responses that were sent last, within a bound of memory."""

    def __init__(self, room: int = MOST_BYTES) -> None:
        """Start empty; the responses take up to `room` bytes."""
        self._room = room
        self._answers: OrderedDict[Words, Ready] = OrderedDict()
        self._asked_once: set[int] = set()
        """Hashes of words that came once and whose answer is not kept."""
        self._bytes = 0
        self._version = 0

    def words_of(self, received: Received, direct: bool) -> Words | None:
        """All that an answer may depend on; None for a request with a body."""
        if received.body or received.body is None:
            return None
        fields = [field for field in received.fields if field[0].lower() not in _IDLE_HEADERS]
        return (received.method, received.url, received.base, direct, *fields)

    def get(self, words: Words | None, version: int) -> Ready | None:
        """The response to the same words. Another `version` of the state forgets everything."""
        if version != self._version:
            self._answers.clear()
            self._bytes, self._version = 0, version
        return self._answers.get(words) if words is not None else None

    def keep(self, words: Words | None, ready: Ready, *, is_again: bool) -> None:
        """Keep a response; the oldest make room.

        An image set has more pages than anybody asks for twice. So its answers are kept from the
        second time on, and a client that walks through a million images leaves nothing behind.
        `is_again` says that `comes_again` said so.
        """
        if words is None or words in self._answers:
            return
        if ready.provenance is Provenance.SYNTHETIC and not is_again:
            return
        self._answers[words] = ready
        self._bytes += _size(ready)
        while self._bytes > self._room or len(self._answers) > MOST_ANSWERS:
            self._bytes -= _size(self._answers.popitem(last=False)[1])

    def came_before(self, hashed: int) -> bool:
        """Whether `comes_again` would say so, without remembering that they came now."""
        return hashed in self._asked_once

    def comes_again(self, hashed: int) -> bool:
        """Whether words without a kept answer came before, as far as is remembered, by their hash.

        A tuple computes its hash each time, which takes as long as the rest of the method.
        """
        if hashed in self._asked_once:
            self._asked_once.remove(hashed)
            return True
        if len(self._asked_once) >= MOST_ASKED_ONCE:
            self._asked_once.clear()
        self._asked_once.add(hashed)
        return False


def _size(ready: Ready) -> int:
    return len(ready.sent.body)
