"""Gathering what a recording shows of one view in one state: its list pages and its images.

GET /v2/images?limit=2      200: a, b, next    page 0 shows a and b
GET /v2/images?marker=b     200: c             page 1 shows c
GET /v2/images/b            404                b has been gone since 2
PUT /v2/images/c/tags/x     404                what was shown of c is in doubt since 3
GET /v2/images?marker=a     400                so is what was shown of a, since 4

Refusals show less than pages, but they show that something is no longer as a page had it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import floor
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from glancetape_cassettes.dates import NEVER, timestamp_of
from glancetape_cassettes.imageset.image_fields import FIELDS, BadImage, Shape, check, shape_of
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.known_services import service_of_list
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.timeline import MOST_CLOCKS_DIFFER, status_of
from glancetape_cassettes.service import ImagePath, Service, is_image_list, read_image_path

_LENGTH_OF_ID = 36  # characters
_OF_WHAT_IS_THERE = (304, 409)
_MOST_KINDS = 64  # of queries whose links are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPage:
    """A page of a list, as it was recorded."""

    time: int
    """Its number in the order of time, among everything recorded."""
    source: Source
    query: str
    ids: tuple[str, ...]
    has_next: bool
    problem: str = ""
    """Why its images cannot be put in order; "" when they can."""
    explained: tuple[str, ...] | None = None
    """For a page that is not a part of what the view shows in its state, the images that a recorded
    change before it may have altered: it shows nothing of them. None for a page of the state."""
    of_other: bool = False
    """Whether another caller got it, who is sure to see the public images only."""
    version: str = ""
    """The version of the API whose rules it follows; "" if that is the view's."""
    second: int | None = None
    """When it was recorded, in whole seconds since 1970; None without a date."""

    @property
    def only_contradicts(self) -> bool:
        """Whether it is of a later state, or another caller's: no part of a walk, and may still
        contradict one."""
        return self.explained is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLinks:
    """The links of a recorded page, and the query that it answers."""

    source: Source
    query: str
    first: str | None
    next: str | None
    last: str
    """The id of its last image; "" without images."""


@dataclass(frozen=True, slots=True)
class Maker:
    """A recorded change that may have made an image, of which no response shows the id."""

    recorded: float = NEVER
    """When, in seconds since 1970; NEVER without a date."""
    asked_for: Mapping[str, Any] | None = None
    """The members that a `POST /v2/images` asked for; None if another service makes the image."""

    def may_have_made(self, image: Mapping[str, Any], created: int) -> bool:
        """Whether it may have made an image, which was created then, in seconds since 1970.

        POST /v2/images {"name": "a"}   503
        a, shared                       may be made by it
        b, or a as a public image       not: it was made unseen, and perhaps before
        """
        if created < self.recorded - MOST_CLOCKS_DIFFER:
            return False
        if self.asked_for is None:
            return True
        shown = image.get("visibility")
        if "visibility" not in self.asked_for and shown in ("public", "community"):
            return False
        return agree(self.asked_for, image)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What is known of an answer that is not a part of what a view shows in its state."""

    altered: Collection[str]
    """Images that recorded changes between may have altered: how they look is explained."""
    absent: Collection[str]
    """Those of them of which it is also explained that the answer does not show them."""
    makers: Sequence[Maker] = ()
    """Those of these changes that may have made another image: each, one."""
    of_other: bool = False
    """Whether it is an answer to another caller."""
    version: str = ""
    """The version of the API that was asked for; "" if it is the view's."""
    has_other_stand_ins: bool = False
    """Whether it is redacted with another key."""
    is_native: bool = False
    """Whether it is IMS's own list: how its images look is known, and not which it leaves out."""


