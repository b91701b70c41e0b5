"""Which images a caller surely never saw, so that another caller's changes of them do not matter.

Projects a and b were recorded one after the other, and each changed an image of its own:

    a  GET list, PATCH A, GET list        b  GET list, PATCH B, GET list

b may be replayed first, though its lists were recorded after PATCH A: A is private and of another
project than b, and b's list without A shows that b is no operator. Had A been public, or had any
answer to b shown A, b's first list would be a miss until PATCH A is played: it may look otherwise
before.

A caller that was never shown another project's private image may be an operator all the same, who
sees those of all projects, if there was none yet. Project a makes A after an operator listed all:

    operator  GET list: none      a  POST A (private)      operator  GET list: surely with A?

What shows that a caller is none is a whole list without an image that an operator's would have, as
b's above, or a recorded login whose token has only the roles of ordinary users.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from glancetape_cassettes.dates import NEVER, timestamp_of
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.changes import Change
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.in_view.image_services import (
    Address,
    ImageServices,
    address_of_native,
    served_at,
)
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.replaying.timeline import MOST_CLOCKS_DIFFER
from glancetape_cassettes.service import read_image_path

_PAGED = frozenset(["limit", "marker", "sort_dir"])
"""Parameters that leave no image out, on whichever page."""
_SORTED = _PAGED | {"sort", "sort_key"}
"""The same on the only page: after a marker whose sort key is null, Glance loses images."""
_ORDINARY_ROLES = frozenset(["member", "reader", "Member", "_member_"])
"""Keystone's roles for ordinary users, today's names and older ones."""


class VisibleImages:
    """What the answers to the callers of one group show of images and of the callers' projects."""

    def __init__(
        self, group: RedactedAlike, changes: Iterable[Change], services: ImageServices, apart: float
    ) -> None:
        """Read all images in the answers of a group.

        The dates of two cassettes show an order if they are more than `apart` seconds apart.
        """
        self._apart = apart
        self._services = services
        self._shown: dict[Caller | None, set[str]] = defaultdict(set)
        self._owners: dict[Caller | None, set[str]] = defaultdict(set)
        """Whose private images a caller sees: those of its project, or of all for an operator."""
        self._facts: dict[str, set[tuple[Any, Any]]] = defaultdict(set)
        """Owner and visibility of each image, as they were shown at any time."""
        self._listed: dict[Address | None, _Listed] = defaultdict(_Listed)
        """By service: an image that one has is in no list of another."""
        self._seen = group.seen
        self._no_operators = {  # of others it is found out when it is asked for
            group.projects.get(one.token, one.token): True
            for one in group.granted.values()
            if one.roles and one.roles <= _ORDINARY_ROLES
        }
        for entry in group:
            for image in _images_in(entry):
                self._learn(entry, image)
        changes = list(changes)
        self._deletions: dict[str, list[Entry]] = defaultdict(list)
        for one in changes:
            if one.image_id and one.deletes:
                self._deletions[one.image_id].append(one.entry)
        changes = [one for one in changes if one.group == group.number and one.image_id]
        self._made = {(self._service_of(one.entry), one.image_id) for one in changes if one.makes}
        self._shared = {one.image_id for one in changes if one.of_members}
        self._turned = {one.image_id for one in changes if changes_who_sees_it(one)}

    def _learn(self, entry: Entry, image: Mapping[str, Any]) -> None:
        caller = entry.asked.caller
        image_id, owner, visibility = map(image.get, ("id", "owner", "visibility"))
        if not isinstance(image_id, str):
            return
        self._shown[caller].add(image_id)
        self._facts[image_id].add((owner, visibility))
        if visibility == "private":
            self._owners[caller].add(str(owner))
        self._listed[self._service_of(entry)].see(entry, image_id, image)

    def _service_of(self, entry: Entry) -> Address | None:
        return self._services.name_of(served_at(entry))

    def is_hidden(self, change: Change, caller: Caller | None) -> bool:
        """Whether a caller sees the image of a change neither before it nor after it."""
        image_id = change.image_id
        if image_id is None or caller is None or change.caller == caller:
            return False
        project = self._project_of(caller)
        return (
            project is not None
            and image_id not in self._shown[caller]
            and self._is_closed_to(project, image_id, self._service_of(change.entry))
            and self._is_no_operator(caller, project)
        )

    def _is_closed_to(self, project: str, image_id: str, service: Address | None) -> bool:
        """Whether nobody of a project sees an image at any time, unless it is an operator."""
        facts = self._facts.get(image_id)
        if not facts or image_id in self._shared:
            return False
        is_made = (service, image_id) in self._made
        if image_id in self._turned and not is_made:
            return False
        # A shared image has members, unless it was made in the recording and none was added.
        closed = {"private", "shared"} if is_made else {"private"}
        return all(
            visibility in closed and isinstance(owner, str) and owner != project
            for owner, visibility in facts
        )

    def _is_no_operator(self, caller: Caller, project: str) -> bool:
        """Whether an answer to a caller lacks an image that an operator would have been shown."""
        if caller not in self._no_operators:
            entries = self._seen.get(caller, [])
            unseen = [one for one in self._facts if one not in self._shown[caller]]
            self._no_operators[caller] = any(
                self._lacks(project, image_id, first, last)
                for first, last in (_whole_lists(entries) if unseen else ())
                for image_id in unseen
            ) or any(
                self._lacks(project, image_id, entry, entry)
                for entry, image_id in _refused_images(entries)
            )
        return self._no_operators[caller]

    def _lacks(self, project: str, image_id: str, first: Entry, last: Entry) -> bool:
        """Whether an operator would have been shown an image by what a caller was not shown it."""
        service = self._service_of(first)
        return self._is_closed_to(project, image_id, service) and self._was_there(
            image_id, first, last
        )

    def _was_there(self, image_id: str, first: Entry, last: Entry) -> bool:
        """Whether an image was surely there all the time from one request to another."""
        listed = self._listed[self._service_of(first)]
        return listed.was_there(image_id, first, self._apart) and all(
            _is_before(last, deletion, self._apart)
            for deletion in self._deletions.get(image_id, ())
        )

    def _project_of(self, caller: Caller) -> str | None:
        """The project of a caller that sees private images of no other; None when unknown."""
        owners = self._owners[caller]
        if caller.project is not None:
            return caller.project if owners <= {caller.project} else None
        return next(iter(owners)) if len(owners) == 1 else None


