"""Writing the file of an image set from blocks of images in default order."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import numpy as np

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, Positions
from glancetape_cassettes.imageset.indexes.column import Column, GrowingColumn
from glancetape_cassettes.imageset.indexes.orders import add_order, ranks_of
from glancetape_cassettes.imageset.indexes.part import Part, Row
from glancetape_cassettes.imageset.indexes.text_order import GrowingTexts, StoredTexts
from glancetape_cassettes.imageset.indexes.value_tables import TableRows, ValueTable, narrow
from glancetape_cassettes.imageset.making.blocks import WORDS, Block
from glancetape_cassettes.imageset.making.data_file import DataFile
from glancetape_cassettes.imageset.making.listed_images import NULL
from glancetape_cassettes.imageset.making.merging import MergedValues
from glancetape_cassettes.imageset.making.shared_indexes import (
    IdIndex,
    Index,
    IndexTask,
    NumberIndex,
    WordIndex,
    WrittenIndex,
    sort_texts,
    write_index,
)
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.imageset.making.workers import Map
from glancetape_cassettes.imageset.making.written_bodies import ROOM

_LARGE = 64 * ROOM  # bytes of data; less is moved to where a shorter database ends
_FILLED_OF_PAGE = schema.PAGE_SIZE - 4  # bytes of a page that SQLite fills with a large value

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
        self._closing = ExitStack()
        folder = self._closing.enter_context(temporary_folder())
        self._rows = TableRows(tables, folder)
        self._values = MergedValues(self._rows)
        columns = ("created_at", "updated_at", *NUMBERS, *WORDS)
        self._columns = {name: GrowingColumn(folder / f"{name}.column") for name in columns}
        self._texts = {name: GrowingTexts(folder / f"{name}.texts") for name in ("id", "name")}
        for close in (
            self._connection.close,
            self._data.close,
            self._rows.close,
            self._values.close,
            *[column.close for column in self._columns.values()],
            *[texts.close for texts in self._texts.values()],
        ):
            self._closing.callback(close)
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file, finished or not, and delete what was stored beside it.

        Raises GlancetapeError in place of an error after another program did the latter.
        """
        self._closing.__exit__(kind, error, trace)

    def add(self, block: Block) -> None:
        """Add the next block."""
        self._data.add_bodies(block)
        self._texts["id"].add(block.ids)
        self._texts["name"].add(block.names)
        for name, numbers in block.numbers.items():
            self._columns[name].add(np.frombuffer(numbers, NUMBER))
        for name, (words, which) in block.words.items():
            numbered = self._words[name]
            numbers_of = [numbered.setdefault(word, len(numbered)) for word in words]
            column = np.array(numbers_of, NUMBER)[np.frombuffer(which, NUMBER)]
            self._columns[name].add(column)
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
        texts = {name: growing.stored() for name, growing in self._texts.items()}
        # Several processes begin with these here, before the tasks below that wait for this one.
        # One process sorts both at the same time, in threads: NumPy sorts without Python.
        sorting = {name: share(sort_texts, [one]) for name, one in texts.items()}
        with ThreadPoolExecutor(2) as pool:
            orders = {name: pool.submit(_first, one) for name, one in sorting.items()}
            step("values")
            self._values.settle(share)
            names = ranks_of(*orders["name"].result())
            self._values.write(self._connection, data, share, names)
            self._connection.executemany(
                "INSERT INTO statistics VALUES (?, ?)", sorted(self._with_property.items())
            )
            # Other processes begin with these, and wait to write them until this one has added its
            # parts. So it must not need them for anything else any more.
            indexes = share(write_index, self._tasks(texts["id"]))
            step("orders")
            for name, order in orders.items():
                positions, starts = order.result()
                if name == "id" and len(starts) != self._count:
                    raise ImageSetError("two images have the same id.")
                part = Part()
                add_order(part, name, positions, starts)
                self._add(part)
        self._add(data.of_images())
        data.tell_end()
        self._take(next(indexes))
        for statement in schema.INDEXES:
            run(statement)
        for index in indexes:
            self._take(index)
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

    def _tasks(self, ids: StoredTexts) -> list[IndexTask]:
        """Return the indexes that other processes make, in the order of writing them."""
        indexes: list[Index] = [
            IdIndex(ids),
            *[WordIndex(name, self._ranks(name)) for name in WORDS],
            *[
                NumberIndex(name, self._numbers(name))
                for name in ("created_at", "updated_at", *NUMBERS)
            ],
        ]
        return [
            IndexTask(self.path, number, index)
            for number, index in enumerate(indexes, self._data.next_part)
        ]

    def _ranks(self, name: str) -> Column:
        is_in_table = self._rows.has(name)
        words = self._rows.table_of(name).words(name) if is_in_table else [*self._words[name]]
        ranks = {word: rank for rank, word in enumerate(sorted({*words}, key=_none_first))}
        ranked = narrow(np.array([ranks[word] for word in words], NUMBER), len(ranks))
        return (
            self._rows.column(name, ranked) if is_in_table else self._columns[name].column(ranked)
        )

    def _numbers(self, name: str) -> Column:
        if self._rows.has(name):
            return self._rows.column(name, self._rows.table_of(name).numbers(name, NULL))
        return self._columns[name].column()

    def _add(self, part: Part) -> None:
        """Add a part of the data with its rows."""
        self._insert(part.inserted, self._data.add_part(part))

    def _take(self, index: WrittenIndex) -> None:
        """Add an index that is written, with its rows."""
        self._data.take(index.written)
        self._insert(index.inserted, index.written.start)

    def _insert(self, inserted: Sequence[tuple[str, Sequence[Row]]], start: int) -> None:
        # By name: from Python 3.12 on, a sequence for `?1` is deprecated.
        for statement, rows in inserted:
            values = (
                {str(place): one for place, one in enumerate((start, *row), 1)} for row in rows
            )
            self._connection.executemany(statement, values)


def _first(orders: Iterator[tuple[Positions, Positions]]) -> tuple[Positions, Positions]:
    return next(orders)


def _none_first(word: str | None) -> tuple[bool, str]:
    return word is not None, word or ""
