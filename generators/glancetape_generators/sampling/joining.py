"""Join columns of text into lines, one for each image, without an object for each piece.

    b'{"size":'   [1, 22]   b"}\\n"      ->      {"size":1}\\n{"size":22}\\n

The columns are laid side by side in rows of one width. What a text leaves free is filled with NUL,
which is in no JSON, and in the end all NUL are removed at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets
from glancetape_generators.sampling.draws import Ints

_AT_ONCE = 1 << 18
"""Bytes of rows that are laid out together: about what the caches of a processor hold."""
_NEWLINE = ord("\n")


class Chosen(NamedTuple):
    """A column whose texts are in a table."""

    table: Octets
    numbers: Ints
    """The place of each image's text in the table."""


Column = bytes | Octets | Chosen
"""Texts, one for each image; bytes are the same for all images. None has a NUL or a newline."""


@dataclass(frozen=True)
class Lines:
    """Lines of text, each with its newline."""

    text: bytes

    @cached_property
    def ends(self) -> Ints:
        """The place after the newline of each."""
        found: Ints = np.flatnonzero(np.frombuffer(self.text, np.uint8) == _NEWLINE) + 1
        return found

    def line(self, number: int) -> bytes:
        """Return a line, without its newline."""
        return self.text[self._begin(number) : int(self.ends[number]) - 1]

    def replaced(self, others: Mapping[int, bytes]) -> "Lines":
        """Return the lines, of which some are replaced: number -> text without a newline."""
        text, end, pieces = memoryview(self.text), 0, list[Any]()
        for number in sorted(others):
            pieces += (text[end : self._begin(number)], others[number])
            end = int(self.ends[number]) - 1
        return Lines(b"".join([*pieces, text[end:]])) if others else self

    def _begin(self, number: int) -> int:
        return int(self.ends[number - 1]) if number else 0


def join_lines(
    columns: Sequence[Column], count: int, order: Ints | None = None
) -> Iterator[tuple[int, Lines]]:
    """Yield `count` lines: the texts of each image in the order of the columns, and a newline.

    With `order`, the first line is that of the image at the first place in it, and so on. Some
    lines come together, with the number of the first of them, so that they stay in the caches.
    """
    columns = [*columns, b"\n"]
    fields = [(str(number), f"S{_width(one)}") for number, one in enumerate(columns)]
    step = max(1, min(count, _AT_ONCE // np.dtype(fields).itemsize))
    rows, moving = np.zeros(step, fields), []
    for (name, _), column in zip(fields, columns, strict=True):
        if isinstance(column, bytes):
            rows[name] = column
        else:
            moving.append((name, column))
    for start in range(0, count, step):
        filled = rows[: count - start]
        some = slice(start, start + step) if order is None else order[start : start + step]
        for name, column in moving:
            if isinstance(column, Chosen):
                filled[name] = column.table[column.numbers[some]]
            else:
                filled[name] = column[some]
        letters = filled.view(np.uint8)
        yield start, Lines(letters[letters != 0].tobytes())


def _width(column: Column) -> int:
    if isinstance(column, bytes):
        return len(column)
    return column.table.itemsize if isinstance(column, Chosen) else column.itemsize
