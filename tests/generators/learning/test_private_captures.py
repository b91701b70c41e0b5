"""A list of private images shows what was made, and not the public images it was made from."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.held_out import score_held_out
from glancetape_generators.learning.learned_spec import learn
from glancetape_generators.spec.reading import read_spec
from support.sets.generated import Image, images_of

COUNT = 6000
PRESETS = {"tenant": 0.012, "openstack": 0.015}
"""How far the score may be below that of two seeds, with half of the images to learn from."""


def _is_own(image: Image) -> bool:
    return bool(image["visibility"] != "public")


@cache
def _capture(preset: str, *, is_private: bool) -> Capture:
    images = images_of(read_spec(preset), COUNT)
    return Capture.of(one for one in images if not is_private or _is_own(one))


@cache
def _learned(preset: str, *, is_private: bool) -> Mapping[str, Any]:
    return learn(_capture(preset, is_private=is_private), 10).sections


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_private_list_lacks_is_not_compared(preset: str) -> None:
    """The generated public images would be images that the capture does not show."""
    found = score_held_out(_capture(preset, is_private=True), 10)

    assert found is not None
    assert found.learned.parts["parents"] > 0.9
    assert found.learned.score > found.seeds.score - PRESETS[preset]


def test_missing_parents_are_public_ones() -> None:
    """So most instances of the tenant are not made from images of its own."""
    own = _learned("tenant", is_private=True)["parents"]["own"]

    assert own == pytest.approx(_learned("tenant", is_private=False)["parents"]["own"], abs=8)


@pytest.mark.parametrize("preset", PRESETS)
def test_public_images_are_known_by_what_is_inherited_from_them(preset: str) -> None:
    """The popular ones that the whole capture shows by their names are popular here, too."""
    whole, private = (
        _learned(preset, is_private=is_private)["parents"]["popular"]
        for is_private in (False, True)
    )
    # What two public images have in common does not tell which one it is.
    common = [name for name in whole if name in private]

    assert len(common) > 0.5 * len(whole)
    assert sum(private[name] for name in common) > 800


def test_older_builds_of_the_operator_are_public_images_without_its_public_ones() -> None:
    """In a cloud that makes them community images, servers were made from them."""
    own, gold = (
        _learned("openstack", is_private=True)[section] for section in ("parents", "kinds")
    )
    whole = _learned("openstack", is_private=False)

    assert own["own"] == pytest.approx(whole["parents"]["own"], abs=8)
    assert gold == pytest.approx(whole["kinds"], abs=10)


@pytest.mark.parametrize("is_private", [True, False])
def test_an_upload_with_all_properties_of_a_public_image_is_a_copy(*, is_private: bool) -> None:
    """Nobody else writes as many; a copy of an uploaded file shows nothing of it."""
    made = _learned("openstack", is_private=is_private)["made"]
    asked = read_spec("openstack").made
    total = sum(made.values())

    assert 20 * total < 1000 * made["image"] < 10 * total * asked["image"]
    uploaded = made["image"] + made["file"]
    assert uploaded / total == pytest.approx((asked["image"] + asked["file"]) / 100, abs=0.02)
