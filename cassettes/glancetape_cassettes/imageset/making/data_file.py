"""The data of a set while it is made: the second part of the file, after room for the first."""

import os
from array import array
from pathlib import Path
from typing import IO

import numpy as np

from glancetape_cassettes.imageset.checked_file import (
    SECTOR,
    Bytes,
    SectorSums,
    crc32,
    write_sums,
)
from glancetape_cassettes.imageset.checksums import Sums, crc32_of_rows
from glancetape_cassettes.imageset.indexes.bitmaps import ENTRY, NUMBER, POSITION, bytes_of
from glancetape_cassettes.imageset.indexes.part import Part, WrittenPart
from glancetape_cassettes.imageset.making.blocks import Block
from glancetape_cassettes.imageset.making.written_bodies import ROOM, tell_end, write_block
from glancetape_cassettes.imageset.packed import PackedTexts

_MOVED = 1 << 20  # bytes at once
_IDS_AT_ONCE = 1 << 16
_FILLER = 0xFF  # no byte of a text in UTF-8


class DataFile:
    """Collects data; the bodies of the images come first."""

    def __init__(self, path: Path) -> None:
        """Start a new file, with room for a database at its beginning."""
        self.path = path
        self.file: IO[bytes] = path.open("w+b")
        self.file.seek(ROOM)
        self.start = ROOM
        """Where the data starts in the file."""
        self.sums = SectorSums()
        """The checksums of what was added."""
        self._parts = self._length = 0
        self._places = array("Q")
        self._image_sums = array("I")

    @property
    def length(self) -> int:
        """How many bytes were added."""
        return self._length

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def add(self, data: Bytes) -> int:
        """Add data; returns where it starts."""
        start = self._length
        self.file.write(data)
        self.sums.add(data)
        self._length += len(data)
        return start

    def add_part(self, part: Part) -> int:
        """Add a part; returns where it starts."""
        if part.begins_sector:
            self.add(bytes(-self._length % SECTOR))
        start = self._length
        for piece in part.pieces:
            self.add(piece)
        return start

    @property
    def next_part(self) -> int:
        """The number of the part that others write after what is added here until `tell_end`."""
        return self._parts + 1

    def tell_end(self) -> None:
        """Let others write the next part."""
        tell_end(self.file, self._parts, self._length)
        self._parts += 1

    def take(self, written: WrittenPart) -> None:
        """Add the next part, which is written by now."""
        self.sums.add(written.head)
        self.sums.extend(written.sums)
        self._parts, self._length = self._parts + 1, written.end
        self.file.seek(ROOM + self._length)

    def add_section(self, data: Bytes) -> tuple[int, int]:
        """Add data that begins with a sector; returns where it starts, and its length."""
        self.add(bytes(-self._length % SECTOR))
        return self.add(data), len(data)

    def add_bodies(self, block: Block) -> None:
        """Add the bodies of the next block, which are written by now or else are written here."""
        if block.bodies:
            write_block(self.path, self._parts, block)
        self.take(block.written)
        lengths = np.frombuffer(block.lengths, np.uint32).astype(ENTRY)
        order = np.frombuffer(block.stored, POSITION)
        ends = np.cumsum(lengths, dtype=ENTRY) + np.uint64(block.written.start)
        places = np.empty((len(order), 2), ENTRY)
        places[order, 0], places[order, 1] = ends - lengths, ends
        self._places.frombytes(places.tobytes())
        sums = np.empty(len(order), POSITION)
        sums[order] = np.frombuffer(block.sums, POSITION)
        self._image_sums.frombytes(sums.tobytes())

    def places_of(self, positions: list[int]) -> list[tuple[int, int]]:
        """Return where in the file the bodies of images that were added start and end."""
        places = np.frombuffer(self._places, ENTRY).reshape(-1, 2)[positions].astype(NUMBER)
        starts, ends = places[:, 0] + self.start, places[:, 1] + self.start - 1
        return [*zip(starts.tolist(), ends.tolist(), strict=True)]

    def finish(self, database: bytes) -> None:
        """Write a database, which has whole sectors, before the data, and the checksums after it.

        A database that is not as long as the room for it takes longer, as all data is moved.
        """
        if len(database) != self.start:
            self._move(len(database))
        self.file.seek(0)
        self.file.write(database)
        self.file.seek(0, os.SEEK_END)
        write_sums(self.file, database, self.sums)
        self.file.flush()

    def _move(self, start: int) -> None:
        """Move the data to another place of the file; what is read was not written over yet."""
        by = start - self.start
        places = range(self.start, self.start + self._length, _MOVED)
        for place in places if by < 0 else reversed(places):
            end = min(place + _MOVED, self.start + self._length)
            self.file.seek(place)
            piece = self.file.read(end - place)
            self.file.seek(place + by)
            self.file.write(piece)
        self.file.truncate(start + self._length)
        self.start = start

    def of_images(self) -> Part:
        """Return what finds the bodies."""
        part = Part(begins_sector=True)
        part.add_section("places", bytes_of(np.frombuffer(self._places, ENTRY)))
        part.add_section("sums", bytes_of(np.frombuffer(self._image_sums, POSITION)))
        return part


