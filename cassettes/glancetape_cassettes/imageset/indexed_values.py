"""Which values of an image can be looked up, and how they are stored.

A value that many images have gets a bitmap. Rare values, such as names and checksums, are stored
as hashes. Two values may share a hash, so a lookup reads the images that it finds and checks them.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

# Not looked up by value: ids, numbers and times have orders and ranges, links follow from the id.
NOT_VALUES = frozenset(
    "id created_at updated_at size virtual_size min_disk min_ram self file schema tags members "
    "locations".split()
)
BOOLEANS = {True: "true", False: "false"}
TAGS, MEMBERS = "tags", "members"  # no property can have these names

HASH_MASK = (1 << 31) - 1  # a hash and a position fit in SQLite's signed 64 bits


def hash_of(name: str, value: str) -> int:
    """Return the hash of a property's value; it is part of the file format."""
    return zlib.crc32(value.encode(), zlib.crc32(name.encode())) & HASH_MASK


def member_value(project: str, status: str) -> str:
    """Return the value of `MEMBERS` that stores a membership."""
    return f"{status} {project}"


def values_of(image: Mapping[str, Any], name: str) -> Sequence[str]:
    """Return an image's values of a property as text: none, one, or all of its tags."""
    found = image.get(name)
    if name == TAGS:
        return found or ()
    if isinstance(found, bool):
        return (BOOLEANS[found],)
    return (found,) if isinstance(found, str) else ()
