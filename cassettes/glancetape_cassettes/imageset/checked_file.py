"""A file whose damage is noticed: it is cut into sectors, and its end has a checksum of each.

    sector 0 | sector 1 | ... | sector n-1 | CRC-32 of each, 32 bits | trailer

A process checks a sector the first time that it reads from it. So an answer never contains damaged
bytes, and the check takes no time once a file has been read for a while. Images have checksums of
their own: a page of a rare filter has 25 of them in 25 sectors or more.

The file is read, and no mapped bytes are touched: if another program shortens it, that is an error
here and no signal that ends the process.
"""

import errno
import os
import struct
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from glancetape_cassettes.errors import AlreadyClosed, ImageSetError

try:  # the same CRC-32, with the processor's instructions for it: a tenth of the time
    from zlib_ng.zlib_ng import crc32 as crc32  # noqa: PLC0414 - others use it too
except ImportError:  # it is not built for every platform
    from zlib import crc32 as crc32  # noqa: PLC0414

Bytes = bytes | memoryview

SECTOR = 4096
"""Bytes of each sector: as many as SQLite's pages have, so no sector mixes two kinds of data."""

_SHIFT = SECTOR.bit_length() - 1
_TRAILER = struct.Struct("<8sII")  # a mark, the number of sectors, the CRC-32 of the checksums
_MARK = b"gltpsums"
_AT_ONCE = 256 * SECTOR  # bytes at once
_NOT_CHECKED = 0


class CheckedFile:
    """An open file that is read at any place, by any number of threads."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises ImageSetError when its end is missing or damaged, or OSError."""
        self.path = path
        # An object of the file, and not only its number: Python closes it if nobody else does.
        self._file = path.open("rb", buffering=0)
        self._descriptor = self._file.fileno()
        self.pread: Callable[[int, int], bytes] = partial(os.pread, self._descriptor)
        """Reads a number of bytes from a place on, without any check; fewer at the end."""
        try:
            self._sums = self._read_sums()
        except BaseException:
            self.close()
            raise
        self._checked = bytearray(len(self._sums))  # a byte for each sector: 1 once it is checked
        self._find = self._checked.find
        self._end = self.sectors << _SHIFT

    def close(self) -> None:
        """Close it; what reads afterwards gets AlreadyClosed."""
        self._descriptor = -1
        self.pread = partial(os.pread, self._descriptor)
        self._file.close()

    @property
    def is_closed(self) -> bool:
        """Whether it is closed."""
        return self._descriptor < 0

    @property
    def sectors(self) -> int:
        """The number of sectors."""
        return len(self._sums)

    def _read_sums(self) -> memoryview:
        self._length = length = os.fstat(self._descriptor).st_size
        end = os.pread(self._descriptor, _TRAILER.size, max(0, length - _TRAILER.size))
        if len(end) < _TRAILER.size:
            raise self._cut_off()
        mark, sectors, total = _TRAILER.unpack(end)
        if mark != _MARK or length != sectors * (SECTOR + 4) + _TRAILER.size:
            raise self._cut_off()
        sums = os.pread(self._descriptor, 4 * sectors, sectors * SECTOR)
        if len(sums) != 4 * sectors or crc32(sums) != total:
            raise ImageSetError(f"{self.path} is damaged (its checksums); make it again.")
        return memoryview(sums).cast("I")

    def _after_its_end(self) -> ImageSetError:
        return ImageSetError(f"{self.path} is damaged (a place after its end); make it again.")

    def _cut_off(self) -> ImageSetError:
        return ImageSetError(f"{self.path} is cut off; make it again.")

    def read(self, start: int, length: int) -> bytes:
        """Return the bytes from `start` on. Raises ImageSetError when one of them is damaged."""
        end = start + length
        if end > self._end or start < 0:
            raise self._after_its_end()
        first, after = start >> _SHIFT, (end + SECTOR - 1) >> _SHIFT
        # Most reads are of one sector, for which a search takes as long as the read.
        one = after - first == 1
        if not (self._checked[first] if one else self._find(_NOT_CHECKED, first, after) < 0):
            return self._read_and_check(start, end)
        try:  # what `read_unchecked` does, without another call: a page takes five reads
            data = os.pread(self._descriptor, length, start)
        except OSError as error:
            raise self._unreadable(error) from error
        if len(data) != length:
            raise self._cut_off()
        return data

    def check(self, start: int, end: int) -> None:
        """Check what was not checked yet. Raises ImageSetError when some of it is damaged."""
        if not 0 <= start <= end <= self._end:
            raise self._after_its_end()
        if self._find(_NOT_CHECKED, start >> _SHIFT, (end + SECTOR - 1) >> _SHIFT) >= 0:
            self._read_and_check(start, end)

    def read_unchecked(self, start: int, length: int) -> bytes:
        """Return bytes that the caller checks, or has checked."""
        if start < 0 or length < 0 or start + length > self._end:
            raise self._after_its_end()
        try:
            data = os.pread(self._descriptor, length, start)
        except OSError as error:
            raise self._unreadable(error) from error
        if len(data) != length:
            raise self._cut_off()
        return data

    def is_whole(self) -> bool:
        """Whether it has the length that it had when it was opened."""
        try:
            return os.lseek(self._descriptor, 0, os.SEEK_END) == self._length
        except OSError:  # it is closed
            return False

    def fileno(self) -> int:
        """Return the number of the open file."""
        return self._descriptor

    def _unreadable(self, error: OSError) -> Exception:
        if self._descriptor < 0:
            return AlreadyClosed(str(self.path))
        if error.errno == errno.EINVAL:  # an index has a place or a length below 0
            return self._after_its_end()
        return ImageSetError(f"{self.path}: {error.strerror or error}.")

    def _read_and_check(self, start: int, end: int) -> bytes:
        first, last = start >> _SHIFT, (end + SECTOR - 1) >> _SHIFT
        read, checked, sums = self._read_sectors(first, last), self._checked, self._sums
        view = memoryview(read)
        for number in range(first, last):
            if not checked[number]:
                place = (number - first) << _SHIFT
                if crc32(view[place : place + SECTOR]) != sums[number]:
                    raise ImageSetError(
                        f"{self.path} is damaged (block {number + 1} of {self.sectors}); "
                        "make it again."
                    )
                checked[number] = 1
        place = start - (first << _SHIFT)
        return read[place : place + end - start]

    def _read_sectors(self, first: int, last: int) -> bytes:
        return self.read_unchecked(first << _SHIFT, (last - first) << _SHIFT)

    def damaged(self, progress: Callable[[int], None] = lambda _: None) -> Iterator[int]:
        """Read all sectors again and yield the numbers of the damaged ones, from 0.

        `progress` is called with the number of sectors that were read.
        """
        step = _AT_ONCE >> _SHIFT
        for first in range(0, self.sectors, step):
            last = min(first + step, self.sectors)
            read = memoryview(self._read_sectors(first, last))
            for number in range(first, last):
                place = (number - first) << _SHIFT
                if crc32(read[place : place + SECTOR]) != self._sums[number]:
                    yield number
            progress(last)


