"""Sorting millions of texts by code point, in memory that does not grow with their length.

The texts are on disk in UTF-8, whose bytes sort as code points do. Some bytes at a time are
compared, and only among texts that are equal so far. One number has these bytes and the group of
texts that they are compared with: NumPy sorts one column of numbers many times faster than several.
"""

import os
from array import array
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, POSITION, Numbers, Positions
from glancetape_cassettes.imageset.indexes.column import Column, GrowingColumn
from glancetape_cassettes.imageset.packed import PackedTexts

_Octets = np.ndarray[Any, np.dtype[np.uint8]]
_Words = np.ndarray[Any, np.dtype[np.uint64]]
_Flags = np.ndarray[Any, np.dtype[np.bool_]]

_WORD = 8  # bytes
_ALL = (1 << 8 * _WORD) - 1
_KEPT = np.array([_ALL ^ _ALL >> 8 * kept for kept in range(_WORD + 1)], np.uint64)
"""Number of bytes -> the bits of a word's first bytes."""
_BITS_OF_REST = 4  # how many bytes are left of a text, up to a word
_REST = np.uint64((1 << _BITS_OF_REST) - 1)
_POSITIONS = 32  # bits


class GrowingTexts:
    """The texts of a set's images on disk, to which blocks add theirs, one for each position."""

    def __init__(self, path: Path) -> None:
        """Start a new file, and another one beside it."""
        self._path = path
        self._octets: IO[bytes] = path.open("wb")
        self._lengths = GrowingColumn(path.with_suffix(".lengths"))

    def close(self) -> None:
        """Close the files."""
        self._octets.close()
        self._lengths.close()

    def add(self, texts: PackedTexts) -> None:
        """Add the texts of the next positions."""
        self._lengths.add(np.frombuffer(texts.lengths, np.int32))
        self._octets.write(texts.data)

    def stored(self) -> "StoredTexts":
        """Return the texts; no more are added."""
        self._octets.write(bytes(_WORD))  # `_words` reads on
        self._octets.flush()
        return StoredTexts(self._path, self._lengths.column())


class StoredTexts(NamedTuple):
    """The texts of a set's images on disk; cheap to send to another process."""

    path: Path
    lengths: Column
    """Bytes of each; -1 for null."""

    def read(self) -> PackedTexts:
        """Return all texts, in memory."""
        lengths = array("i")
        lengths.frombytes(self.lengths.read().tobytes())
        with self.path.open("rb") as file:  # with a buffer, as one read gets 2 GiB at most
            return PackedTexts(file.read(os.stat(file.fileno()).st_size - _WORD), lengths)

    def sort(self) -> tuple[Positions, Positions]:
        """Return the positions in ascending order, and the places where another text begins.

        Nulls come first; the positions of equal texts descend.
        """
        lengths = self.lengths.read()
        is_null = lengths < 0
        nulls, some = np.flatnonzero(is_null), np.flatnonzero(~is_null)
        order = np.concatenate((nulls, some))
        begins = np.zeros(len(order), np.bool_)
        begins[:1] = True
        # Start and length of each text, side by side: they are read in any order.
        texts = np.empty((len(order), 2), NUMBER)
        texts[:, 1] = np.maximum(lengths, 0)
        texts[:, 0] = np.cumsum(texts[:, 1]) - texts[:, 1]
        data, offset = np.memmap(self.path, np.uint8, "r"), 0
        # Of the texts that are not in order yet, the places, and which begin a group that is equal
        # so far: such a group is there as a whole.
        places, is_first = np.arange(len(nulls), len(order)), np.arange(len(some)) == 0
        while len(some):
            group = np.cumsum(is_first, dtype=np.uint64)
            step = (8 * _WORD - _BITS_OF_REST - int(group[-1]).bit_length()) // 8
            starts, left = texts.take(some, axis=0).T
            # Only the length tells a text that ends here from one that continues with NULs.
            rest = np.minimum(left - offset, step + 1)
            keys = _words(data, starts + offset, rest)
            keys >>= np.uint64(8 * (_WORD - step))
            group <<= np.uint64(8 * step)
            keys |= group
            keys <<= np.uint64(_BITS_OF_REST)
            keys |= rest.view(np.uint64)
            some = some.take(np.argsort(keys))
            keys.sort()  # takes less time than to take them in that order
            order[places] = some
            is_first = np.append(True, keys[1:] != keys[:-1])
            begins[places] = is_first
            is_open = _are_several(is_first)
            is_open &= keys & _REST > np.uint64(step)
            some, places, is_first = some[is_open], places[is_open], is_first[is_open]
            offset += step
        _descending(order, begins)
        return order.astype(POSITION), np.flatnonzero(begins).astype(POSITION)


def _words(data: _Octets, starts: Numbers, lengths: Numbers) -> _Words:
    """Return the eight bytes at each start as one number; of a length below 8, others are 0.

    The data goes on for as many bytes after its last text.
    """
    at_each_byte = np.ndarray(len(data) - _WORD + 1, ">u8", data, strides=(1,))
    words: _Words = at_each_byte[starts].astype(np.uint64)
    words &= _KEPT.take(lengths)
    return words


def _are_several(is_first: _Flags) -> _Flags:
    """Return which places are of a group of several, given which begin a group."""
    is_alone: _Flags = is_first & np.append(is_first[1:], True)
    return ~is_alone


def _descending(order: Numbers, begins: _Flags) -> None:
    """Make the positions of equal texts descend."""
    places = np.flatnonzero(_are_several(begins))
    keys = np.cumsum(begins[places]) << _POSITIONS | len(order) - 1 - order[places]
    keys.sort()
    order[places] = len(order) - 1 - (keys & (1 << _POSITIONS) - 1)
