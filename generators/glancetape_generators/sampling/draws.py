"""Draw random values: each is a function of the seed, the record and the field, and nothing more.

    Draws(7, np.array([12])).below("owner", 100)     always the same number
    Draws(7, np.array([3, 12])).below("owner", 100)  the same for record 12, whatever is beside it

So a record has the same values in a set of any size, made by any number of processes, and a new
field changes no other field. All values are whole numbers, which are the same on every machine.

The generator is SplitMix64 (Steele, Lea and Flood, 2014). Seed and field give the start of a
sequence; the record's number is the place in it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np

Words = np.ndarray[Any, np.dtype[np.uint64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_LOOKED_UP = 1 << 16


def _mix(words: Words) -> Words:
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words


@lru_cache(maxsize=1024)
def _start(seed: int, field: str) -> np.uint64:
    digest = blake2b(f"{seed}/{field}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big"))


class Draws:
    """The random values of some records; each field is drawn once and kept."""

    __slots__ = ("_counted", "_drawn", "_seed")

    def __init__(self, seed: int, records: Words | Ints) -> None:
        """Draw for the records with these numbers."""
        self._seed = seed
        self._counted = records.astype(np.uint64) * _GAMMA
        self._drawn: dict[str, Words] = {}

    def bits(self, field: str) -> Words:
        """Return 64 random bits for each record."""
        drawn = self._drawn.get(field)
        if drawn is None:
            drawn = self._drawn[field] = _mix(self._counted + _start(self._seed, field))
        return drawn

    def below(self, field: str, bound: int | Ints) -> Ints:
        """Return for each record a number from 0 to before `bound`, which is 1 to 2**32."""
        high = self.bits(field) >> _HALF
        scaled = high * (np.uint64(bound) if isinstance(bound, int) else bound.astype(np.uint64))
        return (scaled >> _HALF).astype(np.int64)

    def percent(self, field: str, share: int) -> Flags:
        """Return for each record whether it is among the `share` percent that have something."""
        return self.below(field, 100) < share


class Choice:
    """A weighted choice: Choice([3, 5], [1, 2]) picks 5 twice as often as 3."""

    __slots__ = ("_ends", "_table", "_things", "total")

    def __init__(self, things: Sequence[int], weights: Sequence[int]) -> None:
        """Choose among numbers of things by whole weights, whose sum is from 1 to 2**32."""
        self._things = np.array(things, np.int64)
        widths = np.array(weights, np.int64)
        self._ends: Ints = np.cumsum(widths)
        self.total = int(self._ends[-1])
        # A table to look up in is several times as fast as a search.
        self._table = np.repeat(self._things, widths) if self.total <= _LOOKED_UP else None

    def pick(self, draws: Draws, field: str) -> Ints:
        """Return the thing chosen for each record."""
        return self.at(draws.below(field, self.total))

    def at(self, places: Ints) -> Ints:
        """Return the things at places of a line on which each thing is as wide as its weight."""
        if self._table is not None:
            looked_up: Ints = self._table[places]
            return looked_up
        chosen: Ints = self._things[np.searchsorted(self._ends, places, "right")]
        return chosen


def choice_of(weights: Mapping[str, int]) -> Choice:
    """Return a choice among the things of a mapping, by their place in it."""
    return Choice(range(len(weights)), list(weights.values()))
