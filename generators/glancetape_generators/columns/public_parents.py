"""Which public images others can be made from, and which of them an image is made from.

Systems are in strata: those of a platform, or those of a version if the spec weighs versions. The
parent is of the stratum of the draft, and older; popular and recent images are taken more often.

    stratum Ubuntu:   20.04 (2020, popular)   22.04 (2022, popular)   24.04 (2024)
    a draft of 2023:  20.04 or 22.04, if they come before it in the set
"""

from functools import lru_cache

import numpy as np

from glancetape_generators.columns.drafts import Drafts
from glancetape_generators.sampling.draws import Draws, Flags, Ints
from glancetape_generators.world.world import World

_DAYS = 21  # bits for the number of a day
_TURNS = 32  # bits for a turn of the catalogue
_MOST_POPULAR = 1 << 20
_PARTS = 1 << 12  # of a weight, which the builds of an image share
_OTHERS = 6  # strata that are tried where a record's own has no public image
_TRIES = 6  # to find a parent that comes before a record

AFTER_ALL_DAYS = (1 << _DAYS) - 1


@lru_cache(maxsize=4)
def public_parents(world: World) -> "PublicParents":
    """Return the public images of a world that others can be made from."""
    return PublicParents(world)


class PublicParents:
    """The catalogue's images by stratum, those of a stratum from the oldest on."""

    def __init__(self, world: World) -> None:
        """Draft all of them, and weigh them by the spec and by their popularity."""
        self._world = world
        spec = world.spec.catalogue
        records = np.arange(spec.images, dtype=np.int64) * spec.every
        drafts = Drafts(world, records)
        strata = world.systems.stratum[drafts.system]
        weights = _weights_of_spec(world, drafts.turn)
        self.is_listed = np.zeros(int(world.systems.stratum.max(initial=0)) + 1, np.bool_)
        """Stratum -> whether the spec has weights of its images."""
        self.is_listed[strata[weights > 0]] = True
        is_listed = self.is_listed[strata]
        usable = np.where(is_listed, weights > 0, _are_usable(world, drafts.system))
        popular = np.where(usable, _popularity(world, drafts), 0)
        widths = np.where(is_listed, weights, popular)
        keys = strata << _DAYS | drafts.day
        order = np.argsort(keys, kind="stable")
        self._records = records[order]
        self._keys = keys[order]
        self._widths = np.concatenate(([0], np.cumsum(widths[order])))
        """How popular the images before each one are together, and in the end all of them."""
        each = np.arange(len(self.is_listed), dtype=np.int64)
        self._begins = self._widths[np.searchsorted(self._keys, each << _DAYS, "left")]
        """The same before each stratum."""
        self._usable = np.flatnonzero(usable)
        """The turns of those that can be parents, ascending."""
        self._turns = np.sort(strata[self._usable] << _TURNS | self._usable)
        """`stratum << _TURNS | turn` of them, ascending."""
        in_strata = self._turns >> _TURNS, self._turns & (1 << _TURNS) - 1
        self._oldest = _oldest_until(*in_strata, drafts.day)
        """The oldest image of the stratum up to each one of `_turns`: its turn."""
        known, firsts = np.unique(strata[self._usable], return_index=True)
        self._known = known[np.argsort(firsts, kind="stable")]
        """The strata of those that can be parents, in the order in which they occur first."""
        self._firsts = self._usable[np.sort(firsts)]
        """The turns at which they do."""
        self._days = drafts.day

    def older(self, records: Ints, strata: Ints, days: Ints) -> Ints:
        """Return for each record a public image of its stratum from before its day; -1 for none."""
        low = self._begins[strata]
        high = self._widths[np.searchsorted(self._keys, strata << _DAYS | days, "left")]
        found = np.full(len(records), -1, np.int64)
        wanting = np.flatnonzero(high > low)
        for turn in range(_TRIES):
            if not len(wanting):
                break
            draws, room = Draws(self._world.seed, records[wanting]), (high - low)[wanting]
            first, second = (draws.wide(f"parent/{turn}/{n}", room) for n in (1, 2))
            chosen_place = np.maximum(first, second)
            if self.is_listed.any():
                listed = self.is_listed[strata[wanting]]
                even = draws.evenly("parent/popular", room) if turn == 0 else first
                chosen_place = np.where(listed, even, chosen_place)
            place = low[wanting] + chosen_place
            chosen = self._records[np.searchsorted(self._widths, place, "right") - 1]
            fits = chosen < records[wanting]
            found[wanting[fits]] = chosen[fits]
            wanting = wanting[~fits]
        return found

    def oldest(self, records: Ints, systems: Ints) -> Ints:
        """Return the oldest public image before each record, of its stratum if there is one.

        An image that is made from it has to be newer. If any image were taken, those of a small set
        would have the last months, as it has few public images. Without one of its stratum, it is
        the oldest one of some other strata: always the oldest of all would give its platform to
        many images.
        """
        world = self._world
        before = world.catalogue_before(records)
        found = self._oldest_of(world.systems.stratum[systems], before)
        number = np.searchsorted(self._firsts, before, "left")
        some = np.flatnonzero((found < 0) & (number > 0))
        if len(some):
            draws = Draws(world.seed, records[some])
            for n in range(_OTHERS):
                strata = self._known[draws.below(f"parent/other/{n}", number[some])]
                other, known = self._oldest_of(strata, before[some]), found[some]
                is_older = (known < 0) | (self._days[other] < self._days[known])
                found[some] = np.where(is_older, other, known)
        return np.maximum(found, 0) * world.spec.catalogue.every

    def _oldest_of(self, strata: Ints, before: Ints) -> Ints:
        """Return the turn of the oldest image of strata before some turns; -1 for none."""
        low, high = (
            np.searchsorted(self._turns, strata << _TURNS | turn, "left")
            for turn in (np.zeros_like(before), before)
        )
        return np.where(high > low, self._oldest[np.maximum(high - 1, 0)], -1)


