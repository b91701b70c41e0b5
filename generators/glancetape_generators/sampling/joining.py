"""Join columns of text into lines, one for each image, without an object for each piece.

    b'{"size":'   [1, 22]   b"}\\n"      ->      {"size":1}\\n{"size":22}\\n

The columns are laid side by side in rows of one width. What a text leaves free is filled with NUL,
which is in no JSON, and in the end all NUL are removed at once.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets
from glancetape_generators.sampling.draws import Ints

_AT_ONCE = 1 << 19
"""Bytes of rows that are laid out together: about what the caches of a processor hold."""
_MARK = b"\x01"
"""Marks where a line begins and ends that `rewrite` replaces. Like NUL, it never occurs in JSON."""


class Chosen(NamedTuple):
    """A column whose texts are in a table."""

    table: Octets
    numbers: Ints
    """The place of each image's text in the table."""


Column = bytes | Octets | Chosen
"""Texts, one for each image; bytes are the same for all images. None has a NUL or a newline."""


Rewrite = Callable[[int, bytes], bytes]
"""Returns what stands for a line, given its number and its text without the newline."""


def join_lines(
    columns: Sequence[Column],
    count: int,
    order: Ints | None = None,
    others: Sequence[int] = (),
    rewrite: Rewrite | None = None,
) -> Iterator[bytes]:
    """Yield `count` lines: the texts of each image in the order of the columns, and a newline.

    With `order`, the first line is that of the image at the first place in it, and so on. Lines
    with the numbers in `others`, which ascend, are what `rewrite` returns. Some lines come
    together, so that they stay in the caches.
    """
    columns = [b"", *(one for one in columns if not _is_nothing(one)), b"\n"]
    fields = [(str(number), f"S{max(1, _width(one))}") for number, one in enumerate(columns)]
    begin, end = fields[0][0], fields[-1][0]
    step = max(1, min(count, _AT_ONCE // np.dtype(fields).itemsize))
    rows, moving = np.zeros(step, fields), []
    for (name, _), column in zip(fields, columns, strict=True):
        if isinstance(column, bytes):
            rows[name] = column
        else:
            moving.append((name, column))
    next_other = 0
    for start in range(0, count, step):
        filled = rows[: count - start]
        some = slice(start, start + step) if order is None else order[start : start + step]
        for name, column in moving:
            if isinstance(column, Chosen):
                filled[name] = column.table[column.numbers[some]]
            else:
                filled[name] = column[some]
        letters = filled.view(np.uint8)
        first, next_other = next_other, bisect_left(others, start + step, next_other)
        if first == next_other or rewrite is None:
            yield letters[letters != 0].tobytes()
            continue
        numbers = others[first:next_other]
        marked = [number - start for number in numbers]
        filled[begin][marked] = filled[end][marked] = _MARK
        yield _rewritten(letters[letters != 0].tobytes(), numbers, rewrite)
        filled[begin][marked], filled[end][marked] = b"", b"\n"


def _rewritten(text: bytes, numbers: Sequence[int], rewrite: Rewrite) -> bytes:
    """Return lines of which those with some numbers, which stand between marks, are rewritten."""
    view, done, pieces = memoryview(text), 0, list[bytes | memoryview]()
    for number in numbers:
        begin = text.index(_MARK, done)
        end = text.index(_MARK, begin + 1)
        pieces += (view[done:begin], rewrite(number, text[begin + 1 : end]), b"\n")
        done = end + 1
    return b"".join([*pieces, view[done:]])


def ends_of_lines(text: bytes) -> list[int]:
    """Return the place after the newline of each line."""
    found, end, find = list[int](), 0, text.find
    while end := find(b"\n", end) + 1:
        found.append(end)
    return found


def _is_nothing(column: Column) -> bool:
    return isinstance(column, bytes) and not column


def _width(column: Column) -> int:
    if isinstance(column, bytes):
        return len(column)
    return column.table.itemsize if isinstance(column, Chosen) else column.itemsize
