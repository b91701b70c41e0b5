"""The file as its documentation has it, read with nothing but SQLite."""

import contextlib
import json
import sqlite3
import struct
import zlib
from pathlib import Path

import pytest
from pyroaring import BitMap

from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.making.importing import import_ndjson
from support.sets.set_files import make_set, record

RECORDS = [
    record(
        f"{number:03d}",
        created_at=f"2018-09-06T14:03:{number:02d}Z",
        name=f"name {number % 5}" if number else None,
        size=number * 10,
        tags=["both"],
        members=[{"member_id": "m", "status": "pending"}] if number < 2 else [],
    )
    for number in range(40)
]


@pytest.fixture
def connection(tmp_path: Path) -> "contextlib.closing[sqlite3.Connection]":
    """A set of 40 images as SQLite shows it."""
    make_set(tmp_path / "a.images", RECORDS)
    return contextlib.closing(sqlite3.connect(tmp_path / "a.images"))


def test_the_tables_are_the_documented_ones(
    connection: "contextlib.closing[sqlite3.Connection]",
) -> None:
    """With the ids of the file, and sound in SQLite's own eyes."""
    with connection as database:
        tables = {
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        }
        assert {line.split()[0] for line in (schema.__doc__ or "").splitlines() if line[2:3] > " "
                and line.startswith("  ")} == tables  # fmt: skip
        assert (b"gltp", 1) == (
            database.execute("PRAGMA application_id").fetchone()[0].to_bytes(4, "big"),
            database.execute("PRAGMA user_version").fetchone()[0],
        )
        assert [("ok",)] == database.execute("PRAGMA integrity_check").fetchall()
        assert ("delete",) == database.execute("PRAGMA journal_mode").fetchone()


def test_images_are_in_default_order_as_ready_json(
    connection: "contextlib.closing[sqlite3.Connection]",
) -> None:
    """Positions from 0, no gaps."""
    with connection as database:
        rows = database.execute("SELECT * FROM images ORDER BY position").fetchall()

    assert list(range(40)) == [position for position, *_ in rows]
    assert [f"{number:03d}" for number in range(39, -1, -1)] == [name for _, name, *_ in rows]
    for _, image_id, created_at, text in rows:
        image = json.loads(text)
        assert (image_id, created_at) == (image["id"], image["created_at"])
        assert "members" not in image
        assert f"/v2/images/{image_id}" == image["self"]


def test_values_are_bitmaps_or_hashes(
    connection: "contextlib.closing[sqlite3.Connection]",
) -> None:
    """A tag is a value of `tags`, a membership one of `members`, status first."""
    with connection as database:
        found = {
            (name, value): (count, list(BitMap.deserialize(positions)))
            for name, value, count, positions in database.execute("SELECT * FROM property_values")
        }
        entries = b"".join(blob for _, blob in database.execute("SELECT * FROM rare_values"))

    assert (40, list(range(40))) == found["status", "active"] == found["tags", "both"]
    assert (2, [38, 39]) == found["members", "pending m"]
    assert ("name", "name 1") not in found
    hashed = zlib.crc32(b"namename 1") & 0x7FFFFFFF
    numbers = struct.unpack(f"<{len(entries) // 8}Q", entries)
    assert sorted(numbers) == list(numbers)
    assert [3, 8, 13, 18, 23, 28, 33, 38] == [
        number & 0xFFFFFFFF for number in numbers if number >> 32 == hashed
    ]


def test_orders_ranges_and_statistics(
    connection: "contextlib.closing[sqlite3.Connection]",
) -> None:
    """32 bits a position, 64 bits a number, little endian."""
    with connection as database:
        positions, places, starts = database.execute(
            "SELECT positions, places, starts FROM orders WHERE sort_key = 'name'"
        ).fetchone()
        start, low, below, numbers, owners = database.execute(
            "SELECT start, low, below, numbers, positions FROM ranges WHERE property = 'size' "
            "ORDER BY start"
        ).fetchone()
        statistics = dict(database.execute("SELECT * FROM statistics"))

    order = struct.unpack("<40I", positions)
    assert 39 == order[0]  # the null, which is the oldest
    assert tuple(order.index(position) for position in range(40)) == struct.unpack("<40I", places)
    assert [0, 1, 8, 16, 24, 32] == list(BitMap.deserialize(starts))
    assert (0, 0, 0) == (start, low, len(BitMap.deserialize(below)))
    assert tuple(range(0, 400, 10)) == struct.unpack("<40q", numbers)
    assert tuple(range(39, -1, -1)) == struct.unpack("<40I", owners)
    assert (39, 40, 40, 2) == tuple(
        statistics[name] for name in ("name", "status", "tags", "members")
    )


def test_a_set_names_its_format_and_version(tmp_path: Path) -> None:
    """Who made it and from what, how many images there are, and whose it is."""
    make_set(tmp_path / "a.images", RECORDS)
    about = {"made_by": "a test", "home_project": "p"}
    import_ndjson(tmp_path / "a.ndjson", tmp_path / "b.images", about)

    with contextlib.closing(sqlite3.connect(tmp_path / "b.images")) as database:
        assert {**about, "images": "40", "dialect": "glance"} == dict(
            database.execute("SELECT name, value FROM about")
        )
