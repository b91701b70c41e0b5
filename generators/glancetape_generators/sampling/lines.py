"""A line that is cut into parts, and which part has each of many places.

    ends 3 7 8 of the parts      0 0 0 1 1 1 1 2
    places 0, 3 and 7            are in the parts 0, 1 and 2

A binary search jumps around in memory, and a processor cannot guess its way. So each stretch of the
line has its first part in a table, and from there it is a step or two.
"""

from functools import cached_property
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]

_STRETCHES = 3  # a power of two: about eight stretches for each part
_MOST_STEPS = 4  # more take longer than a search
_MANY = 64  # places; the table takes a while to make


class Line:
    """A line of whole numbers from 0, cut into parts."""

    def __init__(self, ends: Ints) -> None:
        """Take the ends of the parts, which ascend; a part may be empty."""
        self.ends = ends

    def parts_at(self, places: Ints) -> Ints:
        """Return the number of the part of each place.

        Before the line it is 0, and after it the number of parts.
        """
        if len(places) < _MANY or self._steps > _MOST_STEPS or not self._has_all(places):
            return np.searchsorted(self.ends, places, "right")
        found: Ints = self._first[places >> self._shift]
        for _ in range(self._steps):
            found += self._ends_and_more[found] <= places
        return found

    def _has_all(self, places: Ints) -> bool:
        # A number below 0 is a large one without a sign.
        return bool(places.view(np.uint64).max() <= self._begins[-1])

    @cached_property
    def _ends_and_more(self) -> Ints:
        return np.append(self.ends, np.iinfo(np.int64).max)

    @cached_property
    def _shift(self) -> int:
        """The binary digits of a place in its stretch."""
        length = int(self.ends[-1]) if len(self.ends) else 0
        return max(0, length.bit_length() - len(self.ends).bit_length() - _STRETCHES)

    @cached_property
    def _begins(self) -> Ints:
        """The first place of each stretch, and that of one after the line."""
        length = int(self.ends[-1]) if len(self.ends) else 0
        return np.arange((length >> self._shift) + 2, dtype=np.int64) << self._shift

    @cached_property
    def _first(self) -> Ints:
        """The part of the first place of each stretch."""
        return np.searchsorted(self.ends, self._begins, "right")

    @cached_property
    def _steps(self) -> int:
        """How many parts after the first one of its stretch a place can be."""
        last = np.searchsorted(self.ends, self._begins + ((1 << self._shift) - 1), "right")
        return int((last - self._first).max())
