"""What HTTP allows in a response: which status ends a request, and which characters a line has.

Nothing else is stored, and nothing else is replayed: a line break in a header would begin another.
"""

import base64
import json
import re
from typing import TypeGuard
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

# A tab may be in a value (RFC 9110, 5.5). Bytes from 128 come as the characters of latin-1.
# Half a character (a lone surrogate) can be in no file.
_PART_OF_ESCAPE = lazy_compile("u[0-9a-fA-F]{0,4}")
_CONTROL = lazy_compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_RAW_BYTE = lazy_compile("[\udc80-\udcff]")
_BLANK = lazy_compile(r"\s")
_METHOD = lazy_compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_FIRST, _LAST = 200, 599
_CHUNK = lazy_compile(rb"(?P<size>[0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r?\n")
_END_OF_LINE = lazy_compile(rb"\r?\n")
_LENGTH = lazy_compile(r"[0-9]{1,18}\Z")
_BLANKS = b" \t\r\n\0"  # what may be before JSON in UTF-8 or UTF-16
_NO_STRUCTURE = bytes(set(range(256)) - set(b'{}[]"'))
_PYTHON_BYTES = lazy_compile(rb"b(?P<mark>['\"])[\[{].*(?P=mark)\s*\Z", re.DOTALL)


WITHOUT_BODY = (204, 304)
"""Statuses of responses that have no body."""
REDIRECTS = (301, 302, 303, 307, 308)
"""Statuses of responses that lead to the URL in `Location`."""


def is_final(status: object) -> TypeGuard[int]:
    """Whether a status ends a request: 1xx announces another one, and 600 and above mean nothing.

    >>> is_final(204), is_final(100), is_final(0)
    (True, False, False)
    """
    return isinstance(status, int) and _FIRST <= status <= _LAST


def fault_of_headers(headers: Headers, what: str) -> str | None:
    """What HTTP forbids in headers, as the end of a sentence; None when there is nothing."""
    for number, (name, value) in enumerate(headers, start=1):
        if _CONTROL.search(name) or _CONTROL.search(value):
            return f"the {what} header {name!r} has a control character or a line break"
        if not name or _BLANK.search(name):  # not shown: it may be a line with a token in it
            return (
                f"{what} header {number} has {'a name with a blank in it' if name else 'no name'}"
            )
    return None


def fault_of_request(request: Request) -> str | None:
    """What no reader takes for a request, as the end of a sentence; None when there is nothing."""
    if _METHOD.match(request.method) is None:
        return "the method of the request is empty, or has a character that no method has"
    return fault_of_url(request.uri) or fault_of_headers(request.headers, "request")


def fault_of_url(url: str) -> str | None:
    """What keeps a URL from naming a request over HTTP, as the end of a sentence; None for nothing.

    `urlsplit` drops line breaks and tabs, so that two URLs would become one. Blanks in a query are
    left: browsers encode them, and other clients send them.

    >>> fault_of_url("http://glance:port/v2/images")
    'the URL of the request has an invalid port'
    """
    if not url or "\t" in url or _CONTROL.search(url):
        return "the request has no URL, or one with a control character or a line break"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the URL of the request cannot be read"
    if parts.scheme not in ("http", "https"):
        return "the URL of the request is not one of HTTP"
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        return "the URL of the request has an invalid port"
    if not parts.hostname or _BLANK.search(parts.netloc):
        return "the URL of the request has no host, or one with a blank in it"
    return None


def with_escapes(url: str) -> str:
    """A URL with escapes for its bytes that are not UTF-8, which a YAML file cannot hold.

    >>> with_escapes("http://h/v2/images?name=\\udcff")
    'http://h/v2/images?name=%FF'
    """
    return _RAW_BYTE.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", url)


def content_length(headers: Headers) -> int | None:
    """The number that Content-Length has; None without the header, and for what is not a number."""
    text = (header(headers, "content-length") or "").strip()
    return int(text) if _LENGTH.match(text) else None


def fault_of(response: Response) -> str | None:
    """What HTTP forbids in a response, as the end of a sentence; None when there is nothing."""
    if not is_final(response.status):
        return f"{response.status} is not the status of an answer ({_FIRST} to {_LAST})"
    if _CONTROL.search(response.reason):
        return "the reason has a control character or a line break"
    return fault_of_headers(response.headers, "response")


def json_of(body: bytes) -> object:
    """The value of JSON, in which half a character may be. Raises ValueError, RecursionError."""
    try:
        return orjson.loads(body)
    except ValueError:
        return json.loads(body)  # knows lone surrogates, which mitmproxy writes


