"""The ids of a set's images, and the hash table that finds the image with an id.

All ids are as long as the longest one: shorter ones are filled up. `making.data_file` writes both.
"""

import zlib

from glancetape_cassettes.imageset.set_file import Place, SetFile
from glancetape_cassettes.imageset.stored.plain_ids import PlainIds

_SLOTS = 64  # bytes of the hash table, read at once: eight slots
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
        place, pread = (hashed * self._slots >> 32) * 8, self._checked.pread
        # Who has this id is the one, whatever is damaged. That nobody has it needs what is checked.
        try:
            slots = pread(_SLOTS, self._at + place)
            at = slots.find(hashed.to_bytes(4, "little"), 4)
            if at & 7 == 4:
                position = int.from_bytes(slots[at - 4 : at], "little") - 1
                # Behind the table there may be anything, and an empty set has ids of no bytes.
                is_image = 0 <= position < self._count
                if is_image and pread(width, self._ids_at + position * width) == filled:
                    return position
        except (OSError, OverflowError):  # it is closed, shorter, or damaged
            pass
        return self._find(filled, hashed, place)

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
