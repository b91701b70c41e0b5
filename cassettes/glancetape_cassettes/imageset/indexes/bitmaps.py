"""Sets of positions as roaring bitmaps, and their conversion to bytes and NumPy arrays."""

from array import array
from typing import Any

import numpy as np
from pyroaring import BitMap

Positions = np.ndarray[Any, np.dtype[np.uint32]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Entries = np.ndarray[Any, np.dtype[np.uint64]]

POSITION = np.dtype("<u4")
NUMBER = np.dtype("<i8")
ENTRY = np.dtype("<u8")


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
