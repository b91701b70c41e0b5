"""Image sets whose tables or images were changed, with checksums that are right again."""

import shutil
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

from glancetape_cassettes.imageset.checked_file import (
    SECTOR,
    CheckedFile,
    SectorSums,
    write_sums,
)
from glancetape_cassettes.imageset.schema import database_length


def write_checked(
    out: IO[bytes], database: bytes, data: IO[bytes], sums: SectorSums | None = None
) -> None:
    """Write a database and then data, each up to a whole number of sectors, then the checksums.

    Those of the data are `sums`, if they are known.
    """
    out.write(database + bytes(-len(database) % SECTOR))
    if sums is None:
        sums = SectorSums()
        sums.add(data.read())
        data.seek(0)
    shutil.copyfileobj(data, out)
    write_sums(out, database, sums)


def data_of(path: Path) -> bytes:
    """Return what follows the database in a set, without the checksums."""
    with closing(CheckedFile(path)) as file:
        end = file.sectors * SECTOR
    return path.read_bytes()[database_length(path) : end]


def tables_of_file(path: Path) -> sqlite3.Connection:
    """Return the tables of a set, in memory."""
    tables = sqlite3.connect(":memory:")
    tables.deserialize(path.read_bytes()[: database_length(path)])
    return tables


@contextmanager
def tables_changed(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield the tables of a set; what is changed in them is in the file afterwards."""
    data = data_of(path)
    with closing(tables_of_file(path)) as tables:
        yield tables
        tables.commit()
        _write(path, tables, data)


def change_body(path: Path, position: int, body: bytes) -> None:
    """Change what a set has as the body of an image."""
    data = bytearray(data_of(path))
    with closing(tables_of_file(path)) as tables:
        (at,) = tables.execute("SELECT start FROM sections WHERE name = 'places'").fetchone()
        at += 16 * position
        data[at : at + 16] = struct.pack("<QQ", len(data), len(data) + len(body) + 1)
        (at,) = tables.execute("SELECT start FROM sections WHERE name = 'sums'").fetchone()
        at += 4 * position
        data[at : at + 4] = struct.pack("<I", zlib.crc32(body + b","))
        _write(path, tables, bytes(data) + body + b",")


def _write(path: Path, tables: sqlite3.Connection, data: bytes) -> None:
    with path.open("wb") as file:
        write_checked(file, tables.serialize(), BytesIO(data))
