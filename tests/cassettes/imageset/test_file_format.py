"""The file as its documentation has it, read with nothing but SQLite and struct."""

import contextlib
import json
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path

import pytest
from pyroaring import BitMap

from glancetape_cassettes.imageset import checked_file, schema
from glancetape_cassettes.imageset.making.importing import import_ndjson
from glancetape_cassettes.imageset.set_file import check_blocks
from support.sets.changed_sets import data_of, tables_of_file, write_checked
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


@dataclass(frozen=True, slots=True)
class _File:
    """A set as its documentation has it: tables, data, and what follows both."""

    tables: sqlite3.Connection
    data: bytes
    path: Path

    def section(self, name: str) -> tuple[bytes, int]:
        """Return a section and its number."""
        start, length, number = self.tables.execute(
            "SELECT start, length, number FROM sections WHERE name = ?", (name,)
        ).fetchone()
        return self.data[start : start + length], number

    def numbers(self, name: str, kind: str) -> tuple[int, ...]:
        """Return a section of numbers."""
        data, _ = self.section(name)
        return struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data)

    def bitmap(self, start: int, length: int) -> list[int]:
        """Return a bitmap of the data."""
        return list(BitMap.deserialize(self.data[start : start + length]))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[_File]:
    """A set of 40 images, opened by SQLite and cut by hand."""
    path = tmp_path / "a.images"
    make_set(path, RECORDS)
    with contextlib.closing(sqlite3.connect(path)) as tables:
        (pages,) = tables.execute("PRAGMA page_count").fetchone()
        octets = path.read_bytes()
        yield _File(tables, octets[pages * schema.PAGE_SIZE :], path)


def test_the_tables_are_the_documented_ones(file: _File) -> None:
    """With the ids of the file, and sound in SQLite's own eyes, whatever comes after them."""
    tables = {
        name for (name,) in file.tables.execute("SELECT name FROM sqlite_master WHERE type='table'")
    }

    documented = (schema.__doc__ or "").splitlines()
    assert tables == {
        line.split()[0] for line in documented if line[2:3] > " " and line.startswith("  ")
    }
    assert (b"gltp", 2) == (
        file.tables.execute("PRAGMA application_id").fetchone()[0].to_bytes(4, "big"),
        file.tables.execute("PRAGMA user_version").fetchone()[0],
    )
    assert [("ok",)] == file.tables.execute("PRAGMA integrity_check").fetchall()
    assert ("delete",) == file.tables.execute("PRAGMA journal_mode").fetchone()
    sections = {name for (name,) in file.tables.execute("SELECT name FROM sections")}
    named = {line.split()[0] for line in documented if line[4:5] > " " and line.startswith("    ")}
    assert sections == named - {"data/ID"}  # of images whose data a spec gives


def test_images_are_in_default_order_as_ready_json(file: _File) -> None:
    """Positions from 0, no gaps; after each body a comma."""
    places, (ids, _) = file.numbers("places", "Q"), file.section("ids")
    sums = file.numbers("sums", "I")

    assert 40 == len(sums)
    assert 40 == len(places) // 2 == len(ids) // 3
    for position, (start, end) in enumerate(zip(places[::2], places[1::2], strict=True)):
        image = json.loads(file.data[start : end - 1])
        assert b"," == file.data[end - 1 : end]
        assert sums[position] == zlib.crc32(file.data[start:end])
        assert f"{39 - position:03d}" == image["id"]
        assert image["id"].encode() == ids[3 * position : 3 * position + 3]
        assert "members" not in image
        assert f"/v2/images/{image['id']}" == image["self"]


def test_ids_are_found_by_their_hash(file: _File) -> None:
    """From the slot that the hash names to the next empty one."""
    table, (_, slots) = file.numbers("by_id", "Q"), file.section("by_id")

    assert 80 == slots
    for position in range(40):
        hashed = zlib.crc32(b"%03d" % (39 - position))
        slot = hashed * slots >> 32
        chain = table[slot : table.index(0, slot)]
        assert hashed << 32 | position + 1 in chain


