"""What HTTP allows in a response: which status ends a request, and which characters a line has.

Nothing else is stored, and nothing else is replayed: a line break in a header would begin another.
"""

import json
from typing import TypeGuard
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

# A tab may be in a value (RFC 9110, 5.5). Bytes from 128 come as the characters of latin-1.
# Half a character (a lone surrogate) can be in no file.
_PART_OF_ESCAPE = lazy_compile("u[0-9a-fA-F]{0,4}")
_CONTROL = lazy_compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_HALF = lazy_compile("[\ud800-\udfff]")
_BLANK = lazy_compile(r"\s")
_FIRST, _LAST = 200, 599
_CHUNK = lazy_compile(rb"(?P<size>[0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r?\n")
_END_OF_LINE = lazy_compile(rb"\r?\n")


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
    if not request.method or _CONTROL.search(request.method):
        return "the method of the request is empty or has a control character"
    if not request.uri or _HALF.search(request.uri):
        return "the request has no URL, or one with half a character"
    try:
        urlsplit(request.uri)
    except ValueError:
        return "the URL of the request is none"
    return fault_of_headers(request.headers, "request")


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
    kind = (header(headers, "content-type") or kind).partition(";")[0].strip().lower()
    is_json = kind.endswith(("/json", "+json")) and body.lstrip()[:1] in (b"{", b"[")
    has_length = (header(headers, "content-length") or "").strip() == str(sent)
    return is_json and 200 <= status < 300 and not has_length and _ends_early(body)


def _ends_early(body: bytes) -> bool:
    """Whether a text is the beginning of JSON: `{"a": [1, tr` is, `{oops` and `{} x` are not."""
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
