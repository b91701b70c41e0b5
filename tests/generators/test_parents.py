"""Which public images the others are made from: those that a spec names, by their weights."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.writing_specs import learn_text
from glancetape_generators.realised import realised
from glancetape_generators.validation import validate_images
from support.drawn.random_specs import spec_of
from support.sets.generated import Image, images_of

CLOUDS: Mapping[str, Mapping[str, int]] = {
    "huawei-intl": {
        "Ubuntu 22.04 server 64bit": 60,
        "Ubuntu 20.04 server 64bit": 25,
        "Ubuntu 20.04 server 64bit with Tesla Driver": 15,
    },
    "otc": {"Standard_Ubuntu_22.04_latest": 70, "Standard_Ubuntu_24.04_amd64_bios_latest": 30},
    "openstack": {"Ubuntu 22.04": 70, "Ubuntu 24.04": 30},
}
BUILDS = {"Standard_Ubuntu_22.04_latest": "Standard_Ubuntu_22.04_"} | {
    "Standard_Ubuntu_24.04_amd64_bios_latest": "Standard_Ubuntu_24.04_amd64_bios_"
}
"""What the names of the builds of an image begin with; otherwise its name or `NAME (DATE)`."""


def _is_build(name: str, image: str) -> bool:
    return name == image or name.startswith(BUILDS.get(image, f"{image} ("))


def _children(images: list[Image]) -> Counter[str]:
    """Count the instances and backups that were made from each public image, by its name."""
    operator = next(one["owner"] for one in images if one["visibility"] == "public")
    names = {one["id"]: one["name"] for one in images if one["owner"] == operator}
    parents = (
        one.get("__originalimagename", one.get("base_image_ref"))
        for one in images
        if one["owner"] != operator
    )
    return Counter(names[parent] for parent in parents if parent in names)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("flavour", CLOUDS)
@pytest.mark.parametrize("seed", [3, 4])
def test_popular_images_have_their_shares_of_children(flavour: str, seed: int) -> None:
    """Within three percentage points of the images of their platform, in 5,000 images."""
    said = {"like": "region", "flavour": flavour, "parents": {"popular": CLOUDS[flavour]}}

    found = _children(images_of(spec_of(said), 5000, seed))

    ubuntu = {name: number for name, number in found.items() if "buntu" in name}
    shares = {
        image: sum(number for name, number in ubuntu.items() if _is_build(name, image))
        for image in CLOUDS[flavour]
    }
    total = sum(ubuntu.values())
    assert total > 500
    assert sum(shares.values()) == total
    for image, wanted in CLOUDS[flavour].items():
        assert abs(100 * shares[image] / total - wanted) <= 3, image


def test_other_platforms_keep_theirs() -> None:
    """Which of them are popular does not depend on what is named of another platform."""
    popular = {"Ubuntu 22.04 server 64bit": 1}
    one = images_of(spec_of({"like": "region"}), 3000)
    other = images_of(spec_of({"like": "region", "parents": {"popular": popular}}), 3000)

    assert {name for name in _children(one) if name.startswith("Debian")} == {
        name for name in _children(other) if name.startswith("Debian")
    }


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "said",
    [
        {"like": "tenant", "versions": {"Ubuntu 18.04 server 64bit": 1}},
        {"like": "tenant", "moments": {"2024-02-01T03:00:00Z": 200}},
        {
            "like": "tenant",
            "projects": {
                "named": {"a" * 32: {"share": 40, "times": {"last": "2023-06-01"}}},
            },
        },
        {"like": "tenant", "catalogue": {"images": 1, "every": 1}},
        {"like": "tenant", "given": {"kind": {"gold": {"min_disk": {100: 1}}}}},
    ],
    ids=["versions", "moments", "windows", "alone", "large disks"],
)
def test_popular_images_break_no_rule(said: Mapping[str, Any]) -> None:
    """Also where an image keeps its time, or few of them are in the catalogue."""
    popular = {"Ubuntu 24.04 server 64bit": 9, "CentOS 7.9 64bit": 1}
    spec = spec_of({**said, "parents": {"popular": popular}})

    assert [] == validate_images(images_of(spec, 1500))


@pytest.mark.usefixtures("uncalibrated")
def test_popular_images_are_learned_by_their_names() -> None:
    """With their shares, from enough children; a capture of others has none."""
    said = {
        "like": "tenant",
        "parents": {"popular": CLOUDS["huawei-intl"]},
        "platforms": {"Ubuntu": 1},
    }
    images = images_of(spec_of(said), 1500)

    learned = yaml.safe_load(learn_text(Capture.of(images), 10)[1])["parents"]["popular"]

    wanted = CLOUDS["huawei-intl"]
    assert set(wanted) == set(learned)
    for name, weight in wanted.items():
        assert learned[name] == pytest.approx(10 * weight, abs=30)
    for image in images:
        if image["visibility"] == "public":
            image["name"] = f"house image {image['name']}"
    assert "popular" not in yaml.safe_load(learn_text(Capture.of(images), 10)[1])["parents"]


def _share_of_own(images: list[Image]) -> float:
    """Return how many percent of the instances are made from an image of their project."""
    public = {one["id"] for one in images if one["visibility"] in ("public", "community")}
    owners = {one["id"]: one["owner"] for one in images}
    made = [
        owners[one.get("__originalimagename", one.get("base_image_ref"))] == one["owner"]
        for one in images
        if one["id"] not in public
        and (
            str(one.get("__data_origin")).startswith("instance,")
            or (one.get("image_type") == "snapshot" and "block_device_mapping" not in one)
        )
    ]
    return 100 * sum(made) / len(made)


def _private(**said: Any) -> dict[str, Any]:
    """Return a spec in which the images of tenants are not public."""
    return {"kinds": {"private": 90, "shared": 10}, **said}


OWN = [
    (_private(like="tenant"), 1),
    (_private(like="tenant"), 30),
    (_private(like="tenant"), 45),
    (_private(like="region"), 0),
    (_private(like="region"), 35),
    (_private(like="openstack"), 5),
    (_private(like="openstack"), 50),
    (_private(like="edge-cases"), 25),
    (_private(like="tenant", flavour="otc", made={"instance": 1, "file": 1}), 60),
    (_private(like="tenant", projects={"count": 1}, kinds={"private": 1}), 40),
    (_private(like="tenant", versions={"Ubuntu 22.04 server 64bit": 1}), 40),
    (_private(like="tenant", moments={"2025-02-01T03:00:00Z": 300}), 40),
    (_private(like="tenant", images=[{"name": "base", "children": 20, "min_disk": 10}]), 30),
]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("said", "own"), OWN)
def test_as_many_instances_are_made_from_images_of_their_project_as_the_spec_says(
    said: dict[str, Any], own: int
) -> None:
    """Within a point in 5,000 images, and in a larger set."""
    images = images_of(spec_of({**said, "parents": {"own": own}}), 20_000, 3)

    assert [_share_of_own(images[:count]) for count in (5000, 20_000)] == [
        pytest.approx(own, abs=1)
    ] * 2


@pytest.mark.parametrize("like", ["region", "tenant", "openstack"])
def test_where_not_all_can_have_a_parent_of_their_project_explain_says_how_many_have(
    like: str,
) -> None:
    """They are nearly half of the instances, or more."""
    spec = spec_of(_private(like=like, parents={"own": 100}))

    lines = realised(spec, 5000, 3).splitlines()
    (shown,) = (line.split() for line in lines if line.startswith("  own parents"))
    found = _share_of_own(images_of(spec, 5000, 3))

    assert shown == ["own", "parents", f"{found:.1f}%", "(100%)"]
    assert 38 < found < 90


def test_explain_says_nothing_of_parents_where_nothing_is_made_from_a_server() -> None:
    """Of no instances, no share has a parent."""
    spec = spec_of({"like": "tenant", "made": {"file": 1}, "parents": {"own": 40}})

    assert "own parents" not in realised(spec, 500, 3)
