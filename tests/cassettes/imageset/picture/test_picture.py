"""The picture of an image set: its numbers are those that plain counting gives."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.picture.counting import Share, Shares
from glancetape_cassettes.imageset.picture.numbers import Picture, picture_of
from support.sets.changed_sets import change_body
from support.sets.set_files import Record, make_set, record

PLATFORMS = [f"platform {number}" for number in range(14)]


def _records(count: int, small: int) -> Iterator[Record]:
    """Make images of a few large projects, and `small` of projects with two images each."""
    chance = random.Random(3)
    for number in range(count):
        platform = chance.choice(PLATFORMS)
        owner = f"s{number // 2}" if number < small else f"p{int(chance.paretovariate(1)) % 30}"
        yield record(
            f"{number:05}",
            owner=owner if number % 50 else None,
            status=chance.choice(["active", "queued", "deleted"]),
            visibility=chance.choice(["public", "private", "shared"]),
            created_at=f"20{chance.randrange(20, 23)}-{chance.randrange(1, 13):02}"
            f"-{chance.randrange(1, 29):02}T{chance.randrange(24):02}:00:00Z",
            disk_format=chance.choice(["qcow2", "raw", None]),
            tags=chance.sample(["a", "b", "c"], chance.randrange(3)),
            virtual_env_type=chance.choice(["Ironic", "FusionCompute", ...]),
            __imagetype=chance.choice(["gold", "private", "shared", "market", "x", "y", ...]),
            __platform=platform,
            __os_type="Windows" if platform.endswith("7") else chance.choice(["Linux", "Other"]),
            members=[{"member_id": "m", "status": chance.choice(["pending", "accepted"])}]
            if number % 3 == 0
            else [],
        )


SETS = [
    pytest.param((3_000, 200), id="small"),
    pytest.param((12_000, 600), id="large", marks=pytest.mark.interop),
    pytest.param((26_000, 11_000), id="with a long tail", marks=pytest.mark.interop),
]


@pytest.fixture(scope="module", params=SETS)
def counted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Picture, list[Record], int]:
    """A picture, the images that it is of, and how many are in its tail."""
    records = list(_records(*request.param))
    path = tmp_path_factory.mktemp("sets") / "a.images"
    make_set(path, records)
    with ImageSet(path) as images:
        return picture_of(images), records, request.param[1]


def _counts(records: list[Record], name: str) -> Counter[Any]:
    return Counter(one[name] for one in records if one.get(name) is not None)


def _pairs(shares: Shares) -> list[tuple[str, int]]:
    return [(share.value, share.count) for share in shares.parts]


@pytest.mark.parametrize(
    ("shown", "name", "most"),
    [
        ("kinds", "__imagetype", 4),
        ("visibility", "visibility", 9),
        ("status", "status", 9),
        ("environments", "virtual_env_type", 9),
        ("formats", "disk_format", 9),
    ],
)
def test_values_are_counted(
    counted: tuple[Picture, list[Record], int], shown: str, name: str, most: int
) -> None:
    """The commonest, how many have others, and how many have none."""
    picture, records, _ = counted

    shares = getattr(picture, shown)

    counts = _counts(records, name)
    expected = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert expected[:most] == _pairs(shares)
    assert sum(count for _, count in expected[most:]) == shares.others
    assert (counts.total(), len(records) - counts.total()) == (shares.having, shares.without)


def test_tags_and_memberships_are_counted(counted: tuple[Picture, list[Record], int]) -> None:
    """An image may have several tags."""
    picture, records, _ = counted

    tags = Counter(tag for one in records for tag in one["tags"])
    assert dict(tags) == dict(_pairs(picture.tags))
    assert sum(bool(one["tags"]) for one in records) == picture.tags.having
    members = Counter(member["status"] for one in records for member in one["members"])
    assert dict(members) == {share.value: share.count for share in picture.members}


def test_platforms_are_counted_by_the_types_of_their_systems(
    counted: tuple[Picture, list[Record], int],
) -> None:
    """Ten of fourteen by name; each one's parts are all of its images."""
    picture, records, _ = counted
    platforms = picture.platforms

    assert (10, "__platform", "__os_type") == (
        len(platforms.rows), platforms.shares.name, platforms.by,
    )  # fmt: skip
    both = Counter((one["__platform"], one["__os_type"]) for one in records)
    for row in platforms.rows:
        expected = [both[row.share.value, system] for system in platforms.systems]
        assert [*expected, 0] == list(row.systems)
        assert row.share.count == sum(row.systems)
    assert len(records) == platforms.shares.others + sum(row.share.count for row in platforms.rows)


