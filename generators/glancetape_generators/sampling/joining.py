"""Join columns of text into lines, one for each image.

    b'{"size":'   [1, 22]   b"}"      ->      {"size":1}   {"size":22}

A text of a table is one object for all images that have it. Constants are joined to the tables
beside them, and so are small tables, so that a line is made of few pieces.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets
from glancetape_generators.sampling.draws import Flags, Ints

AT_ONCE = 1 << 9
"""Lines that are joined together: their pieces stay in the caches of a processor."""
_IMAGES_A_TEXT = 8  # at least, where texts of two tables are joined before the lines
_PAIRS_A_TEXT = 64  # at most, among which those that images have are looked for

_Column = TypeVar("_Column", bound=np.ndarray[Any, Any])

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


def texts_at(places: Ints, texts: Octets, count: int) -> Chosen:
    """Return a column of `count` texts that has some at these places, b"" elsewhere.

    They are in a table: NumPy looks for the end of each text of an array from that of the column,
    NUL by NUL, which takes longest where there is none.
    """
    numbers = np.zeros(count, np.int64)
    numbers[places] = np.arange(1, len(places) + 1)
    table = np.full(len(places) + 1, b"", object)
    table[1:] = texts
    return Chosen(table, numbers)


def column_of(texts: Octets, has: Flags) -> Column:
    """Return texts as a column, given where there are any: in a table if most are b""."""
    places = np.flatnonzero(has)
    return texts if 2 * len(places) > len(has) else texts_at(places, texts.take(places), len(has))


def text_where(has: Flags, text: bytes, otherwise: bytes = b"") -> Column:
    """Return a column with `text` where `has` is true, `otherwise` elsewhere."""
    return text if has.all() else Chosen(table_of([otherwise, text]), has.astype(np.int64))


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
        texts = _texts_of(joined, some)
        pieces = [
            repeat(one, end - start) if isinstance(one, bytes) else next(texts) for one in joined
        ]
        yield [*map(b"".join, zip(*pieces, strict=True))]


def list_pieces(columns: Iterable[Column], count: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the pieces of the same lines, those of some lines at once, and how many each line has.

    To join these takes less time than to join lines first.
    """
    joined = _in_few_pieces(columns, count // _IMAGES_A_TEXT)
    width, pieces = len(joined), list[bytes]()
    for start in range(0, count, AT_ONCE):
        lines = min(AT_ONCE, count - start)
        if len(pieces) != lines * width:
            same = [one if isinstance(one, bytes) else b"" for one in joined]
            pieces = same * lines
        texts = _texts_of(joined, slice(start, start + lines))
        for place, one in enumerate(joined):
            if not isinstance(one, bytes):
                pieces[place::width] = next(texts)
        yield width, pieces


def _texts_of(columns: Sequence[Column], some: slice | Ints) -> Iterator[list[bytes]]:
    """Yield the texts of some images in each column that is not the same for all."""
    listed = dict[int, list[bytes]]()  # some columns are there several times, as the id
    for one in columns:
        if isinstance(one, Chosen):
            yield one.table.take(_at(some, one.numbers)).tolist()
        elif not isinstance(one, bytes):
            if id(one) not in listed:
                listed[id(one)] = _at(some, one).tolist()
            yield listed[id(one)]


def _at(some: slice | Ints, column: _Column) -> _Column:
    # Texts are taken in a third of the time of indexing.
    return cast(_Column, column[some] if isinstance(some, slice) else column.take(some))


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
            and (joint := _joint(last, column, most))
        ):
            found[-1] = joint
        elif isinstance(last, bytes) and isinstance(column, bytes):
            found[-1:] = [last + column]
        elif isinstance(last, bytes) and isinstance(column, Chosen):
            found[-1:] = [Chosen(last + column.table, column.numbers)]
        else:
            found.append(column)
    return found


def _joint(first: Chosen, second: Chosen, most: int) -> Chosen | None:
    """Return a column of both texts; None if it would have more than `most` texts."""
    pairs = len(first.table) * len(second.table)
    if pairs > most * _PAIRS_A_TEXT:
        return None
    numbers = first.numbers * len(second.table) + second.numbers
    if pairs <= most:
        return Chosen(np.add.outer(first.table, second.table).reshape(-1), numbers)
    # Of many pairs, few are there: what stands side by side mostly goes together.
    is_there = np.zeros(pairs, np.bool_)
    is_there[numbers] = True
    there = np.flatnonzero(is_there)
    if len(there) > most:
        return None
    ranks = np.empty(pairs, np.int64)
    ranks[there] = np.arange(len(there))
    firsts, seconds = np.divmod(there, len(second.table))
    table = first.table.take(firsts) + second.table.take(seconds)
    return Chosen(table, ranks.take(numbers))
