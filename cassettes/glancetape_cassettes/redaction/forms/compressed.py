"""Compressed and packed data: what is in it, or that nobody here can look into it.

    gzip, zlib, zstandard, bzip2, xz, lzma, zip     its content, of all members, and what follows
    compress, lz4, 7z, rar, a Python pickle, ...    Unsearchable

The first bytes show the format. Data without such bytes, as raw brotli, is binary data like any
other. A new format that can be read needs a row in `_READERS`, any other one in `_UNREADABLE`.
"""

import bz2
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

MOST_UNPACKED = 16 << 20
DEEPEST = 3
"""Compressed files in each other: more of them are not searched."""
_MOST_MEMBERS = 1000
_COST_OF_ONE = 16


class Unsearchable(ValueError):
    """Data that begins like a packed file, and cannot be read to its end."""


class _Unpacker(Protocol):
    @property
    def unused_data(self) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def contents_of(data: bytes, most: int = MOST_UNPACKED) -> list[bytes] | None:
    """Return what is in packed data; None for data that is not packed.

    Raises Unsearchable when it cannot be read to its end, or has more than `most` bytes.
    """
    if not _PACKED.match(data):  # most data: one search instead of nine
        return None
    for magic, read in _READERS:
        if magic.match(data):
            return _checked(read, data, most)
    if _ZLIB.match(data):  # two bytes may begin any other file
        try:
            return _checked(_of_zlib, data, most)
        except Unsearchable:
            begins = zlib.decompressobj()
            try:
                found = begins.decompress(data, most)
            except zlib.error:
                return None
            if len(found) >= len(data) or begins.eof:  # cut off, or followed by something else
                raise
            return None
    if _UNREADABLE.match(data) or _PICKLE.match(data):
        raise Unsearchable
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """What was in packed data; it may be packed data itself, whose parts come after it."""

    content: bytes
    is_packed: bool


def unpacked(data: bytes) -> list[Part] | None:
    """Return all that is in packed data, on each level; None for data that is not packed.

    Raises Unsearchable for what `contents_of` raises it for, for more than `MOST_UNPACKED` bytes
    on all levels together, and for more levels than `DEEPEST`. Nothing is searched before: a small
    file that becomes a large one costs only the unpacking.
    """
    first = contents_of(data, MOST_UNPACKED)
    if first is None:
        return None
    found: list[Part] = []
    left = MOST_UNPACKED
    waiting = [(part, 1) for part in reversed(first)]
    left -= sum(map(_cost, first))
    while waiting:
        content, depth = waiting.pop()
        inner = contents_of(content, max(1, left))
        found.append(Part(content, inner is not None))
        if inner is not None:
            left -= sum(map(_cost, inner))
            waiting += [(part, depth + 1) for part in reversed(inner)]
        if left < 0 or (inner is not None and depth == DEEPEST):
            raise Unsearchable
    return found


def _cost(part: bytes) -> int:
    """Return what a part takes of the limit: many empty ones are work too."""
    return len(part) + _COST_OF_ONE


def packed_within(data: bytes) -> Iterator[bytes]:
    """Yield what may be packed data further on in data, such as base64 that begins in a path."""
    found = _ANYWHERE.finditer(data, 1)
    yield from (data[one.start() :] for one in islice(found, _MOST_WITHIN))


def _checked(read: Callable[[bytes, int], list[bytes]], data: bytes, most: int) -> list[bytes]:
    try:
        parts = read(data, most)
    except Unsearchable:
        raise
    except _DAMAGE as error:
        raise Unsearchable from error
    if sum(map(len, parts)) > most:
        raise Unsearchable
    return parts


