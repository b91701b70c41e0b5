"""Sets of positions as roaring bitmaps, and their conversion to bytes and NumPy arrays."""

from array import array
from itertools import accumulate
from typing import Any

import numpy as np
from pyroaring import BitMap

Positions = np.ndarray[Any, np.dtype[np.uint32]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Entries = np.ndarray[Any, np.dtype[np.uint64]]

POSITION = np.dtype("<u4")
NUMBER = np.dtype("<i8")
ENTRY = np.dtype("<u8")

# Of the portable format: https://github.com/RoaringBitmap/RoaringFormatSpec
_NO_RUNS = 12346
_CHUNK = 1 << 16
_MOST_LISTED = 4096  # positions of a chunk; for more there is a bit for each


def bytes_of(column: "np.ndarray[Any, np.dtype[Any]]") -> memoryview:
    """Return the bytes of a column, which are not copied: a long one takes long to copy."""
    return np.ascontiguousarray(column).view(np.uint8).data


def to_bytes(bitmap: BitMap) -> bytes:
    """Return a bitmap in roaring's portable format, run-length compressed."""
    bitmap.run_optimize()
    return bitmap.serialize()


def to_array(bitmap: BitMap) -> Positions:
    """Return the positions of a bitmap, ascending."""
    return np.frombuffer(bitmap.to_array(), POSITION)


def from_sorted(positions: Positions) -> BitMap:
    """Return the bitmap of ascending positions."""
    return BitMap(array("I", positions.astype(POSITION, copy=False).tobytes()))


def from_any(positions: Positions) -> BitMap:
    """Return the bitmap of positions in any order."""
    return from_sorted(np.sort(positions))


def from_flags(flags: Flags) -> BitMap:
    """Return the bitmap of the positions that are flagged.

    It is put together in roaring's portable format: to add a position after the other takes ten
    times as long.
    """
    chunks = [flags[start : start + _CHUNK] for start in range(0, len(flags), _CHUNK)]
    keys, counts, containers = list[int](), list[int](), list[bytes]()
    for key, chunk in enumerate(chunks):
        if count := int(np.count_nonzero(chunk)):
            keys.append(key)
            counts.append(count)
            if count <= _MOST_LISTED:
                containers.append(np.flatnonzero(chunk).astype("<u2").tobytes())
            else:
                containers.append(
                    np.packbits(chunk, bitorder="little").tobytes().ljust(_CHUNK >> 3, b"\0")
                )
    head = np.array([_NO_RUNS, len(keys)], POSITION).tobytes()
    head += np.array([keys, np.array(counts) - 1], "<u2").T.tobytes()
    first = len(head) + POSITION.itemsize * len(keys)
    starts = [*accumulate(map(len, containers[:-1]), initial=first)][: len(keys)]
    head += np.array(starts, POSITION).tobytes()
    return BitMap.deserialize(b"".join([head, *containers]))