def _oldest_until(strata: Ints, turns: Ints, days: Ints) -> Ints:
    """Return the turn of the oldest image of a stratum among those up to each one, in order."""
    # A stratum is so far below the one before it that the least of all is one of its own.
    falling = days[turns] - (strata << _DAYS)
    return turns[_place_of_last(falling == np.minimum.accumulate(falling))]


def _place_of_last(found: Flags) -> Ints:
    """Return for each place the last one up to it that was found; the first one is."""
    last: Ints = np.maximum.accumulate(np.where(found, np.arange(len(found)), 0))
    return last


def _popularity(world: World, drafts: Drafts) -> Ints:
    """Return how popular public images are that the spec does not weigh, by their rank."""
    strata = world.systems.stratum[drafts.system]
    order = np.lexsort((drafts.draws.bits("popular"), strata))
    rank = np.empty(len(strata), np.int64)  # from 0 on for each stratum
    rank[order] = np.arange(len(strata)) - np.searchsorted(strata[order], strata[order], "left")
    widths = _MOST_POPULAR // (world.spec.parents.evenness + 1 + rank)
    # GPUs, FPGAs and bare metal are for few.
    is_plain = world.systems.is_plain[drafts.system]
    return np.maximum(np.where(is_plain, widths, widths // 30), 1)


def _are_usable(world: World, systems: Ints) -> Flags:
    """Return which public images can be parents: those for usual servers, if a stratum has some."""
    # Nobody makes a server from a kernel, or from an image of another service.
    usable = world.systems.weight[systems] > 0
    usable |= not usable.any()
    strata, plain = world.systems.stratum[systems], usable & world.systems.is_plain[systems]
    found: Flags = usable & (plain | ~np.isin(strata, strata[plain]))
    return found


def _weights_of_spec(world: World, turns: Ints) -> Ints:
    """Return the spec's weights of public images, otherwise 0; builds of one share its weight."""
    weights = world.spec.parents.popular
    found = np.zeros(len(turns), np.int64)
    if weights and len(world.catalogue):
        numbers = world.catalogue.number(turns)
        builds = np.bincount(numbers, minlength=len(world.catalogue))
        of_images = np.array([weights.get(one.name, 0) for one in world.catalogue.images], np.int64)
        found = np.where(
            of_images > 0, np.maximum(of_images * _PARTS // np.maximum(builds, 1), 1), 0
        )[numbers]
    return found
