"""A part of a collection in which links hold, chosen by ids alone."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.collection.sampling_images import choose_sample
from glancetape_cassettes.imageset.image_fields import LINKS_TO_IMAGES
from support.drawn.examples import examples

Image = dict[str, Any]


@st.composite
def _linked(draw: st.DrawFn) -> list[Image]:
    """Draw images with links of each kind, also to themselves, in circles and to none."""
    ids = [f"{number:08x}" for number in range(draw(st.integers(1, 30)))]
    targets = st.sampled_from([*ids, "elsewhere", "null", None])
    return [
        {
            "id": one,
            draw(st.sampled_from(LINKS_TO_IMAGES)): draw(targets),
            "__data_origin": f"image,eu-de,{draw(targets)}",
        }
        for one in ids
    ]


@given(_linked(), st.sampled_from([0.01, 0.2, 0.5, 1.0]))
@examples(100)
def test_what_an_image_was_made_from_comes_with_it(images: list[Image], share: float) -> None:
    """In whichever order they come, and a larger part holds the smaller one."""
    chosen = choose_sample(images, share)

    by_id = {image["id"]: image for image in images}
    for one in chosen:
        links = {*by_id[one].values(), by_id[one]["__data_origin"].rpartition(",")[2]}
        assert links & by_id.keys() <= chosen
    random.Random(1).shuffle(images)
    assert chosen == choose_sample(images, share)
    assert chosen <= choose_sample(images, min(1.0, share * 2))
    assert by_id.keys() == choose_sample(images, 1.0)


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_the_share_is_that_of_the_images(share: float) -> None:
    """When none was made from another."""
    images = [{"id": f"{number:032x}"} for number in range(10_000)]

    assert len(choose_sample(images, share)) == pytest.approx(10_000 * share, rel=0.1)