class SectorSums:
    """The checksums of the sectors of data that comes in pieces."""

    def __init__(self) -> None:
        """Start without data."""
        self._sums = array("I")
        self._begun, self._length = 0, 0  # checksum and bytes of the sector that is not whole

    def add(self, data: Bytes) -> None:
        """Add the next piece."""
        view, start = memoryview(data), 0
        if self._length:
            start = min(SECTOR - self._length, len(view))
            self._continue(view[:start])
        end = start + (len(view) - start) // SECTOR * SECTOR
        self._sums.extend([crc32(view[at : at + SECTOR]) for at in range(start, end, SECTOR)])
        self._continue(view[end:])

    def extend(self, others: "SectorSums") -> None:
        """Add data of which there are the checksums; if there is any, it begins with a sector."""
        self._sums += others._sums
        if not self._length:
            self._begun, self._length = others._begun, others._length

    def _continue(self, part: memoryview) -> None:
        self._begun, self._length = crc32(part, self._begun), self._length + len(part)
        if self._length == SECTOR:
            self._sums.append(self._begun)
            self._begun = self._length = 0

    def finish(self) -> bytes:
        """Return the checksums, 32 bits each, once the last sector is filled with zeros."""
        if self._length:
            self._continue(memoryview(bytes(SECTOR - self._length)))
        return self._sums.tobytes()


def write_sums(out: IO[bytes], database: bytes, of_data: SectorSums) -> None:
    """Write the checksums of a database and of the data after it to the end of their file."""
    of_database = SectorSums()
    of_database.add(database)
    out.write(bytes(-out.tell() % SECTOR))
    all_sums = of_database.finish() + of_data.finish()
    out.write(all_sums)
    out.write(_TRAILER.pack(_MARK, len(all_sums) // 4, crc32(all_sums)))
