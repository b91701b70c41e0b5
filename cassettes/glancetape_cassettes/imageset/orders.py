"""Orders of a set: the sort keys' own, and those worked out from several keys.

An order of a key is ascending: nulls first, text by code point, ties by created_at and id, both
ascending too. Read backwards it is the descending one with descending ties. Any other mix of
directions is worked out from the places of each key's values.
"""

import sqlite3
from dataclasses import dataclass
from typing import cast

import numpy as np
from pyroaring import BitMap

from glancetape_cassettes.imageset.bitmaps import (
    POSITION,
    Positions,
    from_scattered,
    from_sorted,
    to_array,
    to_bytes,
)

SORT_KEYS = (
    "name",
    "status",
    "container_format",
    "disk_format",
    "size",
    "id",
    "created_at",
    "updated_at",
)
Keys = tuple[tuple[str, bool], ...]
"""Sort keys with whether each is descending; the first decides first."""

# Below this share of a set its positions are sorted one by one, above it counted off.
_SPARSE = 1 / 32


@dataclass(frozen=True, slots=True)
class Order:
    """A permutation of a set's positions."""

    positions: Positions
    """place -> position"""
    places: Positions
    """position -> place"""

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.positions.nbytes + self.places.nbytes

    def place_of(self, position: int) -> int:
        """Give the place of a position."""
        return int(self.places[position])

    def positions_at(self, places: list[int]) -> list[int]:
        """Give the positions that stand at places."""
        return cast(list[int], self.positions[places].tolist())

    def arrange(self, positions: BitMap) -> BitMap:
        """Give the places of positions."""
        places = self.places[to_array(positions)]
        if len(places) < len(self.places) * _SPARSE:
            return from_sorted(np.sort(places))
        return from_scattered(places, len(self.places))


def order_of(positions: Positions) -> Order:
    """Complete an order from the positions in it."""
    places = np.empty(len(positions), POSITION)
    places[positions] = np.arange(len(positions), dtype=POSITION)
    return Order(positions, places)


def write_order(
    connection: sqlite3.Connection, name: str, positions: Positions, starts: Positions
) -> None:
    """Write the order of a sort key, and the places where another value of it begins."""
    order = order_of(positions.astype(POSITION, copy=False))
    connection.execute(
        "INSERT INTO orders VALUES (?, ?, ?, ?)",
        (name, order.positions.tobytes(), order.places.tobytes(), to_bytes(from_sorted(starts))),
    )


def read_order(connection: sqlite3.Connection, name: str, count: int) -> Order:
    """Read the order of a sort key of so many images. Raises ValueError when it is damaged."""
    row = connection.execute(
        "SELECT positions, places FROM orders WHERE sort_key = ?", (name,)
    ).fetchone()
    arrays = np.frombuffer(row[0], POSITION), np.frombuffer(row[1], POSITION)
    if any(len(array) != count or array.max(initial=0) >= max(1, count) for array in arrays):
        raise ValueError(f"the order of {name} names images that are not there")
    return Order(*arrays)


def read_ranks(connection: sqlite3.Connection, name: str, order: Order) -> Positions:
    """Give for each position the number of its value among a sort key's values, ascending."""
    (starts,) = connection.execute(
        "SELECT starts FROM orders WHERE sort_key = ?", (name,)
    ).fetchone()
    begins = np.zeros(len(order.positions), POSITION)
    begins[to_array(BitMap.deserialize(starts))] = 1
    return cast(Positions, np.cumsum(begins, dtype=POSITION)[order.places] - 1)


def work_out(ranks: list[tuple[Positions, bool]], *, newest_first: bool) -> Order:
    """Work an order out from the ranks of several keys and whether each is descending.

    Sorts by the last key first, 16 bits at a time: NumPy counts those off instead of comparing.
    """
    order = np.arange(len(ranks[0][0]), dtype=POSITION)
    if not newest_first:
        order = order[::-1]
    for rank, descending in reversed(ranks):
        highest = int(rank.max(initial=0))
        digits = (highest - rank if descending else rank).astype(POSITION, copy=False)
        for shift in range(0, max(1, highest.bit_length()), 16):
            low = (digits >> np.uint32(shift)).astype(np.uint16)
            order = order[np.argsort(low[order], kind="stable")]
    return order_of(order)
