"""An open image set. Each question to its indexes takes microseconds, whatever its size."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

import orjson
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.indexed_values import MEMBERS, member_value
from glancetape_cassettes.imageset.indexes.ranges import Ranges
from glancetape_cassettes.imageset.indexes.value_lookup import ValueLookup
from glancetape_cassettes.imageset.memory_cache import Cache, bytes_of
from glancetape_cassettes.imageset.sort_keys import Sort

if TYPE_CHECKING:  # the default order does without NumPy
    from glancetape_cassettes.imageset.indexes.bitmaps import Positions
    from glancetape_cassettes.imageset.indexes.orders import Order

_ORDERS_KEPT = 64 << 20  # bytes: those of all keys of a million images
_PROPERTIES_KEPT = 4 << 20  # bytes
_MANY = 200  # places in one statement
_ABOUT = {"images", "home_project", "dialect"}
_INT64 = 1 << 63
_LEAST_IMAGE = 16  # bytes in the file
# What reading a file raises after some of its bytes have changed.
_DAMAGE = (sqlite3.Error, ValueError, LookupError, TypeError, AttributeError, OverflowError)

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def _guarded(
    method: "Callable[Concatenate[ImageSet, _Given], _Found]",
) -> "Callable[Concatenate[ImageSet, _Given], _Found]":
    """Let one thread at a time read, and turn the errors of a damaged file into ImageSetError."""

    @wraps(method)
    def guarded(self: "ImageSet", /, *given: _Given.args, **named: _Given.kwargs) -> _Found:
        try:
            # Python's sqlite3 shares prepared statements between threads, and SQLite reports a
            # misuse when two threads step through one at the same time (observed on 3.13).
            with self._lock:
                self._connection.begin_question()
                return method(self, *given, **named)
        except sqlite3.ProgrammingError:
            raise  # for example, the set was closed
        except _DAMAGE as error:
            raise schema.damaged(self.path, error) from error

    return guarded


class ImageSet:
    """The images of a file, each at a position; 0 is the newest.

    The caller may change the bitmaps that it gets: each is read from the file again, which takes
    less time than allocating memory to keep it.
    """

    def __init__(self, path: Path) -> None:
        """Open a file. Raises ImageSetError when this version cannot read it as an image set."""
        self.path = path
        self._connection = schema.open_file(path)
        self._lock = threading.RLock()
        try:
            self.about, self.count = self._read_about()
        except ImageSetError:
            self._connection.close()
            raise
        self._ranges = Ranges(self._connection)
        self._lookup = ValueLookup(self._connection, self.bodies)
        self._orders: Cache[Order] = Cache(_ORDERS_KEPT)
        self._having_property: Cache[BitMap] = Cache(_PROPERTIES_KEPT)

    def __enter__(self) -> Self:
        """Return the set."""
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

    @_guarded
    def _read_about(self) -> tuple[dict[str, str], int]:
        rows = self._connection.execute("SELECT name, value FROM about")
        about = {str(name): str(value) for name, value in rows}
        (last,) = self._connection.execute("SELECT max(position) FROM images").fetchone()
        count = 0 if last is None else last + 1
        if count > self.path.stat().st_size // _LEAST_IMAGE:
            raise ValueError("it is too small for its number of images")
        if not about.keys() >= _ABOUT or about["images"] != str(count):
            raise ValueError("its table 'about' does not fit its images")
        return about, count

    # What images there are

    @_guarded
    def position_of(self, image_id: str) -> int | None:
        """Return the position of an image; None when no image has that id."""
        if not _is_text(image_id):
            return None
        row = self._connection.execute(
            "SELECT position FROM images WHERE id = ?", (image_id,)
        ).fetchone()
        return None if row is None else int(row[0])

    @_guarded
    def id_at(self, position: int) -> str:
        """Return the id of the image at a position."""
        row = self._connection.execute(
            "SELECT id FROM images WHERE position = ?", (position,)
        ).fetchone()
        return str(row[0])

    @_guarded
    def ids(self) -> list[str]:
        """Return the ids of all images, in the order of their positions."""
        rows = self._connection.execute("SELECT id FROM images ORDER BY position")
        return [str(image_id) for (image_id,) in rows]

    @_guarded
    def created_at(self, positions: Sequence[int]) -> list[str]:
        """Return when images were created, as the API writes times."""
        rows = dict(self._connection.execute("SELECT position, created_at FROM images"))
        return [str(rows[position]) for position in positions]

    @_guarded
    def bodies(self, positions: Sequence[int]) -> list[bytes]:
        """Return the images at positions as a list answer shows them: JSON in UTF-8."""
        found: dict[int, bytes] = {}
        for start in range(0, len(positions), _MANY):
            some = positions[start : start + _MANY]
            found.update(self._connection.execute(_select_json(len(some)), some))
        if not all(isinstance(body, bytes) for body in found.values()):
            raise TypeError("an image is no JSON")
        return [found[position] for position in positions]

    @_guarded
    def image_at(self, position: int) -> dict[str, Any]:
        """Return the image at a position."""
        image: dict[str, Any] = orjson.loads(self.bodies([position])[0])
        return image

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the images in default order."""
        for start in range(0, self.count, _MANY):
            yield from self.images_at(range(start, min(start + _MANY, self.count)))

    @_guarded
    def images_at(self, positions: Sequence[int]) -> list[dict[str, Any]]:
        """Return the images at positions."""
        return [orjson.loads(body) for body in self.bodies(positions)]

    # Which images have something

    @_guarded
    def having(self, name: str, value: str) -> BitMap:
        """Return the images with a value of a property; true and false are matched as text."""
        if not _is_text(name + value):
            return BitMap()
        return self._sound(self._lookup.having(name, value))

    @_guarded
    def having_any(self, name: str, values: Collection[str]) -> BitMap:
        """Return the images with one of several values of a property."""
        if len(values) == 1:
            return self.having(name, *values)
        texts = [value for value in values if _is_text(value)]
        return self._sound(self._lookup.having_any(name, texts))

    @_guarded
    def with_property(self, name: str) -> BitMap:
        """Return the images that have a property, whatever its value.

        Fast when each of its values is common. Otherwise all images are read, once.
        """
        found = self._having_property.get(name)
        if found is None:
            found = self._sound(self._find_property(name))
            self._having_property.put(name, found, bytes_of(found))
        return found.copy()

    def _find_property(self, name: str) -> BitMap:
        found = BitMap()
        for (positions,) in self._connection.execute(
            "SELECT positions FROM property_values WHERE property = ?", (name,)
        ):
            found |= BitMap.deserialize(positions)
        if len(found) == self.counts().get(name, 0):
            return found
        in_json = orjson.dumps(name) + b":"
        for position, body in self._connection.execute("SELECT position, json FROM images"):
            if in_json in body and orjson.loads(body).get(name) is not None:
                found.add(position)
        return found

    def shared_with(self, project: str, status: str) -> BitMap:
        """Return the images that have a project as a member with a status."""
        return self.having(MEMBERS, member_value(project, status))

    @_guarded
    def less(self, name: str, bound: int, *, or_equal: bool = False) -> BitMap:
        """Return the images whose number, or time in seconds since 1970, is less than a bound."""
        if bound >= _INT64:
            return self.known(name)
        if bound < -_INT64:
            return BitMap()
        return self._sound(self._ranges.less(name, bound, or_equal=or_equal))

    @_guarded
    def known(self, name: str) -> BitMap:
        """Return the images where a number or a time is not null."""
        return self._sound(self._ranges.known(name))

    def _sound(self, bitmap: BitMap) -> BitMap:
        if bitmap and bitmap.max() >= self.count:
            raise ValueError("an index names images that do not exist")
        return bitmap

    @_guarded
    def members_at(self, first: int, last: int) -> dict[int, list[tuple[str, str]]]:
        """Return (project, status) of the members of images `first` to `last - 1`, by position.

        Images without members are left out. Each call reads all memberships of the set, so ask
        for thousands of images at once.
        """
        found: dict[int, list[tuple[str, str]]] = {}
        window = BitMap(range(first, last))
        for value, positions in self._connection.execute(
            "SELECT value, positions FROM property_values WHERE property = ?", (MEMBERS,)
        ):
            status, _, project = value.partition(" ")
            for position in BitMap.deserialize(positions) & window:
                found.setdefault(position, []).append((project, status))
        return found

    @_guarded
    def members_of(self, position: int) -> list[tuple[str, str]]:
        """Return (project, status) of the members of an image, in the order of the projects."""
        if position not in self.with_property(MEMBERS):
            return []
        return sorted(self.members_at(position, position + 1).get(position, []))

    # In which order they come

    @_guarded
    def order_of(self, key: str) -> "Order":
        """Return the ascending order of a sort key."""
        found = self._orders.get(key)
        if found is None:
            from glancetape_cassettes.imageset.indexes.orders import Order

            found = Order(self._order(key, "positions"), lambda: self._order(key, "places"))
            self._orders.put(key, found, found.nbytes)
        return found

    @_guarded
    def _order(self, key: str, column: str) -> "Positions":
        from glancetape_cassettes.imageset.indexes.orders import read_array

        return read_array(self._connection, column, key, self.count)

    @_guarded
    def order_by(self, sort: Sort, *, newest_first: bool) -> "Order":
        """Return the order by several sort keys; `newest_first` orders the ties that they leave."""
        if not newest_first and len(sort) == 1 and not sort[0][1]:
            return self.order_of(sort[0][0])
        found = self._orders.get((sort, newest_first))
        if found is None:
            from glancetape_cassettes.imageset.indexes.orders import read_several

            found = read_several(self._connection, sort, self.count, newest_first=newest_first)
            self._orders.put((sort, newest_first), found, found.nbytes)
        return found

    # Counts

    @_guarded
    def counts(self) -> dict[str, int]:
        """Count for each property the images that have it."""
        rows = self._connection.execute("SELECT property, images FROM statistics")
        return {str(name): int(count) for name, count in rows}

    @_guarded
    def common_values(self, name: str, most: int) -> list[tuple[str, int]]:
        """Return the most frequent values of a property, with the number of images of each."""
        rows = self._connection.execute(
            "SELECT value, count FROM property_values WHERE property = ? "
            "ORDER BY count DESC, value LIMIT ?",
            (name, most),
        )
        return [(str(value), int(count)) for value, count in rows]

    @_guarded
    def count_members(self, status: str) -> int:
        """Count the memberships in a status, over all projects."""
        (count,) = self._connection.execute(
            "SELECT coalesce(sum(count), 0) FROM property_values "
            "WHERE property = ? AND value >= ? AND value < ?",
            (MEMBERS, member_value("", status), member_value("", status)[:-1] + "!"),
        ).fetchone()
        return int(count)

    @_guarded
    def times_created(self) -> tuple[str, ...]:
        """Return when the oldest and the newest image were created; () for an empty set."""
        rows = self._connection.execute(
            "SELECT created_at FROM images WHERE position IN (0, ?) ORDER BY position DESC",
            (self.count - 1,),
        ).fetchall()
        return (str(rows[0][0]), str(rows[-1][0])) if rows else ()


def _is_text(text: str) -> bool:
    """Whether an image can contain a text; a query can also hold bytes that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=_MANY)
def _select_json(count: int) -> str:
    marks = ",".join("?" * count)
    return f"SELECT position, json FROM images WHERE position IN ({marks})"  # noqa: S608
