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

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.indexes.bitmaps import (
    POSITION,
    Positions,
    bytes_of,
    from_sorted,
    to_array,
    to_bytes,
)
from glancetape_cassettes.imageset.set_file import SetFile
from glancetape_cassettes.imageset.sort_keys import Sort

if TYPE_CHECKING:
    from glancetape_cassettes.imageset.indexes.part import Part

_SELECT = "SELECT positions, places, ranks, starts, starts_length FROM orders WHERE sort_key = ?"
_INSERT = "INSERT INTO orders VALUES (?2, ?1 + ?3, ?1 + ?4, ?1 + ?5, ?1 + ?6, ?7)"
_WIDTH = POSITION.itemsize
# For fewer positions than this share of a set, sorting is faster than scanning the whole order.
_SPARSE = 1 / 32


_NEAR = 512  # places; reading all of these takes as long as reading one
_FEW = 64  # positions; finding their places one by one is faster than reading all places


class Order(Protocol):
    """An order of a set's images: which position is at each place."""

    @property
    def positions(self) -> Positions:
        """The position at each place."""
        raise NotImplementedError

    def place_of(self, position: int) -> int:
        """Return the place of a position."""
        raise NotImplementedError

    def positions_at(self, places: Sequence[int]) -> list[int]:
        """Return the positions at places, which ascend or descend."""
        raise NotImplementedError

    def arrange(self, positions: BitMap) -> BitMap:
        """Return the places of positions."""
        raise NotImplementedError


class StoredOrder:
    """The order of a sort key. It stays in the file: a page needs a few numbers of it."""

    __slots__ = ("_count", "_file", "_places_at", "_positions_at", "_ranks_at", "_starts_at")

    def __init__(self, file: SetFile, name: str, count: int) -> None:
        """Find the order of a sort key of `count` images."""
        row = file.tables.execute(_SELECT, (name,)).fetchone()
        self._file, self._count = file, count
        if not all(isinstance(one, int) for one in row):
            raise ValueError(f"the order of {name} is nowhere")
        self._positions_at, self._places_at, self._ranks_at, *self._starts_at = row

    def _all(self, start: int) -> Positions:
        read = cast(Positions, self._file.array(start, self._count, POSITION))
        if read.max(initial=0) >= max(1, self._count):
            raise ImageSetError(
                f"{self._file.path} is damaged (an order names images that do not exist); "
                "make it again."
            )
        return read

    @property
    def positions(self) -> Positions:
        """The position at each place."""
        return self._all(self._positions_at)

    @property
    def ranks(self) -> Positions:
        """The number of each position's value among the values of the key."""
        return self._all(self._ranks_at)

    def starts(self) -> Positions:
        """Return the places where another value begins."""
        return to_array(self._file.bitmap(*self._starts_at))

    def place_of(self, position: int) -> int:
        """Return the place of a position."""
        return int.from_bytes(
            self._file.read(self._places_at + position * _WIDTH, _WIDTH), "little"
        )

    def positions_at(self, places: Sequence[int]) -> list[int]:
        """Return the positions at places."""
        if not places:
            return []
        low, high = places[0], places[-1]
        if low > high:
            low, high = high, low
        high += 1
        if high - low <= _NEAR * len(places):
            read = self._file.read(self._positions_at + low * _WIDTH, (high - low) * _WIDTH)
            some = memoryview(read).cast("I")
            return [some[place - low] for place in places]
        read_one, start = self._file.read, self._positions_at
        return [
            int.from_bytes(read_one(start + place * _WIDTH, _WIDTH), "little") for place in places
        ]

    def arrange(self, positions: BitMap) -> BitMap:
        """Return the places of positions."""
        if len(positions) <= _FEW:
            return BitMap(map(self.place_of, positions))
        if len(positions) < self._count * _SPARSE:
            return from_sorted(np.sort(self._all(self._places_at)[to_array(positions)]))
        return _scan(self.positions, positions)


