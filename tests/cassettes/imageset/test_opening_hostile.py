"""Opening and asking a set that someone made to do harm: a clear refusal, and soon."""

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from glancetape_cassettes.errors import CassetteError, ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.redaction.scan import _in_other_tables, scan
from support.drawn.examples import share_of
from support.running.calls import at_most_calls
from support.sets.changed_sets import data_of, tables_changed, tables_of_file, write_checked
from support.sets.hostile_tables import ENDLESS, HOSTILE_CHANGES, view_without_end
from support.sets.set_files import make_set, record
from support.sets.whole_sets import ask_everything

TABLES = tuple(statement.split()[2] for statement in schema.TABLES)


@contextmanager
def changed(path: Path, whole: bytes) -> Iterator[sqlite3.Connection]:
    path.write_bytes(whole)
    with tables_changed(path) as connection:
        yield connection


_MOST_CALLS = 60_000
"""To ask for everything in the sound set takes 49,000."""


def refusal(path: Path) -> str:
    """Return what opening and asking says; it must not take more work than the sound set does."""
    with pytest.raises(ImageSetError) as caught, at_most_calls(_MOST_CALLS):
        ask_everything(path)
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).endswith("; make it again.")
    return str(caught.value)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "change",
    HOSTILE_CHANGES,
)
def test_a_table_that_is_not_as_it_was_made_is_refused(
    tmp_path: Path,
    whole: bytes,
    table: str,
    change: Callable[[sqlite3.Connection, str], None],
) -> None:
    with changed(tmp_path / "a.images", whole) as connection:
        change(connection, table)

    why = refusal(tmp_path / "a.images")

    assert "is not as glancetape made it" in why or "it has no " in why
    assert table in why.lower()


def test_thousands_of_further_tables_are_refused(tmp_path: Path, whole: bytes) -> None:
    with changed(tmp_path / "a.images", whole) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        row = "'table', 't' || i, 't' || i, 2, 'CREATE TABLE t' || i || ' (a)'"
        connection.execute(f"INSERT INTO sqlite_master {ENDLESS.format(row)} LIMIT 4000")

    assert "does not end" in refusal(tmp_path / "a.images")


def _with_numbers(value: str) -> Iterator[tuple[str, str]]:
    """Yield a column of numbers, and a statement that puts a value in it."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for statement in schema.TABLES:
            connection.execute(statement)
        for table in TABLES:
            for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})"):
                if kind != "TEXT":
                    yield f"{table}.{name} {value}", f"UPDATE {table} SET {name} = {value}"


BAD_VALUES = {
    where: statement
    for value in ("x'00ff'", "'text'", "9223372036854775807", "-1.5", "9e999")
    for where, statement in _with_numbers(value)
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("statement", BAD_VALUES.values(), ids=BAD_VALUES.keys())
def test_a_value_of_another_kind_does_no_harm(tmp_path: Path, whole: bytes, statement: str) -> None:
    """It is refused, or it only is a wrong number; never another error, and never long."""
    path = tmp_path / "a.images"
    with changed(path, whole) as connection:
        connection.execute(statement)

    with at_most_calls(_MOST_CALLS), contextlib.suppress(ImageSetError):
        ask_everything(path)


@pytest.mark.parametrize("count", [601, 10**6, 2**32, 2**62, 10**30])
def test_more_images_than_the_file_has_room_for_are_refused(
    tmp_path: Path, whole: bytes, count: int
) -> None:
    """Bitmaps and arrays of so many positions would fill the memory."""
    with changed(tmp_path / "a.images", whole) as connection:
        length = min(16 * count, 2**63 - 1)
        connection.execute("UPDATE sections SET length = ? WHERE name = 'places'", (length,))
        connection.execute("UPDATE about SET value = ? WHERE name = 'images'", (str(length // 16),))

    refusal(tmp_path / "a.images")


PAGE_SIZES = [0, 1, 3, 512, 1024, 8192, 16384, 32768, 65535]


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_another_page_size_is_refused(tmp_path: Path, whole: bytes, size: int) -> None:
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    _change_database(path, lambda data: data.__setitem__(slice(16, 18), size.to_bytes(2, "big")))

    refusal(path)


def _change_database(path: Path, change: Callable[[bytearray], None]) -> None:
    """Change the bytes of a set's database; the checksums are right again."""
    data = data_of(path)
    database = bytearray(path.read_bytes()[: schema.database_length(path)])
    change(database)
    with path.open("wb") as file:
        write_checked(file, bytes(database), BytesIO(data))


