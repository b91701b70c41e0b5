"""Bodies: readable text in the cassette, the exact recorded bytes in the replay.

A JSON body is stored with one value per line. How the service wrote it is stored beside it, so that
replay writes the same bytes. A body that would not come back the same is stored as it is:

    {"images": []}\n    is stored as    {            with    json: spaced
                                          "images": []        end: "\n"
                                        }
    {"size": 1e5}      is stored as text, because a JSON writer would write 100000.0
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.lazy_regex import lazy_compile

# The first colon or comma outside strings: JSON inside a string may be spaced otherwise.
_FIRST_SEPARATOR = lazy_compile(
    r'[^":,]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^":,]*+)*+[:,](?P<blank> ?)', re.DOTALL
)


class JsonLayout(NamedTuple):
    """How a service writes JSON: the name of one of `WRITERS`, and the white space at the end."""

    style: str
    end: str = ""


class ReadableBody(NamedTuple):
    """A body as a cassette stores it: text or, when it is not UTF-8, bytes; JSON has a layout."""

    content: str | bytes
    layout: JsonLayout | None = None


def _writer(
    separators: tuple[str, str], ascii_only: bool, indent: int | None
) -> Callable[..., str]:
    encoder = json.JSONEncoder(
        separators=separators, ensure_ascii=ascii_only, indent=indent, check_circular=False
    )
    return encoder.encode


WRITERS: dict[str, Callable[[Any], str]] = {
    "compact": lambda value: orjson.dumps(value).decode(),
    "compact-ascii": _writer((",", ":"), True, None),
    "spaced": _writer((", ", ": "), False, None),
    "spaced-ascii": _writer((", ", ": "), True, None),
    "indent-2": _writer((",", ": "), False, 2),
    "indent-2-ascii": _writer((",", ": "), True, 2),
    "indent-4": _writer((",", ": "), False, 4),
    "indent-4-ascii": _writer((",", ": "), True, 4),
}
"""By name. Glance writes `spaced`, its errors `spaced-ascii`, the IMS facade `compact`."""

# YAML would change or refuse these characters; JSON can write them as escapes.
_UNSAFE_IN_YAML = lazy_compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_MOST_GROWTH = 16
DEEPEST = 250
"""JSON nested deeper than this is only searched as text: recursion would go too deep."""
TOKEN = lazy_compile(
    r'(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))(?P<colon>\s*+:)?'
    r'|[][{},]|[^][{},:"\s]++',
    re.DOTALL,
)
"""The tokens of JSON text; a member's name includes its colon."""


def parse_json(body: bytes) -> tuple[Any, JsonLayout] | None:
    """Return a JSON object or array, and the layout that writes exactly these bytes again.

    None for a body that is not JSON, and when no layout writes these bytes: repeated names, numbers
    such as 1e5, escaped slashes, irregular white space.
    """
    if body[:1] not in (b"{", b"["):
        return None
    try:
        value = orjson.loads(body)
        text = body.decode()
    except ValueError:
        return None
    stripped = text.rstrip(" \t\r\n")
    style = _guess_style(stripped)
    # Control characters are escaped in every style, so escapes alone do not show an ASCII one.
    for one in dict.fromkeys((style, style.removesuffix("-ascii"))):
        try:
            exact = WRITERS[one](value) == stripped
        except (ValueError, TypeError, RecursionError):  # e.g. a lone surrogate, nested too deep
            return None
        if exact:
            return value, JsonLayout(one, text[len(stripped) :])
    return None


def _guess_style(text: str) -> str:
    if text[1:2] == "\n":
        base = "indent-4" if text[2:6] == "    " else "indent-2"
    else:
        first = _FIRST_SEPARATOR.match(text)
        base = "spaced" if first and first["blank"] else "compact"
    # Most pages have no backslash at all, and one character is found much faster than two.
    return f"{base}-ascii" if "\\" in text and "\\u" in text and text.isascii() else base


def write_json(value: Any, layout: JsonLayout) -> bytes:
    """Return a JSON value as bytes in the layout that a service uses."""
    return (WRITERS[layout.style](value) + layout.end).encode()


def readable_json(value: Any) -> str:
    """Return a JSON value with one member per line, as text that is safe in a YAML block.

    Raises RecursionError when it is nested too deep.
    """
    try:
        raw = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except TypeError as error:
        raise RecursionError("nested too deep to be laid out") from error
    text = raw.decode()
    return escape_unsafe(text) if may_be_unsafe(raw) else text


def escape_unsafe(text: str) -> str:
    """Return JSON text with escapes for the characters that YAML would change or refuse."""
    return _UNSAFE_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def may_be_unsafe(raw: bytes) -> bool:
    """Whether bytes may have a character that YAML would change, by how these begin in UTF-8."""
    if b"\x7f" in raw or b"\xc2" in raw:
        return True
    if b"\xe2" in raw and (b"\xe2\x80\xa8" in raw or b"\xe2\x80\xa9" in raw):
        return True
    return b"\xef" in raw and (
        b"\xef\xbb\xbf" in raw or b"\xef\xbf\xbe" in raw or b"\xef\xbf\xbf" in raw
    )


def to_readable(body: bytes) -> ReadableBody:
    """Return a body as a cassette stores it; `from_readable` returns the same bytes."""
    parsed = parse_json(body)
    if parsed is not None and (text := _unless_too_deep(parsed[0], len(body))) is not None:
        return ReadableBody(text, parsed[1])
    try:
        return ReadableBody(body.decode())
    except UnicodeDecodeError:
        return ReadableBody(body)


def is_deep(text: str) -> bool:
    """Whether JSON text is nested deeper than `DEEPEST`."""
    if text.count("{") + text.count("[") <= DEEPEST:
        return False
    depth = 0
    for found in TOKEN.finditer(text):
        if found[0] in "{[":
            depth += 1
            if depth > DEEPEST:
                return True
        elif found[0] in "}]":
            depth -= 1
    return False


def _unless_too_deep(value: Any, length: int) -> str | None:
    try:
        text = readable_json(value)
    except RecursionError:
        return None
    return text if len(text) <= _MOST_GROWTH * length + 1000 else None  # mostly indentation


def from_readable(stored: ReadableBody, where: object) -> bytes:
    """Return the recorded bytes of a stored body. CassetteError names the place `where`."""
    if isinstance(stored.content, bytes):
        return stored.content
    if stored.layout is None:
        return stored.content.encode()
    try:
        return write_json(orjson.loads(stored.content), stored.layout)
    except (ValueError, TypeError, RecursionError) as error:
        raise CassetteError(
            f"{where}: the response body is marked as JSON, but cannot be parsed: {error}. "
            "Correct it, or remove the 'json:' line to replay the text as it is."
        ) from error


def from_base64(text: str) -> bytes:
    """Return the bytes of base64, which may be in lines. Raises ValueError for other characters.

    >>> from_base64("eyJp\\nIjoxfQ==")
    b'{"i":1}'
    """
    return base64.b64decode("".join(text.split()), validate=True)


def is_utf_8(body: bytes) -> bool:
    """Whether bytes are text in UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
