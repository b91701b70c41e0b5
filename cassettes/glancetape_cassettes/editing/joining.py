"""Several cassettes as one, in the order of time.

    a.yaml   10:00:00 #1, 10:00:05 #2        b.yaml   10:00:03 #1, 10:00:09 #2
    merged   a#1, b#1, a#2, b#2

In one file the order is known, and answers depend on it: a list that comes after a `DELETE` shows
what is left. So two interactions of different files are put in an order only where their dates
show it, or where it does not matter. Otherwise nothing is merged:

    a.yaml   10:00:00 DELETE image           b.yaml   10:00:00 GET list

Reads that agree with each other are put in the order in which their files are named. An
interaction without a date keeps its place between those of its own file.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import orjson

from glancetape_cassettes.dates import timestamp_of
from glancetape_cassettes.editing.cassette_parts import Parts, take_apart
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.plain_names import word_of
from glancetape_cassettes.replaying.changes import Change, Shows, change_of, subject_of
from glancetape_cassettes.replaying.clocks import clocks_apart
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.service import is_image_list, read_image_path

_OF_A_WHOLE_LIST = frozenset(("limit", "sort", "sort_key", "sort_dir"))
"""Parameters of lists of which one page, without `next`, has all images that the caller sees."""
_PUBLIC = b'"visibility":"public"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What comes of a merge."""

    first: Parts
    """The file that the header is from."""
    items: tuple[bytes, ...]
    duplicates: int
    """Interactions that were in more than one file."""

    @property
    def parts(self) -> tuple[bytes, ...]:
        """The texts of the merged file."""
        return self.first.with_items(self.items)


@dataclass(slots=True, kw_only=True, eq=False)
class _Item:
    """An interaction, and when it was recorded at the earliest and at the latest."""

    text: bytes
    entry: Entry
    group: int
    earliest: float
    latest: float
    change: Change | None
    is_mark: bool
    _images: dict[str, bytes] | None = None
    _response: tuple[int, bytes] | None = None

    @property
    def response(self) -> tuple[int, bytes]:
        """Status and body of the response."""
        if self._response is None:
            response = self.entry.cassette.interaction(self.entry.index).response
            self._response = response.status, response.body
        return self._response

    @property
    def images(self) -> dict[str, bytes]:
        """The images that the answer shows, in one form; of one that is gone, nothing."""
        if self._images is None:
            self._images = _images_in(self.entry)
        return self._images

    @property
    def is_whole_list(self) -> bool:
        """Whether the answer is a list without filters, and its only page."""
        question = self.entry.asked.question
        if question.method != "GET" or not is_image_list(question.path):
            return False
        if ("limit", "0") in question.query or not _OF_A_WHOLE_LIST.issuperset(
            name for name, _ in question.query
        ):
            return False
        status, value = self.entry.cassette.json_answer(self.entry.index)
        return status == 200 and isinstance(value, dict) and "next" not in value

    @property
    def name(self) -> str:
        return f"{self.entry.cassette.path} #{self.entry.index + 1}"


def merge(paths: Sequence[Path]) -> Joined:
    """The interactions of several cassettes in the order of time, each once.

    Raises CassetteError when they are redacted differently, and when their dates do not show an
    order that matters.
    """
    files = [take_apart(path) for path in paths]
    _check_redaction(files)
    recorded = RecordedAnswers([one.cassette for one in files], lambda _: None)
    entries: dict[tuple[int, int], tuple[Entry, int, bool]] = {}
    for group in recorded.groups:
        marks = {one.place for one in group.marks}
        for entry in group:
            entries[entry.place] = entry, group.number, entry.place in marks
    apart = clocks_apart(entry for entry, *_ in entries.values())
    merged: list[_Item] = []
    duplicates = 0
    for number, one in enumerate(files):
        more = _items_of(one, number, entries, apart)
        if not number:
            merged = more
            continue
        merged, twice = _join(merged, more)
        duplicates += twice
    texts = tuple(one.text for one in merged)
    return Joined(first=files[0], items=texts, duplicates=duplicates)


def _check_redaction(files: Sequence[Parts]) -> None:
    first = files[0].cassette
    for other in (one.cassette for one in files[1:]):
        if _comparable(first.redaction) != _comparable(other.redaction):
            raise CassetteError(
                f"{first.path} {first.redaction}, and {other.path} {other.redaction}. In one file "
                "the same project would have two names. Replay both instead: "
                f"glancetape replay {word_of(first.path)} {word_of(other.path)}"
            )


def _comparable(redaction: Redaction) -> tuple[object, ...]:
    """What two cassettes share whose ids can be compared: kept ids need no key for that."""
    key = None if redaction.keep_ids else redaction.key_id
    return key, redaction.keep_ids, redaction.sensitive