class ComputedOrder:
    """An order that is in memory."""

    __slots__ = ("_places", "_position_at", "positions")

    def __init__(self, positions: Positions) -> None:
        """Start with the position at each place."""
        self.positions = np.ascontiguousarray(positions)
        self._position_at = self.positions.data  # NumPy takes longer to find a few
        self._places: Positions | None = None

    @property
    def nbytes(self) -> int:
        """The most bytes of memory that it takes."""
        return 2 * self.positions.nbytes

    def place_of(self, position: int) -> int:
        """Return the place of a position."""
        if self._places is None:
            self._places = _inverse(self.positions)
        return int(self._places[position])

    def positions_at(self, places: Sequence[int]) -> list[int]:
        """Return the positions at places."""
        position_at = self._position_at
        return [position_at[place] for place in places]

    def arrange(self, positions: BitMap) -> BitMap:
        """Return the places of positions."""
        if self._places is not None and len(positions) < len(self.positions) * _SPARSE:
            return from_sorted(np.sort(self._places[to_array(positions)]))
        return _scan(self.positions, positions)


def _scan(order: Positions, positions: BitMap) -> BitMap:
    """Return the places of positions, from the position at each place."""
    wanted = np.zeros(len(order), bool)
    wanted[to_array(positions)] = True
    return from_sorted(np.flatnonzero(wanted[order]).astype(POSITION))


def _inverse(positions: Positions) -> Positions:
    places = np.empty(len(positions), POSITION)
    places[positions] = np.arange(len(positions), dtype=POSITION)
    return places


def add_order(part: "Part", name: str, positions: Positions, starts: Positions) -> None:
    """Add the order of a sort key; `starts` are the places where another value begins."""
    positions = positions.astype(POSITION, copy=False)
    ranks = ranks_of(positions, starts)
    bitmap = to_bytes(from_sorted(starts))
    columns = map(bytes_of, (positions, _inverse(positions), ranks))
    part.insert(_INSERT, [(name, *map(part.add, columns), part.add(bitmap), len(bitmap))])


def ranks_of(positions: Positions, starts: Positions) -> Positions:
    """Return the number of each position's value, from its order as for `add_order`."""
    begins = np.zeros(len(positions), POSITION)
    begins[starts] = 1
    ranks = np.empty(len(positions), POSITION)
    ranks[positions] = np.cumsum(begins, dtype=POSITION) - POSITION.type(1)
    return ranks


def order_by_several(file: SetFile, sort: Sort, count: int, *, newest_first: bool) -> ComputedOrder:
    """Return the order by several sort keys; `newest_first` orders the ties that they leave.

    It starts with the stored order of the last key and sorts by the other keys, the last of them
    first. NumPy sorts 16 bits at a time with a counting sort.
    """
    *others, (name, descending) = sort
    stored = StoredOrder(file, name, count)
    order = stored.positions
    if descending != newest_first:
        order = _with_ties_turned(order, stored.starts())
    if descending:
        order = order[::-1]
    for name, descending in reversed(others):
        ranks = StoredOrder(file, name, count).ranks
        highest = int(ranks.max(initial=0))
        digits = highest - ranks if descending else ranks
        for shift in range(0, max(1, highest.bit_length()), 16):
            low = (digits >> POSITION.type(shift)).astype(np.uint16)
            order = order[np.argsort(low[order], kind="stable")]
    return ComputedOrder(order)


def _with_ties_turned(positions: Positions, starts: Positions) -> Positions:
    """Return an order with each run of equal values reversed; runs begin at `starts`."""
    ends = np.append(starts[1:], POSITION.type(len(positions)))[: len(starts)]
    # In a run from s to e, place p changes places with s + e - 1 - p.
    sums = np.repeat(starts + ends - POSITION.type(1), ends - starts)
    return positions[sums - np.arange(len(positions), dtype=POSITION)]