@dataclass(slots=True, kw_only=True)
class RecordedImage:
    """An image as the recording showed it last. Times are numbers in the order of time."""

    body: bytes
    """JSON, its members in the recorded order."""
    shape: Shape
    """That of `body`."""
    created: int
    """Seconds since 1970, as `updated`."""
    updated: int
    odd: frozenset[str] = frozenset()
    """Properties whose values are numbers, lists or objects: no filter is known to match them."""
    in_list: bool
    """Whether a list showed this body; lists of IMS show less than `GET /v2/images/ID`."""
    since: int
    """When the image was first seen like this."""
    last: int
    """When it was seen last."""
    gone: int = -1
    """When a 404 showed that it was gone; -1 while it is there."""
    doubted: int = -1
    """When a refusal put it in doubt; -1 while nothing does."""
    most_made: int = 0
    """How many images recorded changes may have made by then, this one perhaps among them."""

    @property
    def is_certain(self) -> bool:
        """Whether it was there when it was seen last, and nothing has put it in doubt since."""
        return self.gone < 0 and self.doubted < 0


@dataclass(slots=True, kw_only=True)
class Gathered:
    """The list pages and the images that recorded responses show."""

    pages: list[RecordedPage] = field(default_factory=list)
    images: dict[str, RecordedImage] = field(default_factory=dict)
    """By id."""
    refused: int = -1
    """When a list was refused last (403); -1 when none was."""
    unauthorized: int = -1
    """When a request was answered with 401, after which none succeeded; -1 otherwise."""
    links: dict[tuple[str, ...], RecordedLinks] = field(default_factory=dict)
    """The links of pages: of each kind of query the last page. Two queries of one kind have the
    same parameters in the same order, and both have a next page or none."""
    lengths: dict[tuple[int, int], tuple[int, bool]] = field(default_factory=dict)
    """How many images a list has, and whether it has a next page, by the place of its entry."""
    _there: dict[str, int] = field(default_factory=dict)
    """When an answer showed first that an image is there, without showing the image; or first again
    after it was gone."""
    _away: set[str] = field(default_factory=set)
    """Images of that kind that were gone when they were asked for last."""
    _listed: set[str] = field(default_factory=set)
    """The ids of all images that the caller was shown, also of those that cannot be kept."""
    _shown_to: dict[Caller | None, set[str]] = field(default_factory=dict)
    """The images that later answers showed to other callers."""

    def add(self, time: int, entry: Entry) -> None:
        """Add what a recorded response shows; call it in the order of time.

        A 200 to a conditional request is as whole as any other (RFC 9110, section 13.2.1).
        """
        method, path = entry.asked.question.method, read_image_path(entry.asked.question.path)
        if path is None:
            return
        if method == "GET" and not path.image_id:
            self._add_list(time, entry)
        elif method == "GET" and not path.below:
            self._add_image(time, entry, unquote(path.image_id))
        self._add_refusal(time, entry, path)
        status = status_of(entry.cassette, entry.index)
        self._note_presence(time, entry, status)
        if status == 401:
            self.unauthorized = time
        elif 200 <= status < 300:  # a gateway redirects anybody, and a cache answers with 304
            self.unauthorized = -1

    def add_later(self, time: int, entry: Entry, explained: Explained) -> None:
        """Add what an answer shows that was recorded in a later state, or for another caller.

        It shows nothing of the images that recorded changes between may have altered. New ones may
        be those that these made: as many as there were, and none that is older or otherwise than
        was asked for.
        What else differs has changed unseen, perhaps before them:

            GET /v2/images        a, b, c
            PATCH /v2/images/a    a recorded change
            GET /v2/images        a, c        another client deleted b

        All callers see the same public images, so another's answer shows what became of these.
        """
        status, value = entry.cassette.json_answer(entry.index)
        if status != 200:
            self._add_later_refusal(time, entry, explained)
            return
        if not explained.of_other and not explained.makers:
            self._note_presence(time, entry, status, explained.altered)
        if not isinstance(value, dict):
            return
        shown, is_list = value.get("images"), isinstance(value.get("images"), list)
        if is_list and service_of_list(value) is Service.OTHER:
            return
        listed = shown if isinstance(shown, list) else [value]
        if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in listed):
            return
        if not explained.of_other:
            self._listed.update(image["id"] for image in listed)
        is_list = is_list and not explained.is_native
        for image in listed:
            self._add_later_image(time, image, explained, in_list=is_list)
        ids = [image["id"] for image in listed]
        if explained.of_other:
            self._shown_to.setdefault(entry.asked.caller, set()).update(ids)
        if is_list:
            page = RecordedPage(
                time=time,
                source=entry.source,
                query=urlsplit(entry.uri).query,
                ids=tuple(one for one in ids if one in self.images and one not in explained.absent),
                has_next=value.get("next") is not None,
                explained=tuple(one for one in explained.absent if one in self.images),
                of_other=explained.of_other,
                version=explained.version,
                second=_second_of(entry),
            )
            self.pages.append(page)

    def _add_later_image(
        self, time: int, image: dict[str, Any], explained: Explained, *, in_list: bool
    ) -> None:
        before = self.images.get(image["id"])
        if image["id"] in explained.altered:
            return
        if before is None:
            is_for_all = not explained.of_other or image.get("visibility") == "public"
            if is_for_all:
                with suppress(BadImage):
                    self._keep_image(time, image, in_list=in_list)
                    kept = self.images[image["id"]]
                    kept.doubted = time  # at this address, or before those changes?
                    kept.most_made = sum(
                        maker.may_have_made(image, kept.created) for maker in explained.makers
                    )
            return
        if not explained.makers:
            before.most_made = 0
        old = orjson.loads(before.body)
        if explained.of_other and old.get("visibility") != "public":
            return
        if explained.has_other_stand_ins:
            image = {name: one for name, one in image.items() if _is_plain(one, old.get(name))}
        if not agree(old, image):
            before.since = max(before.since, time)
            if time >= before.last and before.is_certain:
                with suppress(BadImage):  # as it may have looked before those changes, too
                    self._keep_image(time, old | image, in_list=in_list)
                    before = self.images[image["id"]]
                    before.doubted = time
        before.last = max(before.last, time)

    def _add_later_refusal(self, time: int, entry: Entry, explained: Explained) -> None:
        """Note what a refusal to another caller puts in doubt, or to one who may be another.

        Whoever was shown an image, or might have been, and does not get it any more, shows that it
        has changed. That a caller may do less than another (403) shows nothing.
        """
        status, path = entry.cassette.status(entry.index), _path_of(entry)
        if path is None:
            return
        image_id = unquote(path.image_id) or marker_of(entry) or ""
        if not image_id:
            if status == 403 and not explained.of_other:
                self.refused = max(self.refused, time)
            return
        image = self.images.get(image_id)
        if image is None or status not in (400, 403, 404):
            return
        fields = orjson.loads(image.body)
        if explained.of_other:
            shown = self._shown_to.get(entry.asked.caller, ())
            may_do_less = status == 403 and (path.image_id or not shown)
            if may_do_less or not (fields.get("visibility") == "public" or image_id in shown):
                return
        elif status == 403 and _explains_403(fields, entry.asked.question.method, path.below):
            return
        if time > image.last:
            image.doubted = max(image.doubted, time)
        else:  # it has been shown again since
            image.since = max(image.since, time)

    def _note_presence(
        self, time: int, entry: Entry, status: int, altered: Collection[str] = ()
    ) -> None:
        """Note the image that an answer shows to be there: a marker, or one with data or members.

        What is a marker for nobody gets a 400, and members of nothing a 404. A copy of an image is
        still good (304), and what has data takes no other (409), only while it is there.
        """
        _, *markers = entry.uri.split("marker=")
        if len(markers) == 1 and markers[0][:_LENGTH_OF_ID] in self._listed:
            return  # as on each page of a walk: nothing has to be read
        path = _path_of(entry)
        if path is None:
            return
        image_id = unquote(path.image_id) or marker_of(entry) or ""
        if status in ((404,) if path.image_id else (400, 403)):
            self._away.add(image_id)
            return
        is_there = 200 <= status < 300 or status in _OF_WHAT_IS_THERE
        if not is_there or not image_id or image_id in altered:
            return
        if image_id in self._away:
            self._away.remove(image_id)
            self._there[image_id] = time
        else:
            self._there[image_id] = min(time, self._there.get(image_id, time))

    @property
    def unshown(self) -> tuple[str, int]:
        """Of the images that were there though no answer shows them, the one that was so last.

        And when it was so first: lists after that show by themselves that it is in none of them.
        "" and -1 if there is none.
        """
        there = (
            (time, image_id)
            for image_id, time in self._there.items()
            if image_id not in self.images and image_id not in self._listed
        )
        time, image_id = max(there, default=(-1, ""))
        return image_id, time

    def fields(self, image_id: str) -> dict[str, Any] | None:
        """Return the fields of an image; None when no response showed it."""
        found = self.images.get(image_id)
        return None if found is None else orjson.loads(found.body)

    def _add_list(self, time: int, entry: Entry) -> None:
        status, value = entry.cassette.json_answer(entry.index)
        if (
            status != 200
            or not isinstance(value, dict)
            or not isinstance(value.get("images"), list)
        ):
            return
        images, has_next = value["images"], value.get("next") is not None
        self.lengths[entry.place] = len(images), has_next
        service = service_of_list(value)
        if service is None and not is_image_list(entry.asked.question.path):
            service = Service.OTHER  # an empty /v2.1/images, as Nova has it
        if service is Service.OTHER:
            return
        ids = tuple(str(one.get("id", "")) for one in images if isinstance(one, dict))
        self._listed.update(ids)
        query = urlsplit(entry.uri).query
        self._keep_links(entry.source, query, value, ids[-1] if ids else "")
        problem = _fault_of_ids(images)
        if problem != "":
            ids, has_next = (), True
        else:
            for image in images:
                problem = self._add_listed(time, image) or problem
        self.pages.append(
            RecordedPage(
                time=time,
                source=entry.source,
                query=query,
                ids=ids,
                has_next=has_next,
                problem=problem,
                second=_second_of(entry),
            )
        )

    def _keep_links(self, source: Source, query: str, value: Mapping[str, Any], last: str) -> None:
        first, following = (
            None if value.get(name) is None else str(value[name]) for name in ("first", "next")
        )
        names = (part.partition("=")[0] for part in query.split("&"))
        kind = (*names, "" if following is None else "next")
        if kind in self.links or len(self.links) < _MOST_KINDS:
            self.links[kind] = RecordedLinks(
                source=source, query=query, first=first, next=following, last=last
            )

    def _add_listed(self, time: int, image: dict[str, Any]) -> str:
        """Add an image of a list; returns why it cannot be put in order, "" when it can."""
        try:
            self._keep_image(time, image, in_list=True)
        except BadImage as error:
            return f"image {image['id']} cannot be put in order: {error}"
        return ""

    def _add_image(self, time: int, entry: Entry, image_id: str) -> None:
        status, image = entry.cassette.json_answer(entry.index)
        before = self.images.get(image_id)
        if status == 404:
            if before is not None:
                before.gone = time
            return
        if status != 200 or not isinstance(image, dict) or image.get("id") != image_id:
            return
        if before is None or not before.in_list:
            with suppress(BadImage):  # of no list, so nothing has to be put in order
                self._keep_image(time, image, in_list=False)
        elif not before.is_certain or not agree(orjson.loads(before.body), image):
            # How a list shows it now is not known, so nothing that a list showed before holds.
            before.since, before.last, before.gone, before.doubted = time, time, -1, -1
            with suppress(BadImage):  # lists that did not show it before may have to show it now
                self._keep_image(time, image, in_list=False)
        else:
            before.last = time

    def _keep_image(self, time: int, image: dict[str, Any], *, in_list: bool) -> None:
        """Keep an image, with the time since when it has been shown like this. Raises BadImage."""
        shape = shape_of(image)
        created, updated, odd = _read_image(image, shape)
        body = _body_of(image)
        before = self.images.get(image["id"])
        same = before is not None and before.is_certain and _is_same(before, image, body)
        self.images[image["id"]] = RecordedImage(
            body=body,
            shape=shape,
            created=created,
            updated=updated,
            odd=odd,
            in_list=in_list,
            since=before.since if same and before is not None else time,
            last=time,
        )

    def _add_refusal(self, time: int, entry: Entry, path: ImagePath) -> None:
        """Note what a refused request puts in doubt: an image, or all that was listed."""
        status, method = status_of(entry.cassette, entry.index), entry.asked.question.method
        if path.image_id:
            image = self.images.get(unquote(path.image_id))
            if image is None or status not in (403, 404):
                return
            if status == 404 or not _explains_403(orjson.loads(image.body), method, path.below):
                image.doubted = time
        elif status == 403 and method in ("GET", "HEAD"):
            self.refused = time
        elif status == 400:
            marker = marker_of(entry)
            # An IMS words this refusal in its own way, so any 400 may be about the marker.
            if marker is not None and (image := self.images.get(marker)):
                image.doubted = time


