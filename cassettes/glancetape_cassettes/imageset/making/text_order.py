"""Sorting millions of texts by code point, in memory that does not grow with their length.

The texts are on disk in UTF-8, whose bytes sort as code points do. Eight bytes at a time are
compared as one number, and only among texts that are equal so far.
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

_STEP = 8  # bytes
_ALL = (1 << 8 * _STEP) - 1
_KEPT = np.array([_ALL ^ _ALL >> 8 * kept for kept in range(_STEP + 1)], np.uint64)
"""Number of bytes -> the bits of a word's first bytes."""


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
        order = np.arange(count, dtype=NUMBER)[::-1].copy()
        if not count:
            return order.astype(POSITION), order.astype(POSITION)
        starts = np.cumsum(np.maximum(lengths, 0)) - np.maximum(lengths, 0)
        order = order[np.argsort(lengths[order] >= 0, kind="stable")]  # nulls first
        begins = np.zeros(count, bool)  # places where a group of texts begins that are equal so far
        begins[0] = True
        begins[np.count_nonzero(lengths < 0) % count] = True
        data = self._padded()
        offset = 0
        open_places = np.arange(count)  # places of groups that are not in order yet
        while len(open_places):
            some = order[open_places]
            group = np.cumsum(begins)[open_places]
            word = _words(data, starts[some] + offset, lengths[some] - offset)
            # Only the length tells a text that ends here from one that continues with NULs.
            rest = np.clip(lengths[some] - offset, 0, _STEP + 1)
            by_word = np.lexsort((rest, word, group))
            order[open_places] = some[by_word]
            word, rest = word[by_word], rest[by_word]
            begins[open_places[1:]] |= (word[1:] != word[:-1]) | (rest[1:] != rest[:-1])
            open_places = _still_open(begins, open_places, rest)
            offset += _STEP
        return order.astype(POSITION), np.flatnonzero(begins).astype(POSITION)

    def _padded(self) -> _Octets:
        self._bytes.write(bytes(_STEP))
        self._bytes.flush()
        return np.memmap(self._bytes, np.uint8, "r")


def _words(data: _Octets, starts: Numbers, lengths: Numbers) -> _Words:
    """Return the eight bytes at each start as one number; bytes after a text's end are 0.

    The data goes on for as many bytes after its last text.
    """
    at_each_byte = np.ndarray(len(data) - _STEP + 1, ">u8", data, strides=(1,))
    words: _Words = at_each_byte[starts].astype(np.uint64)
    words &= _KEPT[np.clip(lengths, 0, _STEP)]
    return words


def _still_open(begins: _Flags, places: Numbers, rest: Numbers) -> Numbers:
    """Return the places whose group has several texts that all continue."""
    alone = begins[places] & np.append(begins, True)[places + 1]
    still_open: Numbers = places[~alone & (rest > _STEP)]
    return still_open
