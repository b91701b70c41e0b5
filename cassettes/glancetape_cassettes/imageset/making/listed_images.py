"""Images as list answers show them: what is indexed in blocks, and how many in each.

That is all that those who make images have to know of a set. To index them takes other modules.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from glancetape_cassettes.imageset.image_fields import FIELDS, complete, parse_time

BLOCK = 1 << 13
"""Images in each block but the last."""
NULL = -(1 << 63)
"""Represents null in a column of numbers; no image has this number."""
_PLAIN = (str, bool, type(None))


class ListedImage(NamedTuple):
    """An image as list answers show it, its members and its times.

    A tuple, because a set is made from millions of them.
    """

    fields: dict[str, Any]
    """All fields of the API, and the properties that are indexed."""
    body: bytes
    """JSON in UTF-8, as list answers show it."""
    members: Collection[Mapping[str, str]]
    created: int
    """Seconds since 1970, as `updated`."""
    updated: int


def listed_as_stored(
    image: dict[str, Any], body: bytes, members: Collection[Mapping[str, str]]
) -> ListedImage:
    """Return an image whose body is kept as it is; properties that are not text get no index."""
    plain: dict[str, Any] = {
        name: value for name, value in image.items() if name in FIELDS or isinstance(value, _PLAIN)
    }
    complete(plain)
    created = parse_time("created_at", plain["created_at"])
    updated = parse_time("updated_at", plain["updated_at"])
    return ListedImage(plain, body, members, created, updated)
