"""A set's file has the same findings as a list of its images, for any number of processes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.imageset.image_fields import BadImage, check
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_generators.validation import (
    ValidationReport,
    checking_sets,
    validate_images,
    validate_set,
)
from glancetape_generators.validation.report import Tally
from support.images.damages import DAMAGES, Damage
from support.images.good_images import GOOD, good_images
from support.sets.changed_sets import change_body
from support.sets.set_files import make_set


def _is_image(image: Any) -> bool:
    """Whether a set accepts the image."""
    try:
        check(image)
    except BadImage:
        return False
    return True


def _of_list(images: ImageSet) -> ValidationReport:
    """Check the images of a set as a list."""
    members = images.members_at(0, len(images))
    listed = [
        image
        | {
            "members": [
                {"member_id": project, "status": status}
                for project, status in members.get(position, ())
            ]
        }
        for position, image in enumerate(images)
    ]
    return Tally(validate_images(listed)).report(len(listed))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking_sets, "_WORTH_SHARING", 0)
    monkeypatch.setattr(checking_sets, "_BLOCK", 8)
    monkeypatch.setattr(checking_sets, "_CHUNK", 3)


@pytest.fixture(scope="module")
def good_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageSet]:
    path = tmp_path_factory.mktemp("good") / "good.images"
    make_set(path, good_images())
    with ImageSet(path) as images:
        yield images


def test_a_set_of_good_images_breaks_no_rule(good_set: ImageSet) -> None:
    """With their members, which the file stores separately."""
    assert ValidationReport(len(GOOD), {}, {}) == validate_set(good_set)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_set_has_the_findings_of_its_images(tmp_path: Path, workers: int) -> None:
    """Many damages at once: counts, and each rule's first findings."""
    images = good_images()
    for damage in DAMAGES[::3]:
        damaged = damage.apply()
        images += [image for image in damaged if _is_image(image) and image not in images]
    for number, image in enumerate(images):
        image["id"] = image["id"] if number < len(GOOD) else f"damaged-{number}"
    make_set(tmp_path / "a.images", images)

    with ImageSet(tmp_path / "a.images") as damaged_set:
        report = validate_set(damaged_set, workers=workers)
        expected = _of_list(damaged_set)

    assert len(report.counts) > 40
    assert expected == report
    assert list(expected.counts) == list(report.counts)


@pytest.mark.parametrize(
    "damage",
    [one for one in DAMAGES if one.rule.endswith(("-owner", "-role", "server-system"))],
    ids=str,
)
def test_a_conflict_between_blocks_is_found(tmp_path: Path, damage: Damage) -> None:
    """Its two images are checked by different tasks."""
    make_set(tmp_path / "a.images", damage.apply())

    with ImageSet(tmp_path / "a.images") as images:
        report = validate_set(images)

        assert dict.fromkeys({damage.rule, *damage.also}, 1) == report.counts
        assert _of_list(images) == report


def test_five_findings_of_a_rule_are_kept(tmp_path: Path) -> None:
    """All are counted, both of single images and of conflicts."""
    names = ("self", "file")
    images = [
        {name: value for name, value in GOOD["encrypted"].items() if name not in names}
        | {"id": f"{number:08x}-c0de-4a57-8b1e-2f4e6a8b0c1d", "owner": f"{number:032x}"}
        | {"min_ram": -1}
        for number in range(30)
    ]
    make_set(tmp_path / "a.images", images)

    with ImageSet(tmp_path / "a.images") as damaged_set:
        report = validate_set(damaged_set)

        assert {"min-ram-range": 30, "key-owner": 29} == report.counts
        assert [5, 5] == [len(findings) for findings in report.first.values()]
        assert _of_list(damaged_set) == report


def test_progress_is_reported(good_set: ImageSet) -> None:
    """After each block."""
    told: list[tuple[str, int, int]] = []

    validate_set(good_set, progress=lambda *what: told.append(what))

    count = len(GOOD)
    assert [("checking", min(end, count), count) for end in range(8, count + 8, 8)] == told


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"[1]", "image is [1]"), (b'{"id": ', r'image is "{\"id\": "')],
    ids=["another thing", "no JSON"],
)
def test_a_body_that_is_not_an_image_is_found(tmp_path: Path, body: bytes, message: str) -> None:
    """Another program may have written the file."""
    path = tmp_path / "a.images"
    make_set(path, [GOOD["gold unused"]])
    change_body(path, 0, body)

    with ImageSet(path) as images:
        report = validate_set(images)

    assert {"is-object": 1} == report.counts
    assert message == report.first["is-object"][0].message


def test_a_missing_parent_is_found(tmp_path: Path) -> None:
    """A body that is not an image is not a parent."""
    path = tmp_path / "a.images"
    make_set(path, [GOOD["arm"], GOOD["bms"], GOOD["gold bms"]])
    change_body(path, 2, b"7")

    with ImageSet(path) as images:
        assert {"is-object": 1, "parent-there": 2} == validate_set(images).counts


def test_an_empty_set_breaks_no_rule(tmp_path: Path) -> None:
    """There is nothing to check."""
    make_set(tmp_path / "a.images", [])

    with ImageSet(tmp_path / "a.images") as images:
        assert ValidationReport(0, {}, {}) == validate_set(images)
