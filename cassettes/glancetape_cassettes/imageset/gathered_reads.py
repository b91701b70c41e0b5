"""Many places of a file, read with one call to the system instead of one for each place.

A page of a rare filter has 25 images in 25 places of the file, and a call to read one of them takes
longer than copying it:

    the file, mapped     ...image.....image........image...
    one call of the system copies them, one after the other
    a file in memory     imageimageimage, which is mapped too

Only the system touches the first of the two. If another program shortens it, that call fails, and
no signal ends this process, as one would if we read the mapped bytes ourselves.
"""

import contextlib
import fcntl
import mmap
import os
import threading
from collections.abc import Sequence
from functools import lru_cache

FEW = 3
"""Up to this many places are read as fast by a call for each."""
Spans = tuple[Sequence[int], Sequence[int]]
"""Places of a file: where each starts, and how many bytes it has."""
_MOST_PIECES = 1000  # the system takes 1,024 at once
_MOST_BYTES = 2 << 20
"""The memory that it keeps. What is longer takes its time for copying, not for the calls."""


class _Memory:
    """A file in memory, which all files that a process reads share."""

    def __init__(self) -> None:
        # An object of the file, and not only its number: Python closes it if nobody else does.
        self._file = open(  # noqa: SIM115
            os.memfd_create("glancetape", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "r+b", buffering=0
        )
        self._number = self._file.fileno()
        os.ftruncate(self._number, _MOST_BYTES)
        # Nobody can shorten it, so this process may touch it where it is mapped.
        fcntl.fcntl(self._number, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        self._mapped = memoryview(mmap.mmap(self._number, _MOST_BYTES, prot=mmap.PROT_READ))
        self._lock = threading.Lock()

    def join(self, pieces: Sequence[memoryview], total: int) -> bytes | None:
        """Return the pieces one after the other; None if they have not `total` bytes together."""
        with self._lock:
            if os.pwritev(self._number, pieces, 0) != total:
                return None
            return self._mapped[:total].tobytes()


@lru_cache(maxsize=1)
def _memory_of(process: int) -> _Memory:
    return _Memory()


class GatheredReads:
    """Reads many places of a part of an open file, for any number of threads."""

    def __init__(self, descriptor: int, start: int, length: int) -> None:
        """Map a file; places are counted from `start`.

        Raises OSError where the system does not offer all of this.
        """
        if not hasattr(os, "memfd_create"):
            raise OSError("this system has no files in memory")
        try:
            self._mapped = mmap.mmap(descriptor, start + length, prot=mmap.PROT_READ)
        except (ValueError, OverflowError) as error:  # it was shortened; 32 bits are too few
            raise OSError(str(error)) from error
        self.mapped = memoryview(self._mapped)[start:]
        """That part, for the system to read: `os.writev` passes pieces of it on."""

    def close(self) -> None:
        """Free all of it."""
        self.mapped.release()
        with contextlib.suppress(BufferError):  # another thread reads: it is freed after that
            self._mapped.close()

    def read(self, spans: Spans) -> bytes | None:
        """Return the bytes of each span, one after the other, without those after the file's end.

        None when they cannot be read like this: each has to be read alone, which also shows why.
        """
        try:
            pieces = pieces_of(spans, self.mapped)
            total = sum(map(len, pieces))  # the file may end before
            if len(pieces) > _MOST_PIECES or total > _MOST_BYTES:
                return None
            return _memory_of(os.getpid()).join(pieces, total)
        except (OSError, ValueError):  # ValueError: it is closed
            return None


def pieces_of(spans: Spans, data: memoryview, less: int = 0) -> list[memoryview]:
    """Return spans of some data; those that follow each other are one piece.

    The last one is shorter by `less` bytes.
    """
    starts, lengths = spans
    pieces = []
    first = last = starts[0]
    for start, length in zip(starts, lengths):  # noqa: B905 - `strict` takes a tenth of all this
        if start != last:
            pieces.append(data[first:last])
            first = start
        last = start + length
    pieces.append(data[first : last - less])
    return pieces
