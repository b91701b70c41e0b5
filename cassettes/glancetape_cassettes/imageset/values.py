"""The values of images as an index sees them, gathered for the images of a set in their order.

A value that many images have gets a bitmap of its own. The others, names and checksums and the
like, are kept as hashes: two values may share one, so whoever looks a value up checks the images.
"""

import zlib
from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import numpy as np
from pyroaring import BitMap

SEGMENT = 1 << 16
"""Images that are gathered before their values are merged: as many as a roaring container holds."""
COMMON = 32
"""Images that make a value common; fewer are kept as hashes and checked when asked for."""

# Found by other means: id and numbers and times have orders and ranges, links follow from the id.
_NOT_VALUES = frozenset(
    "id created_at updated_at size virtual_size min_disk min_ram self file schema tags members "
    "locations".split()
)
BOOLEANS = {True: "true", False: "false"}
TAGS, MEMBERS = "tags", "members"  # no property can have these names

_HASH_MASK = (1 << 31) - 1  # a hash and a position fit in SQLite's signed 64 bits
_POSITION_MASK = np.uint64(0xFFFFFFFF)
_BUCKETS = 1 << 24

Entries = np.ndarray[Any, np.dtype[np.uint64]]
ENTRY = np.dtype("<u8")


def hash_of(name: str, value: str) -> int:
    """Return the hash of a value; it is part of the file format."""
    return zlib.crc32(value.encode(errors="surrogateescape"), zlib.crc32(name.encode())) & (
        _HASH_MASK
    )


def positions_of(entries: Entries, hashed: int) -> list[int]:
    """Give the positions in ascending entries that stand there with a hash."""
    start, end = np.searchsorted(entries, np.array([hashed << 32, hashed + 1 << 32], ENTRY))
    return cast(list[int], (entries[start:end] & _POSITION_MASK).tolist())


def member_value(project: str, status: str) -> str:
    """Return as what a membership is kept below MEMBERS."""
    return f"{status} {project}"


def values_of(image: Mapping[str, Any], name: str) -> Sequence[str]:
    """Give the values that an image, as the API shows it, has of a property; its tags are many."""
    found = image.get(name)
    if name == TAGS:
        return found or ()
    if isinstance(found, bool):
        return (BOOLEANS[found],)
    return (found,) if isinstance(found, str) else ()


class Gathered:
    """The values of images added one after the other, position by position."""

    def __init__(self) -> None:
        """Begin with no images."""
        self.common: dict[tuple[str, str], BitMap] = {}
        self.images_with: dict[str, int] = {}
        # Values that became common when some images may have been given as entries already.
        self.late: set[tuple[str, str]] = set()
        self._values: dict[str, dict[Any, list[int]]] = {TAGS: {}, MEMBERS: {}}
        # How many images had a value of each hash (its low bits), to tell when one gets common.
        self._seen = bytearray(_BUCKETS)

    def add(
        self, position: int, image: Mapping[str, Any], members: Collection[Mapping[str, str]]
    ) -> None:
        """Take in an image's values, its tags and its members."""
        values = self._values
        for name, value in image.items():
            if name in _NOT_VALUES or value is None:
                continue
            try:
                positions = values[name]
            except KeyError:
                positions = values[name] = {}
            try:
                positions[value].append(position)
            except KeyError:
                positions[value] = [position]
        for tag in image[TAGS]:
            values[TAGS].setdefault(tag, []).append(position)
        for name, found in ((TAGS, image[TAGS]), (MEMBERS, members)):
            if found:
                self.images_with[name] = self.images_with.get(name, 0) + 1
        for member in members:
            value = member_value(member["member_id"], member["status"])
            values[MEMBERS].setdefault(value, []).append(position)

    def end_segment(self) -> Entries:
        """Merge what was added; gives the entries of values that are not common, in any order.

        An entry is the hash of the value << 32 | position.
        """
        entries = array("Q")
        for name, positions_by_value in self._values.items():
            seen = 0
            for value, positions in positions_by_value.items():
                seen += len(positions)
                text = value if value.__class__ is str else BOOLEANS[value]
                if not self._is_common(name, text, positions):
                    high = hash_of(name, text) << 32
                    entries.extend([high | position for position in positions])
            if seen and name not in (TAGS, MEMBERS):  # an image has several of these
                self.images_with[name] = self.images_with.get(name, 0) + seen
            positions_by_value.clear()
        return np.frombuffer(entries, ENTRY) if entries else np.empty(0, ENTRY)

    def _is_common(self, name: str, value: str, positions: list[int]) -> bool:
        bitmap = self.common.get((name, value))
        if bitmap is not None:
            bitmap |= BitMap(array("I", positions))
            return True
        # Memberships are not in the images as the API shows them, so they could not be checked.
        if name != MEMBERS:
            bucket = hash_of(name, value) % _BUCKETS
            seen = self._seen[bucket]
            if seen + len(positions) < COMMON:
                self._seen[bucket] = seen + len(positions)
                return False
            if seen:
                self.late.add((name, value))
        self.common[name, value] = BitMap(array("I", positions))
        return True
