"""Merging the values of all blocks into the bitmaps and hashes of a set.

A value gets a bitmap once it may belong to 32 images; until then its positions are written as
hashes. At the end, bitmaps of rarer values become hashes too, and the positions that a common
value had as hashes are added to its bitmap.
"""

import os
import sqlite3
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import orjson
from pyroaring import BitMap

from glancetape_cassettes.imageset.indexed_values import (
    MEMBERS,
    hash_of,
    values_of,
)
from glancetape_cassettes.imageset.indexes.bitmaps import (
    ENTRY,
    NUMBER,
    POSITION,
    Entries,
    Numbers,
    Positions,
    bytes_of,
    to_array,
    to_bytes,
)
from glancetape_cassettes.imageset.indexes.value_tables import (
    CodedField,
    TableRows,
    add_few,
    value_fields,
)
from glancetape_cassettes.imageset.making.blocks import Block
from glancetape_cassettes.imageset.making.data_file import DataFile
from glancetape_cassettes.imageset.making.workers import Map
from glancetape_cassettes.imageset.packed import Postings

Flags = np.ndarray[Any, np.dtype[np.bool_]]

COMMON = 32
"""Images that make a value common; rarer values are stored as hashes.

An image that is the only one with the value in its block does not count, unless the property has
few values there: most such values belong to one image of the whole set.
"""

_STEP = 512  # hashes of rare values that are read together
_VALUES_OF_TASK = 1 << 9
_MOST_FEW = 1 << 17  # bitmaps of values that may yet turn out to be rare
_BUCKETS = 1 << 24
_ONE, _HALF, _POSITIONS = np.array([1, 32, (1 << 32) - 1], ENTRY)  # of entries: hash and position


