"""What is known of records as parents of later ones: a number each, kept once it was found.

Images of a project are made from older ones, which are found by trying earlier records. A record is
tried several times, and whether it fits depends on two things of it: its stratum and its day.

    record 5     a CentOS of day 300: a CentOS of a later day can be made from it
    record 6     a copy: nothing is made from it
    record 7     not known yet
"""

from collections.abc import Callable
from functools import lru_cache
from mmap import mmap

import numpy as np

from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.world.world import World

NO_CANDIDATE = 1 << 62
"""The number of a record from which no image of its project can be made."""
_STRATUM = 16  # bits
_NOT_KNOWN = -1
_MOST = 1 << 20  # records, in 8 MiB; later ones are looked at each time


@lru_cache(maxsize=4)
def candidates(world: World) -> "Candidates":
    """Return what is known of the records of a world."""
    return Candidates()


def numbers_of(days: Ints, strata: Ints, drafted: Ints) -> Ints:
    """Return the numbers of records that can be parents, given their days, strata, drafted strata.

    A record with another stratum than drafted is of no stratum here, so that strata keep their
    shares.
    """
    return days << _STRATUM | np.where(strata == drafted, strata + 1, 0)


def days_of(numbers: Ints) -> Ints:
    """Return the day of each; for NO_CANDIDATE one after all others."""
    return numbers >> _STRATUM


def are_of(numbers: Ints, strata: Ints) -> Flags:
    """Return which records are of some strata."""
    found: Flags = (numbers & (1 << _STRATUM) - 1) == strata + 1
    return found


def are_as_drafted(numbers: Ints) -> Flags:
    """Return which records have the stratum that was drafted."""
    found: Flags = numbers & (1 << _STRATUM) - 1 > 0
    return found


class Candidates:
    """The numbers of the records of a world that were looked at.

    They are in memory that processes which are forked later share, so each is found once. All find
    the same numbers; so it makes no difference who writes one first.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        # The number after that of each record; 0 means not known. The system provides this memory
        # where it is first written.
        self._known: Ints = np.frombuffer(mmap(-1, 8 * _MOST), np.int64)

    def of(self, records: Ints, find: Callable[[Ints], Ints]) -> Ints:
        """Return the numbers of some records; `find` returns those that are not known."""
        last = len(self._known) - 1
        found = np.where(records <= last, self._known[np.minimum(records, last)] - 1, _NOT_KNOWN)
        missing = np.flatnonzero(found == _NOT_KNOWN)
        if len(missing):
            found[missing] = find(records[missing])
            self.keep(records[missing], found[missing])
        return found

    def keep(self, records: Ints, numbers: Ints) -> None:
        """Keep the numbers of some records; those of late ones are not kept."""
        near = records < len(self._known)
        self._known[records[near]] = numbers[near] + 1

    @staticmethod
    def keeps(records: Ints) -> bool:
        """Whether the numbers of all these records would be kept."""
        return bool(records.max(initial=0) < _MOST)
