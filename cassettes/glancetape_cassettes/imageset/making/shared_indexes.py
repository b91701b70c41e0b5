"""The end of making a set, shared out: indexes that depend on one column are made by any process.

    this process   | waits                          | values      | orders of names, ids | places
    process 1      | order of names | fields' values | some values | ids, their hash table | ...
    process 2      | order of ids   | fields' values | some values | status | created_at   | ...

A task names a file with the column, so nothing large is sent. The process writes the index where it
belongs, and returns rows and checksums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, POSITION, Numbers, Positions
from glancetape_cassettes.imageset.indexes.column import Column, Rows
from glancetape_cassettes.imageset.indexes.orders import add_order
from glancetape_cassettes.imageset.indexes.part import Part, Row, WrittenPart
from glancetape_cassettes.imageset.indexes.ranges import add_ranges
from glancetape_cassettes.imageset.indexes.text_order import StoredTexts
from glancetape_cassettes.imageset.making.data_file import add_ids
from glancetape_cassettes.imageset.making.listed_images import NULL
from glancetape_cassettes.imageset.making.written_bodies import write_part

_BITS = 31  # of positions, and of numbers that are sorted together with them
_MOST = (1 << _BITS) - 1
_ORDERED = ("created_at", "updated_at", "size")
"""Numbers that are sort keys."""


class Index(Protocol):
    """An index that depends on one column."""

    def part(self) -> Part:
        """Make it."""
        raise NotImplementedError


class IdIndex(NamedTuple):
    """What finds an image by its id, and the id of an image."""

    ids: StoredTexts

    def part(self) -> Part:
        """Make it."""
        part = Part(begins_sector=True)
        add_ids(part, self.ids.read())
        return part


class WordIndex(NamedTuple):
    """The order of a sort key that has few values."""

    name: str
    ranks: Column
    """The place of each image's value among the values."""

    def part(self) -> Part:
        """Make it."""
        part, ranks = Part(), self.ranks.read()
        positions = _ascending(ranks)
        add_order(part, self.name, positions, _starts(ranks[positions]))
        return part


class NumberIndex(NamedTuple):
    """The ranges of a number or time, and its order where it is a sort key."""

    name: str
    numbers: Column

    def part(self) -> Part:
        """Make it."""
        part, numbers = Part(), self.numbers.read()
        positions = _ascending(numbers)
        ascending = numbers[positions]
        nulls = int(np.searchsorted(ascending, NULL, "right"))
        add_ranges(part, self.name, ascending[nulls:], positions[nulls:])
        if self.name in _ORDERED:
            add_order(part, self.name, positions, _starts(ascending))
        return part


@dataclass(frozen=True, slots=True)
class IndexTask:
    """An index that is to be written."""

    out: Path
    """The file of the set."""
    number: int
    """That of the part of its data, as in `written_bodies`."""
    index: Index


class WrittenIndex(NamedTuple):
    """An index in the file."""

    inserted: Sequence[tuple[str, Sequence[Row]]]
    """As those of a part: the statements that insert its rows."""
    written: WrittenPart


def write_index(task: IndexTask) -> WrittenIndex:
    """Make an index, and write it as soon as the part before it has a length."""
    part = task.index.part()
    return WrittenIndex(part.inserted, write_part(task.out, task.number, part))


def sort_texts(texts: StoredTexts) -> tuple[Positions, Positions]:
    """Sort texts as `StoredTexts.sort` does."""
    return texts.sort()


def _ascending(numbers: Rows) -> Positions:
    """Return positions sorted by their numbers; ties ascend by created_at and id: backwards.

    Number and position together are one number where they are short enough: NumPy sorts one column
    many times faster than the places of another one.
    """
    last = len(numbers) - 1
    if (numbers[1:] <= numbers[:-1]).all():  # as times of creation are
        return np.arange(len(numbers), dtype=POSITION)[::-1]
    if not _are_near(numbers):
        return (last - np.argsort(numbers[::-1], kind="stable")).astype(POSITION)
    low = np.min(numbers, where=numbers != NULL, initial=np.iinfo(NUMBER).max) - 1
    keys = np.where(numbers == NULL, 0, numbers - low) << _BITS
    keys |= np.arange(last, -1, -1)
    keys.sort()
    return (last - (keys & _MOST)).astype(POSITION)


def _are_near(numbers: Rows) -> bool:
    """Whether number and position fit into one number; 16 bits are sorted without comparing."""
    if numbers.dtype != NUMBER:
        return False
    known = numbers[numbers != NULL]
    return not len(known) or int(known.max()) - int(known.min()) < _MOST


def _starts(ascending: Numbers) -> Positions:
    """Return the places where another number begins."""
    changes = np.ones(len(ascending), bool)
    changes[1:] = ascending[1:] != ascending[:-1]
    return np.flatnonzero(changes).astype(POSITION)
