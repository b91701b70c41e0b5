"""Writing the file of an image set from blocks of images in default order."""

import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import IO, Self

import numpy as np

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, POSITION, Numbers, Positions
from glancetape_cassettes.imageset.indexes.orders import ranks_of, write_order
from glancetape_cassettes.imageset.indexes.ranges import write_ranges
from glancetape_cassettes.imageset.indexes.value_tables import Rows, TableRows, ValueTable, narrow
from glancetape_cassettes.imageset.making.blocks import WORDS, Block
from glancetape_cassettes.imageset.making.data_file import DataFile
from glancetape_cassettes.imageset.making.listed_images import NULL
from glancetape_cassettes.imageset.making.merging import MergedValues
from glancetape_cassettes.imageset.making.text_order import TextOrder
from glancetape_cassettes.imageset.making.workers import Map
from glancetape_cassettes.imageset.making.written_bodies import ROOM

_LARGE = 64 * ROOM  # bytes of data; less is moved to where a shorter database ends
_FILLED_OF_PAGE = schema.PAGE_SIZE - 4  # bytes of a page that SQLite fills with a large value
_BITS = 31  # of positions, and of numbers that are sorted together with them
_MOST = (1 << _BITS) - 1
_NUMBER_KEYS = ("created_at", "updated_at", "size")

Step = Callable[[str], None]


def _ignore(_: str) -> None:
    pass


