"""The open file of an image set: its tables, and the data that they name."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.checked_file import SECTOR, CheckedFile
from glancetape_cassettes.imageset.gathered_reads import FEW, GatheredReads, Spans

if TYPE_CHECKING:  # a question without an order and without numbers does without NumPy
    import numpy as np


Place = tuple[int, int, int]
"""Where a section of the data starts, how many bytes it has, and its number in the table."""


def check_blocks(
    path: Path, progress: Callable[[int, int], None] = lambda *_: None
) -> tuple[int, list[int]]:
    """Read a whole set; return how many blocks it has, and the numbers of damaged ones, from 1.

    `progress` is called with how many blocks were read, and how many there are. Raises
    ImageSetError for a file that is not an image set of this version, or whose end is missing.
    """
    schema.database_length(path)
    with closing(_opened(path)) as checked:
        found = checked.damaged(lambda done: progress(done, checked.sectors))
        return checked.sectors, [number + 1 for number in found]


def _opened(path: Path) -> CheckedFile:
    try:
        return CheckedFile(path)
    except OSError as error:
        raise ImageSetError(f"{path}: {error.strerror or error}.") from error


class SetFile:
    """Reads the tables and the data of a set; all of it is checked before it is used."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises ImageSetError when this version cannot read it as an image set."""
        schema.check_byte_order()
        self.path = path
        self.data = schema.database_length(path)
        """Where the data starts."""
        self.checked = _opened(path)
        self._gathered: GatheredReads | None = None
        with suppress(OSError):  # otherwise each place is read alone
            self._gathered = GatheredReads(self.checked.fileno(), self.data, self.length)
        try:
            self.tables = schema.open_tables(path, self.checked.read(0, self.data))
        except BaseException:
            self._close_data()
            raise

    @property
    def length(self) -> int:
        """How many bytes of data there are."""
        return self.checked.sectors * SECTOR - self.data

    def place(self, start: object, length: object, number: object) -> Place:
        """Return a place in the data. Raises ValueError for another place."""
        if not isinstance(start, int) or not isinstance(length, int):
            raise ValueError("a place is not a number")
        if start < 0 or length < 0 or start + length > self.length:
            raise ValueError("a place is not in the file")
        if not isinstance(number, int | None):
            raise ValueError("a number of a section cannot be read")
        return start, length, number or 0

    def close(self) -> None:
        """Close it."""
        self.tables.close()
        self._close_data()

    def _close_data(self) -> None:
        if self._gathered is not None:
            self._gathered.close()
        self.checked.close()

    def read(self, start: int, length: int) -> bytes:
        """Return some of the data. Raises ImageSetError when it is damaged."""
        return self.checked.read(self.data + start, length)

    def check(self, start: int, end: int) -> None:
        """Check some of the data. Raises ImageSetError when it is damaged."""
        self.checked.check(self.data + start, self.data + end)

    def read_joined(self, spans: Spans) -> bytes:
        """Return the data of each span, one after the other; see `gathered_reads`.

        Nothing is checked: the caller has called `check`, or has checksums of its own.
        """
        if len(spans[0]) > FEW and self._gathered is not None:
            found = self._gathered.read(spans)
            if found is not None:
                return found
        at, read = self.data, self.checked.read_unchecked
        return b"".join([read(at + start, end - start) for start, end in _merged(spans)])

    def mapped(self) -> memoryview | None:
        """Return the data, mapped, for the system to read; see `GatheredReads`.

        None where it is not mapped, and when another program has shortened the file.
        """
        gathered = self._gathered
        return gathered.mapped if gathered is not None and self.checked.is_whole() else None

    def array(self, start: int, count: int, kind: "np.dtype[Any]") -> "np.ndarray[Any, Any]":
        """Return numbers of the data."""
        import numpy as np

        return np.frombuffer(self.read(start, count * kind.itemsize), kind)

    def bitmap(self, start: int, length: int) -> BitMap:
        """Return a bitmap of the data, which is the caller's to change."""
        return BitMap.deserialize(self.read(start, length))


def _merged(spans: Spans) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of spans; those that follow each other are one."""
    first = last = -1
    for start, length in zip(*spans, strict=True):
        if start != last and last >= 0:
            yield first, last
        if start != last:
            first = start
        last = start + length
    if last >= 0:
        yield first, last
