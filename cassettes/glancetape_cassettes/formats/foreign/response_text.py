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
