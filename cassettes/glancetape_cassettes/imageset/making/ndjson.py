"""The lines of an NDJSON file: checking them, and making blocks of images from them."""

import codecs
import os
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from glancetape_cassettes.errors import ImageSetError, json_problem
from glancetape_cassettes.formats.repeated_names import json_with_repeated, repeated
from glancetape_cassettes.imageset.image_fields import BadImage, check, complete
from glancetape_cassettes.imageset.making.blocks import Block, make_block
from glancetape_cassettes.imageset.making.listed_images import ListedImage
from glancetape_cassettes.imageset.making.written_bodies import write_block

ONE_A_LINE = "write one image per line; `jq -c '.images[]'` does that to a list answer"
LONGEST = 16 << 20
"""Bytes of the longest line that is read; an image has some thousand."""
PART = 1 << 22
"""Bytes of a file that are checked together; the part ends with its last line."""

Redact = Callable[[dict[str, Any]], tuple[dict[str, Any], int]]
"""Returns an image without its secrets, and how many values were replaced. Raises BadImage.

It is sent to other processes, so it has to be one that pickle knows.
"""
LinePlace = tuple[int, int, int, int, int]
"""Start, length and checksum of a line, and the image's times in seconds since 1970."""


@dataclass(slots=True)
class CheckedPart:
    """The good and the bad lines of a part of a file; its lines are numbered from 1."""

    end: int
    lines: int = 0
    good: list[tuple[int, str, LinePlace]] = field(default_factory=list)
    """Number of the line, id of the image, place."""
    ids: "array[int]" = field(default_factory=lambda: array("Q"))
    """A hash of each of these ids."""
    bad: list[tuple[int, str]] = field(default_factory=list)
    """Number of the line, and why it is not an image."""


def parts_of(path: Path, size: int) -> list[tuple[Path, int, int]]:
    """Return path, start and end of each part of a file, cut at the ends of lines.

    Raises ImageSetError when it cannot be read, or a line has more than LONGEST bytes.
    """
    parts, start = [], 0
    with _reading(path) as file:
        while start < size:
            file.seek(min(start + PART, size) - 1)
            line = file.readline(LONGEST)
            end = file.tell()
            if end <= start:
                raise changed(path)
            if len(line) == LONGEST:
                raise ImageSetError(f"{path} has a line of over {LONGEST >> 20} MiB; {ONE_A_LINE}.")
            parts.append((path, start, min(end, size)))
            start = end
    return parts


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    """Open a file; errors while it is read become ImageSetErrors that name it."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise ImageSetError(f"{path}: {error.strerror or error}.") from error


def _why_not_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    if line.startswith(codecs.BOM_UTF8):
        return "not JSON: it begins with a byte order mark"
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "not JSON: it is UTF-16; save the file as UTF-8"
    try:
        line.decode()
    except UnicodeDecodeError as wrong:
        return f"not JSON: it is not UTF-8 (byte {wrong.start + 1})"
    return f"not JSON: {json_problem(error.msg)} (column {error.colno})"


def image_of(line: bytes) -> tuple[dict[str, Any], int, int]:
    """Return the image of a line, and when it was created and updated. Raises BadImage.

    A name that is there twice is refused too: one of its values would be lost.
    """
    try:
        image = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadImage(_why_not_json(line, error)) from error
    created, updated = check(image)
    refuse_repeated(line.rstrip(), image)
    return image, created, updated


def refuse_repeated(written: bytes, value: dict[str, Any]) -> None:
    """Raise BadImage if an object in JSON has a name twice; `value` is what orjson made of it."""
    # jq and `export` write as orjson does, and then nothing can have been lost. To read the JSON
    # again takes longer.
    if orjson.dumps(value) == written:
        return
    try:
        _, names = json_with_repeated(written.decode())
    except RecursionError as error:
        raise BadImage("it is nested too deep") from error
    for name in names:
        raise BadImage(repeated(str(name.path[-1])))


def check_part(part: tuple[Path, int, int]) -> CheckedPart:
    """Return the good and the bad lines of a part of a file."""
    path, start, end = part
    checked = CheckedPart(end)
    with _reading(path) as file:
        file.seek(start)
        for read in file:
            line = read
            checked.lines += 1
            if not start and line.startswith(codecs.BOM_UTF8):  # as some editors and shells write
                start = len(codecs.BOM_UTF8)
                line = read[start:]
            length = len(line)
            if line and not line.isspace():
                try:
                    image, created, updated = image_of(line)
                except BadImage as error:
                    checked.bad.append((checked.lines, str(error)))
                else:
                    place = start, length, zlib.crc32(line), created, updated
                    checked.good.append((checked.lines, image["id"], place))
                    hashed = blake2b(image["id"].encode(), digest_size=8).digest()
                    checked.ids.append(int.from_bytes(hashed))
            start += length
            if start >= end:
                break
    return checked


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTask:
    """The lines of a block, in default order."""

    path: Path
    places: Sequence[LinePlace]
    number: int
    """That of the block in the set, from 0."""
    first: int
    """The position of the first image."""
    out: Path
    """The file of the set."""
    redact: Redact | None


def read_block(task: BlockTask) -> tuple[Block, int]:
    """Return the block of the images in some lines, and how many values were redacted.

    Raises ImageSetError when a line has changed since it was checked.
    """
    redacted: list[int] = []
    with _reading(task.path) as file:
        block = make_block(_read(task, file.fileno(), redacted), task.first)
    return write_block(task.out, task.number, block), sum(redacted)


def _read(task: BlockTask, descriptor: int, redacted: list[int]) -> Iterator[ListedImage]:
    redact = task.redact
    for start, length, checksum, created, updated in task.places:
        line = os.pread(descriptor, length, start)
        if zlib.crc32(line) != checksum:
            raise changed(task.path)
        image = orjson.loads(line)
        if redact is not None:
            try:
                image, replaced = redact(image)
            except BadImage as error:
                raise ImageSetError(f"{task.path}: image at byte {start + 1}: {error}.") from error
            if replaced:
                redacted.append(replaced)
        members = complete(image)
        # A copy: orjson's own bytes may keep ten times their length allocated.
        body = bytes(memoryview(orjson.dumps(image)))
        yield ListedImage(image, body, members, created, updated)


def changed(path: Path) -> ImageSetError:
    """Return the error for a file that changed after it was checked."""
    return ImageSetError(f"{path} changed while it was read; import it again.")
