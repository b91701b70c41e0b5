"""A number for each image, on disk: blocks add theirs, and any process reads the whole column."""

from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER

Rows = np.ndarray[Any, np.dtype[Any]]
"""A row of a table for each image, or a code: numbers of as few bits as they need."""


class Column(NamedTuple):
    """A column on disk; cheap to send to another process."""

    path: Path
    kind: np.dtype[Any]
    of_rows: Rows | None = None
    """What each row has, if the numbers on disk are rows of a table."""

    def read(self) -> Rows:
        """Return the number of each image, in memory."""
        # NumPy takes faster by numbers of 64 bits.
        read = np.fromfile(self.path, self.kind)
        return read if self.of_rows is None else self.of_rows.take(read.astype(np.intp))


class GrowingColumn:
    """A column to which blocks add numbers."""

    def __init__(self, path: Path) -> None:
        """Start a new file."""
        self._path, self._kind = path, NUMBER
        self._file: IO[bytes] = path.open("wb")

    def add(self, numbers: Rows) -> None:
        """Add numbers; all have as many bits."""
        self._kind = numbers.dtype
        self._file.write(numbers.tobytes())

    def column(self, of_rows: Rows | None = None) -> Column:
        """Return the column that was added."""
        self._file.flush()
        return Column(self._path, self._kind, of_rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
