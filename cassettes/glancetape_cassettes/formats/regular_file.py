"""Reading a file whole, if it is one that ends."""

import codecs
import gzip
import io
import json
import os
import stat
import zlib
from pathlib import Path
from typing import NoReturn

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.near_names import file_meant
from glancetape_cassettes.plain_names import word_of

MOST_BYTES = 1 << 30
"""Of a cassette or another recording; a larger one is not read."""
GZIP = b"\x1f\x8b"
"""How a file begins that gzip compressed, such as a cassette of LangChain."""
IMAGE_SET = b"SQLite format 3\0"
"""How an image set begins."""
A_FOLDER = "it is a folder; name a file in it"
"""What is wrong with a path where one file is read or recorded."""
_PIECE = 1 << 20
_MOST_OF_SMALL = 64 << 20
"""Bytes that a compressed file may hold whatever its own size."""
_MOST_RATIO = 100
"""Pages of images become 6 to 20 times as small with gzip; zeros become 1,000 times as small."""


def read_bytes(path: Path, fd: int | None = None) -> bytes:
    """Return the content of a file, read through `fd` if it is open. Raises CassetteError."""
    try:
        status = path.stat() if fd is None else os.fstat(fd)
        check_regular(path, status)
        if status.st_size > MOST_BYTES:
            raise CassetteError(f"{path}: larger than {MOST_BYTES >> 20} MiB; split the cassette.")
        with open(path if fd is None else fd, "rb", closefd=fd is None) as file:
            text = file.read()
    except FileNotFoundError as error:
        advice = file_meant(path, f"Record one: glancetape record --cassette {word_of(path)}")
        raise CassetteError(f"{path}: no such cassette.{advice}") from error
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error
    if not text:
        raise CassetteError(f"{path}: the file is empty; record it again or remove it.")
    return text


def check_regular(path: Path, status: os.stat_result) -> None:
    """Raise CassetteError for folders, pipes and devices: reading a pipe may never end."""
    if stat.S_ISDIR(status.st_mode):
        raise CassetteError(f"{path}: {A_FOLDER}.")
    if not stat.S_ISREG(status.st_mode):
        raise CassetteError(f"{path}: not a regular file, so it cannot be a cassette.")


def is_database(path: Path) -> bool:
    """Whether a file is a SQLite database, by its first bytes. Raises OSError.

    A pipe is not one: to open it may never end.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        return False
    with path.open("rb") as file:
        return file.read(len(IMAGE_SET)) == IMAGE_SET


_OF_AN_IMAGE = frozenset("id name owner status visibility disk_format".split())


def is_ndjson(text: bytes) -> bool:
    """Whether a file begins with a line that is an image in JSON.

    >>> is_ndjson(b'{"id": "1", "name": "a", "status": "active"}\\n')
    True
    """
    line = text.lstrip().partition(b"\n")[0]
    if not line.startswith(b"{"):
        return False
    try:
        image = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(image, dict) and len(_OF_AN_IMAGE & image.keys()) > 1


def refuse_ndjson(path: Path) -> NoReturn:
    """Raise CassetteError, with the command that makes an image set of NDJSON."""
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    unpack = f"gunzip {word_of(path)} && " if plain != path else ""
    made = word_of(plain.with_suffix(".images"))
    raise CassetteError(
        f"{path}: NDJSON, which has to become an image set first: "
        f"{unpack}glancetape import {word_of(plain)} --out {made}"
    )


def unzipped(text: bytes, where: object) -> bytes:
    """Return what is in a file that may be compressed with gzip. Raises CassetteError.

    Files that were compressed one by one and put together, as `cat a.gz b.gz` does, are one file.
    """
    if not text.startswith(GZIP):
        return text
    plain = io.BytesIO()
    most = most_decompressed(len(text))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(text)) as file:
            while piece := file.read(_PIECE):
                if plain.tell() + len(piece) > most:
                    raise CassetteError(f"{where}: {too_large_decompressed(most)}.")
                plain.write(piece)
    except EOFError as error:
        raise CassetteError(f"{where}: the compressed file is cut off; get it again.") from error
    except (OSError, zlib.error) as error:
        raise CassetteError(f"{where}: cannot be decompressed: {error}.") from error
    return plain.getvalue()


def most_decompressed(size: int) -> int:
    """How many bytes a compressed file of this size may hold."""
    return min(MOST_BYTES, max(_MOST_OF_SMALL, _MOST_RATIO * size))


def too_large_decompressed(most: int) -> str:
    """Return what is wrong with a file that holds more than `most` bytes."""
    found = f"larger than {most >> 20} MiB when decompressed"
    if most == MOST_BYTES:
        return f"{found}; split the cassette"
    return f"{found}, which is too much for its size; if this is right, decompress it first"


def marked_head(head: bytes) -> bytes:
    """Return the first bytes of a text in UTF-8, if a byte order mark says how it is encoded."""
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return head.decode("utf-16", "ignore").encode("utf-8", "replace")
    return head.removeprefix(codecs.BOM_UTF8)


def plain_head(head: bytes) -> bytes:
    """Return the first bytes of what is in a file that may be compressed with gzip."""
    if not head.startswith(GZIP):
        return head
    plain, rest = b"", head
    while rest.startswith(GZIP) and len(plain) < len(head):
        work = zlib.decompressobj(wbits=31)
        try:
            plain += work.decompress(rest, len(head) - len(plain))
        except zlib.error:
            return plain
        rest = work.unused_data
    return plain


_OURS, _THEIRS = b"<<<<<<< ", b">>>>>>> "


def check_merged(text: bytes, path: Path) -> None:
    """Raise CassetteError for a file in which git left both sides of a merge.

    That happens when two people record into it on two branches. Texts in a cassette are indented,
    so none of its own lines can look like a mark of git.
    """
    if _OURS[:1] not in text:  # which is seen in a tenth of the time
        return
    begin = 0 if text.startswith(_OURS) else text.find(b"\n" + _OURS) + 1
    if not (begin or text.startswith(_OURS)) or b"\n" + _THEIRS not in text:
        return
    line = text.count(b"\n", 0, begin) + 1
    ours, theirs = (word_of(f":{stage}:./{path.name}") for stage in (2, 3))
    raise CassetteError(
        f"{path}, line {line}: git has left a merge conflict here. Merge the two recordings: "
        f"git show {ours} > ours.yaml; git show {theirs} > theirs.yaml; "
        f"glancetape merge ours.yaml theirs.yaml --force --out {word_of(path.name)}"
    )
