"""How far apart two dates must be to show an order: cassettes may have those of two clocks.

The header Date of an answer is by the clock of its service, `recorded_at` by the recorder's:

    a.yaml   GET list       recorded_at 11:00   Date 10:00
    b.yaml   DELETE image   recorded_at 10:05   Date 10:05   3600 seconds

Without any Date, only what was recorded can show that a clock was set, and not by how much:

    a.yaml   GET list, X updated 10:00    recorded_at 10:07
    b.yaml   PATCH X, updated 10:05       recorded_at 10:05   the list is older than its date
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf

from glancetape_cassettes.dates import NEVER, timestamp_of
from glancetape_cassettes.replaying.changes import change_of
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.in_view.image_services import images_shown_by
from glancetape_cassettes.replaying.timeline import seconds_of

_MADE, _DELETED = -inf, inf
_GONE = ("deleted", "pending_delete")


def clocks_apart(entries: Iterable[Entry]) -> float:
    """By how many seconds the clocks of those who recorded differ, as far as the answers show it.

    Each answer counts, because a clock may be set forward during a recording, and back again. One
    that took a minute looks the same. If only some cassettes have answers with a Date, the result
    is infinity. If none has, all are taken to have one clock, unless the dates go back or disagree
    with the answers; then it is infinity too. With a Date, dates that go back show nothing: record
    mode `all` keeps older answers.
    """
    by_cassette: dict[int, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.place):
        by_cassette.setdefault(entry.cassette_number, []).append(entry)
    off = [list(_differences(each)) for each in by_cassette.values()]
    shown = [each for each in off if each]
    if not shown:
        was_set = any(map(_goes_back, by_cassette.values())) or _disagrees(by_cassette.values())
        return inf if was_set else 0
    if len(shown) < len(off):
        return inf
    return max(map(max, shown)) - min(map(min, shown))


def _differences(entries: Iterable[Entry]) -> Iterator[float]:
    """By how many seconds each date of a recorder is ahead of that of the service."""
    for entry in entries:
        answered = timestamp_of(entry.cassette.answer_date(entry.index))
        recorded = timestamp_of(entry.cassette.recorded_at(entry.index))
        if NEVER not in (answered, recorded):
            yield recorded - answered


def _goes_back(entries: Iterable[Entry]) -> bool:
    """Whether an interaction has an earlier date than one before it in its cassette."""
    dates = [timestamp_of(entry.cassette.recorded_at(entry.index)) for entry in entries]
    known = [date for date in dates if date > NEVER]
    return known != sorted(known)


def _disagrees(cassettes: Iterable[Sequence[Entry]]) -> bool:
    """Whether an image is younger in one cassette than in another with an earlier date.

    Ids are compared, whatever the service: a replica in another region leaves a doubt.
    """
    lives: dict[str, list[tuple[int, int, float]]] = {}
    for number, entries in enumerate(cassettes):
        seconds = seconds_of(entries)
        for entry in entries:
            second = seconds[entry.place]
            if second is None:  # and so is that of all others in the cassette
                break
            for image_id, age in _ages_in(entry):
                lives.setdefault(image_id, []).append((second, number, age))
    return any(map(_grows_younger, lives.values()))


def _grows_younger(life: list[tuple[int, int, float]]) -> bool:
    """Whether one of (second, cassette, age) is younger than an earlier one of another cassette."""
    oldest: dict[int, float] = {}
    for _, group in groupby(sorted(life), key=lambda one: one[0]):
        together = list(group)
        for _, cassette, age in together:
            if any(age < before for other, before in oldest.items() if other != cassette):
                return True
        for _, cassette, age in together:
            oldest[cassette] = max(age, oldest.get(cassette, age))
    return False


def _ages_in(entry: Entry) -> Iterator[tuple[str, float]]:
    """The images of an answer and their ages: when each was last updated, made, or deleted."""
    change = change_of(entry, 0)
    is_end = change is not None and change.succeeded and (change.makes or change.deletes)
    if change is not None and is_end and change.image_id:
        yield change.image_id, _DELETED if change.deletes else _MADE
        return
    for image in images_shown_by(entry):
        image_id, updated = image.get("id"), timestamp_of(str(image.get("updated_at")))
        if isinstance(image_id, str) and updated > NEVER and image.get("status") not in _GONE:
            yield image_id, updated
