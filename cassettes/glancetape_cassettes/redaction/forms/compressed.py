"""Compressed and packed data: what is in it, or that nobody here can look into it.

    gzip, zlib, zstandard, bzip2, xz, lzma, zip     its content, of all members, and what follows
    compress, lz4, 7z, rar, a Python pickle, ...    Unsearchable

Formats are told by their first bytes. What has none, such as raw brotli, is binary data like any
other. A new format that can be read needs a row in `_READERS`, any other one in `_UNREADABLE`.
"""

import bz2
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

MOST_UNPACKED = 16 << 20
DEEPEST = 3
"""Compressed files in each other: more of them are not searched."""
_MOST_MEMBERS = 1000


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
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [one.filename for one in archive.infolist()]
        comments = [one.comment for one in archive.infolist()]
        parts = ["\n".join(names).encode("utf-8", "surrogateescape"), archive.comment, *comments]
        left = most + 1
        for one in archive.infolist():
            with archive.open(one) as file:
                parts.append(file.read(left))
            left = max(0, left - len(parts[-1]))
    return [part for part in parts if part]


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
_DAMAGE = (
    zlib.error, OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile, RuntimeError,
    NotImplementedError,
)  # fmt: skip
