"""In which order the entries of a HAR or flow file were sent, and which reads no order shows.

| an entry | what is done |
|---|---|
| has a date | by its date; of two at the same time, the first in the file is first |
| has no date, and another one has | left out |
| has no date, and may have changed images | all reads of the image service are left out |
| reads the image service while a change is under way | left out: it may show either state |

Without any date and without any change, the order is that of the file.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from glancetape_cassettes.dates import NEVER
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.of_service import is_of_glancetape, judge, leaves_mark
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.service import Service, may_touch_images

MOST_DECODED_IN_ALL = 512 << 20
"""Bytes of all bodies of a file: all its entries are in memory, and a small file can have large
bodies."""
NO_DATE = "it has no date, and other entries have one"
NO_ORDER = "a change of images has no date, so the entry may show the images before or after it"
OVERLAPS = "a change of images was under way, so the entry may show the images before or after it"


@dataclass(frozen=True, slots=True)
class TimedEntry:
    """An entry, when it was sent, and when it ended; `NEVER` without a date."""

    found: Entry | LeftOut
    start: float
    end: float

    @property
    def request(self) -> Request | None:
        """What was sent, as far as it is known."""
        found = self.found
        return found.interaction.request if isinstance(found, Entry) else found.request


def bounded(entries: Iterable[TimedEntry], path: Path, name: str) -> list[TimedEntry]:
    """All entries of a file of the format `name`. Raises CassetteError when they are too large."""
    kept, size = list[TimedEntry](), 0
    for one in entries:
        if isinstance(one.found, Entry):
            asked, answered = one.found.interaction.request, one.found.interaction.response
            size += len(asked.body) + len(answered.body)
        if size > MOST_DECODED_IN_ALL:
            raise CassetteError(
                f"{path}: {name} whose bodies have more than {MOST_DECODED_IN_ALL >> 20} MiB when "
                f"decoded, up to entry {one.found.number:,}. Save a shorter session, or only the "
                "requests to the image service."
            )
        kept.append(one)
    return kept


def in_order(entries: Sequence[TimedEntry]) -> Iterator[Entry | LeftOut]:
    """Yield entries in the order of the table above."""
    # Browsers list entries by page or by completion. The sort is stable.
    dated = sorted((one for one in entries if one.start > NEVER), key=lambda one: one.start)
    undated = [one for one in entries if one.start == NEVER]
    services, changes = _changes([*dated, *undated])
    overlapping = _Overlapping([one for one in changes if one.start > NEVER])
    is_order_unknown = any(one.start == NEVER for one in changes)
    for one in dated:
        if changes and _reads_images(one, services):
            if is_order_unknown:
                yield _left_out(one, NO_ORDER)
                continue
            if overlapping.has(one):
                yield _left_out(one, OVERLAPS)
                continue
        yield one.found
    for one in undated:
        if dated:
            yield _left_out(one, NO_DATE)
        elif is_order_unknown and _reads_images(one, services):
            yield _left_out(one, NO_ORDER)
        else:
            yield one.found


def _changes(entries: Sequence[TimedEntry]) -> tuple[KnownServices, list[TimedEntry]]:
    """Where the services are, and the entries that may have changed images."""
    services = KnownServices()
    writes = [one for one in entries if (asked := one.request) and _may_write(asked)]
    if not writes:
        return services, []
    for one in entries:
        if isinstance(one.found, Entry) and not is_of_glancetape(one.found.interaction):
            judge(services, one.found.interaction)
    return services, [one for one in writes if _is_change(one, services)]


def _may_write(request: Request) -> bool:
    return may_touch_images(request.method, "/")


def _is_change(one: TimedEntry, services: KnownServices) -> bool:
    found = one.found
    if isinstance(found, Entry) and is_of_glancetape(found.interaction):
        return False
    status = found.interaction.response.status if isinstance(found, Entry) else None
    return one.request is not None and leaves_mark(services, one.request, status)


def _reads_images(one: TimedEntry, services: KnownServices) -> bool:
    return (
        isinstance(one.found, Entry)
        and not is_of_glancetape(one.found.interaction)
        and one.found.interaction.request.method in ("GET", "HEAD")
        and services.service_of(one.found.interaction.request.uri) is Service.IMAGE
    )


def _left_out(one: TimedEntry, reason: str) -> LeftOut:
    if isinstance(one.found, LeftOut):
        return one.found
    asked = one.found.interaction
    return LeftOut(one.found.number, reason, asked.request, asked.recorded_at)


class _Overlapping:
    """Changes by time, to find in one step whether one was under way."""

    def __init__(self, changes: Sequence[TimedEntry]) -> None:
        changes = sorted(changes, key=lambda one: one.start)
        self._starts = [one.start for one in changes]
        self._last_ends = list(accumulate((one.end for one in changes), max))

    def has(self, read: TimedEntry) -> bool:
        """Whether a change began before a read ended, and ended after the read began."""
        before = bisect_left(self._starts, read.end)
        return before > 0 and self._last_ends[before - 1] > read.start