def _members(make: Callable[[], _Unpacker], magic: re.Pattern[bytes]) -> Callable[..., list[bytes]]:
    """Read a file of one or several members; whatever follows them is a part too."""

    def read(data: bytes, most: int) -> list[bytes]:
        parts: list[bytes] = []
        rest = data
        while rest and magic.match(rest):
            unpacker = make()
            parts.append(unpacker.decompress(rest, most + 1))
            if not unpacker.eof or len(parts) > _MOST_MEMBERS:
                raise Unsearchable
            most -= len(parts[-1])
            if most < 0:
                raise Unsearchable
            rest = unpacker.unused_data
        return [*parts, rest] if rest.strip(b"\0") else parts

    return read


def _of_zstandard(data: bytes, most: int) -> list[bytes]:
    import zstandard

    try:
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
            return [reader.read(most + 1)]
    except zstandard.ZstdError as error:
        raise Unsearchable from error


def _of_zip(data: bytes, most: int) -> list[bytes]:
    """Read an archive of which every byte is accounted for, as a name, content, or structure."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries, directory = archive.infolist(), archive.start_dir
        parts = ["\n".join(one.filename for one in entries).encode("utf-8", "surrogateescape")]
        parts += [archive.comment, *(one.comment for one in entries)]
    place, left = 0, most + 1
    for one in sorted(entries, key=lambda one: one.header_offset):
        _refuse_more(data[place : one.header_offset])
        name, content, place = _of_zip_entry(data, one, left)
        parts += [name, content]
        left = max(1, left - len(content))  # zlib takes 0 for no limit
    _refuse_more(data[place:directory])
    _refuse_more(data[_end_of_zip(data, directory, len(entries), len(archive.comment)) :])
    return [part for part in parts if part]


def _of_zip_entry(data: bytes, entry: zipfile.ZipInfo, most: int) -> tuple[bytes, bytes, int]:
    """Return name and content of an entry, and where it ends."""
    names = entry.header_offset + _LOCAL.size
    magic, name_size, extra_size = _LOCAL.unpack(data[entry.header_offset : names])
    start = names + name_size + extra_size
    end = start + entry.compress_size
    if magic != b"PK\x03\x04" or entry.flag_bits & _ENCRYPTED or end > len(data):
        raise Unsearchable
    for extra in (data[names + name_size : start], entry.extra):
        _refuse_other_extra(extra)
    raw = data[start:end]
    if entry.compress_type == zipfile.ZIP_STORED:
        content = raw
    elif entry.compress_type in _UNPACKERS:
        unpacker = _UNPACKERS[entry.compress_type]()
        content = unpacker.decompress(raw, most)
        if len(content) >= most or not unpacker.eof or unpacker.unused_data:
            raise Unsearchable
    else:
        raise Unsearchable
    if (len(content), zlib.crc32(content)) != (entry.file_size, entry.CRC):
        raise Unsearchable
    if entry.flag_bits & _HAS_DESCRIPTOR:
        end += _size_of_descriptor(data[end : end + 24], entry)
    return data[names : names + name_size], content, end


def _size_of_descriptor(data: bytes, entry: zipfile.ZipInfo) -> int:
    """Return the size of what repeats checksum and sizes after the content of an entry."""
    for form in ("<LQQ", "<LLL"):
        try:
            same = struct.pack(form, entry.CRC, entry.compress_size, entry.file_size)
        except struct.error:
            continue
        for known in (b"PK\x07\x08" + same, same):
            if data.startswith(known):
                return len(known)
    return 0


def _refuse_other_extra(extra: bytes) -> None:
    """Raise Unsearchable for an extra field with more than times, sizes and numbers of users."""
    while extra.strip(b"\0"):
        if len(extra) < 4:
            raise Unsearchable
        kind, size = struct.unpack("<HH", extra[:4])
        if size > _MOST_EXTRA.get(kind, -1) or size > len(extra) - 4:
            raise Unsearchable
        extra = extra[4 + size :]


def _end_of_zip(data: bytes, place: int, entries: int, comment: int) -> int:
    """Return where an archive ends whose directory begins at a place. Raises Unsearchable."""
    for _ in range(entries):
        magic, *sizes = _CENTRAL.unpack(data[place : place + _CENTRAL.size])
        if magic != b"PK\x01\x02":
            raise Unsearchable
        place += 46 + sum(sizes)
    if data[place : place + 12] == b"PK\x06\x06" + struct.pack("<Q", 44):  # its large form
        place += 56
        if data[place : place + 4] != b"PK\x06\x07":
            raise Unsearchable
        place += 20
    if data[place : place + 4] != b"PK\x05\x06":
        raise Unsearchable
    return place + 22 + comment


def _refuse_more(data: bytes) -> None:
    if data.strip(b"\0"):
        raise Unsearchable


_LOCAL = struct.Struct("<4s22xHH")
_CENTRAL = struct.Struct("<4s24xHHH")
_ENCRYPTED, _HAS_DESCRIPTOR = 1, 8
_UNPACKERS: dict[int, Callable[[], _Unpacker]] = {
    zipfile.ZIP_DEFLATED: lambda: zlib.decompressobj(wbits=-15),
    zipfile.ZIP_BZIP2: bz2.BZ2Decompressor,
}
"""How the entries of a ZIP archive that can be searched are packed, beside those that are not."""
_MOST_EXTRA = {0x0001: 28, 0x000A: 32, 0x5455: 13, 0x5855: 12, 0x7855: 4, 0x7875: 11, 0xCAFE: 0}
"""Bytes in the extra fields for large sizes, the times of NTFS and Unix, users, and Java."""
_GZIP = re.compile(rb"\x1f\x8b")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_BZIP2 = re.compile(rb"BZh[1-9]")
_XZ = re.compile(rb"\xfd7zXZ\x00")
_LZMA = re.compile(rb"\x5d\x00\x00[\x00-\xff]\x00(?:\xff{8}|[\x00-\xff]{4}\x00{4})")
_ZIP = re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)")
_of_zlib = _members(zlib.decompressobj, _ZLIB)
_READERS: tuple[tuple[re.Pattern[bytes], Callable[[bytes, int], list[bytes]]], ...] = (
    (_GZIP, _members(lambda: zlib.decompressobj(wbits=31), _GZIP)),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), _of_zstandard),
    (_BZIP2, _members(bz2.BZ2Decompressor, _BZIP2)),
    (_XZ, _members(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ), _XZ)),
    (_LZMA, _members(lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE), _LZMA)),
    (_ZIP, _of_zip),
)
_UNREADABLE = re.compile(
    rb"\x1f[\x9d\xa0\x1e]"  # compress, LZH, pack
    rb"|\x04\x22\x4d\x18|\x02\x21\x4c\x18"  # lz4
    rb"|\x89LZO\x00|LZIP\x01|\xff\x06\x00\x00sNaPpY"  # lzop, lzip, snappy
    rb"|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|MSCF\x00"
    rb"|\xac\xed\x00\x05"  # objects of Java
    rb"|bplist0"
)
# Two bytes are found everywhere: of these formats only their usual beginnings count here.
_ANYWHERE = re.compile(
    rb"\x1f\x8b\x08[\x00-\x1f]|\x1f\x9d[\x89-\x90]|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY&SY"
    rb"|\x28\xb5\x2f\xfd|\x80[\x02-\x05](?:\}|\x95)|"
    + b"|".join(one.pattern for one in (_XZ, _LZMA, _ZIP))
    + _UNREADABLE.pattern.removeprefix(rb"\x1f[\x9d\xa0\x1e]")
)
_MOST_WITHIN = 8
_PICKLE = re.compile(rb"\x80[\x02-\x05].*\.\Z", re.DOTALL)
_PACKED = re.compile(
    b"|".join(one.pattern for one in (*(magic for magic, _ in _READERS), _ZLIB, _UNREADABLE))
    + rb"|\x80[\x02-\x05]"
)
"""How all packed data begins, a pickle too."""
_DAMAGE = (
    zlib.error, OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile, RuntimeError,
    NotImplementedError, OverflowError, struct.error,
)  # fmt: skip