HEADERS = {
    "the write-ahead log": (18, b"\2\2"),
    "an unknown format": (18, b"\3\3"),
    "reserved space": (20, b"\xff"),
    "fractions": (21, b"\0\0\0"),
    "a schema of another format": (44, b"\0\0\0\x09"),
    "another encoding": (56, b"\0\0\0\2"),
    "no encoding": (56, b"\0\0\0\x07"),
}


@pytest.mark.parametrize(("offset", "data"), HEADERS.values(), ids=HEADERS.keys())
def test_a_header_with_errors_does_no_harm(
    tmp_path: Path, whole: bytes, offset: int, data: bytes
) -> None:
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    _change_database(
        path, lambda database: database.__setitem__(slice(offset, offset + len(data)), data)
    )

    with contextlib.suppress(ImageSetError):
        ask_everything(path)


def _with_pages_that_repeat(database: bytearray, root: int, levels: int) -> None:
    """Let each cell of a table's root lead to one page, all whose cells lead to the next one."""
    size = schema.PAGE_SIZE
    start = (root - 1) * size
    assert database[start] == 2, "an inner page of a table"
    original = bytes(database[start : start + size])
    cells = int.from_bytes(original[3:5], "big")
    places = [12 + 2 * number for number in range(cells)]
    offsets = [int.from_bytes(original[place : place + 2], "big") for place in places]
    leaf = original[offsets[0] : offsets[0] + 4]

    def inner(child: bytes, last: bytes) -> bytes:
        page = bytearray(original)
        for offset in offsets:
            page[offset : offset + 4] = child
        page[8:12] = last
        return bytes(page)

    first = len(database) // size + 1
    for level in range(levels):
        child = (first + level + 1).to_bytes(4, "big") if level < levels - 1 else leaf
        database += inner(child, child)
    database[start : start + size] = inner(first.to_bytes(4, "big"), original[8:12])
    database[28:32] = (len(database) // size).to_bytes(4, "big")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("levels", [3, 8, 15])
def test_pages_that_repeat_without_end_are_refused(tmp_path: Path, levels: int) -> None:
    """A table of a few pages can have more rows than there are atoms."""
    path = tmp_path / "a.images"
    records = [record(f"{number:04d}", __x=f"{number // 32:060d}") for number in range(20_000)]
    make_set(path, records)  # with so many common values that their table has inner pages
    with contextlib.closing(tables_of_file(path)) as connection:
        select = "SELECT rootpage FROM sqlite_master WHERE name = 'property_values'"
        (root,) = connection.execute(select).fetchone()
    _change_database(path, lambda data: _with_pages_that_repeat(data, root, levels))

    with (
        ImageSet(path) as images,
        at_most_calls(_MOST_CALLS),
        pytest.raises(ImageSetError, match="damaged"),
    ):
        images.common_values("__x", 5)


def test_a_question_is_not_stopped_for_those_before_it(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    with ImageSet(path) as images:
        for _ in range(600):
            assert 5 == len(images.members_at(0, 5))


def test_scan_refuses_such_sets_too(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.images"
    with changed(path, whole) as connection:
        view_without_end(connection, "orders")

    with pytest.raises(ImageSetError, match=re.escape(str(path))):
        scan(path)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (f"CREATE VIEW other AS {ENDLESS.format('i')}", "reading a table of it does not end"),
        ("CREATE VIEW other AS SELECT hex(zeroblob(900000000))", "too big"),
        ("CREATE VIRTUAL TABLE other USING fts5(a)", "'other' is a virtual table"),
    ],
)
def test_scan_refuses_what_is_hostile_beside_our_tables(
    tmp_path: Path, whole: bytes, statement: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads all tables, and a set with such a one is no set that it can call clean.

    By default an endless one is given up sooner: to search a million numbers takes five seconds.
    """
    monkeypatch.setattr(schema, "_LEAST_WORK", share_of(1_000_000))
    path = tmp_path / "a.images"
    with changed(path, whole) as connection:
        connection.execute(statement)
    ask_everything(path)

    with pytest.raises(CassetteError, match=f"{re.escape(str(path))}.*{why}"):
        list(_in_other_tables(path))