def _fault_of_ids(images: Sequence[Any]) -> str:
    """Why the images of a page cannot be distinguished; "" when they can."""
    seen: set[str] = set()
    for number, image in enumerate(images, start=1):
        image_id = str(image.get("id", "")) if isinstance(image, dict) else ""
        if not image_id:
            return f"its image {number} has no id"
        if image_id in seen:
            return f"image {image_id} is on it twice"
        seen.add(image_id)
    return ""


def gather(entries: Iterable[tuple[int, Entry]]) -> Gathered:
    """Return what entries show; each entry comes with its number in the order of time."""
    gathered = Gathered()
    for time, entry in entries:
        gathered.add(time, entry)
    return gathered


def _second_of(entry: Entry) -> int | None:
    """When an answer was recorded; None when the file has no date for it."""
    time = timestamp_of(entry.cassette.recorded_at(entry.index))
    return None if time == NEVER else floor(time)


def _path_of(entry: Entry) -> ImagePath | None:
    return read_image_path(entry.asked.question.path)


def marker_of(entry: Entry) -> str | None:
    """The image after which a list was asked for; Glance splits a query at `;` too."""
    query = urlsplit(entry.uri).query.replace(";", "&")
    asked = parse_qsl(query, errors="surrogateescape")
    return next((value for name, value in asked if name == "marker"), None)


