"""Which values of an image can be looked up, and how they are stored.

A value that many images have gets a bitmap. Rare values, such as names and checksums, are stored
as entries, which ascend: `hash << 32 | position`, eight bytes each. Two values may share a hash, so
a lookup reads the images that it finds and checks them.
"""

import zlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from glancetape_cassettes.imageset.collations import alike

# Not looked up by value: ids, numbers and times have orders and ranges, links follow from the id.
NOT_VALUES = frozenset(
    "id created_at updated_at size virtual_size min_disk min_ram self file schema tags members "
    "locations".split()
)
BOOLEANS = {True: "true", False: "false"}
TAGS, MEMBERS = "tags", "members"  # no property can have these names
ALIKE = "\ue000alike "
"""Begins the name by which a collection of recorded images has the values of a property as `alike`
returns them, where these are others. The sign is of private use, so no property has such a name."""

HASH_MASK = (1 << 31) - 1  # a hash and a position fit in SQLite's signed 64 bits
_POSITION_MASK = (1 << 32) - 1


def hash_of(name: str, value: str) -> int:
    """Return the hash of a property's value; it is part of the file format."""
    return zlib.crc32(value.encode(), zlib.crc32(name.encode())) & HASH_MASK


def positions_of(entries: memoryview, hashed: int) -> list[int]:
    """Return the positions that ascending entries hold for a hash."""
    start = bisect_left(entries, hashed << 32)
    end = bisect_left(entries, hashed + 1 << 32, start)
    return [entry & _POSITION_MASK for entry in entries[start:end]]


def member_value(project: str, status: str) -> str:
    """Return the value of `MEMBERS` that stores a membership."""
    return f"{status} {project}"


def values_of(image: Mapping[str, Any], name: str) -> Sequence[str]:
    """Return an image's values of a property as text: none, one, or all of its tags."""
    if name.startswith(ALIKE):
        return [alike(value) for value in values_of(image, name.removeprefix(ALIKE))]
    found = image.get(name)
    if name == TAGS:
        return found or ()
    if isinstance(found, bool):
        return (BOOLEANS[found],)
    return (found,) if isinstance(found, str) else ()
