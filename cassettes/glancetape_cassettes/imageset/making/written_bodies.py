"""Writing the bodies of blocks: the process that makes a block writes them, where they belong.

They begin where those of the block before end. A process learns that from the room for the
database, which is written last:

    room of the file    | 1, end of block 0 | 2, end of block 1 | ...

So it waits until the block before is made, but not until that is written. If the block before
failed, it waits until the process that takes the blocks learns of that and gives up.
"""

import os
import struct
from pathlib import Path
from typing import IO

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.checked_file import SECTOR, SectorSums
from glancetape_cassettes.imageset.making.blocks import Block, WrittenBodies
from glancetape_cassettes.imageset.making.workers import GIVEN_UP

ROOM = 1 << 20
"""Bytes for the database: few databases are longer."""
_END = struct.Struct("<IQI")
"""Where a block ends, between its number, from 1, twice: half of it is not taken for all of it."""
_ENDS = 1 << 10  # blocks of which the room has the end; far fewer are made at the same time
_WAIT = 0.001  # seconds


def write_block(path: Path, number: int, block: Block) -> Block:
    """Write the bodies of a block to the file of the set; what is returned has none.

    `number` is that of the block in the set, from 0. Those before it are made by now, or meanwhile
    by others of `several` processes. Raises ImageSetError when one of those failed.
    """
    kept = list[bytes]()
    with path.open("r+b") as file:
        bodies: _Bodies | None = None
        # What is written at once is in the processor's caches yet, and its memory is used again.
        for piece in block.bodies:
            kept.append(piece)
            if bodies is None and (start := _known_end_of(file.fileno(), number)) is not None:
                bodies = _Bodies(file, start)
            if bodies is not None:
                bodies.add(kept)
        if bodies is None:
            bodies = _Bodies(file, _end_of(file.fileno(), number))
        end = _END.pack(number + 1, bodies.start + sum(block.lengths), number + 1)
        os.pwrite(file.fileno(), end, number % _ENDS * _END.size)
        bodies.add(kept)
    block.written, block.bodies = WrittenBodies(bodies.start, bodies.head, bodies.sums), ()
    return block


class _Bodies:
    """The bodies of a block that are written to a file, from some place of its data on."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        self.start, self.head, self.sums = start, b"", SectorSums()
        self._file, self._missing = file, -start % SECTOR
        file.seek(ROOM + start)

    def add(self, pieces: list[bytes]) -> None:
        """Write the next pieces; none is left in the list."""
        self._file.writelines(pieces)
        for piece in pieces:
            taken = min(self._missing - len(self.head), len(piece))
            self.head += piece[:taken]
            self.sums.add(memoryview(piece)[taken:])
        pieces.clear()


def _known_end_of(file: int, blocks: int) -> int | None:
    """Return where the first blocks end, or None as long as the last of them is not made."""
    if not blocks:
        return 0
    read = os.pread(file, _END.size, (blocks - 1) % _ENDS * _END.size)
    before, end, after = _END.unpack(read) if len(read) == _END.size else (0, 0, 0)
    return end if before == after == blocks else None


def _end_of(file: int, blocks: int) -> int:
    """Return where the first blocks end, as soon as that is known."""
    while (end := _known_end_of(file, blocks)) is None:
        if GIVEN_UP.wait(_WAIT):
            raise ImageSetError("an earlier part of the set could not be made.")
    return end
