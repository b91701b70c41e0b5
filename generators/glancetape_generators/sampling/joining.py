"""Join columns of text into lines, one for each image.

    b'{"size":'   [1, 22]   b"}"      ->      {"size":1}   {"size":22}

A text of a table is one object for all images that have it. Constants are joined to the tables
beside them, and so are small tables, so that a line is made of few pieces.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets
from glancetape_generators.sampling.draws import Ints

AT_ONCE = 1 << 9
"""Lines that are joined together: their pieces stay in the caches of a processor."""
_IMAGES_A_TEXT = 8  # at least, where texts of two tables are joined before the lines

Texts = np.ndarray[Any, np.dtype[np.object_]]
"""A table of texts, as objects of Python."""


class Chosen(NamedTuple):
    """A column whose texts are in a table."""

    table: Texts
    numbers: Ints
    """The place of each image's text in the table."""


Column = bytes | Octets | Chosen
"""Texts, one for each image; bytes are the same for all images. None ends with a NUL."""


def table_of(texts: Sequence[bytes]) -> Texts:
    """Return texts as a table."""
    table = np.empty(len(texts), object)
    table[:] = texts
    return table


def join_lines(
    columns: Iterable[Column], count: int, order: Ints | None = None
) -> Iterator[list[bytes]]:
    """Yield `count` lines, some at once: the texts of each image in the order of the columns.

    With `order`, the first line is that of the image at the first place in it, and so on. There is
    at least one column.
    """
    joined = _in_few_pieces(columns, count // _IMAGES_A_TEXT)
    for start in range(0, count, AT_ONCE):
        end = min(start + AT_ONCE, count)
        some = slice(start, end) if order is None else order[start:end]
        # Some columns are there several times, as the id.
        listed = {id(one): one[some].tolist() for one in joined if isinstance(one, np.ndarray)}
        pieces = [
            repeat(one, end - start)
            if isinstance(one, bytes)
            else one.table[one.numbers[some]].tolist()
            if isinstance(one, Chosen)
            else listed[id(one)]
            for one in joined
        ]
        yield [*map(b"".join, zip(*pieces, strict=True))]


def _in_few_pieces(columns: Iterable[Column], most: int) -> list[Column]:
    """Return fewer columns of the same lines; no table gets more than `most` texts by that."""
    found: list[Column] = []
    for column in columns:
        last = found[-1] if found else b""
        if isinstance(column, bytes) and isinstance(last, Chosen):
            found[-1] = Chosen(last.table + column, last.numbers)
        elif (
            isinstance(last, Chosen)
            and isinstance(column, Chosen)
            and len(last.table) * len(column.table) <= most
        ):
            numbers = last.numbers * len(column.table) + column.numbers
            found[-1] = Chosen(np.add.outer(last.table, column.table).reshape(-1), numbers)
        elif isinstance(last, bytes) and isinstance(column, bytes):
            found[-1:] = [last + column]
        elif isinstance(last, bytes) and isinstance(column, Chosen):
            found[-1:] = [Chosen(last + column.table, column.numbers)]
        else:
            found.append(column)
    return found
