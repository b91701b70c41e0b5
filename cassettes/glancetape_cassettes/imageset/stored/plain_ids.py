"""Ids as pieces of the mapped file, for the link to the next page: nobody reads them for a page.

    links       ...&limit=25&marker=        "
    the ids, mapped     ...82f1a0...  b6c6...  a073...

A link has an id as it is if that is plain, which is found out once for some ids together.
"""

from collections.abc import Callable
from string import ascii_letters, digits

PLAIN = f"{ascii_letters}{digits}-_".encode()
"""What a URL and JSON contain as it is, for certain."""

_SHIFT = 7
_TOGETHER = 1 << _SHIFT
"""Ids that are looked at together: about a sector of the file."""
_UNKNOWN, _PLAIN, _MIXED = range(3)


class PlainIds:
    """Finds the ids of a set that are plain and as long as any."""

    def __init__(
        self, read: Callable[[int, int], bytes], start: int, width: int, count: int
    ) -> None:
        """Find ids of `width` bytes each; `read` takes a start and a length, and checks them."""
        self._read, self._start, self._width = read, start, width
        self._length = width * count
        self._kinds = bytearray((count >> _SHIFT) + 1)

    def piece(self, position: int, data: memoryview) -> memoryview | None:
        """Return an id as a piece of the data, which only the system may read.

        None if it, or one beside it, is not plain or is shorter. Raises ImageSetError.
        """
        some = position >> _SHIFT
        if (self._kinds[some] or self._look_at(some)) != _PLAIN:
            return None
        start = self._start + position * self._width
        return data[start : start + self._width]

    def _look_at(self, some: int) -> int:
        first = some * _TOGETHER * self._width
        read = self._read(self._start + first, min(_TOGETHER * self._width, self._length - first))
        # What fills up a shorter id is not plain either.
        self._kinds[some] = kind = _MIXED if read.translate(None, PLAIN) else _PLAIN
        return kind