def _items_of(
    parts: Parts, number: int, entries: dict[tuple[int, int], tuple[Entry, int, bool]], apart: float
) -> list[_Item]:
    cassette = parts.cassette
    # In whole seconds, as recorders write them.
    dates = [timestamp_of(cassette.recorded_at(index)) // 1 for index in range(len(cassette))]
    found = []
    for index, (earliest, latest) in enumerate(_spans(dates)):
        entry, group, is_mark = entries[number, index]
        found.append(
            _Item(
                text=parts.items[index],
                entry=entry,
                group=group,
                earliest=earliest,
                latest=latest + apart,  # by the clock of another recorder
                change=change_of(entry, group),
                is_mark=is_mark,
            )
        )
    return found


def _spans(dates: Sequence[float]) -> list[tuple[float, float]]:
    """When each interaction of a file was recorded, at the earliest and at the latest.

    10:00, no date, 10:05   ->   10:00, 10:00 to 10:05, 10:05

    Record mode `all` keeps an interaction whose answer has not changed, with its old date; it was
    recorded again after the one before it and before the next one.
    """
    latest_before, spans = -inf, []
    for date in dates:
        is_in_order = date >= latest_before and date != -inf
        latest_before = max(latest_before, date)
        spans.append((latest_before, latest_before if is_in_order else inf))
    following = inf
    found = []
    for earliest, latest in reversed(spans):
        following = min(latest, following)
        found.append((earliest, following))
    return found[::-1]


def _join(ours: list[_Item], theirs: list[_Item]) -> tuple[list[_Item], int]:
    """Both in one order, and how many of theirs were in ours already."""
    pairs = list(_duplicates(ours, theirs))
    merged: list[_Item] = []
    left = right = 0
    for first, second in [*pairs, (len(ours), len(theirs))]:
        merged += _in_order(ours[left:first], theirs[right:second])
        merged += ours[first : first + 1]
        left, right = first + 1, second + 1
    return merged, len(pairs)


def _duplicates(ours: Sequence[_Item], theirs: Sequence[_Item]) -> Iterator[tuple[int, int]]:
    """The places of the interactions that both have, byte for byte. Raises CassetteError.

    An interaction may be in a file twice: the second of one is the second of the other.
    """
    places: dict[bytes, list[int]] = {}
    for place, one in enumerate(ours):
        places.setdefault(one.text, []).append(place)
    found = []
    for place, one in enumerate(theirs):
        known = places.get(one.text)
        if known:
            found.append((known.pop(0), place))
    for before, after in pairwise(found):
        if after[0] < before[0]:
            raise CassetteError(
                f"{theirs[before[1]].name} and {theirs[after[1]].name} are in another file too, in "
                "the opposite order, so no order fits both files."
            )
    yield from found


def _in_order(ours: Sequence[_Item], theirs: Sequence[_Item]) -> list[_Item]:
    """Both in the order of time; ours come first where it does not show one."""
    _check_order(ours, theirs)
    found: list[_Item] = []
    left = right = 0
    while left < len(ours) and right < len(theirs):
        if theirs[right].latest < ours[left].earliest:
            found.append(theirs[right])
            right += 1
        else:
            found.append(ours[left])
            left += 1
    return [*found, *ours[left:], *theirs[right:]]


def _check_order(ours: Sequence[_Item], theirs: Sequence[_Item]) -> None:
    """Raise CassetteError for two interactions whose order matters and is not known."""
    begin = 0
    for one in ours:
        while begin < len(theirs) and theirs[begin].latest < one.earliest:
            begin += 1
        for other in theirs[begin:]:
            if other.earliest > one.latest:
                break
            if why := _why_order_matters(one, other):
                raise CassetteError(
                    f"the dates do not show whether {one.name} was recorded before {other.name}, "
                    f"and {why}. Replay both files instead, or record them one after the other."
                )


def _why_order_matters(one: _Item, other: _Item) -> str:
    """Why the order of two interactions matters; "" when it does not."""
    for change, reader in ((one, other), (other, one)):
        if _may_change(change, reader):
            return f"{change.name} may have changed what {reader.name} shows"
    if one.change is None and other.change is None and _contradict(one, other):
        return "they show different things"
    return ""


def _may_change(change: _Item, other: _Item) -> bool:
    if change.is_mark:
        return subject_of(other.entry, other.group).shows is not Shows.NOTHING or (
            other.change is not None
        )
    if change.change is None:
        return False
    if other.change is not None or other.is_mark:
        return True
    return change.change.is_of(subject_of(other.entry, other.group)) is not False


def _contradict(one: _Item, other: _Item) -> bool:
    """Whether two reads cannot both be of one moment, as far as their answers show it."""
    left, right = one.entry, other.entry
    is_same_question = (left.asked.question, left.asked.host, left.asked.caller) == (
        right.asked.question,
        right.asked.host,
        right.asked.caller,
    )
    if is_same_question and one.response != other.response:
        return True
    shown, also = one.images, other.images
    if any(shown[image_id] != also[image_id] for image_id in shown.keys() & also.keys()):
        return True
    return _lacks(one, other) or _lacks(other, one)


def _lacks(listed: _Item, other: _Item) -> bool:
    """Whether a list of all images has none that another answer shows who asked for it."""
    if not listed.is_whole_list:
        return False
    is_same_caller = listed.entry.asked.caller == other.entry.asked.caller
    return any(
        image and (is_same_caller or _PUBLIC in image)
        for image_id, image in other.images.items()
        if image_id not in listed.images
    )


def _images_in(entry: Entry) -> dict[str, bytes]:
    question = entry.asked.question
    path = read_image_path(question.path)
    if path is None:
        return {}
    status, value = entry.cassette.json_answer(entry.index)
    if path.image_id and status == 404:  # to whatever was asked of it
        return {path.image_id: b""}
    if question.method != "GET" or path.below:
        return {}
    if status == 400:
        return {marker: b"" for name, marker in question.query if name == "marker"}
    if status != 200 or not isinstance(value, dict):
        return {}
    return dict(_identified(value.get("images") if is_image_list(question.path) else [value]))


def _identified(images: Any) -> Iterator[tuple[str, bytes]]:
    for image in images if isinstance(images, Iterable) else ():
        if isinstance(image, dict) and isinstance(image.get("id"), str):
            yield image["id"], orjson.dumps(image, option=orjson.OPT_SORT_KEYS)
