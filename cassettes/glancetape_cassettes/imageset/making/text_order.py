"""Sorting millions of texts by code point, in memory that does not grow with their length.

The texts are on disk in UTF-8, whose bytes sort as code points do. Some bytes at a time are
compared, and only among texts that are equal so far. One number has these bytes and the group of
texts that they are compared with: NumPy sorts one column of numbers many times faster than several.
"""

import os
import tempfile
from array import array
from typing import IO, Any

import numpy as np

from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, POSITION, Numbers, Positions
from glancetape_cassettes.imageset.packed import PackedTexts

_Octets = np.ndarray[Any, np.dtype[np.uint8]]
_Words = np.ndarray[Any, np.dtype[np.uint64]]
_Flags = np.ndarray[Any, np.dtype[np.bool_]]

_WORD = 8  # bytes
_ALL = (1 << 8 * _WORD) - 1
_KEPT = np.array([_ALL ^ _ALL >> 8 * kept for kept in range(_WORD + 1)], np.uint64)
"""Number of bytes -> the bits of a word's first bytes."""
_BITS_OF_REST = 4  # how many bytes are left of a text, up to a word
_POSITIONS = 32  # bits


class TextOrder:
    """Sorts the texts of a set's images, one text for each position."""

    def __init__(self) -> None:
        """Start without texts."""
        self._bytes: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._lengths = array("i")  # -1 for null

    def close(self) -> None:
        """Delete the texts."""
        self._bytes.close()

    def add(self, texts: PackedTexts) -> None:
        """Add the texts of the next positions."""
        self._lengths += texts.lengths
        self._bytes.write(texts.data)

    def texts(self) -> PackedTexts:
        """Return all texts, in memory."""
        self._bytes.flush()
        length = int(np.maximum(np.frombuffer(self._lengths, np.int32), 0).sum(dtype=NUMBER))
        return PackedTexts(os.pread(self._bytes.fileno(), length, 0), self._lengths)

    def sort(self) -> tuple[Positions, Positions]:
        """Return the positions in ascending order, and the places where another text begins.

        Nulls come first; the positions of equal texts descend.
        """
        lengths = np.frombuffer(self._lengths, np.int32).astype(NUMBER)
        count = len(lengths)
        starts = np.cumsum(np.maximum(lengths, 0)) - np.maximum(lengths, 0)
        order = np.argsort(lengths >= 0, kind="stable")  # nulls first
        begins = np.zeros(count, bool)  # places where a group of texts begins that are equal so far
        begins[:1] = True
        begins[np.count_nonzero(lengths < 0) :][:1] = True
        data = self._padded()
        offset = 0
        open_places = np.arange(count)  # places of groups that are not in order yet
        while len(open_places):
            some = order[open_places]
            group = np.cumsum(begins[open_places], dtype=np.uint64)
            step = (8 * _WORD - _BITS_OF_REST - int(group[-1]).bit_length()) // 8
            word = _words(data, starts[some] + offset, np.minimum(lengths[some] - offset, step))
            # Only the length tells a text that ends here from one that continues with NULs.
            rest = np.clip(lengths[some] - offset, 0, step + 1).astype(np.uint64)
            keys = group << np.uint64(8 * step) | word >> np.uint64(8 * (_WORD - step))
            keys = keys << np.uint64(_BITS_OF_REST) | rest
            by_key = np.argsort(keys)
            order[open_places] = some[by_key]
            keys, rest = keys[by_key], rest[by_key]
            begins[open_places[1:]] |= keys[1:] != keys[:-1]
            open_places = open_places[_are_several(begins, open_places) & (rest > step)]
            offset += step
        _descending(order, begins)
        return order.astype(POSITION), np.flatnonzero(begins).astype(POSITION)

    def _padded(self) -> _Octets:
        self._bytes.write(bytes(_WORD))
        self._bytes.flush()
        return np.memmap(self._bytes, np.uint8, "r")


def _words(data: _Octets, starts: Numbers, lengths: Numbers) -> _Words:
    """Return the eight bytes at each start as one number; bytes after a text's end are 0.

    The data goes on for as many bytes after its last text.
    """
    at_each_byte = np.ndarray(len(data) - _WORD + 1, ">u8", data, strides=(1,))
    words: _Words = at_each_byte[starts].astype(np.uint64)
    words &= _KEPT[np.clip(lengths, 0, _WORD)]
    return words


def _are_several(begins: _Flags, places: Numbers) -> _Flags:
    """Return which places are of a group of several texts."""
    several: _Flags = ~(begins[places] & np.append(begins, True)[places + 1])
    return several


def _descending(order: Numbers, begins: _Flags) -> None:
    """Make the positions of equal texts descend."""
    places = np.flatnonzero(_are_several(begins, np.arange(len(order))))
    keys = np.cumsum(begins[places]) << _POSITIONS | len(order) - 1 - order[places]
    keys.sort()
    order[places] = len(order) - 1 - (keys & (1 << _POSITIONS) - 1)
