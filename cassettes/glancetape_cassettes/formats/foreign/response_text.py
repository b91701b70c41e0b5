"""A response as text: the status line, the headers, an empty line, and the body after it."""

from dataclasses import dataclass

from glancetape_cassettes.interaction import Headers
from glancetape_cassettes.lazy_regex import lazy_compile

STATUS_LINE = lazy_compile(
    rb"HTTP/\d(?:\.\d)? (?P<status>\d{3})(?: (?P<reason>[^\r\n]*))?[ \t]*\r?\n"
)
_HEADER = lazy_compile(
    rb"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>[^\r\n]*?)[ \t]*\r?\n"
)
_END = lazy_compile(rb"\r?\n")
_CHUNK = lazy_compile(rb"(?P<size>[0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response, and where its body begins."""

    status: int
    reason: str
    headers: Headers
    end: int


def read_response_head(text: bytes, place: int) -> Head | None:
    """Return the head that begins at a place; None when there is none, or it is cut off."""
    line = STATUS_LINE.match(text, place)
    if line is None:
        return None
    place, headers = line.end(), []
    while (found := _HEADER.match(text, place)) is not None:
        headers.append((found["name"].decode(), found["value"].decode("latin-1")))
        place = found.end()
    if (end := _END.match(text, place)) is not None:
        place = end.end()
    elif place != len(text):
        return None
    reason = (line["reason"] or b"").decode("latin-1").strip()
    return Head(int(line["status"]), reason, tuple(headers), place)


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
        after = _END.match(body, start + length)
        if len(parts[-1]) != length or after is None:
            return None
        place = after.end()
    return None
