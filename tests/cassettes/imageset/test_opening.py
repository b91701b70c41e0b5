"""Opening a set: other files are refused with a reason, and any name will do."""

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.image_set import ImageSet
from support.sets.changed_sets import data_of
from support.sets.set_files import make_set, record, to_line
from support.sets.whole_sets import RECORDS


def _database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE images (id TEXT)")
        connection.commit()


def _as_ours(path: Path) -> None:
    _database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")


NO_SETS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, os.strerror(errno.ENOENT)),
    "a folder": (Path.mkdir, os.strerror(errno.EISDIR)),
    "empty": (Path.touch, "is not an image set; make one with"),
    "text": (lambda path: path.write_text("hello"), "is not an image set; make one with"),
    "NDJSON": (lambda path: path.write_bytes(to_line(RECORDS[0])), "is not an image set; make one"),
    "a foreign database": (_database, "is a SQLite database, but not an image set"),
    "a database that claims to be one": (_as_ours, "is cut off"),
    "only the magic": (lambda path: path.write_bytes(b"SQLite format 3\0"), "is cut off"),
}


@pytest.mark.parametrize(("make", "why"), NO_SETS.values(), ids=NO_SETS.keys())
def test_a_file_that_is_not_a_set_is_refused(
    tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    """The sentence names the file and what it is."""
    path = tmp_path / "a.images"
    make(path)

    with pytest.raises(ImageSetError) as caught:
        ImageSet(path)

    assert str(caught.value).startswith(str(path))
    assert why in str(caught.value)


@pytest.mark.parametrize("version", [0, schema.VERSION + 1, 99])
def test_another_version_is_refused(tmp_path: Path, whole: bytes, version: int) -> None:
    """And what to do."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")

    with pytest.raises(ImageSetError, match=rf"of version {version}, this .* reads \d; make it"):
        ImageSet(path)


def test_a_file_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    """A server may try again and again."""
    path = tmp_path / "a.images"
    _as_ours(path)
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(20):
        with pytest.raises(ImageSetError):
            ImageSet(path)

    assert before == len(os.listdir("/proc/self/fd"))


NAMES = [
    "a b",
    "a?mode=rw",
    "a#b",
    "a%20b",
    "100%",
    "镜像",
    "a;b&c",
    "'\"",
    "-a",
    "a\\b",
    "é\u0301",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    """SQLite is given a URI, where some characters mean something."""
    folder = tmp_path / name
    folder.mkdir()

    make_set(folder / f"{name}.images", [record("a")])

    with ImageSet(folder / f"{name}.images") as images:
        assert 1 == len(images)
    assert {f"{name}.images", f"{name}.ndjson"} == set(os.listdir(folder))


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    """File names are bytes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.images"))

    make_set(path, [record("a")])

    with ImageSet(path) as images:
        assert "a" == images.id_at(0)


def test_opening_reads_no_data(tmp_path: Path, whole: bytes) -> None:
    """So it takes as long for a million images as for ten."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    tables, data = schema.database_length(path), len(data_of(path))
    path.write_bytes(whole[:tables] + bytes(data) + whole[tables + data :])

    with ImageSet(path) as images:
        assert len(RECORDS) == len(images)
        with pytest.raises(ImageSetError, match=r"a\.images is damaged \(block \d+ of \d+\)"):
            images.id_at(0)


def test_a_set_of_version_1_is_to_be_converted(tmp_path: Path) -> None:
    """By the command that the message has."""
    path = tmp_path / "a.images"
    _as_ours(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")

    with pytest.raises(ImageSetError, match=r"of version 1, .* glancetape import \S+ --out NEW"):
        ImageSet(path)
