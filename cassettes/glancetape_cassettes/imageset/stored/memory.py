"""Memory for a number of each image, which the system gives where it is written first."""

import mmap
import struct
import sys
from contextlib import suppress
from typing import Literal


def unwritten(kind: Literal["I", "Q"], count: int) -> "memoryview[int]":
    """Return zeros that can be written over; `kind` is a letter of `struct`.

    They take no memory before that.
    """
    length = count * struct.calcsize(kind)
    if sys.platform != "linux":
        return memoryview(mmap.mmap(-1, max(1, length)))[:length].cast(kind)
    memory = mmap.mmap(-1, max(1, length), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # in huge pages it takes less time to find one; not all systems can
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)[:length].cast(kind)
