"""Correct what a spec asks for by what comes of it.

Some numbers of a spec are not what its images show: an image comes after its system was released
and after its parent, so there are more late images than `growth` says; an image whose project has
no older one is made from a public image, so fewer are made from own ones than `own` says. So these
numbers are tried, and the one whose images are like the capture is taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.learning.spec_text import spec_of, write_spec
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.field_tables import GOLD, INSTANCE
from glancetape_generators.world.world import World

_MOST_MADE = 4000  # images that are made in a try, of as many as the capture has
_SEED = 1
_MOST_GROWTH = 100
_MOST_OWN = 75  # percent; with more, few images are left that can be parents
_TRIES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the capture shows; None for what it does not."""

    images: int
    """How many there are: the later an image, the more own images it can be made from."""
    created: float | None
    """The mean time of creation of tenants' images, in seconds since 1970."""
    own: float | None
    """The share of instances that are made from an own image, 0 to 1."""


def calibrate(sections: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Return the sections of a spec with the growth and the own parents that come nearest."""
    found = dict(sections)
    spec = spec_of(write_spec(found, []))

    def made(tried: Spec) -> Images:
        return _images(tried, wanted.images)

    if wanted.own is not None and "own" in found.get("parents", {}):
        own = _nearest(
            lambda number: _own(made(replace(spec, parents=replace(spec.parents, own=number)))),
            wanted.own,
            (0, _MOST_OWN),
        )
        found["parents"] = {**found["parents"], "own": own}
        spec = replace(spec, parents=replace(spec.parents, own=own))
    if wanted.created is not None and "times" in found:
        growth = _nearest(
            lambda number: _created(made(replace(spec, times=replace(spec.times, growth=number)))),
            wanted.created,
            (1, _MOST_GROWTH),
        )
        found["times"] = {**found["times"], "growth": growth}
    return found


def _nearest(value_of: Callable[[int], float], wanted: float, bounds: tuple[int, int]) -> int:
    """Return the number whose value is nearest to the one wanted; values rise with numbers."""
    low, high = bounds
    values = {one: value_of(one) for one in bounds}
    for _ in range(_TRIES):
        if high - low < 2 or not values[low] < wanted < values[high]:
            break
        middle = (low + high) // 2
        values[middle] = value_of(middle)
        low, high = (middle, high) if values[middle] < wanted else (low, middle)
    return min(values, key=lambda one: (abs(values[one] - wanted), one))


def _images(spec: Spec, count: int) -> Images:
    """Return some images of a set of `count`, from the first to the last one."""
    records = np.linspace(0, count - 1, min(count, _MOST_MADE)).astype(np.int64)
    return Images(World(spec, _SEED), records)


def _created(images: Images) -> float:
    created = images.created[images.is_tenants]
    return float(created.mean()) if len(created) else 0.0


def _own(images: Images) -> float:
    some = np.flatnonzero(images.has_parent)
    made = (images.way[some] == INSTANCE) & images.is_tenants[some]
    if not made.any():
        return 0.0
    kinds = images.of_parents(images.parents.kind)
    return float((kinds[made] != GOLD).mean())
