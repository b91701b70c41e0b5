"""Gathering what a recording shows of one view in one state: its list pages and its images.

GET /v2/images?limit=2      200: a, b, next    page 0 shows a and b
GET /v2/images?marker=b     200: c             page 1 shows c
GET /v2/images/b            404                b has been gone since 2
PUT /v2/images/c/tags/x     404                what was shown of c is in doubt since 3
GET /v2/images?marker=a     400                so is what was shown of a, since 4

Refusals show less than pages, but they show that something is no longer as a page had it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from glancetape_cassettes.collection.explained import Explained
from glancetape_cassettes.collection.presence import (
    Presence,
    image_named_in,
    marker_of,
    path_of,
    shows_only_presence,
)
from glancetape_cassettes.collection.recorded_images import (
    RecordedImage,
    agree,
    is_unredacted,
    json_of,
    read_image,
)
from glancetape_cassettes.collection.recorded_lists import RecordedLinks, RecordedPage
from glancetape_cassettes.imageset.image_fields import BadImage, shape_of
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.known_services import service_of_list
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.service import ImagePath, Service, is_image_list, read_image_path

_MOST_KINDS = 64  # of queries whose links are looked at


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
    presence: Presence = field(default_factory=Presence)
    """Which images answers show to be there without showing them."""

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
        status = entry.status
        self.presence.note(time, entry, status)
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
        status = entry.status
        if explained.of_other:
            self.presence.note_of_other(time, entry, status)
        elif not explained.makers or status >= 400:
            self.presence.note(time, entry, status, explained.altered)
        if shows_only_presence(entry):
            return
        if status != 200:
            self._add_later_refusal(time, entry, explained)
            return
        _, value = entry.cassette.json_answer(entry.index)
        if not isinstance(value, dict):
            return
        shown, is_list = value.get("images"), isinstance(value.get("images"), list)
        if is_list and service_of_list(value) is Service.OTHER:
            return
        listed = shown if isinstance(shown, list) else [value]
        if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in listed):
            return
        if not explained.of_other:
            self.presence.listed.update(image["id"] for image in listed)
        is_list = is_list and not explained.is_native
        for image in listed:
            self._add_later_image(time, image, explained, in_list=is_list)
        ids = [image["id"] for image in listed]
        if explained.of_other:
            self.presence.shown_to(entry.asked.caller).update(ids)
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
                second=entry.second,
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
            image = {name: one for name, one in image.items() if is_unredacted(one, old.get(name))}
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
        status, path = entry.status, path_of(entry)
        if path is None:
            return
        image_id = image_named_in(entry, path)
        if not image_id:
            if status == 403 and not explained.of_other:
                self.refused = max(self.refused, time)
            return
        image = self.images.get(image_id)
        if image is None or status not in (400, 403, 404):
            return
        fields = orjson.loads(image.body)
        if explained.of_other:
            shown = self.presence.shown_to(entry.asked.caller)
            may_do_less = status == 403 and (path.image_id or not shown)
            if may_do_less or not (fields.get("visibility") == "public" or image_id in shown):
                return
        elif status == 403 and _explains_403(fields, entry.asked.question.method, path.below):
            return
        if time > image.last:
            image.doubted = max(image.doubted, time)
        else:  # it has been shown again since
            image.since = max(image.since, time)

    @property
    def unshown(self) -> tuple[str, int]:
        """Of the images that were there though no answer shows them, the one that was so last.

        And when it was so first: lists after that show by themselves that it is in none of them.
        "" and -1 if there is none.
        """
        return self.presence.last_unshown(self.images)

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
        self.presence.listed.update(ids)
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
                second=entry.second,
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
        created, updated, odd = read_image(image, shape)
        body = json_of(image)
        before = self.images.get(image["id"])
        same = before is not None and before.is_certain and before.is_like(image, body)
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
        status, method = entry.status, entry.asked.question.method
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


def _explains_403(image: dict[str, Any], method: str, below: str) -> bool:
    """Whether an image, as it was shown, is one for which a request is refused with 403.

    Nobody deletes a protected image, and only a shared one has members (observed: Glance 33).
    """
    if method == "DELETE" and not below:
        return image.get("protected") is True
    return below.partition("/")[0] == "members" and image.get("visibility") != "shared"
