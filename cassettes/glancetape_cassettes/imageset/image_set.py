"""An open image set. Each question to its indexes takes microseconds, whatever its size."""

import mmap
import re
import sqlite3
import struct
import sys
import threading
import zlib
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from itertools import accumulate, pairwise, repeat
from operator import itemgetter, mul, sub
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Self, TypeVar

import orjson
from pyroaring import BitMap

from glancetape_cassettes.errors import AlreadyClosed, ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.checked_file import Bytes, crc32
from glancetape_cassettes.imageset.gathered_reads import FARTHEST, LENGTH_BITS, LONGEST, pieces_of
from glancetape_cassettes.imageset.indexed_values import MEMBERS, member_value
from glancetape_cassettes.imageset.indexes.ranges import Ranges
from glancetape_cassettes.imageset.indexes.value_lookup import ValueLookup
from glancetape_cassettes.imageset.memory_cache import Cache, bytes_of
from glancetape_cassettes.imageset.set_file import SetFile
from glancetape_cassettes.imageset.sort_keys import Sort

if TYPE_CHECKING:  # the default order does without NumPy
    from glancetape_cassettes.imageset.indexes.orders import ComputedOrder, Order, StoredOrder

_ORDERS_KEPT = 16 << 20  # bytes: those of two mixed sorts of a million images
_PROPERTIES_KEPT = 4 << 20  # bytes
_MANY = 200  # images read at once, or passed on in pieces
_PLACES = 512  # of bodies, read at once
_SHIFT = _PLACES.bit_length() - 1
_SLOTS = 64  # bytes of the table of ids, read at once: eight slots
_FILLER = b"\xff"  # of ids that are shorter than others
_FIRST_ID = re.compile(rb'{"id":"([0-9A-Za-z_-]+)"')  # of an image
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
                self._tables.begin_question()
                return method(self, *given, **named)
        except sqlite3.ProgrammingError as error:
            if self._file.checked.is_closed:  # SQLite knows only that its database is
                raise AlreadyClosed(str(self.path)) from error
            raise
        except _DAMAGE as error:
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
        self._read = self._file.checked.read
        self._lock = threading.RLock()
        try:
            self.about, self.count = self._read_about()
        except ImageSetError:
            self._file.close()
            raise
        # Memory of the system, which takes none before it is written: up to 16 MB for a million.
        self._is_prepared = bytearray((self.count >> _SHIFT) + 1)
        # One number for each image, negative until it is checked: for images far from each other,
        # each read of the memory takes as long as all else that is done for one.
        self._spans = _numbers("q", self.count)
        self._sum_of = _numbers("I", self.count)
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
        self._places_at, length, _ = sections["places"]
        count = length // 16
        if count > self._file.length // _LEAST_IMAGE:
            raise ValueError("it is too small for its number of images")
        at = self._file.data
        # The first sets of version 2 have none.
        self._sums_at = sections["sums"][0] if "sums" in sections else None
        self._ids_at, length, _ = sections["ids"]
        self._ids_at += at
        self._id_length = length // max(1, count)
        self._table_at, self._table_length, self._slots = sections["by_id"]
        self._table_at += at
        if not about.keys() >= _ABOUT or about["images"] != str(count):
            raise ValueError("its table 'about' does not fit its images")
        return about, count

    # What images there are

    def position_of(self, image_id: str) -> int | None:
        """Return the position of an image; None when no image has that id."""
        try:
            wanted = image_id.encode()
        except UnicodeEncodeError:  # no image has such an id
            return None
        hashed, width = zlib.crc32(wanted), self._id_length
        if len(wanted) > width:
            return None
        filled = wanted.ljust(width, _FILLER)
        # Who has this id is the one, whatever is damaged. That nobody has it needs what is checked.
        try:
            found = self._find(filled, hashed, self._file.checked.pread)
        except (OSError, TypeError, OverflowError):  # it is closed, shorter, or damaged
            found = None
        if found is not None:
            return found
        return self._find(filled, hashed, lambda length, start: self._read(start, length))

    def _find(self, filled: bytes, hashed: int, read: Callable[[int, int], bytes]) -> int | None:
        """Return the position of an id, by its hash; `read` takes a length and a start."""
        place, width = (hashed * self._slots >> 32) * 8, self._id_length
        while place < self._table_length:
            rest = self._table_length - place
            length = _SLOTS if rest > _SLOTS else rest
            found = read(length, self._table_at + place)
            for slot in memoryview(found).cast("Q"):
                if not slot:
                    return None
                if slot >> 32 == hashed:
                    position = (slot & 0xFFFFFFFF) - 1
                    if read(width, self._ids_at + position * width) == filled:
                        return position
            if len(found) < length:  # the file has become shorter
                return None
            place += length
        return None

    def id_at(self, position: int) -> str:
        """Return the id of the image at a position."""
        width = self._id_length
        return _id_in(self._read(self._ids_at + position * width, width))

    def data_of(self, image_id: str) -> bytes | None:
        """Return the data of an image (`GET /v2/images/ID/file`); None when the set has none."""
        if image_id not in self._data:
            return None
        start, length, _ = self._data[image_id]
        try:
            return self._file.read(start, length)
        except _DAMAGE as error:
            raise schema.damaged(self.path, error) from error

    def ids(self) -> list[str]:
        """Return the ids of all images, in the order of their positions."""
        width = self._id_length
        found = self._read(self._ids_at, self.count * width)
        return [
            _id_in(found[start : start + width]) for start in range(0, len(found), max(1, width))
        ]

    def bodies(self, positions: Sequence[int]) -> list[bytes]:
        """Return the images at positions as a list answer shows them: JSON in UTF-8."""
        if not positions:
            return []
        try:
            spans = self._spans_of(positions)
            if spans is None:
                return [self._read_alone(position)[:-1] for position in positions]
            whole = self._read_images(positions, spans)
        except _DAMAGE as error:
            raise schema.damaged(self.path, error) from error
        ends = accumulate([abs(span) & LONGEST for span in spans], initial=0)
        return [whole[start : end - 1] for start, end in pairwise(ends)]

    def joined(self, positions: Sequence[int]) -> Bytes:
        """Return the images at positions with commas between them, as a list answer has them."""
        if not positions:
            return b""
        try:
            spans = self._spans_of(positions)
            if spans is not None:
                return memoryview(self._read_images(positions, spans))[:-1]
            return b"".join([self._read_alone(position) for position in positions])[:-1]
        except _DAMAGE as error:
            raise schema.damaged(self.path, error) from error

    def joined_with_last_id(self, positions: Sequence[int]) -> tuple[Bytes, str]:
        """Return the same and the id of the last image; there has to be one."""
        try:
            spans = self._spans_of(positions)
            if spans is None:
                return self.joined(positions), self.id_at(positions[-1])
            read = self._read_images(positions, spans)
            # Another read takes as long as ten images, and nearly all of these begin with the id.
            found = _FIRST_ID.match(read, len(read) - (abs(spans[-1]) & LONGEST))
            last = found[1].decode() if found else self.id_at(positions[-1])
            return memoryview(read)[:-1], last
        except _DAMAGE as error:
            raise schema.damaged(self.path, error) from error

    def mapped(self, positions: Sequence[int]) -> list[memoryview] | None:
        """Return pieces of the file that are, one after the other, what `joined` returns.

        Only the system may read them: if the file is shortened, that fails, and who reads them in
        this process ends it. All of it is checked, as in `joined`. None where the file is not
        mapped, and for images that have to be read one by one.
        """
        if not 0 < len(positions) <= _MANY:
            return None
        try:
            spans = _at(positions, self._spans)
            if min(spans) <= 0 and not (spans := self._checked_spans(positions)):
                return None
        except _DAMAGE as error:
            raise schema.damaged(self.path, error) from error
        data = self._file.mapped()
        if data is None:
            return None
        pieces = pieces_of(spans, data)
        pieces[-1] = pieces[-1][:-1]  # without its comma
        return pieces

    def _spans_of(self, positions: Sequence[int]) -> tuple[int, ...] | None:
        """Return where images are, negative until they are checked; None if one is too long."""
        spans = _at(positions, self._spans)
        if 0 in spans:
            self._prepare(positions)
            spans = _at(positions, self._spans)
        return None if 0 in spans else spans

    def _checked_spans(self, positions: Sequence[int]) -> tuple[int, ...]:
        """Return the same once all of them are checked; () if one is too long."""
        spans = self._spans_of(positions) or ()
        pairs = [pair for pair in zip(positions, spans, strict=False) if pair[1] < 0]
        if pairs:
            self._read_images(*zip(*pairs, strict=True))
        return tuple(map(abs, spans))

    def _read_alone(self, position: int) -> bytes:
        """Return an image and a comma, whatever its length."""
        start, end = memoryview(self._file.read(self._places_at + 16 * position, 16)).cast("Q")
        return self._file.read(start, end - start)

    def _read_images(self, positions: Sequence[int], spans: tuple[int, ...]) -> bytes:
        """Return the images at positions, a comma after each."""
        if min(spans) > 0:
            return self._file.read_joined(spans)
        read = self._file.read_joined([*map(abs, spans)])
        self._check_images(positions, spans, memoryview(read))
        return read

    def _prepare(self, positions: Iterable[int]) -> None:
        """Read where images are and what their checksums are, unless it was read."""
        for number in {position >> _SHIFT for position in positions}:
            if self._is_prepared[number]:
                continue
            first = number << _SHIFT
            count = max(0, min(_PLACES, self.count - first))
            read = self._file.read(self._places_at + 16 * first, 16 * count)
            places, some = memoryview(read).cast("Q"), slice(first, first + count)
            starts, ends = places[::2].tolist(), places[1::2].tolist()
            lengths = [*map(sub, ends, starts)]
            if min(lengths, default=1) <= 0:
                raise ValueError("an image is nowhere")
            if max(lengths, default=1) <= LONGEST and max(ends, default=0) <= FARTHEST:
                spans = map(sub, map(mul, starts, repeat(-1 << LENGTH_BITS)), lengths)
            else:
                spans = map(_span, starts, ends)
            self._spans[some] = memoryview(array("q", spans))
            if self._sums_at is not None:
                read = self._file.read(self._sums_at + 4 * first, 4 * count)
                self._sum_of[some] = memoryview(read).cast("I")
            self._is_prepared[number] = 1

    def _check_images(
        self, positions: Sequence[int], spans: Sequence[int], read: memoryview
    ) -> None:
        """Check images that were read. Raises ImageSetError, or ValueError."""
        end, sums, known = 0, self._sum_of, self._spans
        for position, span in zip(positions, spans, strict=True):
            start = end
            if span > 0:
                end += span & LONGEST
                continue
            place = -span
            end += place & LONGEST
            if self._sums_at is None:
                self._check_sectors(place)
            elif crc32(read[start:end]) != sums[position]:
                self._check_sectors(place)  # which names the block
                raise ValueError("an image has another checksum")
            known[position] = place

    def _check_sectors(self, span: int) -> None:
        start = span >> LENGTH_BITS
        self._file.check(start, start + (span & LONGEST))

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
        for start in range(0, self.count, _MANY):
            some = range(start, min(start + _MANY, self.count))
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


def _at(positions: Sequence[int], numbers: "memoryview[int]") -> tuple[int, ...]:
    """Return the numbers at positions."""
    if len(positions) == 1:
        return (numbers[positions[0]],)
    found: tuple[int, ...] = itemgetter(*positions)(numbers)
    return found


def _span(start: int, end: int) -> int:
    """Return the span of an image that is not checked; 0 if it is too long or too far for one."""
    length = end - start
    return -(start << LENGTH_BITS | length) if length <= LONGEST and end <= FARTHEST else 0


def _numbers(kind: Literal["I", "q"], count: int) -> "memoryview[int]":
    """Return zeros that can be written over; `kind` is a letter of `struct`."""
    length = count * struct.calcsize(kind)
    if sys.platform != "linux":
        return memoryview(mmap.mmap(-1, max(1, length)))[:length].cast(kind)
    memory = mmap.mmap(-1, max(1, length), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # in huge pages it takes less time to find one; not all systems can
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)[:length].cast(kind)


def _id_in(filled: bytes) -> str:
    """Return an id without what fills it up."""
    return filled.rstrip(_FILLER).decode()


def _is_text(text: str) -> bool:
    """Whether an image can contain a text; a query can also hold bytes that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