class SetWriter:
    """Writes one image set from blocks of images in default order.

    Memory grows with the number of common values, the size of a block, and some forty bytes per
    image while the orders are sorted.
    """

    def __init__(self, path: Path, tables: Mapping[str, ValueTable] = MappingProxyType({})) -> None:
        """Start a new file; `path` is empty or does not exist.

        Each block has its images' rows of the tables.
        """
        schema.check_byte_order()
        self.path = path
        """The file; the processes that make blocks may write their bodies to it."""
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._data = DataFile(path)
        self._rows = TableRows(tables)
        self._values = MergedValues(self._rows)
        self._columns: defaultdict[str, IO[bytes]] = defaultdict(tempfile.TemporaryFile)
        self._texts = {"id": TextOrder(), "name": TextOrder()}
        self._words: dict[str, dict[str | None, int]] = {name: {} for name in WORDS}
        self._with_property: Counter[str] = Counter()
        self._owners: Counter[str] = Counter()
        self._count = 0
        run = self._connection.execute
        run(f"PRAGMA page_size = {schema.PAGE_SIZE}")
        run(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        run(f"PRAGMA user_version = {schema.VERSION}")
        run("PRAGMA secure_delete = 1")  # builds of SQLite differ in what free pages hold
        for statement in (*schema.TABLES, "BEGIN"):
            run(statement)

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, finished or not."""
        self._values.close()
        self._rows.close()
        self._data.close()
        for column in self._columns.values():
            column.close()
        for texts in self._texts.values():
            texts.close()
        self._connection.close()

    def add(self, block: Block) -> None:
        """Add the next block."""
        self._data.add_bodies(block)
        self._texts["id"].add(block.ids)
        self._texts["name"].add(block.names)
        for name, numbers in block.numbers.items():
            self._columns[name].write(numbers)
        for name, (words, which) in block.words.items():
            numbered = self._words[name]
            numbers_of = [numbered.setdefault(word, len(numbered)) for word in words]
            column = np.array(numbers_of, NUMBER)[np.frombuffer(which, NUMBER)]
            self._columns[name].write(column.tobytes())
        self._values.add(block)
        self._with_property.update(block.images_with)
        self._owners.update(block.owners)
        self._count += len(block.ids)

    def add_data(self, image_id: str, data: bytes) -> None:
        """Add the data of an image; all blocks were added before."""
        section = (f"{schema.DATA}{image_id}", *self._data.add_section(data), None)
        self._connection.execute("INSERT INTO sections VALUES (?, ?, ?, ?)", section)

    def finish(self, about: Mapping[str, str], step: Step = _ignore, share: Map = map) -> None:
        """Write the indexes and the table `about`; `step` is called with each step's name.

        `share` is the map of `several` processes that made the blocks.

        Raises ImageSetError when two images have the same id.
        """
        run, data = self._connection.execute, self._data
        # NumPy sorts without Python: several columns at the same time.
        with ThreadPoolExecutor(2) as pool:
            orders = {name: pool.submit(texts.sort) for name, texts in self._texts.items()}
            step("values")
            self._values.settle()
            names = ranks_of(*orders["name"].result())
            self._values.write(self._connection, data, share, names)
            self._connection.executemany(
                "INSERT INTO statistics VALUES (?, ?)", sorted(self._with_property.items())
            )
            step("orders")
            for name, order in orders.items():
                positions, starts = order.result()
                if name == "id" and len(starts) != self._count:
                    raise ImageSetError("two images have the same id.")
                write_order(self._connection, data.add, name, positions, starts)
        for section in data.add_images(self._texts["id"].texts()):
            run("INSERT INTO sections VALUES (?, ?, ?, ?)", section)
        for statement in schema.INDEXES:
            run(statement)
        for name in WORDS:
            self._write_word_order(name)
        for name in ("created_at", "updated_at", *NUMBERS):
            self._write_number(name)
        known = {
            "images": str(self._count),
            "home_project": min(
                self._owners, key=lambda name: (-self._owners[name], name), default=""
            ),
            "dialect": "ims" if self._with_property["__isregistered"] else "glance",
        }
        self._connection.executemany(
            "INSERT INTO about VALUES (?, ?)", sorted({**known, **about}.items())
        )
        if data.length >= _LARGE:
            self._fill_room()
        self._connection.execute("COMMIT")
        data.finish(self._connection.serialize())

    def _fill_room(self) -> None:
        """Make the database as long as the room for it, with free pages, unless it is longer.

        So the data of a large set is written once, where it belongs.
        """
        run = self._connection.execute
        run("CREATE TABLE filler (octets)")
        ((pages,),) = run("PRAGMA page_count")
        if (missing := ROOM // schema.PAGE_SIZE - pages) > 0:
            run("INSERT INTO filler VALUES (zeroblob(?))", (missing * _FILLED_OF_PAGE,))
        run("DROP TABLE filler")

    def _write_word_order(self, name: str) -> None:
        if self._rows.has(name):
            words, which = self._rows.words(name)
        else:
            words, which = list(self._words[name]), self._column(name)
        ranks = {word: rank for rank, word in enumerate(sorted({*words}, key=_none_first))}
        ranked = narrow(np.array([ranks[word] for word in words], NUMBER), len(ranks)).take(which)
        positions = _ascending(ranked)
        write_order(self._connection, self._data.add, name, positions, _starts(ranked[positions]))

    def _write_number(self, name: str) -> None:
        numbers = self._rows.numbers(name, NULL) if self._rows.has(name) else self._column(name)
        positions = _ascending(numbers)
        ascending = numbers[positions]
        nulls = int(np.searchsorted(ascending, NULL, "right"))
        add = self._data.add
        write_ranges(self._connection, add, name, ascending[nulls:], positions[nulls:])
        if name in _NUMBER_KEYS:
            write_order(self._connection, add, name, positions, _starts(ascending))

    def _column(self, name: str) -> Numbers:
        """Return the number of each position in a column."""
        if not self._count:
            return np.empty(0, NUMBER)
        column = self._columns[name]
        column.seek(0)
        return np.fromfile(column, NUMBER)


def _none_first(word: str | None) -> tuple[bool, str]:
    return word is not None, word or ""


def _ascending(numbers: Rows) -> Positions:
    """Return positions sorted by their numbers; ties ascend by created_at and id: backwards.

    Number and position together are one number where they are short enough: NumPy sorts one column
    many times faster than the places of another one.
    """
    last = len(numbers) - 1
    if not _are_near(numbers):
        return (last - np.argsort(numbers[::-1], kind="stable")).astype(POSITION)
    low = np.min(numbers, where=numbers != NULL, initial=np.iinfo(NUMBER).max) - 1
    keys = np.where(numbers == NULL, 0, numbers - low) << _BITS
    keys |= np.arange(last, -1, -1)
    keys.sort()
    return (last - (keys & _MOST)).astype(POSITION)


def _are_near(numbers: Rows) -> bool:
    """Whether number and position fit into one number; 16 bits are sorted without comparing."""
    if numbers.dtype != NUMBER:
        return False
    known = numbers[numbers != NULL]
    return not len(known) or int(known.max()) - int(known.min()) < _MOST


def _starts(ascending: Numbers) -> Positions:
    """Return the places where another number begins."""
    changes = np.ones(len(ascending), bool)
    changes[1:] = ascending[1:] != ascending[:-1]
    return np.flatnonzero(changes).astype(POSITION)
