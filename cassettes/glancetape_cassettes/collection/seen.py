"""What a recording shows of one view in one state: pages of lists, and images and their past."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from glancetape_cassettes.imageset.image_fields import FIELDS, BadImage, check
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.service import is_image_list


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, as it was recorded."""

    time: int
    """Its place in the order of time among what was recorded."""
    source: Source
    query: str
    ids: tuple[str, ...]
    has_next: bool
    problem: str = ""
    """Why its images cannot be put in order, "" when they can."""


@dataclass(slots=True)
class Sighting:
    """An image, as it was seen last."""

    body: bytes
    """As JSON, in the recorded order of its members."""
    since: int
    """The time since which it has been seen like this."""
    last: int
    in_list: bool
    times: tuple[int, int]
    """Its creation and update, in seconds since 1970."""
    odd: frozenset[str] = frozenset()
    """The properties, none of them the API's own, that are numbers, lists or objects."""
    gone: int = -1
    """The time when it was seen to be gone, and not seen again since."""


@dataclass(slots=True)
class Seen:
    """What was seen, gathered in the order of time."""

    pages: list[Page] = field(default_factory=list)
    images: dict[str, Sighting] = field(default_factory=dict)

    def take(self, time: int, entry: Entry) -> None:
        """Take in what an answer to a GET shows; anything but lists and images says nothing."""
        question = entry.asked.question
        if asks_for_list(question):
            self._take_list(time, entry)
        elif question.method != "GET" or question.conditions:
            return
        elif image_id := image_of_path(question.path):
            self._take_image(time, entry, image_id)

    def fields(self, image_id: str) -> dict[str, Any] | None:
        """Give the fields of an image."""
        found = self.images.get(image_id)
        return None if found is None else orjson.loads(found.body)

    def _take_list(self, time: int, entry: Entry) -> None:
        status, value = entry.cassette.json_answer(entry.index)
        if (
            status != 200
            or not isinstance(value, dict)
            or not isinstance(value.get("images"), list)
        ):
            return
        images = value["images"]
        ids = tuple(str(one.get("id", "")) for one in images if isinstance(one, dict))
        query = urlsplit(entry.uri).query
        if len(set(ids) - {""}) < len(images):
            problem = "its images have no ids, or the same"
            self.pages.append(Page(time, entry.source, query, (), True, problem))
            return
        problem = ""
        for image in images:
            problem = self._see(time, image) or problem
        has_next = value.get("next") is not None
        self.pages.append(Page(time, entry.source, query, ids, has_next, problem))

    def _see(self, time: int, image: dict[str, Any]) -> str:
        """Note an image of a list; says what keeps it from being put in order, "" if nothing."""
        try:
            times, odd = _times_of(image)
            body = _body_of(image)
        except BadImage as error:
            return f"image {image['id']} cannot be put in order: {error}"
        before = self.images.get(image["id"])
        same = before is not None and before.gone < 0 and _is_same(before, image, body)
        since = before.since if same and before is not None else time
        self.images[image["id"]] = Sighting(body, since, time, True, times, odd)
        return ""

    def _take_image(self, time: int, entry: Entry, image_id: str) -> None:
        status, image = entry.cassette.json_answer(entry.index)
        before = self.images.get(image_id)
        if status == 404:
            if before is not None:
                before.gone = time
            return
        if status != 200 or not isinstance(image, dict) or image.get("id") != image_id:
            return
        if before is None or not before.in_list:
            try:
                times, odd = _times_of(image)
                body = _body_of(image)
            except BadImage:
                return
            same = (
                before is not None and before.gone < 0 and _agree(orjson.loads(before.body), image)
            )
            since = before.since if same and before is not None else time
            self.images[image_id] = Sighting(body, since, time, False, times, odd)
        elif before.gone >= 0 or not _agree(orjson.loads(before.body), image):
            # How a list shows it now is not known: nothing that was listed before holds.
            before.since, before.last, before.gone = time, time, -1
        else:
            before.last = time


def image_of_path(path: str) -> str | None:
    """Give the id that a path names, as in /v2/images/ID; None for other paths."""
    folder, _, image_id = path.rpartition("/")
    return unquote(image_id) if image_id and is_image_list(folder) else None


def _times_of(image: dict[str, Any]) -> tuple[tuple[int, int], frozenset[str]]:
    """Give an image's times and its odd properties. Raises BadImage when it is none."""
    try:
        return check(image), frozenset()
    except BadImage:
        odd = frozenset(
            name
            for name, value in image.items()
            if value.__class__ not in _PLAIN and name not in FIELDS
        )
        if any(_has_fraction(image[name]) for name in odd):
            raise BadImage("it has numbers that cannot be given back as they were") from None
        return check({name: value for name, value in image.items() if name not in odd}), odd


def _has_fraction(value: Any) -> bool:
    """Tell whether there is a number in a value that may have been written otherwise."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, float):
            return True
        if isinstance(one, dict | list):
            waiting.extend(one.values() if isinstance(one, dict) else one)
    return False


def _body_of(image: dict[str, Any]) -> bytes:
    """Give an image as JSON. Raises BadImage when that would not be what was recorded."""
    try:
        # A copy, as orjson's own bytes may hold on to ten times their length.
        return bytes(memoryview(orjson.dumps(image)))
    except TypeError as error:
        raise BadImage("it is nested too deep") from error


_PLAIN = frozenset((str, bool, type(None)))


def _is_same(before: Sighting, image: dict[str, Any], body: bytes) -> bool:
    if before.body == body:
        return True
    if not before.in_list:
        return _agree(orjson.loads(before.body), image)
    return _comparable(orjson.loads(before.body)) == _comparable(image)


def _agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a list and a single answer may show the same image: IMS lists show less."""
    left, right = _comparable(one), _comparable(other)
    return all(right[name] == value for name, value in left.items() if name in right)


def _comparable(image: dict[str, Any]) -> dict[str, Any]:
    """Give an image with its tags in one order: Glance's changes with each of its processes."""
    tags = image.get("tags")
    return {**image, "tags": sorted(map(str, tags))} if isinstance(tags, list) else image


def gather(entries: Iterable[tuple[int, Entry]]) -> Seen:
    """Gather what entries show; each comes with its place in the order of time."""
    seen = Seen()
    for time, entry in entries:
        seen.take(time, entry)
    return seen
