"""Recorded requests in the order of time, over all cassettes.

Within a cassette the items are in order. Between cassettes `recorded_at` decides; when an item
has none, each cassette comes after those named before it. That is an order to read pages in.
Whether a request was sent before a change or after it is known only where their dates show it:

    a.yaml   DELETE image   10:00:00
    b.yaml   GET list       10:00:00   in the state before the change, or in the one after it
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from heapq import merge
from math import floor

from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.service import may_touch_images

_NEVER = float("-inf")


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of any number of cassettes in the order of time."""
    by_cassette: dict[int, list[Entry]] = {}
    for entry in entries:
        by_cassette.setdefault(entry.cassette_number, []).append(entry)
    lists = [
        sorted(by_cassette[number], key=lambda one: one.index) for number in sorted(by_cassette)
    ]
    if len(lists) == 1:
        return lists[0]
    times = [_times(each) for each in lists]
    if any(time == _NEVER for each in times for time in each):
        return [entry for each in lists for entry in each]
    keyed = [
        [(time, number, entry.index, entry) for time, entry in zip(when, each, strict=True)]
        for number, (when, each) in enumerate(zip(times, lists, strict=True))
    ]
    return [entry for *_, entry in merge(*keyed, key=lambda one: one[:3])]


def _times(entries: Sequence[Entry]) -> list[float]:
    """Return when each entry in a cassette was recorded, never earlier than the one before it.

    Record mode `all` keeps an interaction whose answer has not changed, with its old date:

        recorded_at  10:00, 9:00 (kept), 10:05   ->   10:00, 10:00, 10:05
    """
    latest, found = _NEVER, []
    for entry in entries:
        latest = max(latest, timestamp_of(entry.cassette.recorded_at(entry.index)))
        found.append(latest)
    return found


def timestamp_of(recorded_at: str) -> float:
    """Return a `recorded_at` as seconds since 1970; -inf for text that is not a date.

    glancetape writes ISO 8601, Ruby VCR the dates of HTTP (`Tue, 01 Nov 2011 04:58:44 GMT`).
    """
    try:
        moment = datetime.fromisoformat(recorded_at)
    except ValueError:
        try:
            moment = parsedate_to_datetime(recorded_at)
        except ValueError:
            return _NEVER
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def changes_something(entry: Entry) -> bool:
    """Whether a recorded request may have changed what the image service holds.

    Requests to other services may have, unless `service.HARMLESS` lists them: Cinder uploads a
    volume to an image. A refused request (4xx) did not change anything; a failed one (5xx) may
    have.
    """
    question = entry.asked.question
    if question.method in ("GET", "HEAD"):
        return False  # most are reads, whose requests need not be opened again
    body = entry.cassette.request(entry.index).body
    if not may_touch_images(question.method, question.path, body):
        return False
    return not 400 <= status_of(entry.cassette, entry.index) < 500


def status_of(cassette: Cassette, index: int) -> int:
    """Return the status of a recorded response."""
    return cassette.status(index)


@dataclass(frozen=True, slots=True)
class _ChangesOfCassette:
    """The changes in one cassette, in order."""

    numbers: list[int]
    """Their positions among the changes of all cassettes."""
    indexes: list[int]
    """Their positions in the cassette."""
    seconds: list[int]
    """When they were recorded; empty when the cassette has no dates."""


class RecordedStates:
    """All recorded requests in the order of time, and between which changes each was sent.

    A state is the number of changes before it, over all cassettes, whatever they are redacted with.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Put the entries of all cassettes in order."""
        self.entries = in_order(entries)
        self.changes = [entry for entry in self.entries if changes_something(entry)]
        self._seconds: dict[tuple[int, int], int | None] = {}
        by_cassette: dict[int, list[Entry]] = {}
        for entry in self.entries:
            by_cassette.setdefault(entry.cassette_number, []).append(entry)
        if len(by_cassette) > 1 and self.changes:
            for each in by_cassette.values():
                self._seconds |= _seconds_of(each)
        self._by_cassette = {
            number: self._changes_of(number)
            for number in {entry.cassette_number for entry in self.changes}
        }

    def _changes_of(self, cassette: int) -> _ChangesOfCassette:
        found = [
            (number, entry)
            for number, entry in enumerate(self.changes)
            if entry.cassette_number == cassette
        ]
        seconds = [self._seconds.get(entry.place) for _, entry in found]
        return _ChangesOfCassette(
            [number for number, _ in found],
            [entry.index for _, entry in found],
            [one for one in seconds if one is not None],
        )

    def of(self, entry: Entry) -> tuple[int, int]:
        """Return the first and the last state in which an entry may have been recorded.

        The two differ when a change in another cassette has the same second, or no date.
        """
        first, last = len(self.changes), 0
        second = self._seconds.get(entry.place)
        for cassette, changes in self._by_cassette.items():
            if cassette == entry.cassette_number:
                surely = possibly = bisect_left(changes.indexes, entry.index)
            elif second is None or not changes.seconds:
                surely, possibly = 0, len(changes.numbers)
            else:
                surely = bisect_left(changes.seconds, second)
                possibly = bisect_right(changes.seconds, second)
            if surely < len(changes.numbers):
                first = min(first, changes.numbers[surely])
            if possibly:
                last = max(last, changes.numbers[possibly - 1] + 1)
        return first, max(first, last)


def _seconds_of(entries: Sequence[Entry]) -> dict[tuple[int, int], int | None]:
    """Return when each entry in a cassette was recorded; None for all if one has no date."""
    times = _times(entries)
    if _NEVER in times:
        return {entry.place: None for entry in entries}
    return {entry.place: floor(time) for entry, time in zip(entries, times, strict=True)}
