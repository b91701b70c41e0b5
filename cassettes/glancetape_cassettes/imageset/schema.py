"""The file of an image set: a SQLite database, the data that its tables name, and checksums.

  about         name, value: images (their count), home_project, dialect, made_by, made_from
  sections      name, start, length, number: the parts of the data that a set has once; see below
  property_values
                for each value that many images have: the roaring bitmap (portable format) of their
                positions; a tag is a value of `tags`, a member of `members` ("STATUS PROJECT")
  orders        for each sort key: the positions in ascending order, nulls first, 32 bits each; for
                each position its place in it, and the number of its value among the key's; the
                places where another value begins (bitmap)
  ranges        for each number, and each time in seconds since 1970: every so often along the
                ascending order, at some `place`, the bitmap of all images before it, then the
                numbers (64 bits each) and positions (32 bits each) up to the next such place; the
                last row, without them, has all images whose number is not null
  statistics    property, count of images that have it

The tables name data by where it starts, counted from the end of the database, and by its length in
bytes where that does not follow. The sections:

    places        for each image in default order (created_at descending, then id descending) where
                  its body starts and ends, 64 bits each: the image as a list answer shows it, JSON
                  in UTF-8, and a comma. The bodies are the beginning of the data. Of some thousands
                  that follow each other in default order, those of the same project lie together,
                  and so do those that are public.
    sums          the CRC-32 of each body with its comma, in the same order, 32 bits each; a set may
                  be without it, then its images are checked sector by sector
    ids           the ids in the same order, each as long as the longest, filled with bytes 0xFF
    by_id         a hash table, 64 bits a slot: (hash << 32 | position + 1), 0 in an empty slot; an
                  id whose CRC-32 is `hash` is in slot (hash * slots >> 32) or in the next ones, up
                  to an empty slot; `slots` is the number of its section
    rare_values   the values that few images have: (hash << 32 | position), 64 bits each, ascending;
                  the hash is the lower 31 bits of the CRC-32 of property and value, one after the
                  other
    rare_firsts   every so-many-th of them, from the first; the number of the section says which
    data/ID       the data of the image with that id; most sets have none

The position of an image is its number in default order, from 0. The version of the format is
SQLite's `user_version`. Numbers in arrays are little endian. `checked_file` has the checksums.
"""

import contextlib
import sqlite3
import sys
from functools import lru_cache
from pathlib import Path

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.regular_file import IMAGE_SET
from glancetape_cassettes.imageset.checked_file import SECTOR
from glancetape_cassettes.plain_names import word_of

APPLICATION_ID = 0x676C7470  # "gltp"
VERSION = 2
PAGE_SIZE = SECTOR
DATA = "data/"
"""How the names of the sections begin that have the data of an image; its id follows."""

TABLES = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE sections (name TEXT PRIMARY KEY, start INTEGER NOT NULL,"
    " length INTEGER NOT NULL, number INTEGER) WITHOUT ROWID",
    "CREATE TABLE property_values (property TEXT NOT NULL, value TEXT NOT NULL,"
    " count INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,"
    " PRIMARY KEY (property, value)) WITHOUT ROWID",
    "CREATE TABLE orders (sort_key TEXT PRIMARY KEY, positions INTEGER NOT NULL,"
    " places INTEGER NOT NULL, ranks INTEGER NOT NULL, starts INTEGER NOT NULL,"
    " starts_length INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE ranges (property TEXT NOT NULL, place INTEGER NOT NULL, low INTEGER,"
    " below INTEGER NOT NULL, below_length INTEGER NOT NULL, count INTEGER NOT NULL,"
    " numbers INTEGER NOT NULL, positions INTEGER NOT NULL)",
    "CREATE TABLE statistics (property TEXT PRIMARY KEY, images INTEGER NOT NULL) WITHOUT ROWID",
)
INDEXES = ("CREATE INDEX ranges_by_low ON ranges (property, low, place)",)
_OF_VERSION_1 = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE images (position INTEGER PRIMARY KEY, id TEXT NOT NULL,"
    " created_at TEXT NOT NULL, json BLOB NOT NULL)",
    "CREATE TABLE property_values (property TEXT NOT NULL, value TEXT NOT NULL,"
    " count INTEGER NOT NULL, positions BLOB NOT NULL)",
    "CREATE TABLE statistics (property TEXT PRIMARY KEY, images INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE UNIQUE INDEX images_by_id ON images (id)",
    "CREATE UNIQUE INDEX property_values_by_value ON property_values (property, value)",
)
"""What a conversion reads of version 1, as all its releases wrote it; bitmaps are in the rows."""
_READ_OF_VERSION_1 = ("about", "images", "property_values", "statistics")
_HEADER_LENGTH = 100
_CACHE = 8 << 20  # bytes
# The parts of the header of a SQLite database that are read here.
_PAGE_SIZE, _PAGES, _VERSION, _APPLICATION_ID = (
    slice(16, 18), slice(28, 32), slice(60, 64), slice(68, 72),
)  # fmt: skip
_STEP = 2_000
"""After this many instructions, SQLite asks whether a query goes on: each 0.2 ms."""
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
        """Take the length of the database; no value can be longer either."""
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


