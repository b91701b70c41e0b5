"""The order of a set's images by a sort key, or by several.

The stored order of a key ascends: nulls first, text by code point, ties by created_at and then id,
which ascend too. Read backwards, it is the descending order with descending ties. Any other mix
of keys and directions is computed from the ranks of each key's values:

    position     0  1  2  3      0 is the newest image
    name         b  a  b  null
    positions    3  1  2  0      the order by name, ascending
    places       3  1  2  0      the place of each position in it
    ranks        2  1  2  0      equal names share a rank
    starts       0, 1, 2         places where another name begins
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
# For fewer positions than this share of a set, sorting is faster than scanning the whole order.
_SPARSE = 1 / 32


class Order:
    """An order of a set's images: which position is at each place."""

    __slots__ = ("_find_places", "_places", "positions")

    def __init__(
        self, positions: Positions, find_places: Callable[[], Positions] | None = None
    ) -> None:
        """Start with the position at each place; `find_places` gives the inverse when needed."""
        self.positions = positions
        self._places: Positions | None = None
        self._find_places = find_places or (lambda: _inverse(positions))

    @property
    def nbytes(self) -> int:
        """The most bytes of memory that it takes."""
        return 2 * self.positions.nbytes

    def place_of(self, position: int) -> int:
        """Return the place of a position."""
        if self._places is None:
            self._places = self._find_places()
        return int(self._places[position])

    def positions_at(self, places: list[int]) -> list[int]:
        """Return the positions at places."""
        return cast(list[int], self.positions[places].tolist())

    def arrange(self, positions: BitMap) -> BitMap:
        """Return the places of positions."""
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
    """Store the order of a sort key; `starts` are the places where another value begins."""
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
    """Return the stored positions, places or ranks of a sort key, for `count` images.

    Raises ValueError when they are damaged.
    """
    (blob,) = connection.execute(_SELECT[column], (name,)).fetchone()
    read = np.frombuffer(blob, POSITION)
    if len(read) != count or read.max(initial=0) >= max(1, count):
        raise ValueError(f"the order of {name} names images that do not exist")
    return read


def read_several(
    connection: sqlite3.Connection, sort: Sort, count: int, *, newest_first: bool
) -> Order:
    """Return the order by several sort keys; `newest_first` orders the ties that they leave.

    It starts with the stored order of the last key and sorts by the other keys, the last of them
    first. NumPy sorts 16 bits at a time with a counting sort. Raises ValueError when an order is
    damaged.
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
    """Return an order with each run of equal values reversed; runs begin at `starts`."""
    ends = np.append(starts[1:], POSITION.type(len(positions)))[: len(starts)]
    # In a run from s to e, place p changes places with s + e - 1 - p.
    sums = np.repeat(starts + ends - POSITION.type(1), ends - starts)
    return positions[sums - np.arange(len(positions), dtype=POSITION)]


def _read_starts(connection: sqlite3.Connection, name: str) -> Positions:
    (starts,) = connection.execute(_SELECT["starts"], (name,)).fetchone()
    return to_array(BitMap.deserialize(starts))
