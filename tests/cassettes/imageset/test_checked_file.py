"""The checksums of a file's sectors, and the file that has them."""

import random
import zlib
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest

from glancetape_cassettes.imageset import checked_file
from glancetape_cassettes.imageset.checked_file import (
    SECTOR,
    CheckedFile,
    SectorSums,
)
from support.sets.changed_sets import write_checked

_LENGTHS = (0, 1, SECTOR - 1, SECTOR, SECTOR + 1, 3 * SECTOR, 5 * SECTOR + 7)


@pytest.mark.parametrize("seed", range(20))
def test_the_checksum_of_each_sector_is_that_of_all_pieces_together(seed: int) -> None:
    """However the data was cut; the last sector ends with zeros."""
    drawn = random.Random(seed)
    pieces = [drawn.randbytes(drawn.choice(_LENGTHS)) for _ in range(drawn.randrange(6))]
    sums = SectorSums()

    for piece in pieces:
        sums.add(piece)

    whole = b"".join(pieces)
    whole += bytes(-len(whole) % SECTOR)
    expected = [
        zlib.crc32(whole[at : at + SECTOR]).to_bytes(4, "little")
        for at in range(0, len(whole), SECTOR)
    ]
    assert b"".join(expected) == sums.finish()


def _refused(*_: int) -> int:
    raise OSError("this file system cannot")


@pytest.mark.parametrize("kind", ["copied by the system", "refused half way", "no file", "summed"])
@pytest.mark.parametrize("length", _LENGTHS)
def test_what_was_written_is_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, length: int
) -> None:
    """Whoever copies the data, and whether its checksums are known."""
    database, data = bytes(SECTOR), random.Random(length).randbytes(length)
    source: IO[bytes] = BytesIO(data) if kind == "no file" else (tmp_path / "data").open("w+b")
    sums = SectorSums() if kind == "summed" else None
    if sums is not None:
        sums.add(data)
    if kind == "refused half way":
        done = iter([min(length, 100)])

        def copy(one: int, other: int, most: int, start: int) -> int:
            for step in done:
                with open(other, "ab", closefd=False) as out:
                    out.write(data[:step])
                return step
            return _refused()

        monkeypatch.setattr(checked_file.os, "copy_file_range", copy, raising=False)
    if kind != "no file":
        source.write(data)
        source.seek(0)
    with source, (tmp_path / "out").open("wb") as out:
        write_checked(out, database, source, sums)

    checked = CheckedFile(tmp_path / "out")

    assert data == checked.read(SECTOR, length)
    assert [] == list(checked.damaged())
    checked.close()
