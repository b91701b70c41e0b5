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

import sqlite3
import sys
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


def open_file(path: Path) -> sqlite3.Connection:
    """Open an image set to read; any number of processes may do so at the same time.

    Raises ImageSetError for a file that is missing, cut off, of another version, or something else.
    """
    check_header(path)
    check_byte_order()
    try:
        # immutable: a finished set never changes, so no process needs a lock.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        # Read, not mapped: when another program shortens the file, that is an error and not a
        # signal, and pages do not count as this process's memory. The system caches them anyway.
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute(f"PRAGMA cache_size = -{_CACHE >> 10}")
        connection.execute("PRAGMA query_only = 1")
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite quotes what is damaged
        raise ImageSetError(f"{path} cannot be opened: {error}.") from error
    return connection


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
