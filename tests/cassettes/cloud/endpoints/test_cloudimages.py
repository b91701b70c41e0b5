"""Huawei Cloud's own list: its parameters, pages without links, quota and tags."""

import json
from typing import Any

import pytest

from support.sets.imagesets import ME, OTHER
from support.sets.set_files import record
from support.sets.simulated import Asked, Simulate

EPS = "11111111-2222-4333-8444-555555555555"
COUNT = 600


def _image(number: int) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if number % 3 == 0:
        extra["__support_arm"] = "true"
    if number % 4 == 1:
        extra["enterprise_project_id"] = "0"
    if number % 4 == 2:
        extra["enterprise_project_id"] = EPS
    if number == 7:
        extra["enterprise_project_id"] = "rare"
    return record(
        f"image-{number:04}",
        owner=ME if number % 5 == 0 else OTHER,
        visibility="public",
        __isregistered="true",
        __imagetype="gold",
        tags=[f"t{number % 3}"] if number < 10 else [],
        created_at=f"2018-09-06T{number // 60:02}:{number % 60:02}:00Z",
        **extra,
    )


IMAGES = [_image(number) for number in range(COUNT)]


@pytest.fixture(scope="module")
def ims(simulate: Simulate) -> Asked:
    """A cloud with more images than are on one page."""
    return simulate(IMAGES, "ims")


def _ids(cloud: Asked, query: str) -> list[str]:
    return [one["id"] for one in cloud.get(f"/v2/cloudimages?{query}")["images"]]


def test_a_page_has_500_images_and_no_links(ims: Asked) -> None:
    """Documented: neither first nor next nor schema."""
    page = ims.get("/v2/cloudimages")

    assert ["images"] == list(page)
    assert 500 == len(page["images"])
    assert ims.get("/v2/images?limit=500")["images"] == page["images"]


def test_markers_walk_through_all_images(ims: Asked) -> None:
    """As the SDKs do: until a page is empty."""
    found: list[str] = []
    while page := _ids(ims, f"limit=70&marker={found[-1]}" if found else "limit=70"):
        found += page

    assert sorted((one["id"] for one in IMAGES), reverse=True) == found


FILTERS = {
    "architecture=arm": lambda one: one.get("__support_arm") == "true",
    "architecture=x86": lambda one: one.get("__support_arm") != "true",
    f"enterprise_project_id={EPS}": lambda one: one.get("enterprise_project_id") == EPS,
    "enterprise_project_id=rare": lambda one: one.get("enterprise_project_id") == "rare",
    "enterprise_project_id=0": lambda one: one.get("enterprise_project_id", "0") == "0",
    "enterprise_project_id=all_granted_eps": lambda _: True,
    "flavor_id=s3.large.2": lambda _: True,
    "architecture=arm&enterprise_project_id=0&__imagetype=gold": lambda one: (
        one.get("__support_arm") == "true" and one.get("enterprise_project_id", "0") == "0"
    ),
    f"owner={ME}&architecture=x86": lambda one: (
        one["owner"] == ME and one.get("__support_arm") != "true"
    ),
    "tag=t1": lambda one: "t1" in one["tags"],
}


@pytest.mark.parametrize("query", FILTERS)
def test_its_own_parameters_filter_as_a_loop_does(ims: Asked, query: str) -> None:
    """Images without the property are of the default enterprise project."""
    wanted = [one["id"] for one in IMAGES if FILTERS[query](one)]

    assert sorted(wanted, reverse=True)[:500] == _ids(ims, f"{query}&limit=500")
    assert wanted


REFUSED = {
    "__imagetype=Gold": "IMG.0024",
    "architecture=sparc": "IMG.0212",
    "flavor_id=": "IMG.0192",
    "limit=abc": "IMG.0001",
    "marker=nothing": "IMG.0001",
    "sort_key=owner": "IMG.0001",
}


@pytest.mark.parametrize(("query", "code"), REFUSED.items(), ids=REFUSED)
def test_a_bad_parameter_is_refused_with_a_code(ims: Asked, query: str, code: str) -> None:
    """In the form that the document shows."""
    response = ims.ask("GET", f"/v2/cloudimages?{query}")

    assert 400 == response.status
    assert code == json.loads(response.body)["error"]["code"]


def test_the_quota_counts_the_projects_own_images(ims: Asked) -> None:
    """And has room for more, so that a program that asks before it creates an image goes on."""
    (quota,) = ims.get("/v1/cloudimages/quota")["quotas"]["resources"]

    assert {"type": "image", "used": 120, "quota": 160, "min": 1, "max": 1000} == quota


@pytest.mark.parametrize(("used", "quota"), [(0, 20), (19, 20), (20, 40), (1001, 1280)])
def test_the_quota_is_more_than_what_is_used(simulate: Simulate, used: int, quota: int) -> None:
    images = [record(f"image-{number:04}", owner=ME) for number in range(used)]
    others = [record("image-of-another-project", owner=OTHER)]

    (shown,) = simulate(images + others, "ims").get("/v1/cloudimages/quota")["quotas"]["resources"]

    assert (used, quota) == (shown["used"], shown["quota"])
    assert shown["max"] >= quota


@pytest.mark.parametrize(
    ("query", "tags"),
    [
        ("", ["t0", "t1", "t2"]),
        ("limit=2", ["t0", "t1"]),
        ("limit=2&page=2", ["t2"]),
        ("limit=2&page=3", []),
        ("id=image-0001", ["t1"]),
    ],
)
def test_tags_are_listed_once_and_in_pages(ims: Asked, query: str, tags: list[str]) -> None:
    """Those of the images that the query finds."""
    assert tags == ims.get(f"/v1/cloudimages/tags?{query}")["tags"]


def test_glance_has_no_such_list(simulate: Simulate) -> None:
    """It is a path that it does not know."""
    glance = simulate(IMAGES[:1])

    assert 404 == glance.ask("GET", "/v2/cloudimages").status
    assert 300 == glance.ask("GET", "/v1/cloudimages/quota").status