def test_projects_are_ranked(counted: tuple[Picture, list[Record], int]) -> None:
    """All of them, unless more images than one would look at are of projects with few."""
    picture, records, small = counted
    counts = _counts(records, "owner")
    projects = picture.projects

    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert [Share(*pair) for pair in ranked[:10]] == list(projects.largest)
    assert counts.total() == projects.owned
    assert (small > 10_000) == bool(projects.uncounted)
    if projects.uncounted:  # those that are counted have many images, or many in one block
        assert _total_below(32, counts) <= projects.uncounted <= _total_below(100, counts)
        assert all(size <= ranked[rank - 1][1] for rank, size in projects.points)
    else:
        assert len(counts) == projects.count
        assert all(size == ranked[rank - 1][1] for rank, size in projects.points)
    assert (1, projects.count) == (projects.points[0][0], projects.points[-1][0])
    half = [count for _, count in ranked[: projects.half]]
    assert sum(half) >= counts.total() / 2 > sum(half[:-1])


def _total_below(most: int, counts: Counter[Any]) -> int:
    return sum(count for count in counts.values() if count < most)


def test_creation_is_counted_by_month_and_kind(
    counted: tuple[Picture, list[Record], int],
) -> None:
    """Three years are 36 columns; every image is in one."""
    picture, records, _ = counted
    creation = picture.creation
    assert creation

    kinds = [share.value for share in picture.kinds.parts]
    expected = Counter(
        (one["created_at"][:7], one["__imagetype"] if one.get("__imagetype") in kinds else "other")
        for one in records
    )
    assert ("month", 36) == (creation.step.name, len(creation.kinds))
    for (begin, _), counts in zip(pairwise(creation.begins), creation.kinds, strict=True):
        month = datetime.fromtimestamp(begin, UTC).strftime("%Y-%m")
        assert [expected[month, kind] for kind in (*kinds, "other")] == list(counts)
    assert len(records) == sum(creation.totals)


def test_plain_glance_has_other_names_for_platforms_and_kinds(tmp_path: Path) -> None:
    """`os_distro`, `os_type`, and the visibility."""
    make_set(
        tmp_path / "a.images",
        [record(str(number), os_distro="ubuntu", os_type="linux") for number in range(5)],
    )

    with ImageSet(tmp_path / "a.images") as images:
        picture = picture_of(images)

    assert picture.visibility == picture.kinds
    assert ("os_distro", "os_type") == (picture.platforms.shares.name, picture.platforms.by)
    assert (5,) == picture.creation.totals if picture.creation else ()


def test_few_images_of_small_projects_are_not_sought_among_many_of_none(tmp_path: Path) -> None:
    """Their images are counted as those of projects too small to count."""
    owners = ["large"] * 100 + ["small"] * 5 + [None] * 20_500
    records = [record(str(number), owner=owner) for number, owner in enumerate(owners)]
    make_set(tmp_path / "a.images", records)

    with ImageSet(tmp_path / "a.images") as images:
        projects = picture_of(images).projects

    assert (105, 1, 5, ((1, 100),)) == (
        projects.owned, projects.count, projects.uncounted, projects.points,
    )  # fmt: skip


def test_a_time_that_is_none_is_damage(tmp_path: Path) -> None:
    """Told as that of any other part of a file."""
    make_set(tmp_path / "a.images", [record("1")])
    odd = orjson.dumps(record("1") | {"created_at": "yesterday"})
    change_body(tmp_path / "a.images", 0, odd)

    with (
        ImageSet(tmp_path / "a.images") as images,
        pytest.raises(ImageSetError, match=r"a\.images is damaged .*yesterday.*; make it again"),
    ):
        picture_of(images)


def test_an_empty_set_has_no_creation(tmp_path: Path) -> None:
    """And nothing else."""
    make_set(tmp_path / "a.images", [])

    with ImageSet(tmp_path / "a.images") as images:
        picture = picture_of(images)

    assert (0, None, 0, ()) == (
        picture.images, picture.creation, picture.projects.count, picture.projects.points,
    )  # fmt: skip
