"""Images by number or time: which have less than some bound.

The ascending order is cut into chunks. Each chunk stores its numbers and the bitmap of all images
before it, so an answer is one bitmap and part of one chunk, wherever the bound is:

    less(size, 5)   sizes 1 2 | 3 4 6 | 7   ->   bitmap of {1 2}, then 3 and 4 of the chunk
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyroaring import BitMap

from glancetape_cassettes.imageset.set_file import SetFile

if TYPE_CHECKING:  # a question without numbers and times does without NumPy
    from glancetape_cassettes.imageset.indexes.bitmaps import Numbers, Positions
    from glancetape_cassettes.imageset.indexes.part import Part

_STEPS = 128
_CHUNK = 256  # numbers in a chunk, at least
_INSERT = "INSERT INTO ranges VALUES (?2, ?3, ?4, ?1 + ?5, ?6, ?7, ?1 + ?8, ?1 + ?9)"
_BELOW = (
    "SELECT below, below_length, count, numbers, positions FROM ranges "
    "WHERE property = ? AND low < ? ORDER BY low DESC, place DESC LIMIT 1"
)
_UP_TO = _BELOW.replace("<", "<=")


def add_ranges(part: "Part", name: str, numbers: "Numbers", positions: "Positions") -> None:
    """Add the ranges of a property: its ascending numbers, and the position of each.

    Images where the property is null are in neither.
    """
    from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, POSITION, from_any, to_bytes

    below = BitMap()
    step = max(_CHUNK, -(-len(numbers) // _STEPS))
    rows: list[tuple[str, int, int | None, int, int, int, int, int]] = []
    for start in range(0, len(numbers) + step, step):
        start = min(start, len(numbers))  # noqa: PLW2901 - the last row has the bitmap of all
        chunk = positions[start : start + step]
        low = int(numbers[start]) if len(chunk) else None
        bitmap = to_bytes(below)
        of_chunk = numbers[start : start + step].astype(NUMBER).tobytes()
        at = part.add(b"".join((bitmap, of_chunk, chunk.astype(POSITION).tobytes())))
        after = at + len(bitmap)
        place = at, len(bitmap), len(chunk), after, after + len(of_chunk)
        rows.append((name, start, low, *place))
        below |= from_any(chunk)
    part.insert(_INSERT, rows)


@dataclass(frozen=True, slots=True)
class Ranges:
    """Finds images of an open image set by a bound on a number or a time."""

    file: SetFile

    def known(self, name: str) -> BitMap:
        """Return the images where a property is not null."""
        row = self.file.tables.execute(
            "SELECT below, below_length FROM ranges WHERE property = ? AND low IS NULL", (name,)
        ).fetchone()
        return self.file.bitmap(*row)

    def less(self, name: str, bound: int, *, or_equal: bool = False) -> BitMap:
        """Return the images whose number is less than a bound (or equal to it)."""
        import numpy as np

        from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, POSITION, from_any

        row = self.file.tables.execute(_UP_TO if or_equal else _BELOW, (name, bound)).fetchone()
        if row is None:
            return BitMap()
        below, below_length, count, numbers, positions = row
        inside = np.searchsorted(
            self.file.array(numbers, count, NUMBER), bound, "right" if or_equal else "left"
        )
        found = self.file.bitmap(below, below_length)
        found |= from_any(self.file.array(positions, int(inside), POSITION))
        return found
