"""Correct what a spec asks for by what comes of it.

An image comes after its system was released and after its parent, so there are more late images
than `growth` says. So this number is tried, and the one whose images are like the capture is taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.learning.spec_text import spec_of, write_spec
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.world import World

_MOST_MADE = 4000  # images that are made in a try, of as many as the capture has
_SEED = 1
_MOST_GROWTH = 100
_TRIES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the capture shows; None for what it does not."""

    images: int
    """How many there are."""
    created: float | None
    """The mean time of creation of tenants' images, in seconds since 1970."""


def calibrate(sections: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Return the sections of a spec with the growth that comes nearest."""
    found = dict(sections)
    spec = spec_of(write_spec(found, []))
    # Which parents are of the same project hardly changes when images are created, but takes long.
    spec = replace(spec, parents=replace(spec.parents, own=None))

    def made(tried: Spec) -> Images:
        return _images(tried, wanted.images)

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
