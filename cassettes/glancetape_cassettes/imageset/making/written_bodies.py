"""Writing the bodies of blocks: the process that makes a block writes them, where they belong.

They begin where those of the block before end. A process learns that from the room for the
database, which is written last:

    room of the file    | 1, end of block 0 | 2, end of block 1 | ...

So it waits until the block before is made, but not until that is written.
"""

import os
import struct
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.checked_file import SECTOR, SectorSums
from glancetape_cassettes.imageset.making.blocks import Block, WrittenBodies

ROOM = 1 << 20
"""Bytes for the database: few databases are longer."""
_END = struct.Struct("<QQ")  # number of the block, from 1, and where it ends; 16 bytes never part
_ENDS = 1 << 10  # blocks of which the room has the end; far fewer are made at the same time
_FAILED = (1 << 64) - 1
_WAIT = 0.001  # seconds


def write_block(path: Path, number: int, make: Callable[[], Block]) -> Block:
    """Make a block and write its bodies to the file of the set; what is returned has none.

    `number` is that of the block in the set, from 0. Those before it are made by now, or meanwhile
    by others. Raises ImageSetError when the block before it could not be made.
    """
    with path.open("r+b") as file:
        try:
            block = make()
            start = _end_of(file.fileno(), number)
        except BaseException:
            _tell_end(file.fileno(), number, _FAILED)  # others wait for it
            raise
        _tell_end(file.fileno(), number, start + sum(block.lengths))
        file.seek(ROOM + start)
        file.writelines(block.bodies)
    block.written, block.bodies = _written(start, block.bodies), []
    return block


def _tell_end(file: int, number: int, end: int) -> None:
    os.pwrite(file, _END.pack(number + 1, end), number % _ENDS * _END.size)


def _end_of(file: int, blocks: int) -> int:
    """Return where the first blocks end, as soon as that is known."""
    found = blocks, 0
    while blocks:
        read = os.pread(file, _END.size, (blocks - 1) % _ENDS * _END.size)
        found = _END.unpack(read) if len(read) == _END.size else (0, 0)
        if found[0] == blocks:
            break
        time.sleep(_WAIT)
    if found[1] == _FAILED:
        raise ImageSetError("an earlier part of the set could not be made.")
    return found[1]


def _written(start: int, pieces: Iterable[bytes]) -> WrittenBodies:
    head, sums, missing = b"", SectorSums(), -start % SECTOR
    for piece in pieces:
        taken = min(missing - len(head), len(piece))
        head += piece[:taken]
        sums.add(memoryview(piece)[taken:])
    return WrittenBodies(start, head, sums)
