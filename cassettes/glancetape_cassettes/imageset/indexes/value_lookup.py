"""Images by value: from the bitmap of a common value, or the hashes of a rare one."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import orjson
from pyroaring import BitMap

from glancetape_cassettes.imageset.indexed_values import hash_of, positions_of, values_of
from glancetape_cassettes.imageset.set_file import SetFile

_WIDTH = 8  # bytes of an entry
_MANY = 200  # values in one statement
_FEW = 16  # values; reading all rare values takes longer than looking these up one by one
_Bodies = Callable[[Sequence[int]], list[bytes]]
"""Returns the images at positions, as JSON. Given with each question: a set that its own lookup
refers to would stay open until Python looks for cycles."""
_SELECT_COMMON = "SELECT value, start, length FROM property_values WHERE property = ? AND value"


class ValueLookup:
    """Finds images of an open image set by their values."""

    def __init__(self, file: SetFile) -> None:
        """Look in a file."""
        self._file = file
        self._rare: tuple[memoryview, int, int, int] | None = None

    def having(self, name: str, value: str, bodies: _Bodies) -> BitMap:
        """Return the images with a value of a property."""
        row = self._file.tables.execute(_SELECT_COMMON + " = ?", (name, value)).fetchone()
        if row:
            return self._file.bitmap(*row[1:])
        return _checked(self._rare_of_any([hash_of(name, value)]), name, (value,), bodies)

    def having_any(self, name: str, values: Collection[str], bodies: _Bodies) -> BitMap:
        """Return the images with one of many values; more values hardly take more time."""
        found, rare = BitMap(), set(values)
        if len(values) <= _FEW:
            for value in values:
                found |= self.having(name, value, bodies)
            return found
        asked = list(values)
        for start in range(0, len(asked), _MANY):
            some = asked[start : start + _MANY]
            marks = ",".join("?" * len(some))
            for value, *piece in self._file.tables.execute(
                _SELECT_COMMON + f" IN ({marks})", (name, *some)
            ):
                found |= self._file.bitmap(*piece)
                rare.discard(value)
        hashes = sorted(hash_of(name, value) for value in rare)
        return found | _checked(self._rare_of_any(hashes), name, rare, bodies)

    def _rare_of_any(self, hashes: Sequence[int]) -> Iterator[int]:
        """Yield the positions of ascending hashes; what may hold several is read once."""
        firsts, step, start, count = self._rare_values()
        read, entries = (0, 0), memoryview(b"").cast("Q")
        for hashed in hashes:
            low, high = hashed << 32, (hashed + 1) << 32
            # From the last first entry before the hash to the first one after it.
            begin = max(0, bisect_left(firsts, low) - 1) * step
            end = min(count, bisect_left(firsts, high) * step)
            if (begin, end) != read and end > begin:
                read = begin, end
                entries = self._entries(start + begin * _WIDTH, end - begin)
            if end > begin:
                yield from positions_of(entries, hashed)

    def _entries(self, start: int, count: int) -> memoryview:
        return memoryview(self._file.read(start, count * _WIDTH)).cast("Q")

    def _rare_values(self) -> tuple[memoryview, int, int, int]:
        """Return some of the entries, how many there are to each, and the place of all of them."""
        if self._rare is None:
            (start, length, _), (at, size, step) = (
                self._file.tables.execute(
                    "SELECT start, length, number FROM sections WHERE name = ?", (name,)
                ).fetchone()
                for name in ("rare_values", "rare_firsts")
            )
            firsts = self._entries(at, size // _WIDTH)
            self._rare = firsts, int(step), int(start), length // _WIDTH
        return self._rare


def _checked(
    positions: Iterable[int], name: str, values: Collection[str], bodies: _Bodies
) -> BitMap:
    """Return those images that have one of the values; others only share its hash."""
    candidates = list(dict.fromkeys(positions))
    return BitMap(
        position
        for position, body in zip(candidates, bodies(candidates), strict=True)
        if any(value in values for value in values_of(orjson.loads(body), name))
    )
