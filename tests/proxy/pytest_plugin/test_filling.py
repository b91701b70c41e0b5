"""Images from a few fields break no rule that generated images keep."""

from pathlib import Path
from typing import Any

import pytest

from glancetape.pytest_plugin.filling import PROJECT, fill, is_ims
from glancetape.pytest_plugin.made_sets import of_images
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_generators.validation.checking import validate_images

IMS: list[dict[str, Any]] = [
    {"__os_type": "Linux"},
    {"__os_type": "Windows", "name": "win"},
    {"__os_type": "Other"},
    {"__platform": "CentOS", "visibility": "shared"},
    {"__platform": "openEuler"},
    {"__platform": "Ubuntu", "visibility": "public"},
    {"__platform": "Debian", "status": "queued"},
    {"__isregistered": "true", "tags": ["a=b"], "min_ram": 2048},
]


def test_what_is_filled_in_of_ims_agrees_with_itself(tmp_path: Path) -> None:
    """By the validator, which knows nothing of the filling."""
    with ImageSet(of_images(IMS, None, tmp_path)) as images:
        found = list(images)

    assert len(IMS) == len(found)
    members = [
        {"members": one["members"]} if "members" in one else {} for one in fill(IMS, ims=True)
    ]
    whole = [one | more for one, more in zip(found, members, strict=True)]
    assert [] == [(one.rule, one.message) for one in validate_images(whole)]
    for given, image in zip(IMS, found, strict=True):
        assert given.items() <= image.items()


def test_the_first_image_is_the_newest_of_the_callers_own_project(tmp_path: Path) -> None:
    given = [{"name": name} for name in ("c", "a", "b")]

    with ImageSet(of_images(given, None, tmp_path)) as images:
        assert ["c", "a", "b"] == [one["name"] for one in images]
        assert {PROJECT} == {one["owner"] for one in images}
        assert ("glance", PROJECT) == (images.about["dialect"], images.about["home_project"])
        assert images.image_at(0).keys() >= {"checksum", "os_hash_value", "os_hidden", "self"}


def test_the_same_fields_make_the_same_images() -> None:
    """And images without any field are different images."""
    one, two = fill([{}, {}], ims=False), fill([{}, {}], ims=False)

    assert one == two
    assert one[0]["id"] != one[1]["id"]


def test_a_dialect_may_be_named(tmp_path: Path) -> None:
    with ImageSet(of_images([{}], "ims", tmp_path)) as images:
        assert "ims" == images.about["dialect"]
        assert images.image_at(0)["__imagetype"] == "private"
    assert not is_ims([{}])


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ({"size": "big"}, r"images\[0\]: size"),
        ({"visibility": "secret"}, r"images\[0\]: visibility"),
        ({"tags": {1}}, r"images\[0\]: tags: .*set"),
        ({"__os_type": b"Linux"}, r"images\[0\]: __os_type: .*bytes"),
        ({"__os_type": ["Linux"]}, r"images\[0\]: __os_type is a list, not text"),
        ({"__platform": {"a": 1}}, r"images\[0\]: __platform is an object, not text"),
        ({"name": "\ud800"}, r"images\[0\]: name: .*surrogates"),
        ({"min_ram": float("nan")}, r"images\[0\]: min_ram: Out of range"),
        ({3: "x"}, r"images\[0\]: 3 is not the name of a field"),
        *(({name: -1}, rf"images\[0\]: {name} is -1, less than 0") for name in NUMBERS),
    ],
)
def test_an_image_that_no_cloud_has_is_refused(tmp_path: Path, image: Any, why: str) -> None:
    with pytest.raises(BadParameter, match=why):
        of_images([image], None, tmp_path)
