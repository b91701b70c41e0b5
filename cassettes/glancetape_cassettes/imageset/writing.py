"""Writing an image set: images in default order go in, one finished file comes out."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import orjson
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.bitmaps import NUMBER, POSITION, Positions, to_bytes
from glancetape_cassettes.imageset.orders import write_order
from glancetape_cassettes.imageset.ranges import write_ranges
from glancetape_cassettes.imageset.values import (
    ENTRY,
    SEGMENT,
    Entries,
    Gathered,
    hash_of,
    positions_of,
    values_of,
)

_TEXT_KEYS = ("name", "status", "container_format", "disk_format")
_NUMBERS = ("created_at", "updated_at", "size", "virtual_size", "min_disk", "min_ram")
_NUMBER_KEYS = ("created_at", "updated_at", "size")
_ENTRIES_A_ROW = 512
_BATCH = 1000
_SORTABLE = (
    "CREATE TEMP TABLE sortable (position INTEGER PRIMARY KEY, "
    + ", ".join((*_TEXT_KEYS, *_NUMBERS))
    + ")"
)
_INSERT_SORTABLE = "INSERT INTO sortable VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

Step = Callable[[str], None]


def _ignore(_: str) -> None:
    pass


@contextmanager
def beside(out: Path, *, force: bool) -> Iterator[Path]:
    """Give a path to write to; it takes the place of `out` when all went well, else it goes.

    Raises ImageSetError when `out` is there and `force` is not set, or cannot be written.
    """
    try:
        _look(out, force)
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent)
    except OSError as error:
        raise _not_written(out, error) from error
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.chmod(0o666 & ~_umask())
        _look(out, force)  # again: making a large set takes a while
        partial.replace(out)
    except (OSError, sqlite3.Error) as error:
        raise _not_written(out, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _look(out: Path, force: bool) -> None:
    if out.is_dir():
        raise ImageSetError(f"{out} is a folder.")
    if out.exists() and not force:
        raise ImageSetError(f"{out} exists; --force writes over it.")


def _not_written(out: Path, error: OSError | sqlite3.Error) -> ImageSetError:
    # The names in an error of the system are those of the file beside.
    why = error.strerror if isinstance(error, OSError) else None
    return ImageSetError(f"{out} cannot be written: {why or error}.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class SetWriter:
    """Writes one image set; the images come in default order.

    Memory is bounded by the number of common values, a segment of images, and some twenty bytes
    for each image while the orders are made.
    """

    def __init__(self, path: Path) -> None:
        """Begin a new file; `path` is empty or not there."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._entries: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the writer
        self._gathered = Gathered()
        self._owners: dict[str, int] = {}
        self._count = 0
        self._images: list[tuple[int, str, str, bytes]] = []
        self._sortable: list[tuple[Any, ...]] = []
        run = self._connection.execute
        run(f"PRAGMA page_size = {schema.PAGE_SIZE}")
        run(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        run(f"PRAGMA user_version = {schema.VERSION}")
        # The file is nobody's until it is finished, so there is nothing to roll back.
        run("PRAGMA journal_mode = OFF")
        run("PRAGMA synchronous = OFF")
        run("PRAGMA cache_size = -32768")
        run("PRAGMA temp.cache_size = -32768")
        for statement in (*schema.TABLES, _SORTABLE, "BEGIN"):
            run(statement)

    def __enter__(self) -> Self:
        """Give the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file, finished or not."""
        self._entries.close()
        self._connection.close()

    def add(
        self,
        image: Mapping[str, Any],
        members: Collection[Mapping[str, str]],
        created: int,
        updated: int,
    ) -> None:
        """Take the next image, as the API shows it, with its times in seconds since 1970."""
        position = self._count
        self._count += 1
        self._images.append((position, image["id"], image["created_at"], orjson.dumps(image)))
        self._sortable.append(
            (
                image["name"], image["status"], image["container_format"], image["disk_format"],
                created, updated,
                image["size"], image["virtual_size"], image["min_disk"], image["min_ram"],
            )
        )  # fmt: skip
        self._gathered.add(position, image, members)
        owner = image["owner"]
        if owner is not None and image["visibility"] != "public":
            self._owners[owner] = self._owners.get(owner, 0) + 1
        if len(self._images) == _BATCH:
            self._flush()
        if self._count % SEGMENT == 0:
            self._entries.write(self._gathered.end_segment().tobytes())

    def _flush(self) -> None:
        self._connection.executemany("INSERT INTO images VALUES (?, ?, ?, ?)", self._images)
        self._connection.executemany(_INSERT_SORTABLE, self._sortable)
        self._images.clear()
        self._sortable.clear()

    def finish(self, about: Mapping[str, str], step: Step = _ignore) -> None:
        """Write the indexes and what the set says about itself; `step` hears what is being done."""
        step("values")
        self._flush()
        self._entries.write(self._gathered.end_segment().tobytes())
        self._write_values()
        step("ids")
        for statement in schema.INDEXES:
            self._connection.execute(statement)
        for name in (*_TEXT_KEYS, "id"):
            step(f"order of {name}")
            self._write_text_order(name)
        for name in _NUMBERS:
            step(f"order of {name}")
            self._write_number(name)
        registered = self._gathered.images_with.get("__isregistered", 0)
        known = {
            "images": str(self._count),
            "home_project": min(
                self._owners, key=lambda name: (-self._owners[name], name), default=""
            ),
            "dialect": "ims" if registered else "glance",
        }
        self._connection.executemany(
            "INSERT INTO about VALUES (?, ?)", sorted({**known, **about}.items())
        )
        self._connection.execute("DROP TABLE temp.sortable")
        self._connection.execute("COMMIT")

    def _write_values(self) -> None:
        entries = self._sorted_entries()
        for name, value in self._gathered.late:
            self._gathered.common[name, value] |= self._rare_images(entries, name, value)
        self._connection.executemany(
            "INSERT INTO property_values VALUES (?, ?, ?, ?)",
            (
                (name, value, len(bitmap), to_bytes(bitmap))
                for (name, value), bitmap in sorted(self._gathered.common.items())
            ),
        )
        self._connection.executemany(
            "INSERT INTO statistics VALUES (?, ?)", sorted(self._gathered.images_with.items())
        )
        self._gathered.common.clear()
        self._connection.executemany(
            "INSERT INTO rare_values VALUES (?, ?)",
            (
                (int(entries[start]), entries[start : start + _ENTRIES_A_ROW].tobytes())
                for start in range(0, len(entries), _ENTRIES_A_ROW)
            ),
        )

    def _sorted_entries(self) -> Entries:
        self._entries.flush()
        if not self._entries.tell():
            return np.empty(0, ENTRY)
        # Mapped, not read: the entries of a large set are sorted on the disk.
        entries = np.memmap(self._entries, ENTRY, "r+")
        entries.sort()
        return entries

    def _rare_images(self, entries: Entries, name: str, value: str) -> BitMap:
        """Give the images that had a value before it became common."""
        found = BitMap()
        for position in positions_of(entries, hash_of(name, value)):
            (body,) = self._connection.execute(
                "SELECT json FROM images WHERE position = ?", (position,)
            ).fetchone()
            if value in values_of(orjson.loads(body), name):
                found.add(position)
        return found

    def _write_text_order(self, name: str) -> None:
        positions = np.empty(self._count, POSITION)
        starts = np.zeros(self._count, bool)
        table, offset = ("images", 0) if name == "id" else ("sortable", 1)
        rows = self._connection.execute(
            f"SELECT position - {offset}, {name} FROM {table} ORDER BY {name}, position DESC"  # noqa: S608
        )
        before: object = self  # nothing that a value can equal
        for place, (position, value) in enumerate(rows):
            positions[place] = position
            if value != before:
                starts[place] = True
                before = value
        write_order(self._connection, name, positions, _places(starts))

    def _write_number(self, name: str) -> None:
        count = self._count
        numbers = np.zeros(count, NUMBER)
        known = np.ones(count, bool)
        rows = self._connection.execute(f"SELECT {name} FROM sortable ORDER BY position")  # noqa: S608
        for position, (value,) in enumerate(rows):
            if value is None:
                known[position] = False
            else:
                numbers[position] = value
        # Ties come by created_at and id ascending, so from the highest position down.
        nulls, others = _places(~known)[::-1], _places(known)[::-1]
        others = others[np.argsort(numbers[others], kind="stable")]
        ascending = numbers[others]
        write_ranges(self._connection, name, ascending, others)
        if name in _NUMBER_KEYS:
            starts = np.zeros(count, bool)
            starts[:1] = True
            if len(others):
                starts[len(nulls)] = True
                starts[len(nulls) + 1 :] = ascending[1:] != ascending[:-1]
            positions = np.concatenate((nulls, others))
            write_order(self._connection, name, positions, _places(starts))


def _places(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Positions:
    return np.flatnonzero(mask).astype(POSITION)
