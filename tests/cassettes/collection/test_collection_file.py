"""A collection as a file: what was written is read again."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from pyroaring import BitMap

from glancetape_cassettes.collection.collection_file import (
    CollectionNotes,
    read_notes,
    write_collection,
)
from glancetape_cassettes.collection.gathering import Gathered
from glancetape_cassettes.collection.recorded_images import RecordedImage
from glancetape_cassettes.collection.recorded_lists import RecordedPage
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import check, shape_of
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from support.one_image import Image, image

_STAND_IN = f"facade00{11:024x}"


def image_of_second(image_id: str, second: int = 0, **fields: Any) -> Image:
    time = f"2020-01-01T00:00:{second:02d}Z"
    usual = {"created_at": time, "updated_at": time, "owner": None, "size": 1}
    formats = {"container_format": "bare", "disk_format": "raw"}
    return image(image_id, **{**usual, **formats, **fields})


def recorded(found: dict[str, Any], since: int = 0, last: int = 0, gone: int = -1) -> RecordedImage:
    odd = frozenset(one for one in found if one.startswith("odd"))
    plain = {name: value for name, value in found.items() if name not in odd}
    created, updated = check(plain)
    return RecordedImage(
        body=orjson.dumps(found),
        shape=shape_of(found),
        created=created,
        updated=updated,
        odd=odd,
        in_list=True,
        since=since,
        last=last,
        gone=gone,
    )


def stored(path: Path, *images: dict[str, Any], ranks: dict[str, int] | None = None) -> ImageSet:
    gathered = Gathered(images={one["id"]: recorded(one) for one in images})
    write_collection(path / "a.images", gathered, ranks or {}, {"more": "said"})
    return ImageSet(path / "a.images")


def notes_of(path: Path, *images: dict[str, Any]) -> CollectionNotes:
    with stored(path, *images) as found:
        return read_notes(found)


def test_images_are_stored_as_they_were_recorded(tmp_path: Path) -> None:
    """Byte for byte, the newest first."""
    one, other = image_of_second("b", 1, more="x"), image_of_second("a", 2, size=None)
    with stored(tmp_path, one, other) as images:
        assert ["a", "b"] == images.ids()
        assert [orjson.dumps(other), orjson.dumps(one)] == [
            bytes(body) for body in images.bodies([0, 1])
        ]
        assert "said" == images.about["more"]


def test_images_of_one_second_are_in_the_order_of_a_walk_then_of_their_ids(tmp_path: Path) -> None:
    images = [image_of_second(name, 1) for name in "abcd"] + [image_of_second("e", 2)]
    with stored(tmp_path, *images, ranks={"a": 0, "c": 1}) as found:
        assert ["e", "a", "c", "d", "b"] == found.ids()


def test_pages_and_times_come_back(tmp_path: Path) -> None:
    """Each time is at the position of its image."""
    pages = [
        RecordedPage(
            time=0,
            source=Source("a.yaml", 1),
            query="limit=2",
            ids=("a", "b"),
            has_next=True,
            second=1767225602,
        ),
        RecordedPage(
            time=3, source=Source("b.yaml", 7), query="name=é%20;x", ids=(), has_next=False
        ),
        RecordedPage(
            time=4,
            source=Source("a.yaml", 2),
            query="",
            ids=(),
            has_next=True,
            problem="image 'x' cannot be put in order",
        ),
    ]
    gathered = Gathered(
        pages=pages,
        images={
            "a": recorded(image_of_second("a", 1), 0, 5),
            "b": recorded(image_of_second("b", 2), 2, 3, gone=6),
        },
    )
    write_collection(tmp_path / "a.images", gathered, {}, {})
    with ImageSet(tmp_path / "a.images") as images:
        found = read_notes(images)

    assert tuple(pages) == found.pages
    assert [2, 0] == list(found.since)
    assert [3, 5] == list(found.last)
    assert {0: 6} == dict(found.gone)


def test_a_page_with_an_image_that_could_not_be_read_has_no_images(tmp_path: Path) -> None:
    """Its walk ends there."""
    problem = "image b cannot be put in order"
    page = RecordedPage(
        time=0,
        source=Source("a.yaml", 1),
        query="",
        ids=("a", "b"),
        has_next=False,
        problem=problem,
    )
    gathered = Gathered(pages=[page], images={"a": recorded(image_of_second("a"))})
    write_collection(tmp_path / "a.images", gathered, {}, {})
    with ImageSet(tmp_path / "a.images") as images:
        (found,) = read_notes(images).pages

    assert () == found.ids
    assert page.problem == found.problem


def test_a_collection_may_be_empty(tmp_path: Path) -> None:
    found = notes_of(tmp_path)

    assert () == found.pages
    assert [] == list(found.since)
    assert frozenset() == found.shown


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": PLACEHOLDER}, "name"),
        ({"owner": f"x{PLACEHOLDER}y"}, "owner"),
        ({"more": PLACEHOLDER}, "more"),
        ({"owner": _STAND_IN, "more": f"of {_STAND_IN}"}, "more"),
        ({"owner": _STAND_IN, "tags": [_STAND_IN]}, "tags"),
        ({"tags": ["x", PLACEHOLDER]}, "tags"),
        ({"more": True}, "more"),
        ({"odd_number": 1}, "odd_number"),
        ({"odd_list": ["x"]}, "odd_list"),
    ],
)
def test_values_that_filters_cannot_be_compared_with_are_noted_as_unsure(
    fields: dict[str, Any], name: str, tmp_path: Path
) -> None:
    """They are redacted, or not text."""
    found = notes_of(tmp_path, image_of_second("a", 1, **fields), image_of_second("b", 2))

    assert BitMap([1]) == found.unsure[name]
    assert name in found.shown


def test_what_an_image_does_not_show_is_noted_as_not_notes_of(tmp_path: Path) -> None:
    """A column that the service has, and the list does not."""
    without = image_of_second("a", 1)
    del without["size"], without["tags"]

    found = notes_of(tmp_path, without, image_of_second("b", 2))

    assert BitMap([1]) == found.unsure["size"] == found.unsure["tags"]
    assert "name" not in found.unsure


def test_empty_texts_and_nulls_are_noted(tmp_path: Path) -> None:
    """Of properties the empty ones, of sort keys the null ones."""
    found = notes_of(
        tmp_path,
        image_of_second("a", 1, more="", size=None, name=None),
        image_of_second("b", 2, name="", more="x"),
    )

    assert {"more": BitMap([1])} == dict(found.empty)
    assert BitMap([1]) == found.nulls["size"] == found.nulls["name"]
    assert "container_format" not in found.nulls


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"pages": [[1]]}',
        '{"pages": [[0, "a.yaml", 1, "", [99], false, ""]], "since": [], "last": [], "gone": [], '
        '"unsure": {}, "empty": {}, "nulls": {}, "shown": []}',
        '{"pages": [], "since": [], "last": [], "gone": [1], "unsure": {}, "empty": {}, '
        '"nulls": {}, "shown": []}',
        '{"pages": [], "since": [], "last": [], "gone": [], "unsure": {"a": ["x"]}, "empty": {}, '
        '"nulls": {}, "shown": []}',
        '{"pages": [], "since": [], "last": [], "gone": [], "unsure": {"a": [-1]}, "empty": {}, '
        '"nulls": {}, "shown": []}',
        '{"pages": [], "since": [], "last": [], "gone": [], "unsure": [], "empty": {}, '
        '"nulls": {}, "shown": []}',
    ],
)
def test_damaged_notes_are_an_error_that_names_the_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.images"
    with SetWriter(path) as writer:
        writer.finish({"collection": text})

    with ImageSet(path) as images, pytest.raises(ImageSetError, match=r"a\.images is damaged"):
        read_notes(images)


def test_an_image_set_without_notes_is_not_a_collection(tmp_path: Path) -> None:
    """It was imported or generated, not recorded."""
    path = tmp_path / "a.images"
    with SetWriter(path) as writer:
        writer.finish({})

    with ImageSet(path) as images, pytest.raises(ImageSetError, match=r"a\.images is damaged"):
        read_notes(images)
