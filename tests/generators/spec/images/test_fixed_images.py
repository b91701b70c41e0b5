"""Images of which a spec gives some fields, and seconds in which it wants so many images."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_generators.generating import generate_ndjson, generate_set
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.validation import validate_images
from support.drawn.random_specs import spec_of
from support.sets.equal_sets import assert_equal_to_import
from support.sets.generated import Image, images_of
from support.sets.simulated import Asked
from support.sets.spec_files import Write, refusal

BASE = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0001"
MINE = "0123456789abcdef0123456789abcdef"
NO_SYSTEM = "OurOS 4 64bit"
NIGHT = "2025-02-01T03:00:00Z"
GIVEN: list[dict[str, Any]] = [
    {
        "name": "base", "id": BASE, "visibility": "public", "created_at": "2023-03-01T00:00:00Z",
        "__platform": "Other", "__os_version": NO_SYSTEM, "min_disk": 12, "children": 30,
    },
    {"name": "ours", "owner": MINE, "tags": ["a=b"], "own": "x", "__os_type": "Windows"},
    {"name": "to all", "members": [{"member_id": MINE}], "owner": "f" * 32},
    {"name": "child", "__originalimagename": BASE, "created_at": "2025-03-01T07:08:09Z"},
    {"name": "waits", "status": "queued"},
    {"created_at": NIGHT, "__platform": "Ubuntu"},
]  # fmt: skip
SPEC = {
    "like": "tenant",
    "images": GIVEN,
    "moments": {NIGHT: 401, "2023-06-01T00:00:00Z": 3, "2025-02-01T03:00:01Z": 1},
}
COUNT = 1000


@pytest.fixture(scope="module")
def images() -> list[Image]:
    """The images of the spec above."""
    return images_of(spec_of(SPEC), COUNT)


def test_fixed_images_come_first_and_have_what_is_given(images: list[Image]) -> None:
    """A status of a member is accepted where none is given."""
    for image, given in zip(images, GIVEN, strict=False):
        for name, value in given.items():
            if name == "members":
                assert [{"member_id": MINE, "status": "accepted"}] == image[name]
            elif name != "children":
                assert value == image[name]
        path = f"/v2/images/{image['id']}"
        assert (path, f"{path}/file") == (image["self"], image["file"])
        assert ("members" in image) == (image["visibility"] == "shared")


def test_what_is_not_given_is_filled_in_and_fits(images: list[Image]) -> None:
    """The validator knows no system of that name, and nothing else is wrong."""
    found = validate_images(images)

    assert [one for one in found if NO_SYSTEM not in one.message] == []
    _, ours, _, child, waiting, _ = images[:6]
    assert ours["__platform"] == "Windows"
    assert ours["min_disk"] >= 20
    assert (NO_SYSTEM, "Other") == (child["__os_version"], child["__platform"])
    assert child["min_disk"] >= 12
    assert "active_at" not in waiting


def test_other_images_are_made_from_a_fixed_one(images: list[Image]) -> None:
    """As often as it says, later than it, and with its system."""
    children = [one for one in images if one.get("__originalimagename") == BASE]
    later = [
        one
        for one in images[len(GIVEN) :]
        if one["visibility"] != "public"
        and one["__data_origin"].startswith(("instance", "server_backup"))
        and one["created_at"] > "2023-03-02"
    ]

    assert 0.25 < len(children) / len(later) < 0.35
    assert {NO_SYSTEM} == {one["__os_version"] for one in children}
    assert min(one["created_at"] for one in children) > "2023-03-01"


def test_a_moment_has_exactly_its_number_of_images(images: list[Image]) -> None:
    """Whatever else is drawn, and with fixed images of that second among them."""
    seconds = Counter(image["created_at"] for image in images)

    assert (401, 3, 1) == tuple(seconds[moment] for moment in SPEC["moments"])
    assert {image["id"] for image in images if image["created_at"] == NIGHT} >= {images[5]["id"]}
    parents = {image["id"]: image for image in images}
    for image in images:
        parent = parents.get(image.get("__originalimagename", ""))
        assert parent is None or parent["created_at"] < image["created_at"]


def test_a_fixed_image_changes_no_other_record() -> None:
    """Unless it has children."""
    plain = images_of(spec_of({"like": "tenant"}), 200)

    beside = images_of(spec_of({"like": "tenant", "images": GIVEN[1:3]}), 202)

    assert plain == beside[2:]


def test_a_set_of_a_smaller_count_is_part_of_a_larger_one() -> None:
    """The fixed images and those of moments come early."""
    spec = spec_of(SPEC)

    assert images_of(spec, COUNT)[:700] == images_of(spec, 700)


def test_a_set_with_fixed_images_equals_an_import(tmp_path: Path) -> None:
    """Table by table, with any number of workers."""
    assert_equal_to_import(spec_of(SPEC), COUNT, tmp_path)


def test_a_count_without_room_for_them_is_refused(tmp_path: Path) -> None:
    """The message has the least count, which works."""
    spec, out = spec_of(SPEC), tmp_path / "few.ndjson"
    with pytest.raises(ImageSetError) as refused:
        generate_ndjson(spec, 400, 1, out)

    least = int(str(refused.value).split("a count of ")[1].split(" ")[0])
    generate_ndjson(spec, least, 1, out)
    seconds = Counter(json.loads(line)["created_at"] for line in out.open("rb"))
    assert 401 == seconds[NIGHT]
    with pytest.raises(ImageSetError):
        generate_ndjson(spec, least - 1, 1, out, force=True)


# Data


@pytest.fixture
def with_data(tmp_path: Path, write: Write) -> Path:
    """A set of two images with data."""
    Path("disk.raw").write_bytes(bytes(range(256)) * 40)
    path = write(
        "like: tenant\nimages:\n"
        f"- {{id: {BASE}, visibility: public, data: {{file: disk.raw}}}}\n"
        f"- {{name: text, visibility: public, data: {{text: hello}}}}\n"
    )
    out = tmp_path / "data.images"
    generate_set(read_spec(path), 50, 1, out, {})
    return out


def test_the_data_of_a_spec_are_downloaded(with_data: Path) -> None:
    """Whole and in ranges; size and checksum are theirs."""
    data = bytes(range(256)) * 40
    with ImageSet(with_data) as images:
        shown = json.loads(images.bodies([images.position_of(BASE) or 0])[0])
        assert data == images.data_of(BASE)
        assert images.data_of("another") is None
    with ImageSet(with_data) as images:
        cloud = Asked(images, "ims")
        got = cloud.ask("GET", f"/v2/images/{BASE}/file")
        part = cloud.ask("GET", f"/v2/images/{BASE}/file", headers={"Range": "bytes=3-5"})

    assert (len(data), hashlib.md5(data).hexdigest()) == (shown["size"], shown["checksum"])
    assert data == got.body
    assert b"\3\4\5" == part.body
    assert 206 == part.status


BAD = [
    ("{id: ABC}", "images.id: ABC is not a UUID in lower case."),
    (f"{{id: {BASE}}}, {{id: {BASE}}}", "images.id: an earlier image has this id too."),
    ("{min_disk: -1}", "images.min_disk: -1 is not a whole number from 0 to "
     "9,223,372,036,854,775,807."),
    ("{min_disk: 99999999}", "images.min_disk: 99999999 is not a number of GB from 0 to "
     "1,048,576."),
    ("{protected: 'yes'}", 'images.protected: "yes" is not true or false.'),
    ("{visibility: some}", 'images: visibility "some" is not one of public, private, shared, '
     "community."),
    ("{created_at: 2030-01-01T00:00:00Z}", "images.created_at: must be from 1970 to the spec's "
     "times.now."),
    ("{created_at: today}", 'images: created_at is "today", not a time like 2018-09-06T14:03:27Z.'),
    ("{created_at: 2025-01-02T00:00:00Z, updated_at: 2025-01-01T00:00:00Z}",
     "images.updated_at: is before created_at."),
    ("{tags: [a, a]}", "images: a tag is repeated."),
    ("{members: [{status: accepted}]}", "images.members: member_id is missing."),
    ("{self: /v2/images/x}", "images.self: follows from the id; leave it out."),
    ("{children: 60}, {children: 50}", "images.children: the images before it and this one have "
     "110% of the instances; at most 100 is allowed."),
    ("{data: hello}", "images.data: hello is not a mapping; write {key: value, ...}."),
    ("{data: {}}", "images.data: write either text or file."),
    ("{data: {file: no.raw}}", "images.data.file: is not a file; name one in the folder of the "
     "spec."),
    ("{data: {file: ../a}}", "images.data.file: is not in the folder of the spec; move the file "
     "there."),
    ("{data: {file: /etc/hostname}}", "images.data.file: is not in the folder of the spec; move "
     "the file there."),
    (f"{{id: {BASE}, created_at: 2025-01-02T00:00:00Z}}, "
     f"{{__originalimagename: {BASE}, created_at: 2025-01-02T00:00:00Z}}",
     "images.__originalimagename: the parent was not created before this image."),
]  # fmt: skip


@pytest.mark.parametrize(("images", "message"), BAD)
def test_a_fixed_image_that_cannot_be_is_refused(write: Write, images: str, message: str) -> None:
    """With file, line and key."""
    assert f"spec.yaml, line 2: {message}" == refusal(write(f"like: tenant\nimages: [{images}]"))


@pytest.mark.parametrize(
    ("moments", "message"),
    [
        ("{2025-02-01: 3}", "moments.2025-02-01: 2025-02-01 is not a time like "
         "2026-01-01T00:00:00Z."),
        (f"{{{NIGHT}: 0}}", f"moments.{NIGHT}: 0 is not a whole number from 1 to 1,000,000."),
        ("{2017-01-01T00:00:00Z: 3}", "moments.2017-01-01T00:00:00Z: a moment is after the first "
         "day, and before the day before times.now."),
        ("{2025-12-31T00:00:00Z: 3}", "moments.2025-12-31T00:00:00Z: a moment is after the first "
         "day, and before the day before times.now."),
        (f"{{{NIGHT}: 700000, 2025-02-02T03:00:00Z: 700000}}", "moments: 1,400,000 images; at "
         "most 1,000,000 are allowed."),
    ],
)  # fmt: skip
def test_a_moment_that_cannot_be_is_refused(write: Write, moments: str, message: str) -> None:
    """With file, line and key."""
    assert f"spec.yaml, line 2: {message}" == refusal(write(f"like: tenant\nmoments: {moments}"))
