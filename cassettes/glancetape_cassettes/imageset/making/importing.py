"""Making an image set from NDJSON: one image object per line, in any order.

The file is read twice: first every line is checked and the default order found, then the images
are read in that order. So a bad file leaves nothing behind, and memory grows by only some forty
bytes per image. Several processes share both readings of a large file.
"""

import os
import sqlite3
import stat
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.regular_file import A_FOLDER, is_database
from glancetape_cassettes.imageset.image_fields import shown
from glancetape_cassettes.imageset.indexes.bitmaps import ENTRY
from glancetape_cassettes.imageset.making.listed_images import BLOCK
from glancetape_cassettes.imageset.making.ndjson import (
    ONE_A_LINE,
    BlockTask,
    Redact,
    changed,
    check_part,
    parts_of,
    read_block,
)
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.imageset.making.workers import Map, several
from glancetape_cassettes.plain_names import is_same_file

_SHOWN = 5
# Starting a process takes longer than it saves on a smaller file.
_WORTH_SHARING = 32 << 20

Progress = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many images an import wrote, and which lines it skipped."""

    images: int
    skipped: int
    first_skipped: tuple[str, ...]
    """Why the first few lines were skipped."""
    redacted: int = 0
    """How many values were replaced."""


def import_ndjson(
    source: Path,
    out: Path,
    about: Mapping[str, str],
    *,
    redact: Redact | None = None,
    skip_bad: bool = False,
    force: bool = False,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> Imported:
    """Write the images of an NDJSON file to a new image set.

    `redact` takes the secrets out of each image; without it, images are stored as they are.
    `about` is stored in the set; its `home_project` and `dialect` replace what would be guessed.
    `workers` is the number of processes for a large file; the set is the same for any number.
    More than one needs what Python's multiprocessing needs, such as a guarded main module.
    Raises ImageSetError, which names a bad line unless `skip_bad` is set, and leaves `out` as it
    was.
    """
    try:
        if is_same_file(source, out):
            raise ImageSetError(f"{out} is read; name another file with --out.")
        before = source.stat()
        if stat.S_ISDIR(before.st_mode):
            raise ImageSetError(f"{source}: {A_FOLDER}.")
        if not stat.S_ISREG(before.st_mode):
            raise ImageSetError(f"{source} is not a regular file, and it has to be read twice.")
        if is_database(source):
            raise ImageSetError(f"{source} is an image set or a database; NDJSON is required.")
        if before.st_size < _WORTH_SHARING:
            workers = 1
        with (
            beside(out, force=force) as partial,
            _Lines(source, skip_bad) as lines,
            SetWriter(partial) as writer,
        ):
            with several(workers) as share:
                lines.check(before.st_size, share, progress)
                lines.drop_repeated()
                if lines.skipped and not lines.count:
                    raise ImageSetError(f"{source} has no image: {lines.first_reasons()[0]}.")
                lines.write(writer, redact, share, progress)
                if _identity(source.stat()) != _identity(before):
                    raise changed(source)
                writer.finish(about, lambda step: progress(step, 0, 0), share)
            return Imported(lines.count, lines.skipped, lines.first_reasons(), lines.redacted)
    except OSError as error:
        raise ImageSetError(f"{source}: {error.strerror or error}.") from error


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


class _Lines:
    """The places of the good lines of a file, in a temporary database."""

    def __init__(self, source: Path, skip_bad: bool) -> None:
        self._source = source
        self._skip_bad = skip_bad
        self.count = 0
        self.skipped = 0
        self.redacted = 0
        self._reasons: list[tuple[int, str]] = []
        self._ids = array("Q")
        self._connection = sqlite3.connect("", isolation_level=None)  # a temporary file
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA cache_size = -16384")
        self._connection.execute(
            "CREATE TABLE lines (number INTEGER PRIMARY KEY, id TEXT, start INTEGER, "
            "length INTEGER, checksum INTEGER, created INTEGER, updated INTEGER)"
        )

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def check(self, size: int, share: Map, progress: Progress) -> None:
        """Check every line and store its place."""
        before = 0
        self._connection.execute("BEGIN")
        for checked in share(check_part, parts_of(self._source, size)):
            for number, why in checked.bad:
                self._refuse(before + number, why)
            self._connection.executemany(
                "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((before + number, image_id, *place) for number, image_id, place in checked.good),
            )
            self.count += len(checked.good)
            self._ids.extend(checked.ids)
            before += checked.lines
            progress("reading", checked.end, size)
        self._connection.execute("COMMIT")

    def drop_repeated(self) -> None:
        """Skip the lines whose id an earlier line has."""
        if not self._ids or len(np.unique(np.frombuffer(self._ids, ENTRY))) == self.count:
            return  # as many hashes as lines, so no id is repeated
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
            hint = "--skip-bad skips such lines" if number > 1 else ONE_A_LINE
            raise ImageSetError(f"{self._source}, {message}; {hint}.")
        self.skipped += 1
        self._reasons = sorted([*self._reasons, (number, message)])[:_SHOWN]

    def first_reasons(self) -> tuple[str, ...]:
        """Return why the first few lines were skipped."""
        return tuple(message for _, message in self._reasons)

    def write(
        self, writer: SetWriter, redact: Redact | None, share: Map, progress: Progress
    ) -> None:
        """Write the images in default order."""
        done = 0
        for block, redacted in share(read_block, self._tasks(writer.path, redact)):
            writer.add(block)
            done += len(block.ids)
            self.redacted += redacted
            progress("writing", done, self.count)

    def _tasks(self, out: Path, redact: Redact | None) -> Iterator[BlockTask]:
        rows = self._connection.execute(
            "SELECT start, length, checksum, created, updated FROM lines "
            "ORDER BY created DESC, id DESC"
        )
        number = first = 0
        while places := rows.fetchmany(BLOCK):
            yield BlockTask(
                path=self._source,
                places=places,
                number=number,
                first=first,
                out=out,
                redact=redact,
            )
            number, first = number + 1, first + len(places)
