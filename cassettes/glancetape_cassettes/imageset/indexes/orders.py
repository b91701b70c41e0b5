"""Orders of a set: the sort keys' own, and those worked out from several keys.

An order of a key is ascending: nulls first, text by code point, ties by created_at and id, both
ascending too. Read backwards it is the descending one with descending ties. Any other mix of
directions is worked out from the places of each key's values.
"""

import sqlite3
from collections.abc import Callable
from typing import cast

import numpy as np
from pyroaring import BitMap

from glancetape_cassettes.imageset.indexes.bitmaps import (
    POSITION,
    Positions,
    from_sorted,
    to_array,
    to_bytes,
)
from glancetape_cassettes.imageset.sort_keys import Sort

_SELECT = {
    column: f"SELECT {column} FROM orders WHERE sort_key = ?"  # noqa: S608
    for column in ("positions", "places", "ranks", "starts")
}
# Below this share of a set its positions are sorted one by one, above it counted off.
_SPARSE = 1 / 32


class Order:
    """A permutation of a set's positions."""

    __slots__ = ("_find_places", "_places", "positions")

    def __init__(
        self, positions: Positions, find_places: Callable[[], Positions] | None = None
    ) -> None:
        """Take the position of each place; the place of each position is found when it is asked."""
        self.positions = positions
        self._places: Positions | None = None
        self._find_places = find_places or (lambda: _inverse(positions))

    @property
    def nbytes(self) -> int:
        """The memory that it takes at most."""
        return 2 * self.positions.nbytes

    def place_of(self, position: int) -> int:
        """Give the place of a position."""
        if self._places is None:
            self._places = self._find_places()
        return int(self._places[position])

    def positions_at(self, places: list[int]) -> list[int]:
        """Give the positions that stand at places."""
        return cast(list[int], self.positions[places].tolist())

    def arrange(self, positions: BitMap) -> BitMap:
        """Give the places of positions."""
        if self._places is not None and len(positions) < len(self.positions) * _SPARSE:
            return from_sorted(np.sort(self._places[to_array(positions)]))
        wanted = np.zeros(len(self.positions), bool)
        wanted[to_array(positions)] = True
        return from_sorted(np.flatnonzero(wanted[self.positions]).astype(POSITION))


def _inverse(positions: Positions) -> Positions:
    places = np.empty(len(positions), POSITION)
    places[positions] = np.arange(len(positions), dtype=POSITION)
    return places


def write_order(
    connection: sqlite3.Connection, name: str, positions: Positions, starts: Positions
) -> None:
    """Write the order of a sort key, and the places where another value of it begins."""
    positions = positions.astype(POSITION, copy=False)
    begins = np.zeros(len(positions), POSITION)
    begins[starts] = 1
    ranks = np.empty(len(positions), POSITION)
    ranks[positions] = np.cumsum(begins, dtype=POSITION) - POSITION.type(1)
    connection.execute(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?)",
        (
            name,
            positions.tobytes(),
            _inverse(positions).tobytes(),
            ranks.tobytes(),
            to_bytes(from_sorted(starts)),
        ),
    )


def read_array(connection: sqlite3.Connection, column: str, name: str, count: int) -> Positions:
    """Read the positions, places or ranks of a sort key of so many images.

    Raises ValueError when they are damaged.
    """
    (blob,) = connection.execute(_SELECT[column], (name,)).fetchone()
    read = np.frombuffer(blob, POSITION)
    if len(read) != count or read.max(initial=0) >= max(1, count):
        raise ValueError(f"the order of {name} names images that are not there")
    return read


def read_several(
    connection: sqlite3.Connection, sort: Sort, count: int, *, newest_first: bool
) -> Order:
    """Work the order by several sort keys out; how ties come that they leave is said apart.

    Begins with the last key's own order and sorts by the others, last of them first, 16 bits at a
    time: NumPy counts those off instead of comparing. Raises ValueError when an order is damaged.
    """
    *others, (name, descending) = sort
    order = read_array(connection, "positions", name, count)
    if descending != newest_first:
        order = _with_ties_turned(order, _read_starts(connection, name))
    if descending:
        order = order[::-1]
    for name, descending in reversed(others):
        ranks = read_array(connection, "ranks", name, count)
        highest = int(ranks.max(initial=0))
        digits = highest - ranks if descending else ranks
        for shift in range(0, max(1, highest.bit_length()), 16):
            low = (digits >> POSITION.type(shift)).astype(np.uint16)
            order = order[np.argsort(low[order], kind="stable")]
    return Order(order)


def _with_ties_turned(positions: Positions, starts: Positions) -> Positions:
    """Turn each run of equal values round; `starts` are the places where a run begins."""
    ends = np.append(starts[1:], POSITION.type(len(positions)))[: len(starts)]
    # In a run from s to e the place p changes with s + e - 1 - p.
    sums = np.repeat(starts + ends - POSITION.type(1), ends - starts)
    return positions[sums - np.arange(len(positions), dtype=POSITION)]


def _read_starts(connection: sqlite3.Connection, name: str) -> Positions:
    (starts,) = connection.execute(_SELECT["starts"], (name,)).fetchone()
    return to_array(BitMap.deserialize(starts))
