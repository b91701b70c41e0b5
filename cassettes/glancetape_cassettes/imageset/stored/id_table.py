"""The ids of a set's images, and the hash table that finds the image with an id.

All ids are as long as the longest one: shorter ones are filled up. `making.data_file` writes both.
"""

import zlib
from collections.abc import Callable

from glancetape_cassettes.imageset.set_file import Place, SetFile

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
        # Who has this id is the one, whatever is damaged. That nobody has it needs what is checked.
        try:
            found = self._find(filled, hashed, self._checked.pread)
        except (OSError, TypeError, OverflowError):  # it is closed, shorter, or damaged
            found = None
        if found is not None:
            return found
        return self._find(filled, hashed, lambda length, start: self._checked.read(start, length))

    def _find(self, filled: bytes, hashed: int, read: Callable[[int, int], bytes]) -> int | None:
        """Return the position of an id, by its hash; `read` takes a length and a start."""
        place, width = (hashed * self._slots >> 32) * 8, self._width
        while place < self._length:
            rest = self._length - place
            length = _SLOTS if rest > _SLOTS else rest
            found = read(length, self._at + place)
            for slot in memoryview(found).cast("Q"):
                if not slot:
                    return None
                if slot >> 32 == hashed:
                    position = (slot & 0xFFFFFFFF) - 1
                    if read(width, self._ids_at + position * width) == filled:
                        return position
            if len(found) < length:  # the file has become shorter
                return None
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
