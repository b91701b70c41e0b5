"""Which images a caller surely never saw, so that another caller's changes of them do not matter.

Projects a and b were recorded one after the other, and each changed an image of its own:

    a  GET list, PATCH A, GET list        b  GET list, PATCH B, GET list

b may be replayed first, though its lists were recorded after PATCH A: A is private and of another
project than b. Had A been public, or had any answer to b shown A, b's first list would be a miss
until PATCH A is played: it may look otherwise before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.changes import Change
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.timeline import status_of
from glancetape_cassettes.service import read_image_path


class VisibleImages:
    """What the answers to the callers of one group show of images and of the callers' projects."""

    def __init__(self, group: RedactedAlike, changes: Iterable[Change]) -> None:
        """Read all images in the answers of a group."""
        self._shown: dict[Caller | None, set[str]] = defaultdict(set)
        self._owners: dict[Caller | None, set[str]] = defaultdict(set)
        """Whose private images a caller sees: those of its project, or of all for an operator."""
        self._facts: dict[str, set[tuple[Any, Any]]] = defaultdict(set)
        """Owner and visibility of each image, as they were shown at any time."""
        for entry in group:
            for image in _images_in(entry):
                self._learn(entry.asked.caller, image)
        changes = [one for one in changes if one.group == group.number and one.image_id]
        self._made = {one.image_id for one in changes if one.makes}
        self._shared = {one.image_id for one in changes if one.of_members}
        self._turned = {one.image_id for one in changes if changes_who_sees_it(one)}

    def _learn(self, caller: Caller | None, image: Mapping[str, Any]) -> None:
        image_id, owner, visibility = map(image.get, ("id", "owner", "visibility"))
        if not isinstance(image_id, str):
            return
        self._shown[caller].add(image_id)
        self._facts[image_id].add((owner, visibility))
        if visibility == "private":
            self._owners[caller].add(str(owner))

    def is_hidden(self, change: Change, caller: Caller | None) -> bool:
        """Whether a caller sees the image of a change neither before it nor after it."""
        image_id = change.image_id
        if image_id is None or caller is None or change.caller == caller:
            return False
        if image_id in self._shown[caller] or image_id in self._shared:
            return False
        facts = self._facts.get(image_id)
        if not facts or (image_id in self._turned and image_id not in self._made):
            return False
        # A shared image has members, unless it was made in the recording and none was added.
        closed = {"private", "shared"} if image_id in self._made else {"private"}
        project = self._project_of(caller)
        return project is not None and all(
            visibility in closed and isinstance(owner, str) and owner != project
            for owner, visibility in facts
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
    if path is None or path.below or not 200 <= status_of(entry.cassette, entry.index) < 300:
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
