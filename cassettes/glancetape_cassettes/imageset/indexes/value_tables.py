"""Values from tables: an image has one row of each table, and with it the values of some fields.

    rows of four images   0 1 1 0     os_type of each row   Linux Windows
    images with Linux     0 and 3

Blocks have the rows. The images of a value are found for many blocks together, which takes a few
passes over the rows, instead of sorting the images of each block by each field.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from pyroaring import BitMap

from glancetape_cassettes.imageset.indexed_values import NOT_VALUES
from glancetape_cassettes.imageset.indexes.bitmaps import (
    POSITION,
    Flags,
    Numbers,
    Positions,
    from_flags,
)
from glancetape_cassettes.imageset.indexes.column import Column, GrowingColumn, Rows
from glancetape_cassettes.imageset.packed import Postings

_ONE_BY_ONE = 24  # codes; to look for each of these takes less time than sorting


class ValueTable(Protocol):
    """A table whose rows are fields that agree."""

    fields: list[str]

    @property
    def values(self) -> Mapping[str, tuple[Numbers, list[str]]]:
        """For each field the code of each row's value, -1 for none; and the values."""
        raise NotImplementedError

    def __len__(self) -> int:
        """Count the rows."""
        raise NotImplementedError

    def numbers(self, field: str, null: int) -> Numbers:
        """Return a field of whole numbers for each row, with `null` for none."""
        raise NotImplementedError

    def words(self, field: str) -> list[str | None]:
        """Return a field of text for each row."""
        raise NotImplementedError


def value_fields(table: ValueTable) -> Iterator[str]:
    """Yield the fields of a table that can be looked up by value."""
    return (field for field in table.fields if field not in NOT_VALUES)


def narrow(numbers: Numbers, limit: int) -> Rows:
    """Return numbers below a limit, or -1, in as few bits as these take.

    NumPy sorts numbers of 8 or 16 bits without comparing them: in two digits at most.
    """
    bits = next((bits for bits in (8, 16, 32) if limit < 1 << bits - 1), 64)
    return numbers.astype(f"i{bits // 8}", copy=False)


def by_code(codes: Rows) -> tuple[Rows, Numbers, Numbers]:
    """Return the codes that are there, ascending, how many of each, and the places of each.

    Codes 1 0 1 -1: 0 once and 1 twice; 0 is at place 1, and 1 at the places 0 and 2.
    """
    places = np.flatnonzero(codes >= 0)
    if len(places) < len(codes):
        codes = codes[places]
    order = np.argsort(codes, kind="stable")
    in_order = codes[order]
    changes = np.flatnonzero(in_order[1:] != in_order[:-1]) + 1
    edges = np.concatenate(([0], changes, [len(codes)])) if len(codes) else np.zeros(1, np.int64)
    return in_order[edges[:-1]], np.diff(edges), places[order]


def add_few(postings: Postings, field: str, table: ValueTable, rows: Rows, first: int) -> None:
    """Add the values that images have by their rows; `first` is the position of the first one."""
    codes, values = table.values[field]
    there, counts, places = by_code(narrow(codes, len(values)).take(rows))
    if len(there):
        positions = (places + first).astype(POSITION)
        listed = [values[code] for code in there.tolist()]
        postings.extend(field, listed, counts.astype(POSITION).tobytes(), positions.tobytes())


