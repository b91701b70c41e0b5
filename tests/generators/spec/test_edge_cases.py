"""The preset of odd values shows them on the page that a client asks for first."""

import pytest

from glancetape_generators.vocabulary.flavours import FLAVOURS
from support.drawn.random_specs import spec_of
from support.sets.generated import images_of

_PAGE = 25
_UNLISTED = ("killed", "deleted")


@pytest.mark.sampled(5)
@pytest.mark.parametrize("count", [300, 1000, 5000])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_first_page_mixes_images_that_wait_with_others(count: int, flavour: str) -> None:
    """A list shows the newest images first; those on their way are new."""
    spec = spec_of({"like": "edge-cases", "flavour": flavour})
    for seed in range(1, 4):
        images = [one for one in images_of(spec, count, seed) if one["status"] not in _UNLISTED]
        page = sorted(images, key=lambda one: (one["created_at"], one["id"]), reverse=True)[:_PAGE]

        active = sum(one["status"] == "active" for one in page)

        assert _PAGE // 5 <= active < _PAGE
