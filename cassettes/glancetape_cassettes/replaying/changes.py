"""What a recorded change touches, and what a recorded request shows.

    PATCH  /v2/images/X           touches image X
    POST   /v2/images/X/members   touches image X
    POST   /v2/images             makes the image whose id is in the response
    POST   cinder .../action      may touch any image
    GET    /v2/images/X           shows image X
    GET    /v2/images             shows all images that its caller sees
    GET    /v2/images?marker=X    and whether X exists, whoever sees it: it is a 403 or a 400
    GET    /v2/schemas/image      shows nothing that a change touches

A change matters to a request if it touches something that the request shows. A list shows what its
caller sees, so the private image of another project does not matter to it; `visible` knows which
those are.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import unquote

import orjson

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.question import Question
from glancetape_cassettes.service import (
    Service,
    changed_nothing,
    is_repeatable,
    may_touch_images,
    read_image_path,
    service_of_path,
)

_UNCHANGING = lazy_compile(
    # version documents and schemas, below any prefix, and what an operator configures
    r".*?/(?:versions/?|v\d+(?:\.\d+)?/?|v2(?:\.\d+)?/(?:schemas|info/(?:import|stores))(?:/.*)?)?\Z",
    re.DOTALL,
)


class Shows(Enum):
    """What a request shows."""

    NOTHING = auto()
    """Nothing that requests change: a version document, a schema, a refusal of a new image."""
    IMAGE = auto()
    """One image, with its members, tags and data."""
    LIST = auto()
    """All images that the caller sees."""
    KEYSTONE = auto()
    """Users, projects and tokens."""
    OTHER = auto()
    """Anything else: tasks, or what another service holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a request shows, and to whom. Requests of one subject depend on the same changes."""

    shows: Shows
    group: int
    """The number of the group whose stand-ins the ids are."""
    caller: Caller | None = None
    image_id: str = ""
    """The image, or the one that a list names as its marker."""
    host: str | None = None


def subject_of(entry: Entry, group: int) -> Subject:
    """What a recorded request shows, a read or a change; `group` is the number of its group."""
    asked = entry.asked
    path = read_image_path(asked.question.path)
    if path is not None and path.image_id:
        image_id = unquote(path.image_id)
        return Subject(shows=Shows.IMAGE, group=group, caller=asked.caller, image_id=image_id)
    if not is_repeatable(asked.question.method, asked.question.path):
        # A new image needs none of the others. Neither is it known what another service needs.
        return Subject(shows=Shows.NOTHING, group=group)
    if path is not None:
        markers = [value for name, value in asked.question.query if name == "marker"]
        return Subject(
            shows=Shows.LIST, group=group, caller=asked.caller, image_id="".join(markers[:1])
        )
    if _UNCHANGING.match(asked.question.path) or asked.question.method == "POST":
        return Subject(shows=Shows.NOTHING, group=group)
    if service_of_path(asked.question.path) is Service.KEYSTONE:
        return Subject(shows=Shows.KEYSTONE, group=group)
    return Subject(shows=Shows.OTHER, group=group, host=asked.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A recorded request that changed something, or may have."""

    entry: Entry
    group: int
    touches_images: bool
    """False for a change of a server, a network or a user."""
    image_id: str | None
    """The image that it touches; None when that is not known."""
    makes: bool
    """Whether it makes a new image."""
    deletes: bool
    """Whether it deletes the image."""
    succeeded: bool
    """False for a failure, after which the image is there or not."""
    of_members: bool

    @property
    def caller(self) -> Caller | None:
        """Who made it."""
        return self.entry.asked.caller

    def is_of(self, subject: Subject) -> bool | None:
        """Whether it touches what a subject shows; None for an image of a list, which may show it.

        Ids in groups with other keys cannot be compared if they are stand-ins.
        """
        question = self.entry.asked.question
        match subject.shows:
            case Shows.NOTHING:
                return False
            case Shows.KEYSTONE:
                return service_of_path(question.path) is Service.KEYSTONE
            case Shows.OTHER:
                return self.touches_images or self.entry.asked.host == subject.host
            case Shows.IMAGE:
                return self.touches_images and self._may_be(subject)
            case Shows.LIST:
                return None if self.touches_images and self.image_id else self.touches_images

    def _may_be(self, subject: Subject) -> bool:
        if self.image_id is None or self.image_id == subject.image_id:
            return True
        ids = self.image_id + subject.image_id
        return self.group != subject.group and any(mark in ids for mark in STAND_IN_MARKS)


def change_of(entry: Entry, group: int) -> Change | None:
    """What a recorded request changed; None for a read, a login, and a refused request (4xx).

    A failed one (5xx) may have changed something, and so may a refused upload. Requests to other
    services may have changed an image unless `service.HARMLESS` lists them: Cinder uploads a volume
    to an image.
    """
    question = entry.asked.question
    if is_repeatable(question.method, question.path):
        return None
    status = entry.status
    if changed_nothing(question.method, question.path, status):
        return None
    path = read_image_path(question.path)
    image_id = unquote(path.image_id) if path is not None else None
    makes = image_id == ""
    return Change(
        entry=entry,
        group=group,
        touches_images=_may_touch_images(entry),
        image_id=_made_image(entry, question) if makes else image_id,
        makes=makes,
        deletes=path is not None and not path.below and question.method == "DELETE",
        succeeded=status < 300,
        of_members=path is not None and path.below.startswith("members"),
    )


def changes_images(entry: Entry) -> bool:
    """Whether a recorded request may have changed what the image service holds."""
    change = change_of(entry, 0)
    return change is not None and change.touches_images


def _may_touch_images(entry: Entry) -> bool:
    question = entry.asked.question
    return may_touch_images(
        question.method, question.path, entry.cassette.request(entry.index).body
    )


def _made_image(entry: Entry, question: Question) -> str | None:
    """The id of the image that POST /v2/images made; None when the response does not show it."""
    if question.method != "POST":
        return None
    try:
        made = orjson.loads(entry.cassette.interaction(entry.index).response.body)
    except orjson.JSONDecodeError:
        return None
    image_id = made.get("id") if isinstance(made, dict) else None
    return image_id if isinstance(image_id, str) and image_id else None
