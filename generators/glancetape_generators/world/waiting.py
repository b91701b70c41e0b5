"""How long images wait until something happens to them, by a rate in percent a month.

A rate of 50 percent: of 100 images 50 are left after 30 days, 25 after 60. All is counted in whole
numbers, so it is the same everywhere.
"""

import numpy as np

from glancetape_generators.sampling.draws import PARTS, Draws, Ints, Share

NEVER = 1 << 60
"""A time, in seconds since 1970, that does not come."""

_MONTH = 30  # days
_ALL = 1 << 32


class Waiting:
    """The days of waiting at some rate."""

    def __init__(self, rate: Share, days: int) -> None:
        """Count which part of the images is left after each of some days."""
        left, parts = [_ALL], 100 * PARTS
        while len(left) <= days and left[-1] and rate:
            begin = left[-1]
            end = begin * (parts - int(rate * PARTS)) // parts
            left += [begin - (begin - end) * day // _MONTH for day in range(1, _MONTH + 1)]
        self._gone: Ints = np.array([_ALL - one for one in left], np.int64)

    def draw(self, draws: Draws, field: str) -> Ints:
        """Return after how many days it happens to each image; -1 for never, as far as counted."""
        days = np.searchsorted(self._gone, draws.below(field, _ALL), "right") - 1
        return np.where(days < len(self._gone) - 1, days, -1)
