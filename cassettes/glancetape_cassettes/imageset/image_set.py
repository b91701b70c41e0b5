"""An open image set. Each question to its indexes takes microseconds, whatever its size."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

import orjson
from pyroaring import BitMap

from glancetape_cassettes.errors import AlreadyClosed, ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.checked_file import Bytes
from glancetape_cassettes.imageset.image_fields import INT64
from glancetape_cassettes.imageset.indexed_values import MEMBERS, member_value
from glancetape_cassettes.imageset.indexes.ranges import Ranges
from glancetape_cassettes.imageset.indexes.value_lookup import ValueLookup
from glancetape_cassettes.imageset.memory_cache import Cache, bytes_of
from glancetape_cassettes.imageset.set_file import SetFile
from glancetape_cassettes.imageset.sort_keys import Sort
from glancetape_cassettes.imageset.stored.id_table import IdTable
from glancetape_cassettes.imageset.stored.image_bodies import MOST_AT_ONCE, ImageBodies

if TYPE_CHECKING:  # the default order does without NumPy
    from glancetape_cassettes.imageset.indexes.orders import ComputedOrder, Order, StoredOrder

_ORDERS_KEPT = 16 << 20  # bytes: those of two mixed sorts of a million images
_PROPERTIES_KEPT = 4 << 20  # bytes
_ABOUT = {"images", "home_project", "dialect"}
_LEAST_IMAGE = 16  # bytes in the file

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
                self._tables.begin_question()
                return method(self, *given, **named)
        except sqlite3.ProgrammingError as error:
            if self._file.checked.is_closed:  # SQLite knows only that its database is
                raise AlreadyClosed(str(self.path)) from error
            raise
        except schema.DAMAGE as error:
            raise schema.damaged(self.path, error) from error

    return guarded


class ImageSet:
    """The images of a file, each at a position; 0 is the newest.

    The caller may change the bitmaps that it gets: each is read from the file again, which takes
    less time than allocating memory to keep it.
    """

    def __init__(self, path: str | Path) -> None:
        """Open a file. Raises ImageSetError when this version cannot read it as an image set."""
        self.path = Path(path)
        self._file = SetFile(self.path)
        self._tables = self._file.tables
        self._lock = threading.RLock()
        try:
            self.about, self.count = self._read_about()
        except ImageSetError:
            self._file.close()
            raise
        self._ranges = Ranges(self._file)
        self._lookup = ValueLookup(self._file)
        self._stored: dict[str, StoredOrder] = {}
        self._computed: Cache[ComputedOrder] = Cache(_ORDERS_KEPT)
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
        """Close the file, once no other thread reads it: SQLite would end the program.

        Who asks afterwards gets AlreadyClosed.
        """
        with self._lock:
            self._file.close()

    @_guarded
    def _read_about(self) -> tuple[dict[str, str], int]:
        rows = self._tables.execute("SELECT name, value FROM about")
        about = {str(name): str(value) for name, value in rows}
        found = self._tables.execute("SELECT name, start, length, number FROM sections")
        sections = {
            name: self._file.place(start, length, number) for name, start, length, number in found
        }
        self._data = {
            name.removeprefix(schema.DATA): place
            for name, place in sections.items()
            if isinstance(name, str) and name.startswith(schema.DATA)
        }
        places_at, length, _ = sections["places"]
        count = length // 16
        if count > self._file.length // _LEAST_IMAGE:
            raise ValueError("it is too small for its number of images")
        self._ids = IdTable(self._file, sections["ids"], sections["by_id"], count)
        # The first sets of version 2 have no checksums of images.
        sums_at = sections["sums"][0] if "sums" in sections else None
        self._bodies = ImageBodies(
            self._file, self._ids, count, places_at=places_at, sums_at=sums_at
        )
        if not about.keys() >= _ABOUT or about["images"] != str(count):
            raise ValueError("its table 'about' does not fit its images")
        return about, count

    # What images there are

    def position_of(self, image_id: str) -> int | None:
        """Return the position of an image; None when no image has that id."""
        return self._ids.position_of(image_id)

    def id_at(self, position: int) -> str:
        """Return the id of the image at a position."""
        return self._ids.id_at(position)

    def ids(self) -> list[str]:
        """Return the ids of all images, in the order of their positions."""
        return self._ids.all()

    def data_of(self, image_id: str) -> bytes | None:
        """Return the data of an image (`GET /v2/images/ID/file`); None when the set has none."""
        if image_id not in self._data:
            return None
        start, length, _ = self._data[image_id]
        try:
            return self._file.read(start, length)
        except schema.DAMAGE as error:
            raise schema.damaged(self.path, error) from error

    def bodies(self, positions: Sequence[int]) -> list[bytes]:
        """Return the images at positions as a list answer shows them: JSON in UTF-8."""
        return self._bodies.bodies(positions)

    def joined(self, positions: Sequence[int]) -> Bytes:
        """Return the images at positions with commas between them, as a list answer has them."""
        return self._bodies.joined(positions)

    def joined_with_last_id(self, positions: Sequence[int]) -> tuple[Bytes, str]:
        """Return the same and the id of the last image; there has to be one."""
        return self._bodies.joined_with_last_id(positions)

    def mapped(self, positions: Sequence[int]) -> list[memoryview] | None:
        """Return pieces of the file that are, one after the other, what `joined` returns.

        Only the system may read them: see `ImageBodies.mapped`. None where it cannot.
        """
        return self._bodies.mapped(positions)

    def mapped_with_last_id(
        self, positions: Sequence[int], *, wants_id: bool = True
    ) -> tuple[list[memoryview], int, memoryview | str | None] | None:
        """Return the same, how many bytes that is and, if it is wanted, the id of the last image.

        That is a piece as well where a link contains it as it is, for certain.
        """
        return self._bodies.mapped_with_last_id(positions, wants_id=wants_id)

    @_guarded
    def image_at(self, position: int) -> dict[str, Any]:
        """Return the image at a position."""
        image: dict[str, Any] = orjson.loads(self.bodies([position])[0])
        return image

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the images in default order."""
        for start in range(0, self.count, MOST_AT_ONCE):
            yield from self.images_at(range(start, min(start + MOST_AT_ONCE, self.count)))

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
        return self._sound(self._lookup.having(name, value, self.bodies))

    @_guarded
    def having_any(self, name: str, values: Collection[str]) -> BitMap:
        """Return the images with one of several values of a property."""
        if len(values) == 1:
            return self.having(name, *values)
        texts = [value for value in values if _is_text(value)]
        return self._sound(self._lookup.having_any(name, texts, self.bodies))

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
        for piece in self._tables.execute(
            "SELECT start, length FROM property_values WHERE property = ?", (name,)
        ):
            found |= self._file.bitmap(*piece)
        if len(found) == self.counts().get(name, 0):
            return found
        in_json = orjson.dumps(name) + b":"
        for start in range(0, self.count, MOST_AT_ONCE):
            some = range(start, min(start + MOST_AT_ONCE, self.count))
            for position, body in zip(some, self.bodies(some), strict=True):
                if in_json in body and orjson.loads(body).get(name) is not None:
                    found.add(position)
        return found

    def shared_with(self, project: str, status: str) -> BitMap:
        """Return the images that have a project as a member with a status."""
        return self.having(MEMBERS, member_value(project, status))

    @_guarded
    def less(self, name: str, bound: int, *, or_equal: bool = False) -> BitMap:
        """Return the images whose number, or time in seconds since 1970, is less than a bound."""
        if bound >= INT64:
            return self.known(name)
        if bound < -INT64:
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
        for value, *piece in self._tables.execute(
            "SELECT value, start, length FROM property_values WHERE property = ?", (MEMBERS,)
        ):
            status, _, project = value.partition(" ")
            for position in self._file.bitmap(*piece) & window:
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
    def order_of(self, key: str) -> "StoredOrder":
        """Return the ascending order of a sort key."""
        found = self._stored.get(key)
        if found is None:
            from glancetape_cassettes.imageset.indexes.orders import StoredOrder

            found = self._stored[key] = StoredOrder(self._file, key, self.count)
        return found

    @_guarded
    def order_by(self, sort: Sort, *, newest_first: bool) -> "Order":
        """Return the order by several sort keys; `newest_first` orders the ties that they leave."""
        if not newest_first and len(sort) == 1 and not sort[0][1]:
            return self.order_of(sort[0][0])
        found = self._computed.get((sort, newest_first))
        if found is None:
            from glancetape_cassettes.imageset.indexes.orders import order_by_several

            found = order_by_several(self._file, sort, self.count, newest_first=newest_first)
            self._computed.put((sort, newest_first), found, found.nbytes)
        return found

    # Counts

    @_guarded
    def counts(self) -> dict[str, int]:
        """Count for each property the images that have it."""
        rows = self._tables.execute("SELECT property, images FROM statistics")
        return {str(name): int(count) for name, count in rows}

    @_guarded
    def common_values(self, name: str, most: int) -> list[tuple[str, int]]:
        """Return the most frequent values of a property, with the number of images of each."""
        rows = self._tables.execute(
            "SELECT value, count FROM property_values WHERE property = ? "
            "ORDER BY count DESC, value LIMIT ?",
            (name, most),
        )
        return [(str(value), int(count)) for value, count in rows]

    @_guarded
    def count_members(self, status: str) -> int:
        """Count the memberships in a status, over all projects."""
        (count,) = self._tables.execute(
            "SELECT coalesce(sum(count), 0) FROM property_values "
            "WHERE property = ? AND value >= ? AND value < ?",
            (MEMBERS, member_value("", status), member_value("", status)[:-1] + "!"),
        ).fetchone()
        return int(count)

    def times_created(self) -> tuple[str, ...]:
        """Return when the oldest and the newest image were created; () for an empty set."""
        if not self.count:
            return ()
        return tuple(str(image["created_at"]) for image in self.images_at([self.count - 1, 0]))


def _is_text(text: str) -> bool:
    """Whether an image can contain a text; a query can also hold bytes that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