def open_tables(path: Path, database: bytes) -> SetConnection:
    """Open the tables of an image set in memory; `database` is that part of the file.

    They take a megabyte for a million images, as all else is data. So what SQLite reads are bytes
    that were checked, even if the file is overwritten now. Raises ImageSetError for tables that are
    not those of an image set.
    """
    connection = sqlite3.connect(":memory:", check_same_thread=False, factory=SetConnection)
    with contextlib.ExitStack() as closing:
        closing.callback(connection.close)
        try:
            connection.deserialize(database)
            connection.execute("PRAGMA query_only = 1")
            connection.execute("PRAGMA trusted_schema = 0")
        except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite quotes what is damaged
            raise damaged(path, error) from error
        connection.limit_work(len(database))
        _check_tables(path, connection, (*TABLES, *INDEXES))
        connection.begin_question()
        closing.pop_all()
    return connection


def open_version_1(path: Path) -> SetConnection:
    """Open a set of version 1 to read it once; its tables are sound then, in themselves.

    Raises ImageSetError when it cannot be read, or its tables are not those of version 1.
    """
    try:
        # immutable: a finished set never changes, so no process needs a lock.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, factory=SetConnection
        )
        connection.execute(f"PRAGMA cache_size = -{_CACHE >> 10}")
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA trusted_schema = 0")
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite quotes what is damaged
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CANTOPEN:
            raise ImageSetError(f"{path} cannot be opened: {error}.") from error
        raise damaged(path, error) from error
    with contextlib.ExitStack() as closing:
        closing.callback(connection.close)
        connection.limit_work(path.stat().st_size)
        _check_tables(path, connection, _OF_VERSION_1)
        for table in _READ_OF_VERSION_1:
            _check_pages(path, connection, table)
        connection.begin_question()
        closing.pop_all()
    return connection


def _check_pages(path: Path, connection: SetConnection, table: str) -> None:
    """Raise ImageSetError if the pages of a table or of its indexes contradict each other.

    Version 1 has no checksums. Without this, a row that an index lacks would be lost.
    """
    connection.begin_question()
    try:
        for (why,) in connection.execute(f"PRAGMA integrity_check({table})"):
            if why != "ok":
                raise damaged(path, str(why).splitlines()[-1])
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise damaged(path, error) from error


DAMAGE = (sqlite3.Error, ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What reading a file raises after some of its bytes have changed."""


def damaged(path: Path, why: object) -> ImageSetError:
    """Return the error of a file whose content is not what glancetape wrote."""
    if isinstance(why, sqlite3.OperationalError) and str(why) == "interrupted":
        why = "reading a table of it does not end"
    return ImageSetError(f"{path} is damaged ({why}); make it again.")


_SELECT_TABLES = "SELECT type, name, tbl_name, sql FROM sqlite_master"


def _check_tables(path: Path, connection: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    """Raise ImageSetError unless each table and index of a set is there as it was made.

    A view in a table's place has rows without end, and a trigger or an index that is not ours
    may do anything. Further tables are never read here.
    """
    expected = _sound_tables(statements)
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


@lru_cache(maxsize=2)
def _sound_tables(statements: tuple[str, ...]) -> frozenset[tuple[str, str, str, str | None]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.execute(statement)
        return frozenset(connection.execute(_SELECT_TABLES).fetchall())


def check_byte_order() -> None:
    """Raise ImageSetError on a big-endian machine: the arrays in a set are little endian."""
    if sys.byteorder != "little":
        raise ImageSetError("image sets need a little-endian machine.")


def version_of(path: Path) -> int:
    """Return the version of an image set. Raises ImageSetError for any other file."""
    return int.from_bytes(_read_header(path)[_VERSION], "big")


def database_length(path: Path) -> int:
    """Return how many bytes the database of an image set has; its data comes next.

    Raises ImageSetError for a file that is missing, cut off, of another version, or something else.
    """
    header = _read_header(path)
    version = int.from_bytes(header[_VERSION], "big")
    if version == 1:
        raise ImageSetError(
            f"{path} is an image set of version 1, this program reads {VERSION}; convert it: "
            f"glancetape import {word_of(path)} --out NEW.images"
        )
    if version != VERSION:
        raise ImageSetError(
            f"{path} is an image set of version {version}, this program reads {VERSION}; "
            "make it again from its images."
        )
    pages = int.from_bytes(header[_PAGES], "big")
    if header[_PAGE_SIZE] != PAGE_SIZE.to_bytes(2, "big") or not pages:
        raise ImageSetError(f"{path} is damaged (its header); make it again.")
    return PAGE_SIZE * pages


def _read_header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_LENGTH)
    except OSError as error:
        raise ImageSetError(f"{path}: {error.strerror or error}.") from error
    if header[: len(IMAGE_SET)] != IMAGE_SET:
        raise ImageSetError(
            f"{path} is not an image set; make one with `glancetape generate`, or with "
            "`glancetape import FILE.ndjson --out SET`."
        )
    if len(header) < _HEADER_LENGTH:
        raise ImageSetError(f"{path} is cut off; make it again.")
    if header[_APPLICATION_ID] != APPLICATION_ID.to_bytes(4, "big"):
        raise ImageSetError(f"{path} is a SQLite database, but not an image set.")
    return header
