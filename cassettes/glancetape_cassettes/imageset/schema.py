"""The file of an image set: one SQLite database, its tables and version, and how to open it.

  about         name, value: images (their count), home_project, dialect, made_by, made_from
  images        one row for each image, in default order: created_at descending, then id descending;
                json is what a list answer shows of it
  property_values
                for each value that many images have: a roaring bitmap (portable format) of their
                positions; a tag is a value of `tags`, a member of `members` ("STATUS PROJECT")
  rare_values   for all other values: runs of (hash << 32 | position), 64 bits each, ascending; the
                hash is the lower 31 bits of the CRC-32 of property and value, one after the other
  orders        for each sort key: the positions in ascending order, nulls first, 32 bits each; for
                each position its place in it, and the number of its value among the key's; the
                places where another value begins (bitmap)
  ranges        for each number, and each time in seconds since 1970: every so often along the
                ascending order, at the place `start`, the bitmap of all images before it, then the
                numbers (64 bits each) and positions (32 bits each) up to the next such place; the
                last row, without them, has all images whose number is not null
  statistics    property, count of images that have it

The version of the format is SQLite's `user_version`. Numbers in arrays are little endian.
A position is the number of a row in `images`, from 0.
"""

import contextlib
import sqlite3
import sys
from functools import lru_cache
from pathlib import Path

from glancetape_cassettes.errors import ImageSetError

APPLICATION_ID = 0x676C7470  # "gltp"
VERSION = 1
PAGE_SIZE = 8192  # a page of images is 25 reads, a bitmap of a million images is 16

TABLES = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE images (position INTEGER PRIMARY KEY, id TEXT NOT NULL,"
    " created_at TEXT NOT NULL, json BLOB NOT NULL)",
    "CREATE TABLE property_values (property TEXT NOT NULL, value TEXT NOT NULL,"
    " count INTEGER NOT NULL, positions BLOB NOT NULL)",
    "CREATE TABLE rare_values (first INTEGER PRIMARY KEY, entries BLOB NOT NULL)",
    "CREATE TABLE orders (sort_key TEXT PRIMARY KEY, positions BLOB NOT NULL,"
    " places BLOB NOT NULL, ranks BLOB NOT NULL, starts BLOB NOT NULL)",
    "CREATE TABLE ranges (property TEXT NOT NULL, start INTEGER NOT NULL, low INTEGER,"
    " below BLOB NOT NULL, numbers BLOB NOT NULL, positions BLOB NOT NULL)",
    "CREATE TABLE statistics (property TEXT PRIMARY KEY, images INTEGER NOT NULL) WITHOUT ROWID",
)
# Made after the rows: that is faster, and finds repeated ids.
INDEXES = (
    "CREATE UNIQUE INDEX images_by_id ON images (id)",
    "CREATE UNIQUE INDEX property_values_by_value ON property_values (property, value)",
    "CREATE INDEX ranges_by_low ON ranges (property, low, start)",
)
_HEADER = b"SQLite format 3\0"
_HEADER_LENGTH = 100
_CACHE = 8 << 20  # bytes: the inner pages of a large set
_STEP = 2_000
"""After so many instructions of SQLite's machine it asks whether a query goes on: 0.2 ms."""
_LEAST_WORK = 1_000_000
_WORK_PER_BYTE = 1
"""To read a row takes some ten instructions, and in a sound set it has more bytes than that."""
_WORK_OF_TABLES = 20_000
"""For the list of tables: there may be a thousand that are not ours."""


class SetConnection(sqlite3.Connection):
    """A connection to a file that may be hostile: each question to it ends.

    A view, or pages that lead to each other, can have more rows than anybody could read. A question
    that does more work than a sound file of this length needs ends with `interrupted`.
    """

    def limit_work(self, length: int) -> None:
        """Take the length of the file; no value can be longer either."""
        self._most = _LEAST_WORK + _WORK_PER_BYTE * length
        self._left = _WORK_OF_TABLES
        self.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(length, 1 << 16))
        self.set_progress_handler(self._is_too_much, _STEP)

    def begin_question(self) -> None:
        """Forget the work of the questions before this one."""
        self._left = self._most

    def _is_too_much(self) -> bool:
        self._left -= _STEP
        return self._left < 0


