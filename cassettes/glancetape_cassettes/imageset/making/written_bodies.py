"""Writing the bodies of blocks: the process that makes a block writes them, where they belong.

They begin where those of the block before end. A process learns that from the room for the
database, which is written last:

    room of the file    | 1, end of block 0 | 2, end of block 1 | ...

So it waits until the block before is made, but not until that is written. If the block before
failed, it waits until the process that takes the blocks learns of that and gives up.
"""

import os
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

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


def write_block(path: Path, number: int, make: Callable[[], Block]) -> Block:
    """Make a block and write its bodies to the file of the set; what is returned has none.

    `number` is that of the block in the set, from 0. Those before it are made by now, or meanwhile
    by others of `several` processes. Raises ImageSetError when one of those failed.
    """
    block = make()
    with path.open("r+b") as file:
        start = _end_of(file.fileno(), number)
        end = _END.pack(number + 1, start + sum(block.lengths), number + 1)
        os.pwrite(file.fileno(), end, number % _ENDS * _END.size)
        file.seek(ROOM + start)
        file.writelines(block.bodies)
    block.written, block.bodies = _written(start, block.bodies), []
    return block


def _end_of(file: int, blocks: int) -> int:
    """Return where the first blocks end, as soon as that is known."""
    before, end, after = blocks, 0, blocks
    while blocks:
        read = os.pread(file, _END.size, (blocks - 1) % _ENDS * _END.size)
        before, end, after = _END.unpack(read) if len(read) == _END.size else (0, 0, 0)
        if before == after == blocks:
            break
        if GIVEN_UP.wait(_WAIT):
            raise ImageSetError("an earlier part of the set could not be made.")
    return end


def _written(start: int, pieces: Iterable[bytes]) -> WrittenBodies:
    head, sums, missing = b"", SectorSums(), -start % SECTOR
    for piece in pieces:
        taken = min(missing - len(head), len(piece))
        head += piece[:taken]
        sums.add(memoryview(piece)[taken:])
    return WrittenBodies(start, head, sums)
