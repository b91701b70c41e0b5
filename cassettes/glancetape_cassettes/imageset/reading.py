"""An open image set: what its indexes answer, each in microseconds, whatever its size."""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import orjson
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.cache import Cache, bytes_of
from glancetape_cassettes.imageset.orders import (
    Keys,
    Order,
    read_order,
    read_ranks,
    work_out,
)
from glancetape_cassettes.imageset.ranges import Ranges
from glancetape_cassettes.imageset.values import (
    ENTRY,
    MEMBERS,
    TAGS,
    has_value,
    hash_of,
    member_value,
)

_BITMAP_ROOM = 32 << 20
_ORDERS_KEPT = 48 << 20
_POSITION_MASK = np.uint64(0xFFFFFFFF)
_MANY = 200  # places in one statement


class ImageSet:
    """The images of a file, each at a position: 0 is the newest.

    Bitmaps that it gives are shared: do not change them.
    """

    def __init__(self, path: Path) -> None:
        """Open a file; ImageSetError when it is no image set that this version reads."""
        self.path = path
        self._connection = schema.open_file(path)
        try:
            self.about: dict[str, str] = dict(
                self._connection.execute("SELECT name, value FROM about")
            )
            self.count = int(self.about["images"])
        except (sqlite3.Error, KeyError, ValueError) as error:
            self._connection.close()
            raise ImageSetError(f"{path} is damaged ({error}); make it again.") from error
        self._ranges = Ranges(self._connection)
        self._bitmaps: Cache[BitMap] = Cache(_BITMAP_ROOM)
        self._orders: Cache[Order] = Cache(_ORDERS_KEPT)

    def __enter__(self) -> Self:
        """Give the set."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def __len__(self) -> int:
        """Count the images."""
        return self.count

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # What images there are

    def position_of(self, image_id: str) -> int | None:
        """Give the position of an image, None when there is none with that id."""
        row = self._connection.execute(
            "SELECT position FROM images WHERE id = ?", (image_id,)
        ).fetchone()
        return None if row is None else int(row[0])

    def id_at(self, position: int) -> str:
        """Give the id of the image at a position."""
        row = self._connection.execute(
            "SELECT id FROM images WHERE position = ?", (position,)
        ).fetchone()
        return str(row[0])

    def bodies(self, positions: Sequence[int]) -> list[bytes]:
        """Give the images at positions as a list answer shows them: JSON in UTF-8."""
        found: dict[int, bytes] = {}
        for start in range(0, len(positions), _MANY):
            some = positions[start : start + _MANY]
            found.update(self._connection.execute(_select_json(len(some)), some))
        return [found[position] for position in positions]

    def image_at(self, position: int) -> dict[str, Any]:
        """Give the image at a position."""
        image: dict[str, Any] = orjson.loads(self.bodies([position])[0])
        return image

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the images in default order."""
        for (body,) in self._connection.execute("SELECT json FROM images ORDER BY position"):
            yield orjson.loads(body)

    # Which images have something

    def everything(self) -> BitMap:
        """Give all positions."""
        return self._kept(("all",), lambda: BitMap(range(self.count)))

    def having(self, name: str, value: str) -> BitMap:
        """Give the images with that value of a property; true and false are read as text."""
        return self._kept(("value", name, value), lambda: self._look_up(name, value))

    def tagged(self, tag: str) -> BitMap:
        """Give the images with a tag."""
        return self.having(TAGS, tag)

    def shared_with(self, project: str, status: str) -> BitMap:
        """Give the images that have a project as member in a status."""
        return self.having(MEMBERS, member_value(project, status))

    def less(self, name: str, bound: int, *, or_equal: bool = False) -> BitMap:
        """Give the images where a number, or a time in seconds since 1970, is less than a bound."""
        bound = min(max(bound, -(1 << 63)), (1 << 63) - 1)
        return self._kept(
            ("less", name, bound, or_equal),
            lambda: self._ranges.less(name, bound, or_equal=or_equal),
        )

    def known(self, name: str) -> BitMap:
        """Give the images where a number or a time is not null."""
        return self._kept(("known", name), lambda: self._ranges.known(name))

    def _look_up(self, name: str, value: str) -> BitMap:
        row = self._connection.execute(
            "SELECT positions FROM property_values WHERE property = ? AND value = ?",
            (name, value),
        ).fetchone()
        found = BitMap.deserialize(row[0]) if row else BitMap()
        for position in self._rare(hash_of(name, value)):
            if has_value(self.image_at(position), name, value):
                found.add(position)
        return found

    def _rare(self, hashed: int) -> Iterator[int]:
        low, high = hashed << 32, hashed + 1 << 32
        # The row that may begin before the hash does, and all that begin inside it.
        rows = self._connection.execute(
            "SELECT entries FROM rare_values WHERE first >= coalesce("
            "(SELECT max(first) FROM rare_values WHERE first <= ?), ?) AND first < ?",
            (low, low, high),
        )
        for (blob,) in rows:
            entries = np.frombuffer(blob, ENTRY)
            start, end = np.searchsorted(entries, np.array([low, high], ENTRY))
            yield from (entries[start:end] & _POSITION_MASK).tolist()

    def _kept(self, key: tuple[object, ...], make: Any) -> BitMap:
        found = self._bitmaps.get(key)
        if found is not None:
            return found
        bitmap: BitMap = make()
        return self._bitmaps.put(key, bitmap, bytes_of(bitmap))

    # In which order they come

    def order_of(self, key: str) -> Order:
        """Give the ascending order of a sort key."""
        found = self._orders.get(key)
        if found is None:
            found = read_order(self._connection, key)
            self._orders.put(key, found, found.nbytes)
        return found

    def order_by(self, sort: Keys, *, newest_first: bool) -> Order:
        """Give the order by several sort keys; how ties come that they leave is said apart."""
        found = self._orders.get((sort, newest_first))
        if found is None:
            ranks = [
                (read_ranks(self._connection, key, self.order_of(key)), descending)
                for key, descending in sort
            ]
            found = work_out(ranks, newest_first=newest_first)
            self._orders.put((sort, newest_first), found, found.nbytes)
        return found

    # What the set says about itself

    def counts(self) -> dict[str, int]:
        """Count for each property the images that have it."""
        return dict(self._connection.execute("SELECT property, images FROM statistics"))

    def common_values(self, name: str, most: int) -> list[tuple[str, int]]:
        """Give the values of a property that most images have, with their counts."""
        return self._connection.execute(
            "SELECT value, count FROM property_values WHERE property = ? "
            "ORDER BY count DESC, value LIMIT ?",
            (name, most),
        ).fetchall()

    def count_members(self, status: str) -> int:
        """Count the memberships in a status, over all projects."""
        (count,) = self._connection.execute(
            "SELECT coalesce(sum(count), 0) FROM property_values "
            "WHERE property = ? AND value >= ? AND value < ?",
            (MEMBERS, member_value("", status), member_value("", status)[:-1] + "!"),
        ).fetchone()
        return int(count)

    def span(self, name: str) -> tuple[int, ...]:
        """Give the lowest and the highest of a number or time; () when all are null."""
        return self._ranges.span(name)


@lru_cache(maxsize=_MANY)
def _select_json(count: int) -> str:
    marks = ",".join("?" * count)
    return f"SELECT position, json FROM images WHERE position IN ({marks})"  # noqa: S608
