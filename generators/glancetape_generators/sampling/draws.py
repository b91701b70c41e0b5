"""Draw random values: each is a function of the seed, the record and the field, and nothing more.

    Draws(7, np.array([12])).below("owner", 100)     always the same number
    Draws(7, np.array([3, 12])).below("owner", 100)  the same for record 12, whatever is beside it

So a record has the same values in a set of any size, made by any number of processes, and a new
field changes no other field. All values are whole numbers, which are the same on every machine.

The generator is SplitMix64 (Steele, Lea and Flood, 2014). Seed and field give the start of a
sequence; the record's number is the place in it.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np

from glancetape_generators.sampling.lines import Line
from glancetape_generators.sampling.nets import Net, net

Words = np.ndarray[Any, np.dtype[np.uint64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_DIGITS = 16  # that are reversed together
WINDOW = 8
"""Bits: as many records follow each other that `evenly` spreads over the range."""
_WINDOW, _WITHIN = np.uint64(WINDOW), np.uint64((1 << WINDOW) - 1)
_LOOKED_UP = 1 << 16
PARTS = 1000
"""A share is a whole number of percent, or of thousandths of a percent."""
Share = int | Fraction


def _scaled(drawn: Words, bound: int | Ints) -> Ints:
    """Scale numbers of 32 bits to below a bound, in their own memory."""
    drawn *= np.uint64(bound) if isinstance(bound, int) else bound.view(np.uint64)
    drawn >>= _HALF
    return drawn.view(np.int64)


def _are_below(drawn: Words, share: "Share") -> Flags:
    """Return which numbers of 32 bits are below a share of their range."""
    # Multiplied by 100 * PARTS and divided by 2**32, they are less than the share in parts.
    bound = -(-(int(share * PARTS) << 32) // (100 * PARTS))
    return drawn < np.uint64(bound)


def _mix(words: Words) -> Words:
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words


@cache
def _reversed_digits() -> Words:
    """Return each number of 16 binary digits with its digits in reverse."""
    found = np.zeros(1, np.uint64)
    for digit in range(_DIGITS):
        found = np.concatenate((found, found | np.uint64(1 << _DIGITS - 1 - digit)))
    return found


@lru_cache(maxsize=1024)
def _start(seed: int, field: str) -> np.uint64:
    digest = blake2b(f"{seed}/{field}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big"))


class Draws:
    """The random values of some records; each field is drawn once and kept."""

    def __init__(self, seed: int, records: Words | Ints) -> None:
        """Draw for the records with these numbers."""
        self._seed = seed
        self._records = (
            records.view(np.uint64) if records.dtype == np.int64 else records.astype(np.uint64)
        )
        self._count = len(records)
        self._drawn: dict[str, Words] = {}
        self._whole: tuple[Draws, Ints] | None = None

    def __len__(self) -> int:
        """Count the records."""
        return self._count

    @cached_property
    def _records(self) -> Words:
        """The numbers of the records; of some records, they are often not needed."""
        assert self._whole is not None
        whole, places = self._whole
        return whole._records.take(places)

    @cached_property
    def _counted(self) -> Words:
        """The place of each record in the sequence of any field."""
        if self._whole is not None and "_counted" in vars(self._whole[0]):
            whole, places = self._whole
            return whole._counted.take(places)
        return self._records * _GAMMA

    @cached_property
    def _windows(self) -> "tuple[_Windows, Ints]":
        """The windows of the records, and which records of them they are."""
        if self._whole is not None and "_windows" in vars(self._whole[0]):
            whole, places = self._whole
            windows, shuffled = whole._windows
            return windows.some(places), shuffled.take(places)
        windows = _Windows(self._seed, self._records >> _WINDOW)
        return windows, windows.shuffled(self._records).view(np.int64)

    @cached_property
    def of_windows(self) -> "tuple[Draws, Ints]":
        """Draws for some windows, as if their numbers were records; and which each record is in."""
        if self._whole is not None and "of_windows" in vars(self._whole[0]):
            whole, places = self._whole
            draws, which = whole.of_windows
            return draws, which.take(places)
        windows = (self._records >> _WINDOW).view(np.int64)
        first, last = (windows.min(), windows.max()) if len(windows) else (0, -1)
        if last - first >= len(windows):  # few records, far from each other
            return Draws(self._seed, windows), np.arange(len(windows))
        return Draws(self._seed, np.arange(first, last + 1)), windows - first

    def some(self, places: Ints) -> "Draws":
        """Return the draws of the records at some places; what was drawn is not drawn again."""
        found = object.__new__(Draws)
        found._seed, found._count = self._seed, len(places)
        found._drawn, found._whole = {}, (self, places)
        return found

    def _known(self, key: str) -> Words | None:
        """Return what was drawn before, in the draws that these are some of, too."""
        drawn = self._drawn.get(key)
        if drawn is None and self._whole is not None:
            whole, places = self._whole
            drawn = whole._known(key)
            if drawn is not None:
                drawn = self._drawn[key] = drawn[places]
        return drawn

    def bits(self, field: str) -> Words:
        """Return 64 random bits for each record."""
        drawn = self._known(field)
        if drawn is None:
            drawn = self._drawn[field] = _mix(self._counted + _start(self._seed, field))
        return drawn

    def below(self, field: str, bound: int | Ints) -> Ints:
        """Return for each record a number from 0 to before `bound`, which is 1 to 2**32."""
        return _scaled(self.bits(field) >> _HALF, bound)

    def wide(self, field: str, bounds: Ints) -> Ints:
        """Return for each record a number from 0 to before its bound, which is 1 to 2**47."""
        # Two steps, as a product of 64 bits and a bound would not fit.
        bits, wide = self.bits(field), bounds.astype(np.uint64)
        high = (bits >> np.uint64(48)) * wide
        low = (bits >> _HALF & np.uint64(0xFFFF)) * wide
        return ((high + (low >> np.uint64(16))) >> np.uint64(16)).astype(np.int64)

    def evenly(self, field: str, bound: int | Ints, beside: tuple[str, ...] = ()) -> Ints:
        """Return for each record a number from 0 to before `bound`, as evenly as can be.

        Any 256 records that follow each other (0 to 255, 256 to 511, ...) have one number in each
        256th of the range. So a share that is asked for comes out in a few thousand records; among
        those with a part of the range of another field, too, or of two, if these are `beside`.
        """
        return _scaled(self._evenly(field, beside).copy(), bound)

    def _evenly(self, field: str, beside: tuple[str, ...] = ()) -> Words:
        """Return numbers of 32 bits, as evenly as can be."""
        drawn = self._known(key := f"{field}/evenly")
        if drawn is None:
            windows, shuffled = self._windows
            drawn = windows.places(net(self._seed, field, beside), field, shuffled)
            drawn <<= np.uint64(24)
            drawn |= self.bits(field) >> np.uint64(40)
            self._drawn[key] = drawn
        return drawn

    def in_turn(self, field: str, bound: int) -> Ints:
        """Return for each record a number from 0 to before `bound`, far from those before it.

        The numbers of the first records are spread over the range, however many these are: a
        record's binary digits are taken in reverse.
        """
        reversed_digits, low = _reversed_digits(), np.uint64((1 << _DIGITS) - 1)
        turned: Words = reversed_digits.take(self._records & low) << np.uint64(_DIGITS)
        turned |= reversed_digits.take(self._records >> np.uint64(_DIGITS) & low)
        turned += _start(self._seed, field)
        turned &= np.uint64(0xFFFFFFFF)
        return _scaled(turned, bound)

    def percent(self, field: str, share: "Share") -> Flags:
        """Return for each record whether it is chosen; `share` percent of all records are."""
        return _are_below(self.bits(field) >> _HALF, share)

    def percent_evenly(self, field: str, share: "Share") -> Flags:
        """Return the same as `percent`, but as evenly as can be."""
        return _are_below(self._evenly(field), share)


def records_at(seed: int, field: str, windows: Ints, places: Ints) -> Ints:
    """Return the record of each window that has a place, from 0 to 255, in the range.

    Draws(7, records).evenly("owner", 256) is the place of each of these records.
    """
    others = windows.astype(np.uint64)
    within = _Windows(seed, others).records(field, places.astype(np.uint64))
    return (others << _WINDOW | within).astype(np.int64)


class _Windows:
    """Where `evenly` has the records of each window: their places, 0 to 255, for any field.

    Any two fields are even together: about as many of the records in one 8th of a field's range
    are in each 8th of another field's. So a share comes out among the images of one kind, too.

    This is a digital net (`sampling.nets`). The records of a window are shuffled before, the same
    for all fields, as some have their numbers for a reason: each fourth one is in the catalogue.
    """

    def __init__(self, seed: int, windows: Words) -> None:
        """Draw for these windows."""
        self._seed = seed
        self._key = _mix(windows * _GAMMA + _start(seed, "window"))
        self._variant = self._key >> np.uint64(60) << _WINDOW

    def shuffled(self, records: Words) -> Words:
        """Return a number for a record of each window, which no other one of its window has.

        Multiplying by odd numbers, adding and shifting can be undone.
        """
        within = records.astype(np.uint8)  # whose products and sums stay within 256
        for odd, more in self._rounds:
            within = within * odd + more
            within ^= within >> np.uint8(3)
        return self._variant | within

    def some(self, places: Ints) -> "_Windows":
        """Return the windows at some places."""
        found = copy(self)
        found._key, found._variant = self._key.take(places), self._variant.take(places)
        return found

    def places(self, of: Net, field: str, shuffled: Ints) -> Words:
        """Return the place of a record of each window in a field's net, given its number there."""
        return of.places.take(shuffled) ^ self._shift(field)

    def records(self, field: str, places: Words) -> Words:
        """Return which record of each window has a place, from 0 to 255."""
        numbers = net(self._seed, field).numbers
        within = numbers.take(self._variant | (places ^ self._shift(field))).astype(np.uint8)
        for odd, more in reversed(self._rounds):
            within = within ^ within >> np.uint8(3) ^ within >> np.uint8(6)
            inverse = odd  # right in three binary digits; each step doubles their number
            for _ in range(2):
                inverse = inverse * (np.uint8(2) - odd * inverse)
            within = (within - more) * inverse
        return within.astype(np.uint64)

    @property
    def _rounds(self) -> "Sequence[tuple[_Octets, _Octets]]":
        """For each round of shuffling an odd number to multiply by, and one to add."""
        parts = [(self._key >> shift).astype(np.uint8) for shift in _SHIFTS]
        odd, more = [part | np.uint8(1) for part in parts[::2]], parts[1::2]
        return [*zip(odd, more, strict=True)]

    def _shift(self, field: str) -> Words:
        return self._key * (_start(self._seed, f"{field}/window") | np.uint64(1)) >> np.uint64(56)


