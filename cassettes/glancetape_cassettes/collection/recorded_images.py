"""An image as responses show it: what is kept of it, and whether two of them show the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from glancetape_cassettes.imageset.image_fields import FIELDS, BadImage, Shape, check, shape_of
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS

_PLAIN = frozenset((str, bool, type(None)))


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

    def is_like(self, image: dict[str, Any], body: bytes) -> bool:
        """Whether a later answer shows it as it was; `body` is that image as JSON."""
        if self.body == body:
            return True
        if not self.in_list:
            return agree(orjson.loads(self.body), image)
        return _comparable(orjson.loads(self.body)) == _comparable(image)


def read_image(image: dict[str, Any], shape: Shape) -> tuple[int, int, frozenset[str]]:
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


def json_of(image: dict[str, Any]) -> bytes:
    """Return an image as JSON. Raises BadImage when that would not be what was recorded."""
    try:
        # A copy: orjson's own bytes may keep ten times their length allocated.
        return bytes(memoryview(orjson.dumps(image)))
    except TypeError as error:
        raise BadImage("it is nested too deep") from error


def agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a list and a single answer can show the same image: IMS lists show less."""
    left, right = _comparable(one), _comparable(other)
    return all(right[name] == value for name, value in left.items() if name in right)


def is_unredacted(*values: Any) -> bool:
    """Whether redaction left values as they were, so that they are the same under any key."""
    text = repr(values)
    return not any(mark in text for mark in (PLACEHOLDER, *STAND_IN_MARKS))


def _comparable(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image with sorted tags: each process of Glance shows them in another order."""
    tags = image.get("tags")
    return {**image, "tags": sorted(map(str, tags))} if isinstance(tags, list) else dict(image)
