"""Bodies: exact bytes on the wire, readable text on disk, and the way back.

A JSON body is laid out one value a line. How the service wrote it (separators, escapes, white
space at the end) is named beside it, so that the bytes can be given back exactly. A body that
does not survive this round trip is kept as it came.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from glancetape_cassettes.errors import CassetteError


@dataclass(frozen=True, slots=True)
class JsonLayout:
    """How a service writes JSON: one of `WRITERS`, and the white space behind the value."""

    style: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class ReadableBody:
    """A body as it is stored: text, or bytes when it is no text; `layout` when it is JSON."""

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
"""Glance writes `spaced`, its errors `spaced-ascii`, the IMS facade `compact`."""

# YAML would change or refuse these; in JSON an escape says the same.
_UNSAFE_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# How those begin in UTF-8; one of these occurs wherever one of those does.
_SIGNS_OF_UNSAFE = (
    b"\x7f",
    b"\xc2",
    b"\xe2\x80\xa8",
    b"\xe2\x80\xa9",
    b"\xef\xbb\xbf",
    b"\xef\xbf\xbe",
    b"\xef\xbf\xbf",
)
_MOST_GROWTH = 16


def parse_json(body: bytes) -> tuple[Any, JsonLayout] | None:
    """Read a JSON object or array together with the layout that gives its bytes back.

    None when it is no JSON, or when no known layout gives exactly these bytes (repeated names,
    numbers such as 1e5, escaped slashes, irregular white space).
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
    try:
        exact = WRITERS[style](value) == stripped
    except (ValueError, TypeError, RecursionError):  # e.g. a lone surrogate, nested too deep
        return None
    return (value, JsonLayout(style, text[len(stripped) :])) if exact else None


def _guess_style(text: str) -> str:
    if text[1:2] == "\n":
        base = "indent-4" if text[2:6] == "    " else "indent-2"
    else:
        base = "spaced" if '": ' in text or '", ' in text or "}, " in text else "compact"
    return f"{base}-ascii" if text.isascii() and "\\u" in text else base


def write_json(value: Any, layout: JsonLayout) -> bytes:
    """Write a JSON value in the layout that a service uses."""
    return (WRITERS[layout.style](value) + layout.end).encode()


def readable_json(value: Any) -> str:
    """Lay a JSON value out one member a line, safe to stand in a YAML block."""
    raw = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    text = raw.decode()
    if not any(sign in raw for sign in _SIGNS_OF_UNSAFE):  # many times faster than the search
        return text
    return _UNSAFE_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_readable(body: bytes) -> ReadableBody:
    """Turn a body into what is stored of it; `from_readable` gives the same bytes back."""
    parsed = parse_json(body)
    if parsed is not None:
        value, layout = parsed
        text = readable_json(value)
        if len(text) <= _MOST_GROWTH * len(body) + 1000:  # deep nesting indents without end
            return ReadableBody(text, layout)
    try:
        return ReadableBody(body.decode())
    except UnicodeDecodeError:
        return ReadableBody(body)


def from_readable(stored: ReadableBody, where: object) -> bytes:
    """Give back the bytes of a stored body; `where` names its place in an error."""
    if isinstance(stored.content, bytes):
        return stored.content
    if stored.layout is None:
        return stored.content.encode()
    try:
        return write_json(orjson.loads(stored.content), stored.layout)
    except ValueError as error:
        raise CassetteError(
            f"{where}: the response body is marked as JSON and is none: {error}. "
            "Mend it, or remove the 'json:' line to serve the text as it stands."
        ) from error