_SHIFTS = tuple(np.uint64(shift) for shift in range(0, 48, 8))
_Octets = np.ndarray[Any, np.dtype[np.uint8]]


class Choice:
    """A weighted choice: Choice([3, 5], [1, 2]) picks 5 twice as often as 3."""

    __slots__ = ("_is_one", "_line", "_table", "_things", "total")

    def __init__(self, things: Sequence[int], weights: Sequence[int]) -> None:
        """Choose among numbers of things by whole weights, whose sum is from 1 to 2**32."""
        self._things = np.array(things, np.int64)
        widths = np.array(weights, np.int64)
        self._line = Line(np.cumsum(widths))
        self.total = int(self._line.ends[-1])
        self._is_one = len(self._things) == 1
        # A table to look up in is several times as fast as a search.
        self._table = np.repeat(self._things, widths) if self.total <= _LOOKED_UP else None

    def pick(self, draws: Draws, field: str) -> Ints:
        """Return the thing chosen for each record."""
        if self._is_one:  # nothing has to be drawn
            return np.full(len(draws), self._things[0])
        return self.at(draws.below(field, self.total))

    def spread(self, draws: Draws, field: str, beside: tuple[str, ...] = ()) -> Ints:
        """Return the thing chosen for each record, as evenly as can be: see `Draws.evenly`."""
        if self._is_one:
            return np.full(len(draws), self._things[0])
        return self.at(draws.evenly(field, self.total, beside))

    def at(self, places: Ints) -> Ints:
        """Return the things at places of a line on which each thing is as wide as its weight."""
        if self._table is not None:
            looked_up: Ints = self._table[places]
            return looked_up
        chosen: Ints = self._things[self._line.parts_at(places)]
        return chosen


class GroupedChoice:
    """A weighted choice for each of some groups of things."""

    def __init__(self, groups: Sequence[Sequence[tuple[int, int]]]) -> None:
        """Choose among the things of each group, (thing, weight); a group may be empty."""
        listed = [one for group in groups for one in group]
        self._things: Ints = np.array([thing for thing, _ in listed], np.int64)
        self._line = Line(np.cumsum(np.array([weight for _, weight in listed], np.int64)))
        self.totals: Ints = np.array([sum(w for _, w in group) for group in groups], np.int64)
        """The weight of each group."""
        self._begins = np.cumsum(self.totals) - self.totals

    def pick(self, draws: Draws, field: str, groups: Ints) -> Ints:
        """Return the thing chosen for each record, given its group; -1 in an empty one."""
        totals = self.totals[groups]
        places = self._begins[groups] + draws.evenly(field, np.maximum(totals, 1))
        last = max(len(self._things) - 1, 0)
        found = np.minimum(self._line.parts_at(places), last)
        return np.where(totals > 0, self._things[found] if len(self._things) else -1, -1)


def choice_of(weights: Mapping[str, int]) -> Choice:
    """Return a choice among the things of a mapping, by their place in it."""
    return Choice(range(len(weights)), list(weights.values()))