def test_values_are_bitmaps_or_hashes(file: _File) -> None:
    """A tag is a value of `tags`, a membership one of `members`, status first."""
    found = {
        (name, value): (count, file.bitmap(start, length))
        for name, value, count, start, length in file.tables.execute(
            "SELECT property, value, count, start, length FROM property_values"
        )
    }
    numbers, (_, step) = file.numbers("rare_values", "Q"), file.section("rare_firsts")

    assert (40, list(range(40))) == found["status", "active"] == found["tags", "both"]
    assert (2, [38, 39]) == found["members", "pending m"]
    assert ("name", "name 1") not in found
    hashed = zlib.crc32(b"namename 1") & 0x7FFFFFFF
    assert sorted(numbers) == list(numbers)
    assert [3, 8, 13, 18, 23, 28, 33, 38] == [
        number & 0xFFFFFFFF for number in numbers if number >> 32 == hashed
    ]
    assert numbers[::step] == file.numbers("rare_firsts", "Q")


def test_orders_ranges_and_statistics(file: _File) -> None:
    """32 bits a position, 64 bits a number, little endian."""
    run = file.tables.execute
    positions, places, starts, starts_length = run(
        "SELECT positions, places, starts, starts_length FROM orders WHERE sort_key = 'name'"
    ).fetchone()
    place, low, below, length, count, numbers, owners = run(
        "SELECT place, low, below, below_length, count, numbers, positions FROM ranges "
        "WHERE property = 'size' ORDER BY place"
    ).fetchone()
    statistics = dict(run("SELECT * FROM statistics"))

    order = struct.unpack_from("<40I", file.data, positions)
    assert 39 == order[0]  # the null, which is the oldest
    assert tuple(map(order.index, range(40))) == struct.unpack_from("<40I", file.data, places)
    assert [0, 1, 8, 16, 24, 32] == file.bitmap(starts, starts_length)
    assert (0, 0, 40, []) == (place, low, count, file.bitmap(below, length))
    assert tuple(range(0, 400, 10)) == struct.unpack_from("<40q", file.data, numbers)
    assert tuple(range(39, -1, -1)) == struct.unpack_from("<40I", file.data, owners)
    assert (39, 40, 40, 2) == tuple(
        statistics[name] for name in ("name", "status", "tags", "members")
    )


def test_the_end_has_the_checksums(file: _File) -> None:
    """One for each sector, then a mark, the number of sectors and a checksum of all that."""
    octets = file.path.read_bytes()
    mark, sectors, total = struct.unpack("<8sII", octets[-16:])
    sums = octets[sectors * 4096 : -16]

    assert b"gltpsums" == mark
    assert total == zlib.crc32(sums)
    assert struct.unpack(f"<{sectors}I", sums) == tuple(
        zlib.crc32(octets[start : start + 4096]) for start in range(0, sectors * 4096, 4096)
    )


def test_without_fast_checksums_a_set_is_the_same(
    file: _File, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package for them is not built for every platform."""
    octets = file.path.read_bytes()
    sectors = struct.unpack("<I", octets[-8:-4])[0]
    monkeypatch.setattr(checked_file, "crc32", zlib.crc32)

    with (tmp_path / "slow.images").open("wb") as out:
        write_checked(out, octets[:4096], BytesIO(octets[4096 : sectors * 4096]))

    assert octets == (tmp_path / "slow.images").read_bytes()
    assert (sectors, []) == check_blocks(file.path)


def test_images_of_a_project_and_public_ones_lie_together(tmp_path: Path) -> None:
    """So that a page takes a few readings."""
    records = [
        record(
            f"{number:03d}",
            owner=f"project {number % 3}",
            visibility="public" if number % 4 == 0 else "private",
        )
        for number in range(60)
    ]
    make_set(tmp_path / "a.images", records)

    with contextlib.closing(tables_of_file(tmp_path / "a.images")) as tables:
        file = _File(tables, data_of(tmp_path / "a.images"), tmp_path / "a.images")
        places = file.numbers("places", "Q")
        spans = sorted(zip(places[::2], places[1::2], strict=True))
        stored = [json.loads(file.data[start : end - 1]) for start, end in spans]

    groups = ["" if one["visibility"] == "public" else one["owner"] for one in stored]
    assert 4 == len(list(groupby(groups)))


def test_a_set_names_its_format_and_version(tmp_path: Path) -> None:
    """Who made it and from what, how many images there are, and whose it is."""
    make_set(tmp_path / "a.images", RECORDS)
    about = {"made_by": "a test", "home_project": "p"}
    import_ndjson(tmp_path / "a.ndjson", tmp_path / "b.images", about)

    with contextlib.closing(tables_of_file(tmp_path / "b.images")) as database:
        assert {**about, "images": "40", "dialect": "glance"} == dict(
            database.execute("SELECT name, value FROM about")
        )