def _explains_403(image: dict[str, Any], method: str, below: str) -> bool:
    """Whether an image, as it was shown, is one for which a request is refused with 403.

    Nobody deletes a protected image, and only a shared one has members (observed: Glance 33).
    """
    if method == "DELETE" and not below:
        return image.get("protected") is True
    return below.partition("/")[0] == "members" and image.get("visibility") != "shared"


def _read_image(image: dict[str, Any], shape: Shape) -> tuple[int, int, frozenset[str]]:
    """Return an image's creation, update and odd properties. Raises BadImage.

    Code: Glance shows an owner from Icehouse on. Without one it is only unsure whose the image is.
    """
    if "owner" not in image:
        image = {**image, "owner": None}
        shape = shape_of(image)
    try:
        return *check(image, shape), frozenset()
    except BadImage:
        odd = frozenset(
            name
            for name, value in image.items()
            if value.__class__ not in _PLAIN and name not in FIELDS
        )
        if any(_has_fraction(image[name]) for name in odd):
            raise BadImage("it has numbers that cannot be given back as they were") from None
        return *check({name: value for name, value in image.items() if name not in odd}), odd


def _has_fraction(value: Any) -> bool:
    """Whether a value contains a number that the service may have written in another way."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, float):
            return True
        if isinstance(one, dict | list):
            waiting.extend(one.values() if isinstance(one, dict) else one)
    return False


def _body_of(image: dict[str, Any]) -> bytes:
    """Return an image as JSON. Raises BadImage when that would not be what was recorded."""
    try:
        # A copy: orjson's own bytes may keep ten times their length allocated.
        return bytes(memoryview(orjson.dumps(image)))
    except TypeError as error:
        raise BadImage("it is nested too deep") from error


_PLAIN = frozenset((str, bool, type(None)))


def _is_same(before: RecordedImage, image: dict[str, Any], body: bytes) -> bool:
    if before.body == body:
        return True
    if not before.in_list:
        return agree(orjson.loads(before.body), image)
    return _comparable(orjson.loads(before.body)) == _comparable(image)


def agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a list and a single answer can show the same image: IMS lists show less."""
    left, right = _comparable(one), _comparable(other)
    return all(right[name] == value for name, value in left.items() if name in right)


def _is_plain(*values: Any) -> bool:
    """Whether redaction left values as they were, so that they are the same under any key."""
    text = repr(values)
    return not any(mark in text for mark in (PLACEHOLDER, *STAND_IN_MARKS))


def _comparable(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image with sorted tags: each process of Glance shows them in another order."""
    tags = image.get("tags")
    return {**image, "tags": sorted(map(str, tags))} if isinstance(tags, list) else dict(image)
