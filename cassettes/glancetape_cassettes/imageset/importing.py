"""Making an image set from NDJSON: one image object a line, in any order.

The file is read twice. The first reading checks every line and finds the default order, the second
takes the images in that order; so nothing is written of a file that is not good, and memory does
not grow with it.
"""

import os
import sqlite3
import stat
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image import BadImage, check, complete, shown
from glancetape_cassettes.imageset.writing import SetWriter, beside

_BATCH = 1000
_SHOWN = 5

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to."""

    images: int
    skipped: int
    first_skipped: tuple[str, ...]
    """Why the first few lines were left out."""


def import_ndjson(
    source: Path,
    out: Path,
    about: Mapping[str, str],
    *,
    skip_bad: bool = False,
    force: bool = False,
    progress: Progress = lambda *_: None,
) -> Imported:
    """Write the images of an NDJSON file to a new image set.

    `about` says how it was made; `home_project` and `dialect` in it take the place of what would
    be guessed. Raises ImageSetError, which names the first bad line unless `skip_bad`; then the
    file `out` is as it was.
    """
    try:
        if out.exists() and out.samefile(source):
            raise ImageSetError(f"{out} is what is to be read; name another file with --out.")
        with source.open("rb") as file, beside(out, force=force) as partial:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise ImageSetError(f"{source} is no file: it could not be read twice.")
            with _Lines(source, skip_bad) as lines:
                lines.read(file, before.st_size, progress)
                lines.drop_repeated()
                with SetWriter(partial) as writer:
                    lines.copy(file, writer, progress)
                    after = os.fstat(file.fileno())
                    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                        raise _changed(source)
                    writer.finish(about, lambda step: progress(step, 0, 0))
                return Imported(lines.count, lines.skipped, lines.first_reasons())
    except OSError as error:
        raise ImageSetError(f"{source}: {error.strerror or error}.") from error


def _changed(source: Path) -> ImageSetError:
    return ImageSetError(f"{source} changed while it was read; import it again.")


class _Lines:
    """Where the good lines of a file stand, kept in a temporary database."""

    def __init__(self, source: Path, skip_bad: bool) -> None:
        self._source = source
        self._skip_bad = skip_bad
        self.count = 0
        self.skipped = 0
        self._reasons: list[tuple[int, str]] = []
        self._connection = sqlite3.connect("", isolation_level=None)  # a file that nobody sees
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA cache_size = -32768")
        self._connection.execute(
            "CREATE TABLE lines (number INTEGER PRIMARY KEY, start INTEGER, length INTEGER, "
            "checksum INTEGER, id TEXT, created INTEGER, updated INTEGER)"
        )

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def read(self, file: IO[bytes], size: int, progress: Progress) -> None:
        """Check every line and note where it stands."""
        start, batch = 0, []
        insert = "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)"
        self._connection.execute("BEGIN")
        for number, line in enumerate(file, start=1):
            length = len(line)
            if not line.isspace():
                try:
                    image = orjson.loads(line)
                    created, updated = check(image)
                except orjson.JSONDecodeError as error:
                    self._refuse(number, f"not JSON: {error.msg} (column {error.colno})")
                except BadImage as error:
                    self._refuse(number, str(error))
                else:
                    checksum = zlib.crc32(line)
                    batch.append((number, start, length, checksum, image["id"], created, updated))
            start += length
            if len(batch) >= _BATCH:
                self._connection.executemany(insert, batch)
                self.count += len(batch)
                batch.clear()
                progress("reading", start, size)
        self._connection.executemany(insert, batch)
        self.count += len(batch)
        self._connection.execute("COMMIT")
        progress("reading", size, size)

    def drop_repeated(self) -> None:
        """Leave out the lines whose id an earlier line has."""
        self._connection.execute(
            "CREATE TABLE repeated AS SELECT id, number, first FROM (SELECT id, number, "
            "min(number) OVER (PARTITION BY id) AS first FROM lines) WHERE number > first"
        )
        for image_id, number, first in self._connection.execute(
            "SELECT id, number, first FROM repeated ORDER BY number"
        ):
            self._refuse(number, f"id {shown(image_id)} is that of line {first} too")
            self.count -= 1
        self._connection.execute("DELETE FROM lines WHERE number IN (SELECT number FROM repeated)")

    def _refuse(self, number: int, why: str) -> None:
        message = f"line {number}: {why}"
        if not self._skip_bad:
            raise ImageSetError(f"{self._source}, {message}; --skip-bad leaves such lines out.")
        self.skipped += 1
        self._reasons = sorted([*self._reasons, (number, message)])[:_SHOWN]

    def first_reasons(self) -> tuple[str, ...]:
        """Say why the first few lines were left out."""
        return tuple(message for _, message in self._reasons)

    def copy(self, file: IO[bytes], writer: SetWriter, progress: Progress) -> None:
        """Give the images to the writer, in default order."""
        descriptor = file.fileno()
        rows = self._connection.execute(
            "SELECT start, length, checksum, created, updated FROM lines "
            "ORDER BY created DESC, id DESC"
        )
        for done, (start, length, checksum, created, updated) in enumerate(rows):
            line = os.pread(descriptor, length, start)
            if zlib.crc32(line) != checksum:
                raise _changed(self._source)
            image = orjson.loads(line)
            members = complete(image)
            writer.add(image, members, created, updated)
            if done % _BATCH == 0:
                progress("writing", done, self.count)
        progress("writing", self.count, self.count)
