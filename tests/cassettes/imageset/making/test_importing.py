"""Importing NDJSON: the set that comes of it."""

import json
import random
import warnings
from pathlib import Path

import pytest

from glancetape_cassettes.imageset.image_fields import complete, format_time, parse_time
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import importing
from glancetape_cassettes.imageset.making.importing import import_ndjson
from support.sets.set_files import make_set, record, value_with_hash, write_ndjson

VARIED = [
    record(
        f"{number:036d}",
        created_at=f"2018-09-06T14:00:{number % 7:02d}Z",
        name=random.Random(number).choice(["a", "镜像", "", None]),
        tags=["x", "y"][: number % 3],
        **{f"__p{number % 5}": str(number % 11)},
    )
    for number in range(300)
]


def test_the_order_of_lines_makes_no_difference(tmp_path: Path) -> None:
    """The same images are the same bytes, so sets can be compared and cached by checksum."""
    shuffled = random.Random(1).sample(VARIED, len(VARIED))
    make_set(tmp_path / "a.images", VARIED)

    make_set(tmp_path / "b.images", shuffled)

    assert (tmp_path / "a.images").read_bytes() == (tmp_path / "b.images").read_bytes()


def test_every_image_is_found_by_its_id(tmp_path: Path) -> None:
    """At the position that default order gives it: created_at, then id, both descending."""
    make_set(tmp_path / "a.images", VARIED)
    ordered = sorted(VARIED, key=lambda one: (one["created_at"], one["id"]), reverse=True)

    with ImageSet(tmp_path / "a.images") as images:
        assert list(range(300)) == [images.position_of(one["id"]) for one in ordered]
        assert [one["id"] for one in ordered] == [images.id_at(number) for number in range(300)]
        assert [one["id"] for one in ordered] == [image["id"] for image in images]
        assert images.position_of("nope") is None
        assert images.position_of("\udcff") is None


def test_links_and_defaults_are_added_after_the_given_fields() -> None:
    """As Glance's database would have them."""
    image = record("i")

    assert [] == complete(image)

    assert list(record("i")) == list(image)[:5]
    assert {
        **record("i"),
        "updated_at": "2018-09-06T14:03:27Z",
        "name": None,
        "checksum": None,
        "disk_format": None,
        "container_format": None,
        "size": None,
        "virtual_size": None,
        "min_disk": 0,
        "min_ram": 0,
        "protected": False,
        "tags": [],
        "self": "/v2/images/i",
        "file": "/v2/images/i/file",
        "schema": "/v2/schemas/image",
    } == image


def test_a_complete_record_is_shown_unchanged(tmp_path: Path) -> None:
    """Byte for byte, with the order of its keys."""
    image = record("i", zebra="1", name="镜 \u2028\U0001f600")
    complete(image)
    backwards = dict(reversed(image.items()))

    make_set(tmp_path / "a.images", [backwards])

    with ImageSet(tmp_path / "a.images") as images:
        compact = json.dumps(backwards, ensure_ascii=False, separators=(",", ":"))
        assert [compact.encode()] == images.bodies([0])


def test_members_are_never_shown(tmp_path: Path) -> None:
    """The API has a list of its own for them."""
    members = [{"member_id": "m" * 32, "status": "accepted"}]
    make_set(tmp_path / "a.images", [record("i", members=members), record("j", members=[])])

    with ImageSet(tmp_path / "a.images") as images:
        assert not any("members" in image for image in images)
        assert b"mmm" not in b"".join(images.bodies([0, 1]))


def test_progress_goes_from_nothing_to_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First through the bytes of the file, then through its images, then its indexes."""
    monkeypatch.setattr(importing, "BLOCK", 100)
    heard: list[tuple[str, int, int]] = []

    make_set(tmp_path / "a.images", VARIED, progress=lambda *what: heard.append(what))

    size = (tmp_path / "a.ndjson").stat().st_size
    reading = [done for step, done, total in heard if (step, total) == ("reading", size)]
    writing = [done for step, done, total in heard if (step, total) == ("writing", 300)]
    assert size == reading[-1]
    assert sorted(reading) == reading
    assert [100, 200, 300] == writing
    assert {"values", "orders"} < {step for step, _, _ in heard}


def test_the_home_project_is_the_busiest_unless_given(tmp_path: Path) -> None:
    """Public images count for nobody: all regions have the cloud's own."""
    records = [record(f"p{number}", owner="cloud") for number in range(5)] + [
        record("a", owner="me", visibility="private"),
        record("b", owner="me", visibility="shared"),
        record("c", owner="you", visibility="private"),
    ]
    source = write_ndjson(tmp_path / "a.ndjson", records)
    import_ndjson(source, tmp_path / "a.images", {})
    import_ndjson(source, tmp_path / "b.images", {"home_project": "you", "dialect": "ims"})

    for name, home, dialect in (("a.images", "me", "glance"), ("b.images", "you", "ims")):
        with ImageSet(tmp_path / name) as images:
            assert (home, dialect) == (images.about["home_project"], images.about["dialect"])


def test_an_image_many_of_whose_values_share_one_hash(tmp_path: Path) -> None:
    """The hash runs over name and value as one text, so this is easily made."""
    text = "abcdefghij" * 7
    twins = {text[:cut]: text[cut:] for cut in range(10, 70)}

    make_set(tmp_path / "a.images", [record("a", **twins), record("b")])

    with ImageSet(tmp_path / "a.images") as images:
        assert all([1] == list(images.having(name, value)) for name, value in twins.items())
        assert not images.having(text[:40], text[41:])


def test_the_highest_hash_is_found(tmp_path: Path) -> None:
    """What is above it fits in no integer of SQLite."""
    value = value_with_hash("name", (1 << 31) - 1, 40)
    make_set(tmp_path / "a.images", [record("a", name=value)])

    with ImageSet(tmp_path / "a.images") as images:
        assert [0] == list(images.having("name", value))
        assert not images.having("name", value_with_hash("name", (1 << 31) - 1, 44))


YEARS = """
    0001-01-01T00:00:00Z 0999-12-31T23:59:59Z 1969-12-31T23:59:59Z 2024-02-29T12:00:00Z
    9999-12-31T23:59:59Z
""".split()


@pytest.mark.parametrize("text", YEARS)
def test_times_are_written_as_they_were_read(text: str) -> None:
    """Over the whole of the calendar."""
    assert text == format_time(parse_time("created_at", text))


def test_a_set_is_written_without_what_python_deprecates(tmp_path: Path) -> None:
    """A user's tests may make warnings errors. Python 3.12 warns of a sequence for `?1`."""
    with warnings.catch_warnings(action="error"):
        make_set(tmp_path / "a.images", [record("a"), record("b")])
