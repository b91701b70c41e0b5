"""The fields of an image: their types and defaults, checks, and times.

The types are those of the response table in the API document. Custom properties are text, as in
all examples there. Two were observed as JSON booleans (`__system_support_market`,
`__system_support_export`), so true and false are accepted as well.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

TIMES = ("created_at", "updated_at")
NUMBERS = ("size", "virtual_size", "min_disk", "min_ram")
LIVING_STATUSES = ("queued", "saving", "active", "deactivated", "importing", "uploading")
# Never listed; Glance still takes a killed one as a marker.
GONE_STATUSES = ("killed", "deleted", "pending_delete")
VISIBILITIES = ("public", "private", "shared", "community")
MEMBER_STATUSES = ("pending", "accepted", "rejected")
LINKS_TO_IMAGES = ("__originalimagename", "base_image_ref", "kernel_id", "ramdisk_id")
"""Properties that name another image: what an image was made from, and what boots with it."""
MAX_ID = 36  # the width of Glance's column

_TIME = "a time like 2018-09-06T14:03:27Z"
_TIME_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NULL = type(None)
_MISSING = object()

# field -> (types, what that is called, value when the field is absent)
_FIELDS: dict[str, tuple[frozenset[type], str, Any]] = {
    name: (frozenset(types), text, default)
    for names, types, text, default in (
        ("id status visibility", (str,), "text", _MISSING),
        ("created_at", (str,), _TIME, _MISSING),
        ("updated_at", (str,), _TIME, None),  # None: that of created_at
        ("name checksum disk_format container_format", (str, _NULL), "text or null", None),
        ("owner", (str, _NULL), "text or null", _MISSING),
        ("size virtual_size", (int, _NULL), "an integer or null", None),
        ("min_disk min_ram", (int,), "an integer", 0),
        ("protected", (bool,), "true or false", False),
        ("tags", (list,), "a list of text", []),
    )
    for name in names.split()
} | {
    # Newer Glance shows these.
    "os_hidden": (frozenset((bool,)), "true or false", _MISSING),
    "os_hash_algo": (frozenset((str, _NULL)), "text or null", _MISSING),
    "os_hash_value": (frozenset((str, _NULL)), "text or null", _MISSING),
    "locations": (frozenset((list,)), "a list", _MISSING),
    "members": (frozenset((list,)), "a list of {member_id, status}", _MISSING),
    # Where these are absent, they follow from the id.
    "self": (frozenset((str,)), "text", _MISSING),
    "file": (frozenset((str,)), "text", _MISSING),
    "schema": (frozenset((str,)), "text", _MISSING),
}
FIELDS = frozenset(_FIELDS)
"""The fields of the API; every other member of an image is a property."""
_TYPES = {name: types for name, (types, _, _) in _FIELDS.items()}
_REQUIRED = ("id", "status", "visibility", "owner", "created_at")
_DEFAULTS = {name: value for name, (_, _, value) in _FIELDS.items() if value is not _MISSING}
DEFAULTED = frozenset(_DEFAULTS)
"""Fields to which `complete` gives a fixed value when an image does not show them."""
_PROPERTY = frozenset((str, bool, _NULL))
_CHOICES = (("visibility", VISIBILITIES), ("status", (*LIVING_STATUSES, *GONE_STATUSES)))
_LINKS = {"self", "file", "schema"}
_COMPLETE = _LINKS | _DEFAULTS.keys()
INT64 = 1 << 63
"""Numbers from this one on, and below its negative, fit in no column of a database."""
_SHOWN = 80  # characters of a value in a message
_LONGEST_REMEMBERED, _MOST_REMEMBERED = 4096, 512
"""Characters in all names of an image, and shapes: memory must not grow with a hostile file."""


class BadImage(ValueError):
    """A record that is not an image; the message says why."""


class Shape:
    """The names of an image's members and the types of their values; it does not keep them."""

    __slots__ = ("is_of_image",)

    def __init__(self, image: dict[str, Any]) -> None:
        """Find out whether it is the shape of an image."""
        fits = all(type(value) in _TYPES.get(name, _PROPERTY) for name, value in image.items())
        self.is_of_image = fits and all(name in image for name in _REQUIRED)


_SHAPES: dict[tuple[object, ...], Shape] = {}


def shape_of(image: dict[str, Any]) -> Shape:
    """Return the shape of an image. Most images have that of another: the same object."""
    members = (*image, *map(type, image.values()))
    known = _SHAPES.get(members)
    if known is None:
        known = Shape(image)
        if len(_SHAPES) >= _MOST_REMEMBERED:
            _SHAPES.clear()
        if len("".join(image)) <= _LONGEST_REMEMBERED:
            _SHAPES[members] = known
    return known


