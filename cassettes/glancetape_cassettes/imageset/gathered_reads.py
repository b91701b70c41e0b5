"""Many places of a file, read with one call to the system instead of one for each place.

A page of a rare filter has 25 images in 25 places of the file, and a call to read one of them takes
longer than copying it:

    the file, mapped     ...image.....image........image...
    one call of the system copies them, one after the other
    a file in memory     imageimageimage, which is mapped too, and read here

Only the system touches the mapped file. If another program shortens it, that call fails, and no
signal ends this process, as one would if we read the mapped bytes ourselves.
"""

import contextlib
import mmap
import os
import threading
from collections.abc import Sequence

FEW = 3
"""Up to so many places are read as fast by a call for each."""
_MOST = 1000  # places; the system takes 1,024 at once
_MOST_BYTES = 2 << 20
"""The memory that it keeps. What is longer takes its time for copying, not for the calls."""


class GatheredReads:
    """Reads many places of a part of an open file, for any number of threads."""

    def __init__(self, descriptor: int, start: int, length: int) -> None:
        """Map a file; places are counted from `start`.

        Raises OSError where the system does not offer all of this.
        """
        if not hasattr(os, "memfd_create"):
            raise OSError("this system has no files in memory")
        self._lock = threading.Lock()
        try:
            self._mapped = mmap.mmap(descriptor, start + length, prot=mmap.PROT_READ)
        except (ValueError, OverflowError) as error:  # it was shortened; 32 bits are too few
            raise OSError(str(error)) from error
        self._bytes = memoryview(self._mapped)[start:]
        self._begin()

    def _begin(self) -> None:
        # An object of the file, and not only its number: Python closes it if nobody else does.
        memory = open(  # noqa: SIM115
            os.memfd_create("glancetape", os.MFD_CLOEXEC), "r+b", buffering=0
        )
        memory.truncate(_MOST_BYTES)
        window = mmap.mmap(memory.fileno(), _MOST_BYTES, prot=mmap.PROT_READ)
        # All at once and last: if one of these calls fails after a fork, the file in memory is
        # still the parent's, and the next read tries again instead of writing into that.
        self._memory, self._window, self._process = memory, window, os.getpid()

    def close(self) -> None:
        """Free all of it."""
        with self._lock:
            self._bytes.release()
            with contextlib.suppress(BufferError):  # another thread reads: it is freed after that
                self._mapped.close()
            self._window.close()
            self._memory.close()

    def read(self, starts: Sequence[int], ends: Sequence[int]) -> bytes | None:
        """Return the bytes from each start to its end, one after the other.

        None when they cannot be read like this: each has to be read alone, which also shows why.
        """
        total = sum(ends) - sum(starts)
        if len(starts) > _MOST or total > _MOST_BYTES:
            return None
        # A place after the end makes a shorter piece, and so another total.
        try:
            pieces = [*map(self._bytes.__getitem__, map(slice, starts, ends))]
            with self._lock:
                if self._process != os.getpid():  # after a fork, two would write into one
                    self._begin()
                if os.pwritev(self._memory.fileno(), pieces, 0) == total:
                    return self._window[:total]
        except (OSError, ValueError):  # ValueError: it is closed
            pass
        return None
