"""Read the fixed images of a spec: `images:`, a list of fields that are given.

    images:
      - {name: base, visibility: public, min_disk: 40, children: 30}
      - {name: tool, id: 6f1d...-..., data: {file: tool.raw}}

The keys `children` and `data` are not fields of an image.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import md5, sha512
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import FIELDS, NUMBERS, BadImage, check, parse_time
from glancetape_generators.spec.sections.implied_fields import foreign_to_glance, with_implied
from glancetape_generators.spec.spec import PARENT_FIELDS, FixedImage
from glancetape_generators.spec.yaml_values import Value

MOST_IMAGES = 10_000
MOST_DATA = 64 << 20
"""The most bytes of data that all images of a spec have together."""

_MOST_TEXT = 65_535  # the width of Glance's column for a property
_ANY_IMAGE: Mapping[str, Any] = {
    "id": "0", "status": "active", "visibility": "private", "owner": "0",
    "created_at": "2018-01-01T00:00:00Z",
}  # fmt: skip
_NO_FIELDS = ("children", "data")
_FOLLOWING = ("self", "file", "schema", "locations")
_uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII).fullmatch


def fixed_images(
    value: Value, folder: Path | None, now: int, *, is_glance: bool
) -> tuple[FixedImage, ...]:
    """Read the list; `folder` is where files of data are looked for, None for nowhere.

    `is_glance`: whether they are in a plain Glance.
    """
    items = value.items()
    if len(items) > MOST_IMAGES:
        raise value.error(f"has {len(items):,} images; at most {MOST_IMAGES:,} are allowed")
    reader = _Reader(folder, now, is_glance=is_glance)
    return tuple(reader.image(item) for item in items)


class _Reader:
    """Reads one image after the other, and remembers what earlier ones have taken."""

    def __init__(self, folder: Path | None, now: int, *, is_glance: bool) -> None:
        self._folder, self._now, self._is_glance = folder, now, is_glance
        self._room = MOST_DATA
        self._ids: dict[str, FixedImage] = {}
        self._share = 0  # of instances, that are made from fixed images

    def image(self, item: Value) -> FixedImage:
        """Read an image."""
        given = item.members(lambda key: key.short_text(255))
        fields = {
            name: _field(name, value) for name, value in given.items() if name not in _NO_FIELDS
        }
        if self._is_glance:
            for name, reason in ((name, foreign_to_glance(name)) for name in fields):
                if reason is not None:
                    raise given[name].error(reason)
        fields = with_implied(fields, is_glance=self._is_glance)
        self._check(item, given, fields)
        children = given["children"].number(0, 100) if "children" in given else 0
        self._share += children
        if self._share > 100:
            raise given["children"].error(
                f"the images before it and this one have {self._share}% of the instances; "
                "at most 100 is allowed"
            )
        data = self._data(given["data"]) if "data" in given else None
        following: dict[str, str] = {}
        if data is not None:
            checksum = md5(data, usedforsecurity=False).hexdigest()
            fields = {**fields, "size": len(data), "checksum": checksum}
            following = {"__image_size": str(len(data)), "os_hash_value": sha512(data).hexdigest()}
        found = FixedImage(fields=fields, children=children, data=data, following=following)
        if "id" in fields:
            self._ids[fields["id"]] = found
        return found

    def _check(self, item: Value, given: Mapping[str, Value], fields: Mapping[str, Any]) -> None:
        try:
            check({**_ANY_IMAGE, **fields})
        except BadImage as error:
            raise item.error(str(error)) from None
        if "id" in fields:
            if not _uuid(fields["id"]):
                raise given["id"].wanted("a UUID in lower case")
            if fields["id"] in self._ids:
                raise given["id"].error("an earlier image has this id too")
        times = {
            name: parse_time(name, fields[name])
            for name in ("created_at", "updated_at")
            if name in fields
        }
        for name, seconds in times.items():
            if not 0 <= seconds <= self._now:
                raise given[name].error("must be from 1970 to the spec's times.now")
        if times.get("updated_at", self._now) < times.get("created_at", 0):
            raise given["updated_at"].error("is before created_at")
        if fields.get("min_disk", 0) > 1 << 20 or fields.get("min_disk", 0) < 0:
            raise given["min_disk"].wanted("a number of GB from 0 to 1,048,576")
        named = next((name for name in PARENT_FIELDS if name in fields), "")
        parent = self._ids.get(fields.get(named) or "")
        if parent is not None and fields.get("created_at", "9") <= parent.fields.get(
            "created_at", ""
        ):
            raise given.get(named, item).error("the parent was not created before this image")

    def _data(self, value: Value) -> bytes:
        given = value.known_members(("text", "file"))
        if len(given) != 1:
            raise value.error("write either text or file")
        data = given["text"].text().encode() if "text" in given else self._read(given["file"])
        self._room -= len(data)
        if self._room < 0:
            raise value.error(f"all data together has more than {MOST_DATA >> 20} MiB")
        return data

    def _read(self, value: Value) -> bytes:
        """Read a file in the folder of the spec: no other, as a spec may be a stranger's."""
        name = value.short_text(4096)
        if self._folder is None:
            raise value.error("only a spec that is a file can name files")
        try:
            folder = self._folder.resolve()
            path = (folder / name).resolve()
            if not path.is_relative_to(folder):
                raise value.error("is not in the folder of the spec; move the file there")
            if not path.is_file():
                raise value.error("is not a file; name one in the folder of the spec")
            with path.open("rb") as file:
                return file.read(self._room + 1)
        except (OSError, ValueError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ImageSetError(value.error(f"cannot be read: {reason}").args[0]) from error


def _field(name: str, value: Value) -> Any:
    """Read a field as JSON has it; a property is text or null."""
    if name in _FOLLOWING:
        raise value.error("follows from the id; leave it out")
    read: Callable[[], Any] = _READ.get(name, Value.text_or_null).__get__(value)
    found = read()
    if isinstance(found, str) and len(found) > _MOST_TEXT:
        raise value.error(f"has {len(found)} characters; at most {_MOST_TEXT:,} are allowed")
    return found


def _number(value: Value) -> int | None:
    return None if value.text_or_null() is None else value.number(0, (1 << 63) - 1)


def _tags(value: Value) -> list[str]:
    return [item.short_text(255) for item in value.items()]


def _members(value: Value) -> list[dict[str, str]]:
    found = []
    for item in value.items():
        member = item.known_members(("member_id", "status"))
        if "member_id" not in member:
            raise item.error("member_id is missing")
        status = member["status"].text() if "status" in member else "accepted"
        found.append({"member_id": member["member_id"].short_text(255), "status": status})
    return found


_READ: Mapping[str, Callable[[Value], Any]] = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(("protected", "os_hidden"), Value.flag),
    "tags": _tags,
    "members": _members,
}
assert _READ.keys() <= FIELDS
