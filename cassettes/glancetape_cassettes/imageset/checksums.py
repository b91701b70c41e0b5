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
Numbers = np.ndarray[Any, np.dtype[np.int64]]

_WORTH = 1 << 10
"""Texts; for fewer, the calls take longer than what they save."""
_LONGEST = 64  # bytes: each two more of them need another 256 kB of tables
_BYTE = np.uint32(0xFF)
_AT_ONCE = 1 << 13  # texts: what they need stays in the caches of a processor


def crc32_of_each(texts: Texts, begun: int = 0) -> Sums:
    """Return the CRC-32 of each text; `begun` is that of the bytes before it.

    A text ends where only NULs follow, as always in arrays of bytes.
    """
    if not len(texts):
        return np.empty(0, np.uint32)
    width = min(texts.itemsize, _LONGEST)
    if not _is_worth(len(texts), width):
        return _one_by_one(texts, begun)
    lengths = np.strings.str_len(texts)
    if lengths.min() == texts.itemsize:
        return crc32_of_rows(texts, begun)
    texts = np.ascontiguousarray(texts)
    width += width % 2  # so that columns of any width have the same tables
    steps = range(0, len(texts), _AT_ONCE)
    sums = np.concatenate([_changes(texts[step : step + _AT_ONCE], width) for step in steps])
    nuls = np.maximum(width - lengths, 0)
    sums = _without_nuls(sums, nuls)
    of_nuls = [crc32(bytes(width - number), begun) for number in range(width + 1)]
    sums ^= np.array(of_nuls, np.uint32).take(nuls)
    longer = np.flatnonzero(lengths > width)
    sums[longer] = _one_by_one(texts.take(longer), begun)
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
    sums = _changes(np.ascontiguousarray(texts), texts.itemsize)
    sums ^= np.uint32(crc32(bytes(texts.itemsize), begun))
    return sums


def _changes(texts: Texts, width: int) -> Sums:
    """Return what the bytes of each text change in the checksum of `width` NULs."""
    sums = np.zeros(len(texts), np.uint32)
    end = min(width, texts.itemsize)
    for place in range(0, end - 1, 2):
        pair = np.ndarray(len(texts), "<u2", texts, place, (texts.itemsize,))
        sums ^= _of_two_bytes(width - place - 2).take(pair)
    if end % 2:
        last = np.ndarray(len(texts), np.uint8, texts, end - 1, (texts.itemsize,))
        sums ^= _of_byte(width - end).take(last)
    return sums


def _without_nuls(changes: Sums, counts: Numbers) -> Sums:
    """Return what some bytes change if the NULs that were counted after them are not there."""
    tables, first = _of_fewer_nuls(), counts << 10
    return (
        tables.take(first + (changes & _BYTE))
        ^ tables.take(first + (changes >> np.uint32(8) & _BYTE) + 256)
        ^ tables.take(first + (changes >> np.uint32(16) & _BYTE) + 512)
        ^ tables.take(first + (changes >> np.uint32(24)) + 768)
    )


@cache
def _of_fewer_nuls() -> Sums:
    """Return what each byte of a change, lowest first, becomes with none to _LONGEST NULs less.

    A NUL after the bytes moves the change to the right by a byte, and adds the number of the byte
    that drops out; the highest byte tells which one that was.
    """
    of_byte = _of_byte(0)
    by_highest = np.argsort(of_byte >> np.uint32(24)).astype(np.uint32)
    one_less = np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, None]
    found = [one_less]
    for _ in range(_LONGEST):
        dropped = by_highest.take(one_less >> np.uint32(24))
        one_less = (one_less ^ of_byte.take(dropped)) << np.uint32(8) | dropped
        found.append(one_less)
    return np.concatenate(found, axis=None)


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
