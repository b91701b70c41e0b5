"""CRC-32 of many short texts: of each in a column, two bytes at a time.

The checksum of a text is the exclusive or of a number for each of its bytes, which depends on the
byte and on how many follow, and of a number for its length. So the checksums of a column are a few
look-ups in tables, without an object of Python for each text.
"""

from functools import cache
from itertools import repeat
from typing import Any

import numpy as np

from glancetape_cassettes.imageset.checked_file import crc32

Texts = np.ndarray[Any, np.dtype[Any]]
Sums = np.ndarray[Any, np.dtype[np.uint32]]

_WORTH = 1 << 10
"""Texts of one length; for fewer, the calls take longer than what they save."""
_LONGEST = 64  # bytes: each two more of them need another 256 kB of tables
_AT_ONCE = 1 << 13  # texts: what they need stays in the caches of a processor


def crc32_of_each(texts: Texts, begun: int = 0) -> Sums:
    """Return the CRC-32 of each text; `begun` is that of the bytes before it.

    A text ends where only NULs follow, as always in arrays of bytes.
    """
    if not len(texts):
        return np.empty(0, np.uint32)
    lengths = np.strings.str_len(texts)
    counts = np.bincount(lengths)
    if counts[-1] == len(texts) and len(counts) == texts.itemsize + 1:
        return crc32_of_rows(texts, begun)
    sums = np.empty(len(texts), np.uint32)
    rest = np.ones(len(texts), np.bool_)
    for length in np.flatnonzero(counts).tolist():
        if _is_worth(counts[length], length):
            here = lengths == length
            sums[here] = crc32_of_rows(texts[here].astype(f"S{length}"), begun)
            rest &= ~here
    sums[rest] = _one_by_one(texts[rest], begun)
    return sums


def crc32_of_rows(texts: Texts, begun: int = 0) -> Sums:
    """Return the CRC-32 of each text with all its NULs: each is as long as the column is wide."""
    if not _is_worth(len(texts), texts.itemsize):
        return _one_by_one(texts.view(f"V{texts.itemsize}"), begun)
    steps = range(0, len(texts), _AT_ONCE)
    return np.concatenate([_of_rows(texts[step : step + _AT_ONCE], begun) for step in steps])


def _one_by_one(texts: Texts, begun: int) -> Sums:
    return np.fromiter(map(crc32, texts.tolist(), repeat(begun)), np.uint32, len(texts))


def _is_worth(count: int, length: int) -> bool:
    return count >= _WORTH and 0 < length <= _LONGEST


def _of_rows(texts: Texts, begun: int) -> Sums:
    width = texts.itemsize
    sums = np.full(len(texts), crc32(bytes(width), begun), np.uint32)
    texts = np.ascontiguousarray(texts)
    if width % 2:
        last = np.ndarray(len(texts), np.uint8, texts, width - 1, (width,))
        sums ^= _of_byte(0).take(last)
    for place in range(0, width - 1, 2):
        pair = np.ndarray(len(texts), "<u2", texts, place, (width,))
        sums ^= _of_two_bytes(width - place - 2).take(pair)
    return sums


@cache
def _of_byte(after: int) -> Sums:
    """Return what each byte changes in the checksum of a text that has `after` more bytes."""
    if after:
        one_less = _of_byte(after - 1)
        return one_less >> np.uint32(8) ^ _of_byte(0).take(one_less & np.uint32(0xFF))
    nothing = crc32(b"\0")
    return np.array([crc32(bytes([byte])) ^ nothing for byte in range(256)], np.uint32)


@cache
def _of_two_bytes(after: int) -> Sums:
    """Return what each two bytes change, in the order of little endian numbers."""
    return np.bitwise_xor.outer(_of_byte(after), _of_byte(after + 1)).reshape(-1)
