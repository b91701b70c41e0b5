"""The indexes of a set against plain loops over its images, and at the edges of what they hold."""

from collections.abc import Iterable
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES, parse_time
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.sort_keys import SORT_KEYS
from support.drawn.examples import examples
from support.drawn.random_records import (
    HIGHEST,
    LOWEST,
    collections,
    numbers,
    set_of,
    small_steps,
    times,
)
from support.sets.set_files import Record, make_set, record, value_with_hash

NUMBERS = ("size", "virtual_size", "min_disk", "min_ram")
TIMES = ("created_at", "updated_at")


def _as_text(value: object) -> object:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _places(found: Iterable[bool]) -> list[int]:
    return [place for place, yes in enumerate(found) if yes]


VALUES = ["", "a", "b", "ä", "Z", "\U0001f600", "\uffff", "a\0b", "true", "false", "null", "None"]
PROPERTIES = [
    *"name owner checksum visibility status disk_format container_format protected".split(),
    *("os_hidden", "__x", "__y", "ä b", "nothing", "_x", ""),
]


@examples(60)
@given(records=collections, small=st.booleans())
@example(records=[], small=True)
@example(records=[record("a", __x=True)], small=False)
@example(records=[record("a", __x="true"), record("b", __x=True)], small=False)
@example(records=[record(f"{n:02d}", __x="true" if n % 2 else True) for n in range(40)], small=True)
@example(records=[record(f"{n:02d}", __x=str(n // 20)) for n in range(70)], small=False)
def test_values_are_found_as_loops_find_them(records: list[Record], small: bool) -> None:
    """Common or rare, in whatever segment; also tags and members in each status."""
    steps = small_steps() if small else nullcontext()
    with steps, set_of(records) as (images, plain, their_members):
        asked = [*VALUES, "active", "killed", "public", "shared", "iso", "bare", "o" * 32]
        for name, value in product(PROPERTIES, asked):
            expected = _places(
                name in one and one[name] is not None and _as_text(one[name]) == value
                for one in plain
            )
            assert expected == list(images.having(name, value)), (name, value)
        for tag in VALUES:
            assert _places(tag in one["tags"] for one in plain) == list(images.having("tags", tag))
        for who, status in product(["m", "n", "m n", "", "n m"], MEMBER_STATUSES):
            expected = _places({"member_id": who, "status": status} in of for of in their_members)
            assert expected == list(images.shared_with(who, status))
        for status in MEMBER_STATUSES:
            count = sum(member["status"] == status for of in their_members for member in of)
            assert count == images.count_members(status)


@examples(40)
@given(records=collections)
def test_counts_are_those_of_loops(records: list[Record]) -> None:
    """How many images have a property, and how many its common values."""
    with small_steps(), set_of(records) as (images, plain, their_members):
        counts = images.counts()
        for name in (name for name in PROPERTIES if name):
            having = [_as_text(one[name]) for one in plain if one.get(name) is not None]
            assert len(having) == counts.get(name, 0)
            common = images.common_values(name, 100)
            assert [having.count(value) for value, _ in common] == [count for _, count in common]
            # A block of 8 images that has a value 3 times makes it common.
            blocks = [plain[start : start + 8] for start in range(0, len(plain), 8)]
            of_blocks = [
                [_as_text(one[name]) for one in block if one.get(name) is not None]
                for block in blocks
            ]
            often = {value for block in of_blocks for value in block if block.count(value) >= 3}
            assert often <= dict(common).keys()
        assert sum(bool(one["tags"]) for one in plain) == counts.get("tags", 0)
        assert sum(bool(of) for of in their_members) == counts.get("members", 0)


@examples(60)
@given(records=collections, bound=st.one_of(numbers, st.integers(LOWEST - 2, HIGHEST + 2)))
@example(records=[], bound=0)
@example(records=[record("a", size=HIGHEST), record("b", size=LOWEST)], bound=HIGHEST + 1)
@example(records=[record("a", size=HIGHEST), record("b", size=LOWEST)], bound=LOWEST - 1)
@example(records=[record(f"{n:02d}", size=n // 4) for n in range(40)], bound=5)
def test_numbers_are_found_as_loops_find_them(records: list[Record], bound: int) -> None:
    """With ties, nulls, bounds on the borders of chunks and outside of 64 bits."""
    with small_steps(), set_of(records) as (images, plain, _):
        for name in NUMBERS:
            known = [one[name] for one in plain]
            assert _places(number is not None for number in known) == list(images.known(name))
            for edge in (bound, LOWEST - 1, LOWEST, 0, 40, HIGHEST, HIGHEST + 1):
                assert _places(number is not None and number < edge for number in known) == list(
                    images.less(name, edge)
                )
                assert _places(number is not None and number <= edge for number in known) == list(
                    images.less(name, edge, or_equal=True)
                )


@examples(40)
@given(records=collections, bound=times)
def test_times_are_found_as_loops_find_them(records: list[Record], bound: str) -> None:
    """Also before 1970, and on either side of a second."""
    with small_steps(), set_of(records) as (images, plain, _):
        second = parse_time("bound", bound)
        for name in TIMES:
            assert list(range(len(plain))) == list(images.known(name))
            for edge, or_equal in product((second - 1, second, second + 1), (False, True)):
                expected = _places(parse_time(name, one[name]) < edge + or_equal for one in plain)
                assert expected == list(images.less(name, edge, or_equal=or_equal))


def test_a_value_that_becomes_common_late_keeps_its_early_images(tmp_path: Path) -> None:
    """One segment has it a few times, the next a thousand times; it is counted whole."""
    with small_steps():
        records = [
            record(f"{number:03d}", created_at="2018-09-06T14:03:27Z", __late="yes" * (number < 99))
            for number in range(100, 80, -1)
        ]
        make_set(tmp_path / "a.images", records)

    with ImageSet(tmp_path / "a.images") as images:
        late = [place for place, image in enumerate(images) if image["__late"] == "yes"]
        assert late == list(images.having("__late", "yes"))
        assert [("yes", 18)] == images.common_values("__late", 1)


@pytest.mark.parametrize("often", [1, 40])
def test_values_with_the_same_hash_are_distinguished(tmp_path: Path, often: int) -> None:
    """Also when one of them is common, and when both are an image's tags."""
    twins = [
        value_with_hash(name, 12345, length) for name in ("__x", "tags") for length in (40, 44)
    ]
    records = [record("a", __x=twins[0]), record("b", tags=twins[2:]), record("c", tags=twins[2:3])]
    records += [record(f"z{number}", __x=twins[1]) for number in range(often)]
    make_set(tmp_path / "a.images", records)

    with ImageSet(tmp_path / "a.images") as images:

        def ids(found: Iterable[int]) -> str:
            return " ".join(images.id_at(place) for place in found)

        assert "a" == ids(images.having("__x", twins[0]))
        assert often == len(images.having("__x", twins[1]))
        assert "c b" == ids(images.having("tags", twins[2]))
        assert "b" == ids(images.having("tags", twins[3]))
        assert not images.having("__x", value_with_hash("__x", 12345, 48))


def test_text_that_nobody_can_have_finds_nothing(tmp_path: Path) -> None:
    """Clients can send bytes that are no UTF-8."""
    make_set(tmp_path / "a.images", [record("a", name="")])

    with ImageSet(tmp_path / "a.images") as images:
        for text in ("\udcff", "\ud800", "a\udfff"):
            assert not images.having("name", text)
            assert not images.having(text, "a")
            assert not images.having("tags", text)
            assert not images.shared_with(text, "accepted")
            assert not images.having_any("name", [text, "b", "c"])


def test_members_are_no_property_and_no_tags_either(tmp_path: Path) -> None:
    """What is kept below these names is not what a filter of that name means."""
    who = [{"member_id": "m", "status": "pending"}]
    make_set(tmp_path / "a.images", [record("a", members=who, tags=["pending m"])])

    with ImageSet(tmp_path / "a.images") as images:
        assert [0] == list(images.shared_with("m", "pending"))
        assert not images.shared_with("m", "accepted")
        assert not images.shared_with("pending m", "")
        assert {"active": 0}.keys().isdisjoint(images.counts())


def test_no_image_is_in_an_empty_set(tmp_path: Path) -> None:
    """And nothing stumbles over it."""
    make_set(tmp_path / "a.images", [])

    with ImageSet(tmp_path / "a.images") as images:
        assert 0 == len(images)
        assert [] == list(images) == images.bodies([])
        assert not images.having("name", "a")
        assert not images.known("size")
        assert not images.less("created_at", 5)
        for key in SORT_KEYS:
            assert 0 == len(images.order_of(key).positions)
        assert 0 == len(images.order_by((("name", True),), newest_first=True).positions)
        assert () == images.times_created()


@given(collections, st.integers(0, 40), st.integers(0, 40))
@examples(30)
def test_members_at_positions_are_those_of_the_images(
    records: list[Record], first: int, last: int
) -> None:
    """Project and status of each; images without members are not there."""
    with set_of(records) as (images, copies, their_members):
        wanted = {
            position: {
                (member["member_id"], member["status"]) for member in their_members[position]
            }
            for position in range(first, min(last, len(copies)))
            if their_members[position]
        }

        found = images.members_at(first, last)

        assert wanted == {position: set(members) for position, members in found.items()}