def add_ids(part: Part, ids: PackedTexts) -> None:
    """Add the ids, and what finds them."""
    part.add_section("ids", filled(ids))
    part.add_section("by_id", *hash_table(ids))


def filled(texts: PackedTexts) -> bytes:
    """Return texts, each as long as the longest; what is missing is filled with bytes 0xFF.

    >>> filled(PackedTexts.of_texts(["ab", "c"]))
    b'abc\\xff'
    """
    lengths = np.frombuffer(texts.lengths, np.int32)
    width = int(lengths.max(initial=0))
    if len(lengths) * width == len(texts.data):
        return texts.data  # most ids are UUIDs
    octets = np.frombuffer(texts.data, np.uint8)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    pieces = []
    for first in range(0, len(lengths), _IDS_AT_ONCE):
        some = slice(first, first + _IDS_AT_ONCE)
        columns = np.arange(width)
        there = columns < lengths[some, None]
        places = np.minimum(starts[some, None] + columns, max(0, len(octets) - 1))
        pieces.append(np.where(there, octets[places], np.uint8(_FILLER)).tobytes())
    return b"".join(pieces)


def _hashes(texts: PackedTexts) -> Sums:
    """Return the CRC-32 of each text."""
    lengths = np.frombuffer(texts.lengths, np.int32)
    width = int(lengths.max(initial=0))
    if width and (lengths == width).all():  # most ids are UUIDs
        return crc32_of_rows(np.frombuffer(texts.data, f"V{width}"))
    return np.fromiter(map(crc32, texts.views()), np.uint32, len(texts))


def hash_table(texts: PackedTexts) -> tuple[Bytes, int]:
    """Return the hash table that finds the position of a text, and its number of slots.

    Twice as many slots as texts; a text whose slot is taken goes to the next free one. The table
    has as many more slots at its end as that needs, and one that is empty.
    """
    half, numbers = np.uint64(32), np.arange(len(texts), dtype=np.int64)
    hashes = _hashes(texts).astype(ENTRY)
    slots = max(1, 2 * len(hashes))
    # One column: NumPy sorts it many times faster than the places of another one.
    wanted = np.sort((hashes * np.uint64(slots) >> half) << half | numbers.astype(ENTRY))
    order = wanted & np.uint64((1 << 32) - 1)
    # Each takes the slot that it wants, or the one after the text before it.
    taken = np.maximum.accumulate((wanted >> half).astype(np.int64) - numbers) + numbers
    table = np.zeros(max(slots, int(taken.max(initial=0)) + 1) + 1, ENTRY)
    table[taken] = hashes[order] << half | order + np.uint64(1)
    return bytes_of(table), slots