def _images_in(entry: Entry) -> Iterator[Mapping[str, Any]]:
    """The images in an answer of the image service, from a list or a single one."""
    path = read_image_path(entry.asked.question.path)
    if path is None and address_of_native(entry) is None:
        return
    if (path is not None and path.below) or not 200 <= entry.status < 300:
        return
    try:
        body = orjson.loads(entry.cassette.interaction(entry.index).response.body)
    except orjson.JSONDecodeError:
        return
    images = body.get("images", [body]) if isinstance(body, dict) else ()
    if isinstance(images, list):
        yield from (image for image in images if isinstance(image, dict))


def changes_who_sees_it(change: Change) -> bool:
    """Whether a change may set owner or visibility; what they were before it is then not known."""
    entry = change.entry
    if entry.asked.question.method != "PATCH":
        return False
    body = entry.cassette.request(entry.index).body.lower()
    return b"visibility" in body or b"owner" in body or b"\\u" in body


@dataclass(slots=True)
class _Image:
    """When an image was there, so that an operator's list would have had it."""

    shown: list[Entry]
    created: float = NEVER


class _Listed:
    """The images that an operator's lists would have, and since when."""

    def __init__(self) -> None:
        """Begin without any."""
        self._images: dict[str, _Image] = {}
        self._not_listed: set[str] = set()

    def see(self, entry: Entry, image_id: str, image: Mapping[str, Any]) -> None:
        """Take in an image that an answer shows; `os_hidden` and some states keep it from lists."""
        if image.get("os_hidden") not in (False, None) or image.get("status") in GONE_STATUSES:
            self._not_listed.add(image_id)
        found = self._images.setdefault(image_id, _Image([]))
        is_new = entry.asked.question.method == "POST"
        if asks_for_list(entry.asked.question) or (is_new and image.get("os_hidden") is False):
            found.shown.append(entry)
            if not is_new:
                found.created = timestamp_of(str(image.get("created_at")))

    def was_there(self, image_id: str, first: Entry, apart: float) -> bool:
        """Whether an image was surely there when a request was answered, unless deleted since."""
        found = self._images.get(image_id)
        if found is None or image_id in self._not_listed:
            return False
        return NEVER < found.created < _cloud_time(first) or any(
            _is_before(entry, first, apart) for entry in found.shown
        )


def _whole_lists(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """The first and the last page of each list that leaves out nothing that its caller may see."""
    by_cassette: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if asks_for_list(entry.asked.question) and entry.status == 200:
            by_cassette[entry.cassette_number].append(entry)
    for each in by_cassette.values():
        yield from _lists_in(sorted(each, key=lambda one: one.index))


def _lists_in(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    under_way: dict[object, Entry] = {}  # path, version, order, next marker -> first page
    for entry in entries:
        asked = dict(entry.asked.question.query)
        marker, limit = asked.get("marker"), asked.get("limit", "1")
        try:
            _, body = entry.cassette.json_answer(entry.index)
        except CassetteError:  # it is reported when the interaction is asked for
            continue
        if not isinstance(body, dict) or not limit.isdecimal() or not limit.strip("0"):
            continue
        following = body.get("next")
        is_only_page = marker is None and following is None
        if not asked.keys() <= (_SORTED if is_only_page else _PAGED):
            continue
        question = entry.asked.question
        kind = (question.path, entry.asked.host, question.api_version, asked.get("sort_dir"))
        first = entry if marker is None else under_way.get((kind, marker))
        if first is None:
            continue
        if following is None:
            yield first, entry
        elif isinstance(following, str):
            then = dict(parse_qsl(urlsplit(following).query)).get("marker")
            under_way[kind, then] = first


def _refused_images(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    """The images that a caller was not shown, with the request for each."""
    for entry in entries:
        path = read_image_path(entry.asked.question.path)
        if path is None or not path.image_id or path.below:
            continue
        is_read = entry.asked.question.method in ("GET", "HEAD")
        if is_read and entry.status in (403, 404):
            yield entry, unquote(path.image_id)


def _is_before(one: Entry, other: Entry, apart: float) -> bool:
    """Whether a request was surely recorded before another one."""
    if one.cassette_number == other.cassette_number:
        return one.index < other.index
    seconds = one.second, other.second
    return seconds[0] is not None and seconds[1] is not None and seconds[0] + apart < seconds[1]


def _cloud_time(entry: Entry) -> float:
    """When a request was surely answered, at the earliest, by the clock of the cloud."""
    answered = timestamp_of(entry.cassette.answer_date(entry.index))
    recorded = timestamp_of(entry.cassette.recorded_at(entry.index))
    return answered if answered > NEVER else recorded - MOST_CLOCKS_DIFFER
