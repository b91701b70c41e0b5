"""Pairs of fields that belong together: found, learned, and made again."""

import random
from typing import Any

import pytest
import yaml

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.held_out import generated
from glancetape_generators.learning.spec_text import spec_of
from glancetape_generators.learning.writing_specs import learn_text
from support.sets.captures import tenant, with_owners
from support.sets.generated import Image

pytestmark = pytest.mark.usefixtures("uncalibrated")

STAGES = {"nightly": "alpha", "release": "beta", "manual": "gamma"}


def _with_stages(images: list[Image], noise: float = 0.0) -> list[Image]:
    """Give each image with a pipeline the stage that belongs to it, or by chance any."""
    drawn = random.Random(2)
    for image in images:
        image.pop("commit", None)
        if "pipeline" in image:
            any_stage = drawn.choice(list(STAGES.values()))
            image["stage"] = any_stage if drawn.random() < noise else STAGES[image["pipeline"]]
    return images


def _learned(images: list[Image]) -> Any:
    return yaml.safe_load(learn_text(Capture.of(images), 10)[1])


def _pairs(images: Capture) -> set[tuple[Any, Any]]:
    one, other = images.column("pipeline"), images.column("stage")
    codes = zip(one.codes.tolist(), other.codes.tolist(), strict=True)
    return {(one.values[a], other.values[b]) for a, b in codes if min(a, b) >= 0}


def test_a_property_that_follows_from_another_follows_in_what_is_generated() -> None:
    """Each pipeline has its own stage."""
    images = _with_stages(tenant())

    text = learn_text(Capture.of(images), 10)[1]

    given = yaml.safe_load(text)["given"]
    ((condition, tables),) = (
        (one, found) for one, found in given.items() if one in ("pipeline", "stage")
    )
    assert {"pipeline", "stage"} == {condition, next(iter(next(iter(tables.values()))))}
    assert set(STAGES.items()) == _pairs(generated(spec_of(text), 600, 3))


def test_fields_that_have_nothing_to_do_with_each_other_make_no_pair() -> None:
    """Chance alone says a little in any few images; that is taken off."""
    drawn = random.Random(4)
    images = _with_stages(tenant(), noise=1.0)
    for image in images:
        image["coin"] = drawn.choice(["heads", "tails"])

    assert "given" not in _learned(images)


@pytest.mark.parametrize("few", [1, 9])
def test_a_pair_of_few_images_is_in_no_table(few: int) -> None:
    """Though both of its values are common."""
    images = _with_stages(tenant())
    having = [image for image in images if image.get("pipeline") == "nightly"]
    for image in having[:few]:
        image["stage"] = "gamma"

    given = _learned(images)["given"]

    assert "pipeline" in given or "stage" in given
    cells = {
        (value, other)
        for field in ("pipeline", "stage")
        for value, tables in given.get(field, {}).items()
        for weights in tables.values()
        for other in weights
    }
    assert not {("nightly", "gamma"), ("gamma", "nightly")} & cells


def test_disks_follow_the_platform() -> None:
    """Where people choose them: in images that were made from a file, of a few projects."""
    images = with_owners(tenant(), 2)
    for image in images:
        if image.get("__data_origin", "").startswith("file,") and image["__os_type"] == "Linux":
            image["min_disk"] = 80 if image.get("__platform") == "CentOS" else 40

    given = _learned(images)["given"]

    assert {80: 1000} == given["platform"]["CentOS"]["min_disk"]
    assert {40: 1000} == given["platform"]["Ubuntu"]["min_disk"]
