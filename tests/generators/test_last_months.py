"""A set of any size has as many images in its last months as its growth says.

What is made from another image is newer than that. In a small set, where few images can be a
parent, this must not push images into the last months.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from glancetape_generators.spec.spec import Spec
from glancetape_generators.vocabulary.flavours import FLAVOURS
from support.drawn.random_specs import spec_of
from support.sets.generated import Image, images_of

_DAYS = 92
_SEEDS = range(1, 9)
_SMALL, _SEEDS_OF_SMALL = 150, range(1, 33)
"""Eight sets of 150 images have some fifty in the last months: chance and bursts move that by a
third."""


def _expected(spec: Spec) -> float:
    """Return the share of the last days if images a day grow evenly to `growth` times as many."""
    growth, days = spec.times.growth, spec.times.now // 86_400 - spec.times.first
    part = _DAYS / days
    return part * (2 * growth - part * (growth - 1)) / (growth + 1)


def _share(images: Sequence[Image], spec: Spec) -> float:
    quarter = datetime.fromtimestamp(spec.times.now, UTC) - timedelta(days=_DAYS)
    return sum(one["created_at"] >= quarter.isoformat() for one in images) / len(images)


def _of_tenants(sets: Iterable[Sequence[Image]]) -> list[Image]:
    return [
        image
        for images in sets
        for image in images
        if image["visibility"] != "public" and image["status"] == "active"
    ]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("like", ["region", "tenant"])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_small_sets_have_no_more_images_in_the_last_months(like: str, flavour: str) -> None:
    """The average of some seeds, as bursts differ; systems of the last years add a little."""
    spec = spec_of({"like": like, "flavour": flavour})
    sets = ((_SMALL, _SEEDS_OF_SMALL), (600, _SEEDS))

    shares = [
        _share(_of_tenants(images_of(spec, count, seed) for seed in seeds), spec)
        for count, seeds in sets
    ]

    assert max(shares) < 1.35 * _expected(spec) + 0.02


@pytest.mark.sampled(2)
@pytest.mark.parametrize("like", ["region", "tenant"])
def test_copies_have_no_more_images_in_the_last_months(like: str) -> None:
    """Most copies have an original from before the day on which they are to be made."""
    spec = spec_of({"like": like})
    images = _of_tenants(images_of(spec, 1500, seed) for seed in _SEEDS)
    copies = [one for one in images if one.get("__data_origin", "").startswith("image,")]

    assert _share(copies, spec) < 2 * _expected(spec)
