"""The ids of a set's images, and the hash table that finds the image with an id.

All ids are as long as the longest one: shorter ones are filled up. `making.data_file` writes both.

What was read of the hash table is kept, in half of the bytes:

    in the file      position + 1, 32 bits          hash, 32 bits
    in memory        position + 1, 20 bits for a million images; the last 12 bits of the hash

The id itself says whether it is the right one, so some bits of the hash are enough.
"""

import zlib
from array import array

from glancetape_cassettes.imageset.set_file import Place, SetFile
from glancetape_cassettes.imageset.stored.memory import unwritten
from glancetape_cassettes.imageset.stored.plain_ids import PlainIds

_SLOTS = 64  # bytes of the hash table, read at once: eight slots
_KEPT = 512  # slots that are read at once to be kept: those of a sector
_SHIFT = _KEPT.bit_length() - 1
_ALL_BITS = (1 << 32) - 1
_FILLER = b"\xff"  # of ids that are shorter than others


class IdTable:
    """Finds the position of an id, and the id at a position."""

    def __init__(self, file: SetFile, ids: Place, table: Place, count: int) -> None:
        """Take where the ids of `count` images are in the data, and where the hash table.

        The number of the hash table is that of its slots, of 8 bytes each.
        """
        self._checked, self._count = file.checked, count
        start, length, _ = ids
        self._ids_at, self._width = file.data + start, length // max(1, count)
        self.plain = PlainIds(file.read, start, self._width, count)
        """Those that a link contains as they are."""
        start, self._length, self._slots = table
        self._at = file.data + start
        self._position_bits = min(count.bit_length(), 32)
        # 8 MB for a million images, once all of it is read.
        self._kept = unwritten("I", self._length // 8 + 1)
        self._is_kept = bytearray((len(self._kept) >> _SHIFT) + 1)

    def position_of(self, image_id: str) -> int | None:
        """Return the position of an image; None when no image has that id."""
        try:
            wanted = image_id.encode()
        except UnicodeEncodeError:  # no image has such an id
            return None
        hashed, width = zlib.crc32(wanted), self._width
        if len(wanted) > width:
            return None
        filled = wanted.ljust(width, _FILLER)
        at = place = hashed * self._slots >> 32
        some_of_hash = hashed << self._position_bits & _ALL_BITS
        kept, pread = self._kept, self._checked.pread
        # Who has this id is the one, whatever is damaged. That nobody has it needs what is checked.
        try:
            if not self._is_kept[at >> _SHIFT]:
                self._keep(at >> _SHIFT)
            while slot := kept[at]:
                # With another hash in the slot, it is too large a number.
                position = (slot ^ some_of_hash) - 1
                is_image = 0 <= position < self._count
                if is_image and pread(width, self._ids_at + position * width) == filled:
                    return position
                at += 1
        except (OSError, OverflowError, IndexError):  # it is closed, shorter, or damaged
            pass
        return self._find(filled, hashed, place * 8)

    def _keep(self, number: int) -> None:
        """Keep some slots, unless they cannot be read."""
        first = number << _SHIFT
        count = min(_KEPT, self._length // 8 - first)
        read = self._checked.pread(8 * count, self._at + 8 * first)
        if len(read) == 8 * count:
            both, bits = memoryview(read).cast("I"), self._position_bits
            slots = [
                position and (position | hashed << bits) & _ALL_BITS
                for position, hashed in zip(both[::2], both[1::2], strict=True)
            ]
            self._kept[first : first + count] = memoryview(array("I", slots))
            self._is_kept[number] = 1

    def _find(self, filled: bytes, hashed: int, place: int) -> int | None:
        """Return the position of an id, by its hash and where in the table it would be."""
        width, read = self._width, self._checked.read
        while place < self._length:
            rest = self._length - place
            length = _SLOTS if rest > _SLOTS else rest
            for slot in memoryview(read(self._at + place, length)).cast("Q"):
                if not slot:
                    return None
                if slot >> 32 == hashed:
                    position = (slot & 0xFFFFFFFF) - 1
                    if read(self._ids_at + position * width, width) == filled:
                        return position
            place += length
        return None

    def id_at(self, position: int) -> str:
        """Return the id of the image at a position."""
        width = self._width
        return _id_in(self._checked.read(self._ids_at + position * width, width))

    def all(self) -> list[str]:
        """Return the ids of all images, in the order of their positions."""
        width = self._width
        found = self._checked.read(self._ids_at, self._count * width)
        return [
            _id_in(found[start : start + width]) for start in range(0, len(found), max(1, width))
        ]


def _id_in(filled: bytes) -> str:
    """Return an id without what fills it up."""
    return filled.rstrip(_FILLER).decode()