def check(image: object, shape: Shape | None = None) -> tuple[int, int]:
    """Return when an image was created and updated, in seconds since 1970. Raises BadImage.

    `shape` is that of the image, where the caller has it.
    """
    if not isinstance(image, dict) or "images" in image:
        raise BadImage("not a JSON object with an image")
    if not (shape or shape_of(image)).is_of_image:
        raise BadImage(_wrong_member(image))
    if not 0 < len(image["id"]) <= MAX_ID:
        raise BadImage(f"id {shown(image['id'])} must have 1 to {MAX_ID} characters")
    for name, choices in _CHOICES:
        if image[name] not in choices:
            raise BadImage(f"{name} {shown(image[name])} is not one of {', '.join(choices)}")
    for name in NUMBERS:
        if not -INT64 < (image.get(name) or 0) < INT64:
            raise BadImage(f"{name} {image[name]} does not fit in 64 bits")
    _check_tags(image.get("tags", []))
    if "locations" in image:
        _check_depth(image["locations"])
    if "members" in image:
        _check_members(image["members"])
    created = parse_time("created_at", image["created_at"])
    updated = image.get("updated_at")
    return created, created if updated is None else parse_time("updated_at", updated)


def check_types(image: Mapping[str, object]) -> None:
    """Raise BadImage for a member of a wrong type; an image may still lack some."""
    for name, value in image.items():
        if type(value) not in _TYPES.get(name, _PROPERTY):
            raise BadImage(_wrong_type(name, value))


def _wrong_member(image: Mapping[str, object]) -> str:
    try:
        check_types(image)
    except BadImage as error:
        return str(error)
    return f"{next(name for name in _REQUIRED if name not in image)} is missing"


def _wrong_type(name: str, value: object) -> str:
    if name in _FIELDS:
        return f"{name} is {shown(value)}, not {_FIELDS[name][1]}"
    # What is under a name of the owner's may be a secret, so only its kind is shown.
    kind = "a list" if isinstance(value, list) else "an object"
    kind = "a number" if isinstance(value, int | float) else kind
    return f"{shown(name, quoted=False)} is {kind}, not text, true, false or null"


def shown(value: object, *, quoted: bool = True) -> str:
    """Return a value as a message shows it: JSON of at most one line."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        text = "deeply nested"
    if isinstance(value, str) and not quoted:
        text = text[1:-1]
    return text if len(text) < _SHOWN else f"{text[: _SHOWN - 3]}..."


def _check_depth(value: object) -> None:
    try:
        orjson.dumps({"locations": value})
    except TypeError as error:
        raise BadImage("locations is nested too deep") from error


def _check_tags(tags: list[Any]) -> None:
    for tag in tags:
        if not isinstance(tag, str):
            raise BadImage(f"tag {shown(tag)} is not text")
    if len(set(tags)) != len(tags):
        raise BadImage("a tag is repeated")


def _check_members(members: list[Any]) -> None:
    seen = set()
    for member in members:
        if not isinstance(member, dict) or not isinstance(member.get("member_id"), str):
            raise BadImage(f"member {shown(member)} has no member_id")
        if member.get("status") not in MEMBER_STATUSES:
            raise BadImage(
                f"member status {shown(member.get('status'))} is not one of "
                f"{', '.join(MEMBER_STATUSES)}"
            )
        seen.add(member["member_id"])
    if len(seen) != len(members):
        raise BadImage("a member is repeated")


def parse_time(name: str, text: str) -> int:
    """Return a time of the API, `YYYY-MM-DDThh:mm:ssZ`, as seconds since 1970.

    Raises BadImage, with the `name` of the field, for any other text.
    """
    if _TIME_SHAPE.fullmatch(text):  # fromisoformat accepts more forms
        try:
            since = datetime.fromisoformat(text) - _EPOCH
        except ValueError:
            pass
        else:
            return since.days * 86400 + since.seconds
    raise BadImage(f"{name} is {shown(text)}, not {_TIME}")


def format_time(seconds: int) -> str:
    """Return seconds since 1970 as the API writes a time."""
    # strftime would write the year 999 with three digits.
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def complete(image: dict[str, Any]) -> list[Mapping[str, str]]:
    """Add the fields that a checked image lacks, and remove and return its members.

    An absent field gets the value that Glance's database gives it; the links follow from the id.
    List answers do not show members.
    """
    members: list[Mapping[str, str]] = image.pop("members", [])
    if _COMPLETE.difference(image):
        for name, value in _DEFAULTS.items():
            image.setdefault(name, [] if name == "tags" else value)
        path = f"/v2/images/{image['id']}"
        image.setdefault("self", path)
        image.setdefault("file", f"{path}/file")
        image.setdefault("schema", "/v2/schemas/image")
    if image["updated_at"] is None:
        image["updated_at"] = image["created_at"]
    return members
