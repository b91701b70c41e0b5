"""Merging the values of blocks into the bitmaps and the entries of a whole set."""

import sqlite3
import tempfile
from array import array
from typing import IO

import numpy as np
import orjson
from pyroaring import BitMap

from glancetape_cassettes.imageset.indexes.bitmaps import to_array, to_bytes
from glancetape_cassettes.imageset.making.blocks import Block
from glancetape_cassettes.imageset.values import (
    ENTRY,
    MEMBERS,
    Entries,
    hash_of,
    positions_of,
    values_of,
)

COMMON = 32
"""Images that make a value common; others are kept as hashes and checked when asked for.

Those that alone have it in their block do not count, unless the property has few values there: most
such values are of one image in all.
"""

_MOST_FEW = 1 << 17  # bitmaps of values that may yet turn out to be rare
_BUCKETS = 1 << 24
_ENTRIES_A_ROW = 512
_BATCH = 1 << 16


class Merged:
    """The values of the blocks so far."""

    def __init__(self) -> None:
        """Begin with no blocks."""
        self._common: dict[tuple[str, str], BitMap] = {}
        # How many images had a repeated value of each hash (its low bits).
        self._seen = bytearray(_BUCKETS)
        self._entries: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._sorted = np.empty(0, ENTRY)

    def close(self) -> None:
        """Forget the entries."""
        self._entries.close()

    def add(self, block: Block) -> None:
        """Take in the values of the next block."""
        entries = array("Q", block.single)
        for postings, are_few in ((block.few, True), (block.repeated, False)):
            for name, value, positions in postings:
                bitmap = self._common.get((name, value))
                if bitmap is not None:
                    bitmap.update(positions)
                elif (
                    len(positions) >= COMMON
                    or self._is_kept(name, are_few)
                    or self._is_common(hashed := hash_of(name, value), len(positions))
                ):
                    self._common[name, value] = BitMap(positions)
                else:
                    entries.extend([hashed << 32 | position for position in positions])
        if entries:
            in_order = np.sort(np.frombuffer(entries, ENTRY))
            # An image may have several values of one hash.
            is_new = np.append(True, in_order[1:] != in_order[:-1])
            self._entries.write(in_order[is_new].tobytes())

    def _is_kept(self, name: str, are_few: bool) -> bool:
        # Memberships are not in the images as the API shows them, so they could not be checked.
        return name == MEMBERS or (are_few and len(self._common) < _MOST_FEW)

    def _is_common(self, hashed: int, count: int) -> bool:
        bucket = hashed % _BUCKETS
        self._seen[bucket] = min(self._seen[bucket] + count, COMMON)
        return self._seen[bucket] == COMMON

    def settle(self) -> None:
        """Put the values of all blocks in order; no block comes any more."""
        self._drop_rare()
        self._sorted = self._sorted_entries()

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the settled values of a set whose images are written."""
        entries = self._sorted
        for (name, value), bitmap in self._common.items():
            if name != MEMBERS:
                bitmap.update(_before_common(connection, entries, name, value))
        connection.executemany(
            "INSERT INTO property_values VALUES (?, ?, ?, ?)",
            (
                (name, value, len(bitmap), to_bytes(bitmap))
                for (name, value), bitmap in sorted(self._common.items())
            ),
        )
        self._common.clear()
        connection.executemany(
            "INSERT INTO rare_values VALUES (?, ?)",
            (
                (int(entries[start]), entries[start : start + _ENTRIES_A_ROW].tobytes())
                for start in range(0, len(entries), _ENTRIES_A_ROW)
            ),
        )

    def _drop_rare(self) -> None:
        """Make entries of the values that have turned out to be rare."""
        rare = [
            (name, value)
            for (name, value), bitmap in self._common.items()
            if len(bitmap) < COMMON and name != MEMBERS
        ]
        for name, value in rare:
            positions = to_array(self._common.pop((name, value))).astype(ENTRY)
            self._entries.write((positions | np.uint64(hash_of(name, value) << 32)).tobytes())

    def _sorted_entries(self) -> Entries:
        self._entries.flush()
        if not self._entries.tell():
            return np.empty(0, ENTRY)
        # Mapped, not read: the entries of a large set are sorted on the disk.
        entries = np.memmap(self._entries, ENTRY, "r+")
        entries.sort()
        return np.asarray(entries)


def _before_common(
    connection: sqlite3.Connection, entries: Entries, name: str, value: str
) -> BitMap:
    """Give the images that had a common value where it was not yet known to be common."""
    found = BitMap()
    written = orjson.dumps(name) + b":" + orjson.dumps(value)
    for position in positions_of(entries, hash_of(name, value)):
        (body,) = connection.execute(
            "SELECT json FROM images WHERE position = ?", (position,)
        ).fetchone()
        # What stands there so is a member of the image, or of a location in it.
        is_there = written in body and b'"locations":' not in body
        if is_there or value in values_of(orjson.loads(body), name):
            found.add(position)
    return found