def open_file(path: Path) -> SetConnection:
    """Open an image set to read; any number of processes may do so at the same time.

    Raises ImageSetError for a file that is missing, cut off, of another version, or something else,
    and for one whose tables are not those of an image set.
    """
    check_header(path)
    check_byte_order()
    try:
        # immutable: a finished set never changes, so no process needs a lock.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1",
            uri=True,
            check_same_thread=False,
            factory=SetConnection,
        )
        # Read, not mapped: when another program shortens the file, that is an error and not a
        # signal, and pages do not count as this process's memory. The system caches them anyway.
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute(f"PRAGMA cache_size = -{_CACHE >> 10}")
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA trusted_schema = 0")
    except sqlite3.OperationalError as error:
        raise ImageSetError(f"{path} cannot be opened: {error}.") from error
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite quotes what is damaged
        raise damaged(path, error) from error
    with contextlib.ExitStack() as closing:
        closing.callback(connection.close)
        connection.limit_work(path.stat().st_size)
        _check_tables(path, connection)
        connection.begin_question()
        closing.pop_all()
    return connection


def damaged(path: Path, why: object) -> ImageSetError:
    """Return the error of a file whose content is not what glancetape wrote."""
    if isinstance(why, sqlite3.OperationalError) and str(why) == "interrupted":
        why = "reading a table of it does not end"
    return ImageSetError(f"{path} is damaged ({why}); make it again.")


_SELECT_TABLES = "SELECT type, name, tbl_name, sql FROM sqlite_master"


def _check_tables(path: Path, connection: sqlite3.Connection) -> None:
    """Raise ImageSetError unless each table and index of a set is there as it was made.

    A view in a table's place has rows without end, and a trigger or an index of somebody else's
    may do anything. Further tables are never read here.
    """
    expected = _sound_tables()
    ours = {name for _, name, _, _ in expected}
    try:
        rows = connection.execute(_SELECT_TABLES).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise damaged(path, error) from error
    found = {row for row in rows if ours & {str(row[1]).lower(), str(row[2]).lower()}}
    for kind, name, table, _ in sorted(found - expected, key=str):
        what = f"{kind} {name!r}"[:80]
        of = "" if name == table else f" of {table!r}"[:80]
        raise damaged(path, f"its {what}{of} is not as glancetape made it")
    for kind, name, _, _ in sorted(expected - found, key=str):
        raise damaged(path, f"it has no {kind} {name!r}")


@lru_cache(maxsize=1)
def _sound_tables() -> frozenset[tuple[str, str, str, str | None]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for statement in (*TABLES, *INDEXES):
            connection.execute(statement)
        return frozenset(connection.execute(_SELECT_TABLES).fetchall())


def is_database(path: Path) -> bool:
    """Whether a file is a SQLite database, by its first bytes. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_HEADER)) == _HEADER


def check_byte_order() -> None:
    """Raise ImageSetError on a big-endian machine: the arrays in a set are little endian."""
    if sys.byteorder != "little":
        raise ImageSetError("image sets need a little-endian machine.")


def check_header(path: Path) -> None:
    """Raise ImageSetError unless a file has the header and length of an image set."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_LENGTH)
            length = file.seek(0, 2)
    except OSError as error:
        raise ImageSetError(f"{path}: {error.strerror or error}.") from error
    if header[:16] != _HEADER:
        raise ImageSetError(
            f"{path} is not an image set; make one with `glancetape generate`, or with "
            "`glancetape import FILE.ndjson --out SET`."
        )
    if len(header) < _HEADER_LENGTH:
        raise ImageSetError(f"{path} is cut off; make it again.")
    if header[68:72] != APPLICATION_ID.to_bytes(4, "big"):
        raise ImageSetError(f"{path} is a SQLite database, but not an image set.")
    version = int.from_bytes(header[60:64], "big")
    if version != VERSION:
        raise ImageSetError(
            f"{path} is an image set of version {version}, this program reads {VERSION}; "
            "make it again from its images."
        )
    page_size = int.from_bytes(header[16:18], "big")
    page_size = 1 << 16 if page_size == 1 else page_size
    if length < page_size * int.from_bytes(header[28:32], "big"):
        raise ImageSetError(f"{path} is cut off; make it again.")
