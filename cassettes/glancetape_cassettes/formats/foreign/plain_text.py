"""Text that a person saved: in the encoding of their terminal, with its colours and line ends."""

import codecs
import json
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import is_utf_8
from glancetape_cassettes.formats.foreign.foreign_entries import Unusable
from glancetape_cassettes.formats.http_form import REDIRECTS, WITHOUT_BODY
from glancetape_cassettes.formats.regular_file import read_bytes, unzipped
from glancetape_cassettes.formats.vcr import CODINGS, undone
from glancetape_cassettes.interaction import Headers, header
from glancetape_cassettes.lazy_regex import lazy_compile

_COLOURS = lazy_compile(r"\x1b\[[0-9;]*[A-Za-z]")
_BOM = codecs.BOM_UTF8
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_JSON = json.JSONDecoder()


def read_text(path: Path) -> str:
    """Return a file as text; bytes that are not UTF-8 come back by `bytes_of`."""
    return decoded(unzipped(read_bytes(path), path))


def read_raw(path: Path) -> bytes:
    """Return the bytes of a file, in UTF-8 if it is text."""
    content = unzipped(read_bytes(path), path)
    return bytes_of(decoded(content)) if content[:2] in _UTF_16 else content.removeprefix(_BOM)


def decoded(text: bytes) -> str:
    """Return text without colours and carriage returns; PowerShell saves UTF-16."""
    if text[:2] in _UTF_16:
        found = text.decode("utf-16", "replace")
    else:
        found = text.removeprefix(_BOM).decode("utf-8", "surrogateescape")
    found = found.replace("\r\n", "\n")
    return _COLOURS.sub("", found) if "\x1b" in found else found


def bytes_of(text: str) -> bytes:
    """Return the bytes that `decoded` read."""
    return text.encode("utf-8", "surrogateescape")


def end_of_json(text: str, place: int) -> int | None:
    """Return where the JSON value that begins at a place ends; None when it is not complete.

    >>> end_of_json('BODY: {"images": []} DEBUG', 6)
    20
    """
    found = json_at(text, place)
    return None if found is None else found[1]


def json_at(text: str, place: int) -> tuple[Any, int] | None:
    """Return the JSON object or list that begins at a place, and its end; None when it has none.

    It is looked for in a few kilobytes first, then in more: an error counts the lines before it.
    """
    size = 4096
    while True:
        part = text[place : place + size]
        try:
            value, end = _JSON.raw_decode(part)
        except RecursionError:
            return None
        except json.JSONDecodeError as error:
            is_cut = error.pos > len(part) - 16 or error.msg.startswith("Unterminated")
            if not is_cut or place + size >= len(text):
                return None
            size *= 4
        else:
            return value, place + end


def json_in(body: bytes) -> Any:
    """Return the JSON value of a body; None when it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def has_no_body(method: str, status: int, headers: Headers) -> bool:
    """Whether an answer without a body in a file had none; otherwise the file lacks it."""
    if method == "HEAD" or status in WITHOUT_BODY:
        return True
    if status in REDIRECTS and header(headers, "location"):
        return True
    return (header(headers, "content-length") or "").strip() == "0"


def undone_coding(body: bytes, headers: Headers) -> bytes:
    """Return a body without its content coding, which who saved it may have undone.

    Raises Unusable: nobody could read or search what is left.
    """
    coding = (header(headers, "content-encoding") or "").strip().lower()
    if not body or coding in ("", "identity"):
        return body
    try:
        found = undone(body, coding, "a body") if coding in CODINGS else None
    except CassetteError as error:
        raise Unusable("its body is too large when decompressed") from error
    if found is None and not is_utf_8(body):
        raise Unusable("the content coding of its body could not be undone")
    return body if found is None else found


def without_coding(headers: Headers) -> Headers:
    """Return headers without Content-Encoding and Transfer-Encoding, for a body that is decoded."""
    gone = ("content-encoding", "transfer-encoding")
    return tuple(pair for pair in headers if pair[0].lower() not in gone)
