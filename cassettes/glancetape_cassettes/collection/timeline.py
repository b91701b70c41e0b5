"""What was recorded, in the order of time, over all cassettes.

Within a cassette it is that of its items. Between cassettes it is that of `recorded_at`; a
cassette without it is later than those named before it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from heapq import merge

from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.service import Service, is_repeatable, service_of_path

_NEVER = float("-inf")


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Put the entries of any number of cassettes in the order of time."""
    by_cassette: dict[int, list[Entry]] = {}
    for entry in entries:
        by_cassette.setdefault(entry.cassette_number, []).append(entry)
    lists = [sorted(each, key=lambda one: one.index) for each in by_cassette.values()]
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
    """Give the times of a cassette's entries; one that kept its old date is as late as its place.

    Recording everything anew leaves what says the same as it was, its date too.
    """
    latest, found = _NEVER, []
    for entry in entries:
        latest = max(latest, seconds_of(entry.cassette.recorded_at(entry.index)))
        found.append(latest)
    return found


def seconds_of(recorded_at: str) -> float:
    """Read a date of a cassette, ISO 8601 or as in HTTP (Ruby VCR); -inf when it is none."""
    try:
        moment = datetime.fromisoformat(recorded_at)
    except ValueError:
        try:
            moment = parsedate_to_datetime(recorded_at)
        except ValueError:
            return _NEVER
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def changes_something(entry: Entry) -> bool:
    """Tell whether a recorded request changed what the service holds.

    A request that was refused (4xx) did not; one that failed (5xx) may have.
    """
    question = entry.asked.question
    if is_repeatable(question.method, question.path):
        return False
    if service_of_path(question.path) is Service.KEYSTONE:
        return False
    return not 400 <= status_of(entry.cassette, entry.index) < 500


def status_of(cassette: Cassette, index: int) -> int:
    """Give the status of a recorded response."""
    return cassette.interaction(index).response.status
