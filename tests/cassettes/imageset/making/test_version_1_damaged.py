"""A set of version 1 that is damaged, or made to do harm, is refused, or converted rightly.

Rightly: with the images and members of the sound one. Whatever is wrong with it, nothing else is
raised, nothing is written, and it does not take long.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import version_1
from support.drawn.examples import examples
from support.running.calls import at_most_calls
from support.sets.hostile_tables import ENDLESS, HOSTILE_CHANGES
from support.sets.set_commands import call
from support.sets.set_files import make_set
from support.sets.version_1_sets import STATEMENTS, write_version_1
from support.sets.whole_sets import RECORDS

READ = ("about", "images", "property_values", "statistics")
"""The tables that a conversion reads; what the others have does not matter."""
Contents = tuple[list[bytes], dict[int, list[tuple[str, str]]]]


def _contents(path: Path) -> Contents:
    with ImageSet(path) as images:
        return images.bodies(range(len(images))), images.members_at(0, len(images))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Contents]:
    """The bytes of a sound set of version 1, and what is in it."""
    folder = tmp_path_factory.mktemp("sound")
    make_set(folder / "new.images", RECORDS[:100])
    with ImageSet(folder / "new.images") as images:
        write_version_1(folder / "old.images", images, images.about)
    return (folder / "old.images").read_bytes(), _contents(folder / "new.images")


def _change(path: Path, data: bytes, *statements: str) -> None:
    path.write_bytes(data)
    with closing(sqlite3.connect(path)) as tables:
        for statement in statements:
            tables.execute(statement)
        tables.commit()


_MOST_CALLS = 100_000
"""To convert the sound set takes 14,000."""


def _refusal(path: Path) -> str | None:
    """Convert a set; return why it is refused, if it is. It takes no more than a sound one."""
    out = path.with_name("out.images")
    out.unlink(missing_ok=True)
    why = None
    try:
        with at_most_calls(_MOST_CALLS):
            version_1.convert(path, out, {}, dialects=NAMES)
    except ImageSetError as error:
        why = str(error)
        assert why.startswith(str(path))
        assert why.endswith(("; make it again.", "; give --dialect.", "; give --home-project."))
        assert "\n" not in why
        assert not out.exists()
    assert not [name for name in os.listdir(path.parent) if name.endswith(".partial")]
    return why


INTEGERS = ("0", "-1", "9223372036854775807", "-9223372036854775808")
OTHERS = (
    "x'00ff'", "'text'", "''", "'a' || char(10) || 'b'", "char(0)", "1.5", "9e999", "'9'", "x''",
    "zeroblob(100000)", "CAST(x'ff' AS TEXT)", "x'3a30000001000000ffff010000000000'", "x'7b7d'",
    "x'5b5d'", "'{}'",
)  # fmt: skip


def _changed_columns() -> Iterator[tuple[str, str, str]]:
    with closing(sqlite3.connect(":memory:")) as tables:
        for statement in STATEMENTS:
            tables.execute(statement)
        for table in READ:
            for row in tables.execute(f"PRAGMA table_info({table})").fetchall():
                # SQLite refuses all else as the number of a row.
                values = INTEGERS if row[1] == "position" else (*INTEGERS, *OTHERS)
                yield from ((table, str(row[1]), value) for value in values)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("which", ["all rows", "one row"])
@pytest.mark.parametrize(("table", "column", "value"), list(_changed_columns()))
def test_another_value_in_a_column_is_refused_or_changes_nothing(
    tmp_path: Path,
    sound: tuple[bytes, Contents],
    table: str,
    column: str,
    value: str,
    which: str,
) -> None:
    """In each column of each table, of any kind and length."""
    data, expected = sound
    path = tmp_path / "old.images"
    where = {
        "all rows": "",
        "one row": f" WHERE {column} = (SELECT max({column}) FROM {table})",
    }
    _change(path, data, f"UPDATE OR IGNORE {table} SET {column} = {value}{where[which]}")

    why = _refusal(path)

    if why is None:
        assert expected == _contents(tmp_path / "out.images")


@pytest.mark.parametrize("table", READ)
@pytest.mark.parametrize("change", HOSTILE_CHANGES)
def test_a_table_that_is_not_as_version_1_made_it_is_refused(
    tmp_path: Path,
    sound: tuple[bytes, Contents],
    table: str,
    change: Callable[[sqlite3.Connection, str], None],
) -> None:
    """A view without end in its place, a trigger, an index that computes, or none."""
    path = tmp_path / "old.images"
    path.write_bytes(sound[0])
    with closing(sqlite3.connect(path)) as tables:
        change(tables, table)
        tables.commit()

    why = _refusal(path) or ""

    assert "is not as glancetape made it" in why or "it has no " in why
    assert table in why.lower()


WRONG_ROWS = {
    "an image that is missing in the middle": "DELETE FROM images WHERE position = 50",
    "the last images missing": "DELETE FROM images WHERE position > 89",
    "two images in each other's place": "UPDATE images SET position = CASE position "
    "WHEN 3 THEN -3 WHEN 4 THEN 3 ELSE 4 END WHERE position IN (3, 4)",
    "an image of another row": "UPDATE images SET json = (SELECT json FROM images WHERE "
    "position = 7) WHERE position = 8",
    "an id without its image": "UPDATE images SET id = 'other' WHERE position = 8",
    "a time without its image": "UPDATE images SET created_at = '2018-09-06T14:00:00Z' "
    "WHERE position = 8",
    "an image as text": "UPDATE images SET json = CAST(json AS TEXT)",
    "an image cut off": "UPDATE images SET json = substr(json, 1, 90) WHERE position = 8",
    "a name twice": "UPDATE images SET json = CAST(replace(CAST(json AS TEXT), '{', "
    '\'{"status": "killed",\') AS BLOB) WHERE position = 8',
    "an unknown status": "UPDATE images SET json = CAST(replace(CAST(json AS TEXT), 'active', "
    "'bogus') AS BLOB) WHERE position = 8",
    "members in the image": "UPDATE images SET json = CAST(replace(CAST(json AS TEXT), '{', "
    "'{\"members\":[],') AS BLOB) WHERE position = 8",
    "no count of images": "DELETE FROM about WHERE name = 'images'",
    "nothing about it": "DELETE FROM about",
    "another count": "UPDATE about SET value = '99' WHERE name = 'images'",
    "a count below zero": "UPDATE about SET value = '-1' WHERE name = 'images'",
    "a huge count": f"UPDATE about SET value = '{10**30}' WHERE name = 'images'",
    "a count in other digits": "UPDATE about SET value = '١٠٠' WHERE name = 'images'",
    "a count with a space": "UPDATE about SET value = ' 100' WHERE name = 'images'",
    "an unknown dialect": "UPDATE about SET value = 'aws' WHERE name = 'dialect'",
    "no dialect": "DELETE FROM about WHERE name = 'dialect'",
    "a home project with a newline": "UPDATE about SET value = 'a' || char(10) WHERE name = "
    "'home_project'",
    "a home project with an escape": "UPDATE about SET value = char(27) || '[2J' WHERE name = "
    "'home_project'",
    "a membership that is missing": "DELETE FROM property_values WHERE value LIKE '%m1'",
    "members of fewer images": "UPDATE statistics SET images = 1 WHERE property = 'members'",
    "no count of members": "DELETE FROM statistics WHERE property = 'members'",
    "an unknown status of a member": "UPDATE property_values SET value = 'lost m1' WHERE value "
    "LIKE '%m1'",
    "a member of two statuses": "INSERT INTO property_values SELECT property, 'rejected m1', "
    "count, positions FROM property_values WHERE value LIKE '%m1'",
    "bitmaps of other images": "UPDATE property_values SET positions = x'"
    + BitMap([1, 5000]).serialize().hex()
    + "', count = 2",
}  # fmt: skip


@pytest.mark.parametrize("statement", WRONG_ROWS.values(), ids=WRONG_ROWS.keys())
def test_rows_that_contradict_each_other_are_refused(
    tmp_path: Path, sound: tuple[bytes, Contents], statement: str
) -> None:
    path = tmp_path / "old.images"
    _change(path, sound[0], statement)

    assert _refusal(path)


@pytest.mark.parametrize("index", ["images_by_id", "property_values_by_value"])
def test_an_index_that_lacks_rows_is_refused(
    tmp_path: Path, sound: tuple[bytes, Contents], index: str
) -> None:
    """SQLite looks memberships up in it, and would find none."""
    path = tmp_path / "old.images"
    _change(path, sound[0], "PRAGMA writable_schema = 1", "CREATE TABLE none (a)")
    with closing(sqlite3.connect(path)) as tables:
        tables.execute("CREATE UNIQUE INDEX empty ON none (a, a)")
        tables.execute("PRAGMA writable_schema = 1")
        roots = "SELECT rootpage FROM sqlite_master WHERE name = 'empty'"
        tables.execute(f"UPDATE sqlite_master SET rootpage = ({roots}) WHERE name = ?", (index,))
        tables.commit()

    assert "make it again" in (_refusal(path) or "")


def test_thousands_of_further_tables_are_refused(
    tmp_path: Path, sound: tuple[bytes, Contents]
) -> None:
    row = "'table', 't' || i, 't' || i, 2, 'CREATE TABLE t' || i || ' (a)'"
    path = tmp_path / "old.images"
    _change(
        path,
        sound[0],
        "PRAGMA writable_schema = 1",
        f"INSERT INTO sqlite_master {ENDLESS.format(row)} LIMIT 4000",
    )

    assert "does not end" in (_refusal(path) or "")


@examples(200)
@given(
    changes=st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=8),
    in_header=st.booleans(),
    cut=st.none() | st.integers(0, 2**20),
)
def test_bytes_that_changed_raise_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    sound: tuple[bytes, Contents],
    changes: list[tuple[int, int]],
    in_header: bool,
    cut: int | None,
) -> None:
    """Version 1 has no checksums, so an image whose bytes changed may not be noticed."""
    data = bytearray(sound[0])
    for place, byte in changes:
        # The first 16 bytes say what the file is.
        data[16 + place % 84 if in_header else place % len(data)] = byte
    path = tmp_path_factory.mktemp("bytes") / "old.images"
    path.write_bytes(data if cut is None else data[: cut % len(data)])

    if version_1.is_version_1(path):
        _refusal(path)


CHOICES = {
    "dialect": ("--dialect", "glance", "UPDATE about SET value = 'aws' WHERE name = 'dialect'"),
    "home_project": (
        "--home-project", "mine", "UPDATE about SET value = char(10) WHERE name = 'home_project'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_the_refusal_names_the_option_that_helps(
    tmp_path: Path, sound: tuple[bytes, Contents], name: str
) -> None:
    """What is chosen replaces what is not usable."""
    option, value, statement = CHOICES[name]
    old, out = tmp_path / "old.images", tmp_path / "out.images"
    _change(old, sound[0], statement)

    refused = call("import", old, "--out", out)
    done = call("import", old, "--out", out, option, value)

    assert (1, True) == (refused.exit_code, f"give {option}." in refused.stderr)
    assert 0 == done.exit_code, done.stderr
    with ImageSet(out) as images:
        assert value == images.about[name]
