"""Images by value: from the bitmap of a common value, or the hashes of a rare one."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import orjson
from pyroaring import BitMap

from glancetape_cassettes.imageset.indexed_values import hash_of, positions_of, values_of

_MANY = 200  # values in one statement
_FEW = 16  # values; reading all rows of hashes takes longer than looking these up one by one
_SELECT_COMMON = "SELECT value, positions FROM property_values WHERE property = ? AND value"
_SELECT_ENTRIES = "SELECT entries FROM rare_values WHERE first = ?"


@dataclass(frozen=True, slots=True)
class ValueLookup:
    """Finds images of an open image set by their values."""

    connection: sqlite3.Connection
    bodies: Callable[[Sequence[int]], list[bytes]]
    """Returns the images at positions, as JSON."""

    def having(self, name: str, value: str) -> BitMap:
        """Return the images with a value of a property."""
        row = self.connection.execute(_SELECT_COMMON + " = ?", (name, value)).fetchone()
        if row:
            return BitMap.deserialize(row[1])
        return self._checked(self._rare(hash_of(name, value)), name, (value,))

    def having_any(self, name: str, values: Collection[str]) -> BitMap:
        """Return the images with one of many values; more values hardly take more time."""
        found, rare = BitMap(), set(values)
        if len(values) <= _FEW:
            for value in values:
                found |= self.having(name, value)
            return found
        asked = list(values)
        for start in range(0, len(asked), _MANY):
            some = asked[start : start + _MANY]
            marks = ",".join("?" * len(some))
            for value, positions in self.connection.execute(
                _SELECT_COMMON + f" IN ({marks})", (name, *some)
            ):
                found |= BitMap.deserialize(positions)
                rare.discard(value)
        hashes = sorted(hash_of(name, value) for value in rare)
        return found | self._checked(self._rare_of_any(hashes), name, rare)

    def _checked(self, positions: Iterator[int], name: str, values: Collection[str]) -> BitMap:
        """Return those images that have one of the values; others only share its hash."""
        candidates = list(dict.fromkeys(positions))
        return BitMap(
            position
            for position, body in zip(candidates, self.bodies(candidates), strict=True)
            if any(value in values for value in values_of(orjson.loads(body), name))
        )

    def _rare(self, hashed: int) -> Iterator[int]:
        low, highest = hashed << 32, (hashed + 1 << 32) - 1
        # The last row that begins before the hash, and all rows that begin within it.
        rows = self.connection.execute(
            "SELECT entries FROM rare_values WHERE first >= coalesce("
            "(SELECT max(first) FROM rare_values WHERE first <= ?), ?) AND first <= ?",
            (low, low, highest),
        )
        for (blob,) in rows:
            yield from positions_of(memoryview(blob).cast("Q"), hashed)

    def _rare_of_any(self, hashes: list[int]) -> Iterator[int]:
        """Yield the positions of ascending hashes."""
        from glancetape_cassettes.imageset.indexes.hashed_entries import positions_of_any

        firsts = [first for (first,) in self.connection.execute("SELECT first FROM rare_values")]
        yield from positions_of_any(hashes, firsts, self._row)

    def _row(self, first: int) -> bytes:
        (blob,) = self.connection.execute(_SELECT_ENTRIES, (first,)).fetchone()
        return bytes(blob)
