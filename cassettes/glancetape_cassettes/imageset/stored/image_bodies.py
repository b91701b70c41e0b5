"""The images of a set as list answers show them: each is checked when it is read first.

    the first pages     each checks its own images
    then                each checks also those beside its own, until all are checked

Who asks for one page waits for its images only. A server that goes on soon has nothing to check:
images that are read together take a fifth of the time that those take which are found one by one.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import accumulate, pairwise
from operator import itemgetter, sub
from typing import Literal

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.checked_file import Bytes, crc32
from glancetape_cassettes.imageset.gathered_reads import Spans, pieces_of
from glancetape_cassettes.imageset.set_file import SetFile
from glancetape_cassettes.imageset.stored.id_table import IdTable
from glancetape_cassettes.imageset.stored.memory import unwritten

LONGEST = (1 << 24) - 1
"""Bytes of the longest image that is read together with others."""
NARROW = 1 << 32
"""Bytes of data whose places are numbers of 32 bits; those of more data have 64."""
_UNCHECKED = 1 << 31
"""A bit of the length of an image that is not checked."""
_LENGTH = _UNCHECKED - 1  # its other bits
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
        # 8 MB for a million images once all are read, or 16.
        self._is_prepared = bytearray((count >> _SHIFT) + 1)
        self._kind: Literal["I", "Q"] = "I" if file.length <= NARROW else "Q"
        # Both numbers of an image are beside each other: for images far from each other, each read
        # of the memory takes as long as all else that is done for one.
        numbers = unwritten(self._kind, 2 * count)
        self._starts, self._lengths = numbers[::2], numbers[1::2]
        self._checked_by_pages = 0
        """How many images pages in pieces had to check, until there were a few."""

    def bodies(self, positions: Sequence[int]) -> list[bytes]:
        """Return the images at positions as a list answer shows them: JSON in UTF-8."""
        if not positions:
            return []
        try:
            read = self._read_images(positions)
            if read is None:
                return [self._read_alone(position)[:-1] for position in positions]
        except schema.DAMAGE as error:
            raise schema.damaged(self._file.path, error) from error
        whole, lengths = read
        return [whole[start : end - 1] for start, end in pairwise(accumulate(lengths, initial=0))]

    def joined(self, positions: Sequence[int]) -> Bytes:
        """Return the images at positions with commas between them, as a list answer has them."""
        if not positions:
            return b""
        try:
            read = self._read_images(positions)
            if read is not None:
                return memoryview(read[0])[:-1]
            return b"".join([self._read_alone(position) for position in positions])[:-1]
        except schema.DAMAGE as error:
            raise schema.damaged(self._file.path, error) from error

    def joined_with_last_id(self, positions: Sequence[int]) -> tuple[Bytes, str]:
        """Return the same and the id of the last image; there has to be one."""
        try:
            read = self._read_images(positions)
            if read is None:
                return self.joined(positions), self._ids.id_at(positions[-1])
            whole, lengths = read
            # Another read takes as long as ten images, and nearly all of these begin with the id.
            found = _FIRST_ID.match(whole, len(whole) - lengths[-1])
            last = found[1].decode() if found else self._ids.id_at(positions[-1])
            return memoryview(whole)[:-1], last
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
    ) -> tuple[list[memoryview], int, memoryview | str | None] | None:
        """Return the same, how many bytes that is and, if it is wanted, the id of the last image.

        That is a piece as well where a link contains it as it is, for certain.
        """
        if not 0 < len(positions) <= MOST_AT_ONCE:
            return None
        take = _taking(positions)
        try:
            lengths = take(self._lengths)
            total = sum(lengths)
            if total >= _UNCHECKED or not all(lengths):
                lengths = self._checked_lengths(positions)
                total = sum(lengths)
                if not total:
                    return None
        except schema.DAMAGE as error:
            raise schema.damaged(self._file.path, error) from error
        data = self._file.mapped()
        if data is None:
            return None
        pieces = pieces_of((take(self._starts), lengths), data, 1)  # without the last comma
        if not wants_id:
            return pieces, total - 1, None
        last = positions[-1]
        return pieces, total - 1, self._ids.plain.piece(last, data) or self._ids.id_at(last)

    def _spans_of(self, positions: Sequence[int]) -> Spans | None:
        """Return where images are; None if one is too long. The lengths say which are checked."""
        take = _taking(positions)
        lengths = take(self._lengths)
        if not all(lengths):
            self._prepare(positions)
            lengths = take(self._lengths)
        return (take(self._starts), lengths) if all(lengths) else None

    def _checked_lengths(self, positions: Sequence[int]) -> tuple[int, ...]:
        """Return how long images are once all of them are checked; () if one is too long."""
        _, lengths = self._spans_of(positions) or ((), ())
        some = [at for at, length in zip(positions, lengths, strict=False) if length & _UNCHECKED]
        if some:
            self._check(some)
        return tuple([length & _LENGTH for length in lengths])

    def _check(self, positions: Sequence[int]) -> None:
        """Check images. Raises ImageSetError, ValueError or OSError if one of them is damaged."""
        if self._checked_by_pages > _FEW_CHECKED:
            self._check_beside(positions)
            positions = [at for at in positions if self._lengths[at] & _UNCHECKED]
        else:
            self._checked_by_pages += len(positions)
        if positions:
            self._read_images(positions)

    def _check_beside(self, positions: Sequence[int]) -> None:
        """Check images and those beside them, until one is damaged or has to be read alone."""
        for number in {at >> _BESIDE for at in positions}:
            first = number << _BESIDE
            # An image is as good as before if one beside it is damaged.
            with suppress(GlancetapeError, *schema.DAMAGE):
                self._read_images(range(first, min(first + (1 << _BESIDE), self._count)))

    def _read_alone(self, position: int) -> bytes:
        """Return an image and a comma, whatever its length."""
        start, end = memoryview(self._file.read(self._places_at + 16 * position, 16)).cast("Q")
        return self._file.read(start, end - start)

    def _read_images(self, positions: Sequence[int]) -> tuple[bytes, Sequence[int]] | None:
        """Return the images at positions, a comma after each, and how long each is with it.

        All of them are checked. None if one is too long.
        """
        spans = self._spans_of(positions)
        if spans is None:
            return None
        starts, lengths = spans
        if max(lengths) < _UNCHECKED:
            return self._file.read_joined(spans), lengths
        lengths = [length & _LENGTH for length in lengths]
        read = self._file.read_joined((starts, lengths))
        self._check_images(positions, spans, memoryview(read))
        return read, lengths

    def _prepare(self, positions: Iterable[int]) -> None:
        """Read where images are, unless it was read."""
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
            most = self._file.length
            flagged = [
                length | _UNCHECKED if length <= LONGEST and end <= most else 0
                for length, end in zip(lengths, ends, strict=True)
            ]
            if 0 in flagged:  # these are read alone
                starts = [start if one else 0 for start, one in zip(starts, flagged, strict=True)]
            # Who finds a length, maybe in another thread, finds where the image starts, too.
            self._starts[some] = memoryview(array(self._kind, starts))
            self._lengths[some] = memoryview(array(self._kind, flagged))
            self._is_prepared[number] = 1

    def _check_images(self, positions: Sequence[int], spans: Spans, read: memoryview) -> None:
        """Check images that were read. Raises ImageSetError, or ValueError."""
        lengths = spans[1]
        some = [at for at, length in zip(positions, lengths, strict=True) if length & _UNCHECKED]
        end, sums, known = 0, iter(self._sums_of(some)), self._lengths
        for position, start, flagged in zip(positions, *spans, strict=True):
            begin, length = end, flagged & _LENGTH
            end += length
            if flagged == length:
                continue
            expected = next(sums)
            if expected is None:
                self._file.check(start, start + length)
            elif crc32(read[begin:end]) != expected:
                self._file.check(start, start + length)  # which names the block
                raise ValueError("an image has another checksum")
            known[position] = length

    def _sums_of(self, positions: Sequence[int]) -> Sequence[int | None]:
        """Return the checksums of images; None for each if the set has none."""
        if self._sums_at is None:
            return [None] * len(positions)
        low, high = min(positions), max(positions) + 1
        if high - low <= _PLACES:
            read = self._file.read(self._sums_at + 4 * low, 4 * (high - low))
            some = memoryview(read).cast("I").tolist()
            return [some[position - low] for position in positions]
        read_one, at = self._file.read, self._sums_at
        return [int.from_bytes(read_one(at + 4 * one, 4), "little") for one in positions]


def _taking(positions: Sequence[int]) -> "Callable[[memoryview[int]], tuple[int, ...]]":
    """Return what takes the numbers at positions out of a table."""
    if len(positions) == 1:
        return lambda numbers: (numbers[positions[0]],)
    return itemgetter(*positions)
