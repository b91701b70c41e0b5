"""Following `next` to the end visits every match once, in order, for any sort key."""

from itertools import product
from typing import Any

import pytest

from glancetape_cassettes.cloud.dialect_names import NAMES
from support.one_image import ME, Image, ims_image
from support.sets.imagesets import Cloud, MakeCloud

KEYS = "name status container_format disk_format size id created_at updated_at".split()
DIALECTS = pytest.mark.parametrize("dialect", NAMES)
COUNT = 120


def tied(number: int) -> Image:
    """Return an image that shares each of its values with many others; a few are null."""
    return ims_image(
        f"{number * 37 % COUNT:03}",
        name=(None, "", "B", "a", "é", "镜像", "a\U0001f600")[number % 7],
        status=("active", "queued", "saving")[number % 3],
        container_format=(None, "bare", "ovf")[number % 3],
        disk_format=("zvhd2", None, "raw", "iso")[number % 4],
        size=(0, None, 2, 18, 10)[number % 5],
        created_at=f"2018-09-0{number % 3 + 1}T00:00:00Z",
        updated_at=f"2018-09-1{number % 4}T00:00:00Z",
        tags=["even"] if number % 2 == 0 else [],
    )


IMAGES = [tied(number) for number in range(COUNT)]


@pytest.fixture(scope="module")
def cloud(make_cloud: MakeCloud) -> Cloud:
    unseen = [ims_image(f"x{n}", visibility="private", size=n) for n in range(20)]
    return make_cloud(IMAGES + unseen)


def in_order(images: list[Image], sort: list[tuple[str, bool]]) -> list[str]:
    """Sort as the API does, the last key first: null is lowest, text by code point."""
    images = list(images)
    for key, is_descending in reversed(sort):
        images.sort(key=lambda one: (one[key] is not None, rank(one[key])), reverse=is_descending)
    return [one["id"] for one in images]


def rank(value: Any) -> Any:
    return [ord(character) for character in value] if isinstance(value, str) else [value]


def with_ties(sort: list[tuple[str, bool]], ties: bool) -> list[tuple[str, bool]]:
    return [*sort, ("created_at", ties), ("id", ties)]


@pytest.mark.sampled(4)
@DIALECTS
@pytest.mark.parametrize("limit", [1, 7, 40, 120])
@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("key", KEYS)
def test_a_walk_visits_each_image_once_in_order(
    cloud: Cloud, dialect: str, key: str, direction: str, limit: int
):
    down = direction == "desc"
    expected = in_order(IMAGES, with_ties([(key, down)], down))
    query = f"sort_key={key}&sort_dir={direction}&limit={limit}"
    assert expected == cloud.walk(query, dialect=dialect)


@DIALECTS
@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("key", KEYS)
def test_a_walk_over_filtered_images_visits_only_those(
    cloud: Cloud, dialect: str, key: str, direction: str
):
    down = direction == "desc"
    even = [one for one in IMAGES if one["tags"]]
    expected = in_order(even, with_ties([(key, down)], down))
    query = f"tag=even&limit=7&sort={key}:{direction}"
    assert expected == cloud.walk(query, dialect=dialect)


@DIALECTS
@pytest.mark.parametrize(
    ("first", "second"), [*product(("name:asc", "size:desc", "status"), ("disk_format:asc", "id"))]
)
def test_a_walk_by_several_keys_has_descending_ties(
    cloud: Cloud, dialect: str, first: str, second: str
):
    pairs = [part.partition(":") for part in (first, second)]
    sort = with_ties([(key, direction != "asc") for key, _, direction in pairs], True)
    query = f"sort={first},{second}&limit=11"
    assert in_order(IMAGES, sort) == cloud.walk(query, dialect=dialect)


@pytest.mark.parametrize(
    ("directions", "expected"),
    [
        ("", [("name", True), ("size", True)]),
        ("&sort_dir=asc", [("name", False), ("size", False)]),
        ("&sort_dir=asc&sort_dir=desc", [("name", False), ("size", True)]),
        ("&sort_dir=desc&sort_dir=asc", [("name", True), ("size", False)]),
    ],
)
def test_a_walk_of_ims_keeps_repeated_sort_keys(
    cloud: Cloud, directions: str, expected: list[tuple[str, bool]]
):
    ties = directions != "&sort_dir=asc"
    sort = with_ties(expected, ties)
    assert in_order(IMAGES, sort) == cloud.walk(f"sort_key=name&sort_key=size{directions}&limit=9")


def test_a_walk_of_glance_goes_on_by_the_last_sort_key_only(cloud: Cloud):
    query = "sort_key=name&sort_key=size&limit=9"
    page = cloud.page(query, dialect="glance")
    marker = page["images"][-1]["id"]
    assert f"/v2/images?sort_key=size&limit=9&marker={marker}" == page["next"]


@DIALECTS
@pytest.mark.parametrize("marker", [f"x{n}" for n in (0, 7, 19)])
def test_a_walk_may_begin_at_an_own_image_that_is_filtered_out(
    cloud: Cloud, dialect: str, marker: str
):
    everything = cloud.walk("sort_key=size&limit=1000", project="b" * 32, dialect=dialect)
    after = everything[everything.index(marker) + 1 :]
    expected = [one for one in after if not one.startswith("x")]
    query = f"sort_key=size&visibility=public&limit=6&marker={marker}"
    assert expected == cloud.walk(query, project="b" * 32, dialect=dialect)


@DIALECTS
def test_a_walk_without_matches_ends_at_once(cloud: Cloud, dialect: str):
    assert [] == cloud.walk("tag=nothing&limit=1", project=ME, dialect=dialect)