def is_cut_off(
    body: bytes,
    headers: Headers,
    *,
    sent: int,
    status: int = 200,
    kind: str = "",
    size: object = None,
) -> bool:
    """Whether a body is a part of what was sent: it is shorter, or JSON that does not end.

    `sent` is the length before a content coding was undone, `size` what the file gives as length of
    `body`, and `kind` the media type when there is no Content-Type. A size may be that of the coded
    body, or count something else, so complete JSON is complete. Without one, only a successful
    answer of JSON whose error is its end is a part: services also send JSON that is wrong.
    """
    if not body:
        return False
    if isinstance(size, int | float) and len(body) < size:
        try:
            json_of(body)
        except (ValueError, RecursionError):
            return True
        return False
    begins = names_json(headers, kind) and body.lstrip(_BLANKS)[:1] in (b"{", b"[")
    has_length = content_length(headers) == sent
    return begins and 200 <= status < 300 and not has_length and _ends_early(body)


def names_json(headers: Headers, kind: str = "") -> bool:
    """Whether a response says that its body is JSON; `kind` is the media type without a header."""
    named = (header(headers, "content-type") or kind).partition(";")[0].strip().lower()
    return named.endswith(("/json", "+json"))


def is_json(body: bytes) -> bool:
    """Whether a body is JSON; one that is nested too deep to be read counts as JSON."""
    try:
        json_of(body)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def json_in_base64(body: bytes) -> bytes | None:
    """The JSON object or list that a tool stored in base64, without a word of it; None for none."""
    if body.lstrip()[:1] not in (b"e", b"W"):  # which `{` and `[` begin with in base64
        return None
    try:
        found = base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        return None
    return found if found[:1] in (b"{", b"[") and is_json(found) else None


def is_python_bytes(body: bytes) -> bool:
    """Whether a body is JSON as Python shows bytes: `b'{"images": []}'`."""
    return _PYTHON_BYTES.match(body) is not None


def _closes_all(body: bytes) -> bool:
    """Whether a text surely closes all brackets that it opens. Twice as fast as reading the JSON.

    Where nothing but quotes and brackets is left, two quotes beside each other are a string with no
    bracket in it, or lie between two strings. With all of these gone, a bracket in a string still
    has a quote on each side:

        {"a": ["b"], "c]": 1}   {""[""]"]"}   {[]"]"}   not sure
    """
    if b"\\" in body or b"\0" in body:  # an escape may be of a quote; UTF-16 has other quotes
        return False
    left = body.translate(None, _NO_STRUCTURE).replace(b'""', b"")
    opened, closed = (left.count(two[:1]) + left.count(two[1:]) for two in (b"{[", b"}]"))
    return b'"' not in left and opened == closed


def _ends_early(body: bytes) -> bool:
    """Whether a text is the beginning of JSON: `{"a": [1, tr` is, `{oops` and `{} x` are not."""
    if _closes_all(body):
        return False
    try:
        json_of(body)
    except json.JSONDecodeError as error:
        rest = error.doc[error.pos :].strip()
        return (
            rest.lower() in ("", ",", "-", ".", "e", "e+", "e-")  # also within a number
            or error.msg.startswith("Unterminated string")
            or _PART_OF_ESCAPE.fullmatch(rest.removeprefix("\\")) is not None
            or any(one.startswith(rest) for one in ("true", "false", "null"))
        )
    except UnicodeDecodeError as error:
        return error.end == len(body) and error.reason == "unexpected end of data"
    except (ValueError, RecursionError):
        return False
    return False


def fault_of_interaction(interaction: Interaction) -> str | None:
    """What no reader takes for an interaction, as the end of a sentence; None for nothing."""
    if _CONTROL.search(interaction.recorded_at):
        return "its date has a control character or a line break"
    return fault_of(interaction.response) or fault_of_request(interaction.request)


def without_chunks(body: bytes, headers: Headers) -> bytes:
    """Return a body without the chunk sizes that a tool kept, if its headers name them."""
    coding = (header(headers, "transfer-encoding") or "").lower()
    found = dechunked(body) if "chunked" in coding else None
    return body if found is None else found


def dechunked(body: bytes) -> bytes | None:
    """Return a body without its chunk sizes, as `curl --raw` keeps them; None without any.

    >>> dechunked(b"3\\r\\n[1]\\r\\n0\\r\\n\\r\\n")
    b'[1]'
    """
    parts: list[bytes] = []
    place = 0
    while (size := _CHUNK.match(body, place)) is not None:
        length = int(size["size"], 16)
        if length == 0:
            return b"".join(parts)
        start = size.end()
        parts.append(body[start : start + length])
        after = _END_OF_LINE.match(body, start + length)
        if len(parts[-1]) != length or after is None:
            return None
        place = after.end()
    return None