class MergedValues:
    """The values of all blocks added so far."""

    def __init__(self, rows: TableRows) -> None:
        """Start without blocks; `rows` gets the rows of each block's images."""
        self._rows = rows
        self._of_rows = {field for table in rows.tables.values() for field in value_fields(table)}
        """The fields of tables that had few values in each block: their bitmaps are empty yet."""
        self._known = {name: np.zeros(len(table), np.bool_) for name, table in rows.tables.items()}
        """Table -> which of its rows any image had."""
        # Property -> value -> images.
        self._common: defaultdict[str, dict[str, BitMap]] = defaultdict(dict)
        self._bitmaps = 0
        # For the low bits of each hash, the number of images with a repeated value. A small set
        # touches little of this memory, so the system provides little.
        self._seen = np.zeros(_BUCKETS, np.uint8)
        self._entries: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._sorted = np.empty(0, ENTRY)

    def close(self) -> None:
        """Delete the temporary file."""
        self._entries.close()

    def add(self, block: Block) -> None:
        """Add the values of the next block."""
        found = [self._add_few(self._few_of_tables(block))]
        self._rows.add(block.rows, len(block.ids))
        found += [np.frombuffer(block.single, ENTRY), self._add_few(block.few)]
        found += [self._add_repeated(*one) for one in block.repeated.by_property()]
        self._entries.writelines(entries.tobytes() for entries in found)

    def _few_of_tables(self, block: Block) -> Postings:
        """Begin the bitmaps of a block's values in tables; return the values that are added now.

        Once a field had too many values in a block, its bitmaps are made block by block.
        """
        postings = Postings()
        for name, table in self._rows.tables.items():
            rows, is_known = block.rows[name], self._known[name]
            new = np.sort(rows[~is_known.take(rows)])
            is_known[new] = True
            for field in value_fields(table):
                if field in self._of_rows and (
                    field in block.apart or (len(new) and not self._begin(field, new))
                ):
                    self._fill(field)
                    self._of_rows.discard(field)
                if field not in self._of_rows and field not in block.apart:
                    add_few(postings, field, table, rows, self._rows.count)
        return postings

    def _begin(self, field: str, rows: Numbers) -> bool:
        """Begin the bitmaps of the values in some rows; return whether there may be so many."""
        common = self._common[field]
        new = [value for value in self._rows.values_in(field, rows) if value not in common]
        if self._bitmaps + len(new) > _MOST_FEW:
            return False
        for value in new:
            self._new_bitmap(field, value)
        return True

    def _fill(self, field: str) -> None:
        """Fill the bitmaps of a field of a table with the images that were added."""
        self._common[field].update(self._rows.bitmaps(field))

    def _add_few(self, postings: Postings) -> Entries:
        """Add values of properties with few values; return the entries of those without bitmap."""
        entries = array("Q")
        for name, values, starts, positions, _ in postings.by_property():
            common = self._common[name]
            for value, (start, end) in zip(values, pairwise(starts), strict=True):
                bitmap = common.get(value)
                if bitmap is None:
                    # A hash is checked against the images, and these do not show members.
                    if end - start < COMMON and name != MEMBERS and self._bitmaps >= _MOST_FEW:
                        hashed = hash_of(name, value)
                        if not self._are_common(np.array([hashed]), np.array([end - start]))[0]:
                            entries.extend([hashed << 32 | one for one in positions[start:end]])
                            continue
                    bitmap = self._new_bitmap(name, value)
                _add(bitmap, positions[start:end])
        return np.frombuffer(entries, ENTRY)

    def _add_repeated(
        self,
        name: str,
        values: list[str],
        starts: "array[int]",
        positions: "array[int]",
        hashes_of_values: "array[int]",
    ) -> Entries:
        """Add values of a property with many; return the entries of those without a bitmap."""
        common = self._common[name]
        counts = np.diff(np.frombuffer(starts, POSITION)).astype(NUMBER)
        hashes = np.frombuffer(hashes_of_values, POSITION).astype(NUMBER)
        has_bitmap = np.fromiter(map(common.__contains__, values), np.bool_, len(values))
        few = np.flatnonzero(~has_bitmap & (counts < COMMON))
        is_rare = np.zeros(len(values), np.bool_)
        is_rare[few] = ~self._are_common(hashes[few], counts[few])
        for number in np.flatnonzero(~is_rare).tolist():
            bitmap = common.get(values[number])
            if bitmap is None:
                bitmap = self._new_bitmap(name, values[number])
            _add(bitmap, positions[starts[number] : starts[number + 1]])
        entries = np.repeat(hashes << 32, counts).astype(ENTRY)
        entries |= np.frombuffer(positions, POSITION)[starts[0] : starts[-1]]
        return entries.compress(np.repeat(is_rare, counts))

    def _new_bitmap(self, name: str, value: str) -> BitMap:
        self._bitmaps += 1
        bitmap = self._common[name][value] = BitMap()
        return bitmap

    def _are_common(self, hashes: Numbers, counts: Numbers) -> Flags:
        """Return which values may belong to enough images, given how many of a block have each."""
        buckets = hashes % _BUCKETS
        in_order = np.sort(buckets)
        is_same = in_order[1:] == in_order[:-1]
        if is_same.any():  # those of one bucket come one after the other, as they count together
            shared = np.isin(buckets, in_order[1:][is_same])
            each: Flags = np.zeros(len(hashes), np.bool_)
            for some in (np.flatnonzero(~shared), *np.flatnonzero(shared)[:, None]):
                each[some] = self._are_common(hashes[some], counts[some])
            return each
        seen = np.minimum(self._seen[buckets] + counts, COMMON)
        self._seen[buckets] = seen
        found: Flags = seen == COMMON
        return found

    def settle(self, share: Map) -> None:
        """Sort the values after the last block."""
        fields = sorted(self._of_rows)
        found: Iterator[list[tuple[int, BitMap]]]
        found = share(_bitmaps_of, [self._rows.coded(field) for field in fields])
        for field, bitmaps in zip(fields, found, strict=True):
            values = self._rows.values(field)
            self._common[field].update({values[code]: bitmap for code, bitmap in bitmaps})
        self._drop_rare()
        self._sorted = self._sorted_entries()

    def write(
        self, connection: sqlite3.Connection, data: DataFile, share: Map, names: Positions
    ) -> None:
        """Write the values; they are settled, and the images are written.

        `names` has a number for each image, which is equal where the name is.
        """
        entries = self._sorted
        for section, written in (("rare_values", entries), ("rare_firsts", entries[::_STEP])):
            row = section, *data.add_section(bytes_of(written)), _STEP
            connection.execute("INSERT INTO sections VALUES (?, ?, ?, ?)", row)
        self._add_stored_as_hashes(names)
        common = sorted(
            (name, value, bitmap)
            for name, bitmaps in self._common.items()
            for value, bitmap in bitmaps.items()
        )
        together = [
            common[first : first + _VALUES_OF_TASK]
            for first in range(0, len(common), _VALUES_OF_TASK)
        ]
        tasks = (self._before_common(data, some) for some in together)
        for some, before in zip(together, share(_having, tasks), strict=True):
            for (_, _, bitmap), positions in zip(some, before, strict=True):
                bitmap.update(positions)
            stored = [to_bytes(bitmap) for _, _, bitmap in some]
            lengths = [*map(len, stored)]
            starts = accumulate(lengths[:-1], initial=data.add(b"".join(stored)))
            connection.executemany(
                "INSERT INTO property_values VALUES (?, ?, ?, ?, ?)",
                [
                    (name, value, len(bitmap), *place)
                    for (name, value, bitmap), *place in zip(some, starts, lengths, strict=True)
                ],
            )
        self._common.clear()

    def _add_stored_as_hashes(self, names: Positions) -> None:
        """Add the images of common values that were stored as hashes at first.

        These are the values of which the images have numbers: others are looked for in the images.
        """
        for field, bitmaps in self._common.items():
            if field in self._of_rows:
                continue  # none of its values was
            begin, end = self._entries_of([hash_of(field, value) for value in bitmaps])
            if not self._is_numbered(field) or (begin == end).all():
                continue
            numbers = names if field == "name" else self._rows.codes(field)
            for bitmap, start, stop in zip(bitmaps.values(), begin, end, strict=True):
                positions = (self._sorted[start:stop] & _POSITIONS).astype(POSITION)
                has_value = numbers[positions] == numbers[bitmap.min()]
                bitmap.update(array("I", positions[has_value].tobytes()))

    def _is_numbered(self, field: str) -> bool:
        return field == "name" or self._rows.has(field)

    def _entries_of(self, hashes: list[int]) -> tuple[Numbers, Numbers]:
        """Return where the entries of each hash start and end."""
        wanted = np.array(hashes, ENTRY)
        begin, end = np.searchsorted(self._sorted, [wanted << _HALF, wanted + _ONE << _HALF])
        return begin, end

    def _before_common(
        self, data: DataFile, common: Sequence[tuple[str, str, BitMap]]
    ) -> "_Candidates":
        """Return the images whose common values may have been stored as hashes at first."""
        begin, end = self._entries_of([hash_of(name, value) for name, value, _ in common])
        # Images do not show members, and those that had a hash could not be checked.
        is_done = [name == MEMBERS or self._is_numbered(name) for name, _, _ in common]
        counts = np.where(is_done, 0, end - begin)
        places = np.repeat(begin - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        positions = (self._sorted[places] & _POSITIONS).tolist()
        values = [(name, value) for name, value, _ in common]
        return _Candidates(data.path, values, counts.tolist(), positions, data.places_of(positions))

    def _drop_rare(self) -> None:
        """Store the values that turned out to be rare as hashes."""
        rare = [
            (name, value)
            for name, common in self._common.items()
            for value, bitmap in common.items()
            if len(bitmap) < COMMON and name != MEMBERS
        ]
        for name, value in rare:
            positions = to_array(self._common[name].pop(value)).astype(ENTRY)
            self._entries.write((positions | np.uint64(hash_of(name, value) << 32)).tobytes())

    def _sorted_entries(self) -> Entries:
        self._entries.flush()
        if not self._entries.tell():
            return np.empty(0, ENTRY)
        # Mapped, not read: the entries of a large set are sorted on disk.
        entries = np.asarray(np.memmap(self._entries, ENTRY, "r+"))
        entries.sort()
        # An image may have several values with the same hash.
        is_new = np.append(True, entries[1:] != entries[:-1])
        return entries if is_new.all() else entries.compress(is_new)


def count_together(hashes: Numbers) -> bool:
    """Whether two of some hashes count together, so that the order of their values matters."""
    buckets = np.sort(hashes % _BUCKETS)
    return bool((buckets[1:] == buckets[:-1]).any())


def _add(bitmap: BitMap, positions: "array[int]") -> None:
    """Add ascending positions; those that follow each other are one range."""
    first, last = positions[0], positions[-1]
    if last - first == len(positions) - 1:
        bitmap.add_range(first, last + 1)
    else:
        bitmap.update(positions)


def _bitmaps_of(field: CodedField) -> list[tuple[int, BitMap]]:
    """Return the codes of a field that images have, each with these images."""
    return [*field.bitmaps()]


class _Candidates(NamedTuple):
    """Images that have some values, or other ones with the same hashes."""

    path: Path
    """The file of the set."""
    values: list[tuple[str, str]]
    counts: list[int]
    """How many images there are for each value."""
    positions: list[int]
    places: list[tuple[int, int]]
    """Where in the file their bodies start and end."""


def _having(candidates: _Candidates) -> list["array[int]"]:
    """Return which of the candidates have each value."""
    path, values, counts, *places = candidates
    waiting = zip(*places, strict=True)
    with path.open("rb", buffering=0) as file:
        return [
            _having_one(file.fileno(), *value, islice(waiting, count))
            for value, count in zip(values, counts, strict=True)
        ]


def _having_one(
    file: int, name: str, value: str, candidates: Iterable[tuple[int, tuple[int, int]]]
) -> "array[int]":
    found = array("I")
    written = orjson.dumps(name) + b":" + orjson.dumps(value)
    for position, (start, end) in candidates:
        body = os.pread(file, end - start, start)
        # This text can only be a member of the image, or of a location in it.
        is_there = written in body and b'"locations":' not in body
        if is_there or value in values_of(orjson.loads(body), name):
            found.append(position)
    return found
