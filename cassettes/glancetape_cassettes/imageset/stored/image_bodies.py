"""The images of a set as list answers show them: each is checked when it is read first.

    the first pages     each checks its own images
    then                each checks also those beside its own, until all are checked

Who asks for one page waits for its images only. A server that goes on soon has nothing to check:
images that are read together take a fifth of the time that those take which are found one by one.
"""

import mmap
import re
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import accumulate, pairwise, repeat
from operator import itemgetter, mul, sub
from typing import Literal

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.checked_file import Bytes, crc32
from glancetape_cassettes.imageset.gathered_reads import FARTHEST, LENGTH_BITS, LONGEST, pieces_of
from glancetape_cassettes.imageset.set_file import SetFile
from glancetape_cassettes.imageset.stored.id_table import IdTable

MOST_AT_ONCE = 200
"""Images that are read at once, or passed on in pieces."""
_FEW_CHECKED = 2_000
"""Images that pages have to check before they check others beside them: those of 80 pages."""
_BESIDE = 6
"""Bits of the number of images that are checked together then: 64, about 100 kB."""
_PLACES = 512  # of bodies, read at once
_SHIFT = _PLACES.bit_length() - 1
_FIRST_ID = re.compile(rb'{"id":"([0-9A-Za-z_-]+)"')  # of an image


class ImageBodies:
    """Reads the images at positions: JSON in UTF-8."""

    def __init__(
        self, file: SetFile, ids: IdTable, count: int, *, places_at: int, sums_at: int | None
    ) -> None:
        """Take where the data has the places of `count` images, and where their checksums.

        `sums_at` is None for a set without checksums of images, as the first ones of version 2.
        """
        self._file, self._ids, self._count = file, ids, count
        self._places_at, self._sums_at = places_at, sums_at
        # Memory of the system, which takes none before it is written: up to 16 MB for a million.
        self._is_prepared = bytearray((count >> _SHIFT) + 1)
        # One number for each image, negative until it is checked: for images far from each other,
        # each read of the memory takes as long as all else that is done for one.
        self._spans = _numbers("q", count)
        self._sum_of = _numbers("I", count)
        self._checked_by_pages = 0
        """How many images pages in pieces had to check, until there were a few."""

    def bodies(self, positions: Sequence[int]) -> list[bytes]:
        """Return the images at positions as a list answer shows them: JSON in UTF-8."""
        if not positions:
            return []
        try:
            spans = self._spans_of(positions)
            if spans is None:
                return [self._read_alone(position)[:-1] for position in positions]
            whole = self._read_images(positions, spans)
        except schema.DAMAGE as error:
            raise schema.damaged(self._file.path, error) from error
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
        except schema.DAMAGE as error:
            raise schema.damaged(self._file.path, error) from error

    def joined_with_last_id(self, positions: Sequence[int]) -> tuple[Bytes, str]:
        """Return the same and the id of the last image; there has to be one."""
        try:
            spans = self._spans_of(positions)
            if spans is None:
                return self.joined(positions), self._ids.id_at(positions[-1])
            read = self._read_images(positions, spans)
            # Another read takes as long as ten images, and nearly all of these begin with the id.
            found = _FIRST_ID.match(read, len(read) - (abs(spans[-1]) & LONGEST))
            last = found[1].decode() if found else self._ids.id_at(positions[-1])
            return memoryview(read)[:-1], last
        except schema.DAMAGE as error:
            raise schema.damaged(self._file.path, error) from error

    def mapped(self, positions: Sequence[int]) -> list[memoryview] | None:
        """Return pieces of the file that are, one after the other, what `joined` returns.

        Only the system may read them: if the file is shortened, that fails, and who reads them in
        this process ends it. All of it is checked, as in `joined`. None where the file is not
        mapped, and for images that have to be read one by one.
        """
        found = self.mapped_with_last_id(positions, wants_id=False)
        return None if found is None else found[0]

    def mapped_with_last_id(
        self, positions: Sequence[int], *, wants_id: bool = True
    ) -> tuple[list[memoryview], memoryview | str | None] | None:
        """Return the same and, if it is wanted, the id of the last image.

        That is a piece as well where a link contains it as it is, for certain.
        """
        if not 0 < len(positions) <= MOST_AT_ONCE:
            return None
        try:
            spans = _at(positions, self._spans)
            if min(spans) <= 0 and not (spans := self._checked_spans(positions)):
                return None
        except schema.DAMAGE as error:
            raise schema.damaged(self._file.path, error) from error
        data = self._file.mapped()
        if data is None:
            return None
        pieces = pieces_of(spans, data, 1)  # without the last comma
        if not wants_id:
            return pieces, None
        last = positions[-1]
        return pieces, self._ids.plain.piece(last, data) or self._ids.id_at(last)

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
        some = [at for at, span in zip(positions, spans, strict=False) if span < 0]
        if some:
            self._check(some)
        return tuple(map(abs, spans))

    def _check(self, positions: Sequence[int]) -> None:
        """Check images. Raises ImageSetError, ValueError or OSError if one of them is damaged."""
        if self._checked_by_pages > _FEW_CHECKED:
            self._check_beside(positions)
            positions = [at for at in positions if self._spans[at] < 0]
        else:
            self._checked_by_pages += len(positions)
        if positions:
            self._read_images(positions, _at(positions, self._spans))

    def _check_beside(self, positions: Sequence[int]) -> None:
        """Check images and those beside them, until one is damaged or has to be read alone."""
        for number in {at >> _BESIDE for at in positions}:
            first = number << _BESIDE
            some = range(first, min(first + (1 << _BESIDE), self._count))
            # An image is as good as before if one beside it is damaged.
            with suppress(GlancetapeError, *schema.DAMAGE):
                if spans := self._spans_of(some):
                    self._read_images(some, spans)

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
            count = max(0, min(_PLACES, self._count - first))
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
