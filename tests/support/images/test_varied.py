"""The varied images are the same every time and contain every promised oddity."""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from support.images.varied import PROJECTS, main, varied_images


@pytest.fixture(scope="module", params=[1, 2, 77], ids="seed {}".format)
def images(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return list(varied_images(120, request.param))


def test_same_seed_makes_the_same_images() -> None:
    first = list(varied_images(50, 5))

    second = list(varied_images(50, 5))

    assert first == second


def test_another_seed_makes_other_images() -> None:
    first = list(varied_images(50, 5))

    second = list(varied_images(50, 6))

    assert not {image["id"] for image in first} & {image["id"] for image in second}


def test_longer_set_starts_with_the_shorter_one() -> None:
    short = list(varied_images(40, 5))

    start = list(islice(varied_images(4000, 5), 40))

    assert short == start


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_command_writes_the_images_whatever_the_hash_seed(hash_seed: str) -> None:
    command = [sys.executable, "-m", "support.images.varied", "30", "5"]
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}

    written = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout

    assert list(varied_images(30, 5)) == [json.loads(line) for line in written.splitlines()]


def test_main_writes_one_json_object_a_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["30", "5"])

    lines = capfdbinary.readouterr().out.splitlines()
    assert list(varied_images(30, 5)) == [json.loads(line) for line in lines]


def test_every_image_survives_json(images: list[dict[str, Any]]) -> None:
    back = json.loads(json.dumps(images, ensure_ascii=False).encode())

    assert images == back


def test_ids_are_unique(images: list[dict[str, Any]]) -> None:
    ids = {image["id"] for image in images}

    assert len(images) == len(ids)


def test_an_image_is_about_a_kilobyte(images: list[dict[str, Any]]) -> None:
    mean = sum(len(json.dumps(image)) for image in images) / len(images)

    assert 700 < mean < 1300


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("visibility", {"public", "private", "shared", "community"}),
        (
            "status",
            {"active", "queued", "saving", "deactivated", "importing", "uploading"},
        ),
        ("owner", set(PROJECTS)),
        ("os_hidden", {True, False}),
        ("protected", {True, False}),
        ("__imagetype", {"gold", "private", "shared", "market"}),
        ("__os_type", {"Linux", "Windows", "Other"}),
        ("__description", {"", None, "nightly build", "说明"}),
        ("hw_firmware_type", {"bios", "uefi"}),
    ],
)
def test_field_takes_each_of_its_values(
    images: list[dict[str, Any]], field: str, values: set[object]
) -> None:
    seen = {image[field] for image in images if field in image}

    assert values == seen


@pytest.mark.parametrize(
    "name",
    [None, "", "镜像", "café été", "rocket 🚀 image", "a,b,c", "key:value", 'say "hi"', "in:weird"],
)
def test_odd_name_occurs(images: list[dict[str, Any]], name: str | None) -> None:
    assert name in [image["name"] for image in images]


@pytest.mark.parametrize("tag", ["a=b", "a.b", "x86", "x86,64bit"])
def test_odd_tag_occurs(images: list[dict[str, Any]], tag: str) -> None:
    assert any(tag in image["tags"] for image in images)


@pytest.mark.parametrize("status", ["pending", "accepted", "rejected"])
def test_first_project_has_shared_images_of_every_member_status(
    images: list[dict[str, Any]], status: str
) -> None:
    expected = {"member_id": PROJECTS[0], "status": status}

    assert any(expected in image.get("members", []) for image in images)


def test_members_are_other_projects_of_shared_images(images: list[dict[str, Any]]) -> None:
    with_members = [image for image in images if "members" in image]

    assert {"shared"} == {image["visibility"] for image in with_members}
    assert not any(
        member["member_id"] == image["owner"]
        for image in with_members
        for member in image["members"]
    )


def test_some_images_are_created_at_the_same_second(images: list[dict[str, Any]]) -> None:
    times = Counter(image["created_at"] for image in images)

    assert times.most_common(1)[0][1] > 3


def test_sizes_are_null_zero_equal_and_large(images: list[dict[str, Any]]) -> None:
    sizes = Counter(image["size"] for image in images)

    assert {None, 0, 1 << 30} <= set(sizes)
    assert any(size > 1 << 32 for size in sizes if size is not None)


def test_first_project_is_the_one_of_opaque_tokens() -> None:
    first = PROJECTS[0]

    assert first == "a" * 32
    assert {32} == {len(project) for project in PROJECTS}