class TableRows:
    """The rows of all images that were added, on disk."""

    def __init__(self, tables: Mapping[str, ValueTable], folder: Path) -> None:
        """Start without images; each of them has a row of each table."""
        self.tables = tables
        self._rows = {
            name: GrowingColumn(folder / f"{number}.rows") for number, name in enumerate(tables)
        }
        self._of_field = {field: name for name, table in tables.items() for field in table.fields}
        self._edges = [0]

    def close(self) -> None:
        """Close the files."""
        for column in self._rows.values():
            column.close()

    def add(self, rows: Mapping[str, Rows], count: int) -> None:
        """Add the rows of the next block, which has `count` images."""
        self._edges.append(self._edges[-1] + count)
        for name, column in self._rows.items():
            column.add(rows[name])

    @property
    def count(self) -> int:
        """How many images were added."""
        return self._edges[-1]

    def has(self, field: str) -> bool:
        """Whether a field is in a table."""
        return field in self._of_field

    def table_of(self, field: str) -> ValueTable:
        """Return the table that has a field."""
        return self.tables[self._of_field[field]]

    def column(self, field: str, of_rows: Rows) -> Column:
        """Return what each image has, given that of each row of the field's table."""
        return self._rows[self._of_field[field]].column(of_rows)

    def codes(self, field: str) -> Rows:
        """Return the code of each image's value, -1 for none."""
        return self.coded(field).codes.read()

    def values(self, field: str) -> Sequence[str]:
        """Return the values of a field, in the order of their codes."""
        return self.table_of(field).values[field][1]

    def values_in(self, field: str, rows: Numbers) -> list[str]:
        """Return the values of a field in some rows of its table, in the order of their codes."""
        codes, values = self.table_of(field).values[field]
        there = np.bincount(codes.take(rows) + 1, minlength=1)[1:]
        return [values[code] for code in np.flatnonzero(there).tolist()]

    def coded(self, field: str) -> "CodedField":
        """Return what any process needs to find the images of each value of a field."""
        codes, values = self.table_of(field).values[field]
        column = self.column(field, narrow(codes, len(values)))
        return CodedField(column, len(values), self._edges)

    def bitmaps(self, field: str) -> Iterator[tuple[str, BitMap]]:
        """Yield each value of a field that an image has, and the images that have it."""
        values = self.values(field)
        return ((values[code], bitmap) for code, bitmap in self.coded(field).bitmaps())


class CodedField(NamedTuple):
    """The code of each image's value, on disk; cheap to send to another process."""

    codes: Column
    values: int
    """How many there are."""
    edges: Sequence[int]
    """Where blocks begin; the last one is the end of the set."""

    def bitmaps(self) -> Iterator[tuple[int, BitMap]]:
        """Yield each code that an image has, and the images that have it."""
        codes, edges = self.codes.read(), self.edges
        if self.values <= _ONE_BY_ONE:
            for code in range(self.values):
                has_value = codes == code
                if has_value.any():
                    yield code, _of_flags(has_value, edges)
            return
        there, counts, places = by_code(codes)
        ends = np.cumsum(counts)
        positions: Positions = places.astype(POSITION)
        for code, start, end in zip(there.tolist(), ends - counts, ends, strict=True):
            yield code, _of_positions(positions[start:end], edges)


def _of_flags(flags: Flags, edges: Sequence[int]) -> BitMap:
    """Return the bitmap of flagged positions, as `_of_positions` does."""
    begins = flags[1:] > flags[:-1]
    for start, end in pairwise(edges):
        if int(flags[start]) + np.count_nonzero(begins[start : end - 1]) == 1:
            return _of_positions(np.flatnonzero(flags).astype(POSITION), edges)
    return from_flags(flags)


def _of_positions(positions: Positions, edges: Sequence[int]) -> BitMap:
    """Return the bitmap of ascending positions, as if those of each block were added in turn.

    Those of a block that follow each other are a range. Of two ways to write them that are as long,
    the bytes of a bitmap show which one that was. Blocks begin at the edges; the last one is the
    end of the set.
    """
    bitmap, done = BitMap(), 0
    if (positions[2:] - positions[:-2] == 2).any():  # three in a row
        found = np.searchsorted(positions, edges)
        cuts = found.compress(np.append(True, found[1:] != found[:-1]))
        starts, ends = cuts[:-1], cuts[1:]
        are_ranges = positions[ends - 1] - positions[starts] == ends - starts - 1
        ranges = starts[are_ranges].tolist(), ends[are_ranges].tolist()
        for start, end in zip(*ranges, strict=True):
            _update(bitmap, positions[done:start])
            bitmap.add_range(int(positions[start]), int(positions[end - 1]) + 1)
            done = end
    _update(bitmap, positions[done:])
    return bitmap


def _update(bitmap: BitMap, positions: Positions) -> None:
    if len(positions):
        bitmap.update(array("I", positions.tobytes()))
