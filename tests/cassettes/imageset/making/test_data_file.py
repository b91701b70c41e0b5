"""The data of a set lies in its file from the first byte on, and the database comes before it."""

import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest

from glancetape_cassettes.imageset.checked_file import SECTOR, SectorSums
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import set_writer
from glancetape_cassettes.imageset.making.data_file import DataFile
from glancetape_cassettes.imageset.making.written_bodies import ROOM
from glancetape_cassettes.imageset.set_file import check_blocks
from support.sets.changed_sets import write_checked
from support.sets.set_files import make_set, record

RECORDS = [record(f"{number}", owner=f"project {number % 3}") for number in range(50)]


@pytest.mark.parametrize("length", [SECTOR, ROOM - SECTOR, ROOM, ROOM + SECTOR, 3 * ROOM])
@pytest.mark.parametrize("pieces", [[], [1], [SECTOR] * 3, [2 * ROOM + 5, 7, ROOM]])
def test_a_database_of_any_length_comes_before_the_data(
    length: int, pieces: list[int], tmp_path: Path
) -> None:
    """The file is the one that is made by writing the database first."""
    random = Random(7)
    database, parts = random.randbytes(length), [random.randbytes(piece) for piece in pieces]
    sums, wanted = SectorSums(), BytesIO()
    sums.add(b"".join(parts))
    write_checked(wanted, database, BytesIO(b"".join(parts)), sums)

    data = DataFile(tmp_path / "a.images")
    starts = [data.add(part) for part in parts]
    data.finish(database)
    data.close()

    assert [sum(pieces[:number]) for number in range(len(pieces))] == starts
    assert wanted.getvalue() == (tmp_path / "a.images").read_bytes()


def test_the_database_of_a_large_set_fills_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With free pages, so it is a database like any other."""
    path, small = tmp_path / "large.images", tmp_path / "small.images"
    make_set(small, RECORDS)
    monkeypatch.setattr(set_writer, "_LARGE", 0)
    make_set(path, RECORDS)

    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        assert [("ok",)] == database.execute("PRAGMA integrity_check").fetchall()
        assert [(ROOM // SECTOR,)] == database.execute("PRAGMA page_count").fetchall()
    assert [] == check_blocks(path)[1]
    assert small.stat().st_size < ROOM < path.stat().st_size
    with ImageSet(path) as one, ImageSet(small) as other:
        assert [one.id_at(at) for at in range(50)] == [other.id_at(at) for at in range(50)]


def test_a_set_is_the_same_whichever_way_sqlite_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some builds of it leave in free pages what was there, and some do not."""
    monkeypatch.setattr(set_writer, "_LARGE", 0)
    connect, sets = sqlite3.connect, []
    for leaves in (0, 1):

        def connected(name: str, leaves: int = leaves, **options: Any) -> sqlite3.Connection:
            connection = connect(name, **options)
            connection.execute(f"PRAGMA secure_delete = {1 - leaves}")
            return connection

        monkeypatch.setattr(set_writer.sqlite3, "connect", connected)
        path = tmp_path / f"{leaves}.images"
        make_set(path, RECORDS)
        sets.append(path.read_bytes())

    assert sets[0] == sets[1]
