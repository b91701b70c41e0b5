"""Recorded requests in the order of time, over all cassettes.

Within a cassette the items are in order. Between cassettes `recorded_at` decides; when an item
has none, each cassette comes after those named before it. That is an order to read pages in.
Whether a request was sent before a change or after it is known only where their dates show it:

    a.yaml   DELETE image   10:00:00
    b.yaml   GET list       10:00:00   in the state before the change, or in the one after it

Each cassette has the dates of who recorded it. Where their clocks differ, dates show an order only
if they are further apart than the clocks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from math import floor
from typing import Any

from glancetape_cassettes.dates import NEVER, timestamp_of
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.interaction import header
from glancetape_cassettes.replaying.entries import Entry

MOST_APART = 3600
"""Seconds between a page and the next one of its walk. A token of Keystone lives an hour by
default, so no client takes longer; what changed in between, nobody would see."""
MOST_CLOCKS_DIFFER = 15 * 60
"""Seconds by which the clocks of a cloud and of who records it may differ. Huawei Cloud refuses a
signed request whose `X-Sdk-Date` is further away (API Request Signing Guide, Overview)."""


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
    if any(time == NEVER for each in times for time in each):
        return [entry for each in lists for entry in each]
    keyed = [
        [(time, number, entry.index, entry) for time, entry in zip(when, each, strict=True)]
        for number, (when, each) in enumerate(zip(times, lists, strict=True))
    ]
    return [entry for *_, entry in merge(*keyed, key=lambda one: one[:3])]


def _times(entries: Sequence[Entry]) -> list[float]:
    """Return when each entry in a cassette was recorded, never earlier than the one before it.

    Record mode `all` keeps an interaction whose answer has not changed, with its old date. One
    without a date was recorded at any time between its neighbours:

        recorded_at  10:00, 9:00 (kept), none, 10:05   ->   10:00, 10:00, NEVER, 10:05
    """
    latest, found = NEVER, []
    for entry in entries:
        time = timestamp_of(entry.cassette.recorded_at(entry.index))
        latest = max(latest, time)
        found.append(NEVER if time == NEVER else latest)
    return found


def seconds_of(entries: Sequence[Entry]) -> dict[tuple[int, int], int | None]:
    """Return when each entry in a cassette was recorded; None for all if one has no date."""
    times = _times(entries)
    if NEVER in times:
        return {entry.place: None for entry in entries}
    return {entry.place: floor(time) for entry, time in zip(entries, times, strict=True)}


def updated_in(entry: Entry) -> Iterator[tuple[str, float, float]]:
    """The images that an answer shows, itself or by their members, and when each was last updated.

    That is in seconds since 1970, by the clock of the cloud. Then follows when it was made, as far
    as the answer says: of members, when the image was shared.
    """
    try:
        status, value = entry.cassette.json_answer(entry.index)
    except CassetteError:  # it is reported when the interaction is asked for
        return
    if not 200 <= status < 300 or not isinstance(value, dict):
        return
    rows = value.get("images", value.get("members", [value]))
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        image_id = row.get("image_id", row.get("id"))
        if isinstance(image_id, str) and (time := _last_updated(row)) > NEVER:
            yield image_id, time, timestamp_of(str(row.get("created_at")))


def time_of(entry: Entry, before: Sequence[Entry]) -> float:
    """When a change was made, by the clock of the cloud if its answer shows it; NEVER if unknown.

    The image in an answer shows it best, if the cloud notes the time of a change: it is near the
    date of the answer, or later than all times in the answers `before`.

        GET list, updated 10:00    PATCH, updated 10:05    at 10:05
        GET list, updated 10:00    PATCH, updated 10:00    when it was recorded: it notes no changes
    """
    shown = max((time for _, time, _ in updated_in(entry)), default=NEVER)
    headers = entry.cassette.interaction(entry.index).response.headers
    answered = timestamp_of(header(headers, "date") or "")
    dated = answered if answered > NEVER else timestamp_of(entry.cassette.recorded_at(entry.index))
    if shown == NEVER:
        return dated
    if abs(shown - dated) <= MOST_CLOCKS_DIFFER:
        return shown
    earlier = max((time for one in before for _, time, _ in updated_in(one)), default=NEVER)
    return shown if NEVER < earlier < shown else dated


def _last_updated(row: Mapping[str, Any]) -> float:
    return max(timestamp_of(str(row.get(name))) for name in ("created_at", "updated_at"))
