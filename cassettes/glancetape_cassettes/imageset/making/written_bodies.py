"""Writing in several processes: the one that makes a part of a file writes it, where it belongs.

It begins where the part before ends. A process learns that from a file of ends, which for a set is
the set: the room for its database, which is written last.

    file of ends    | 1, end of part 0 | 2, end of part 1 | ...

The bodies of a block are a part, and after all blocks so is an index. A process waits until the
part before is made. If that failed, it waits until the process that takes the parts learns of that
and gives up.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.making.workers import GIVEN_UP
from glancetape_cassettes.later import later

if TYPE_CHECKING:
    from glancetape_cassettes.imageset import checked_file
    from glancetape_cassettes.imageset.indexes import part as parts
    from glancetape_cassettes.imageset.making import blocks
else:  # lines of NDJSON are written without them
    checked_file = later("glancetape_cassettes.imageset.checked_file")
    parts = later("glancetape_cassettes.imageset.indexes.part")

ROOM = 1 << 20
"""Bytes for the database: few databases are longer."""
_END = struct.Struct("<IQI")
"""Where a part ends, between its number, from 1, twice: half of it is not taken for all of it."""
_ENDS = 1 << 10  # parts of which the file has the end; far fewer are made at the same time
_WAIT = 0.001  # seconds


def write_block(path: Path, number: int, block: "blocks.Block") -> "blocks.Block":
    """Write the bodies of a block to the file of the set; what is returned has none.

    `number` is that of the block in the set, from 0. Those before it are made by now, or meanwhile
    by others of `several` processes. Raises ImageSetError when one of those failed.
    """
    with path.open("r+b") as file:
        start, bodies = _placed(file.fileno(), number, block.bodies)
        block.written = _write(file, start, bodies)
        tell_end(file, number, block.written.end)
    block.bodies = ()
    return block


def write_part(path: Path, number: int, part: "parts.Part") -> "parts.WrittenPart":
    """Write a part of the data that comes after the blocks, and may begin with a sector.

    Numbers go on after those of the blocks. The part is whole, so the next ones can be written at
    the same time.
    """
    with path.open("r+b") as file:
        before = _end_of(file.fileno(), number)
        filling = -before % checked_file.SECTOR if part.begins_sector else 0
        tell_end(file, number, before + filling + part.length)
        written = _write(file, before, [bytes(filling), *part.pieces])
    return written._replace(start=before + filling)


def _write(
    file: IO[bytes], start: int, pieces: "Iterable[checked_file.Bytes]"
) -> "parts.WrittenPart":
    head, sums, missing = b"", checked_file.SectorSums(), -start % checked_file.SECTOR
    end = start
    file.seek(ROOM + start)
    for piece in pieces:
        end += file.write(piece)
        taken = min(missing - len(head), len(piece))
        head += piece[:taken]
        sums.add(memoryview(piece)[taken:])
    return parts.WrittenPart(start, end, head, sums)


def write_pieces(path: Path, ends: Path | None, number: int, pieces: Iterable[bytes]) -> None:
    """Write the pieces of a part of a file.

    `number` is that of the part, from 0. Without a file of ends, those before it are written by
    now. Raises ImageSetError when one of them failed.
    """
    if ends is None:
        with path.open("ab") as file:
            file.writelines(pieces)
        return
    with path.open("r+b") as file, ends.open("r+b") as known:
        start, placed = _placed(known.fileno(), number, pieces)
        file.seek(start)
        file.writelines(placed)
        tell_end(known, number, file.tell())


def _placed(file: int, number: int, pieces: Iterable[bytes]) -> tuple[int, Iterator[bytes]]:
    """Return where a part begins, as soon as that is known, and its pieces.

    From then on each is written once it is made: it is still in the processor's caches, and the
    next one takes its memory.
    """
    waiting, rest = list[bytes](), iter(pieces)
    while _known_end_of(file, number) is None and (piece := next(rest, None)) is not None:
        waiting.append(piece)
    return _end_of(file, number), chain(waiting, rest)


def _known_end_of(file: int, count: int) -> int | None:
    """Return where the first parts end, or None as long as the last of them is not made."""
    if not count:
        return 0
    read = os.pread(file, _END.size, (count - 1) % _ENDS * _END.size)
    before, end, after = _END.unpack(read) if len(read) == _END.size else (0, 0, 0)
    return end if before == after == count else None


def _end_of(file: int, count: int) -> int:
    """Return where the first parts end, as soon as that is known."""
    while (end := _known_end_of(file, count)) is None:
        if GIVEN_UP.wait(_WAIT):
            raise ImageSetError("an earlier part of the file could not be made.")
    return end


def tell_end(file: IO[bytes], number: int, end: int) -> None:
    """Let others know where a part ends."""
    os.pwrite(file.fileno(), _END.pack(number + 1, end, number + 1), number % _ENDS * _END.size)
