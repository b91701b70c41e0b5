"""What is in the lines of a debug log: events, dates, headers and bodies, as text shows them."""

import re
from typing import Any

from glancetape_cassettes.formats.foreign.foreign_entries import Unusable
from glancetape_cassettes.formats.foreign.plain_text import decoded, json_at
from glancetape_cassettes.interaction import Headers
from glancetape_cassettes.lazy_regex import lazy_compile

_BEGINS = lazy_compile(r"(?<![\w\"'])(?:REQ: )?curl (?:-g )?-i |(?<![\w\"'])RESP: \[\d{3}\]")
EVENT = lazy_compile(
    r"""(?P<asked>(?<![\w"'])(?:REQ:\ )?curl\ (?=(?:-g\ )?-i\ ))
    |(?P<answered>(?<![\w"'])RESP:\ \[(?P<status>\d{3})\][ ]?)
    |(?P<body>(?<![\w"'])RESP\ BODY:[ ]?)
    |(?P<head>^HTTP/\d(?:\.\d)?\ \d{3}\b)
    |(?P<sent>(?:(?P<host>https?://[^\s/"]{1,300}+)\ )?
        "(?P<method>[A-Z]{1,20}+)\ (?P<path>\S{1,20000}+)\ HTTP/1\.\d"
        \ (?P<code>\d{3})(?:\ (?P<length>\S+))?)
    """,
    re.VERBOSE | re.MULTILINE,
)
"""What a line shows: a request, a response, or a body."""
_CONTINUED = lazy_compile(r"""^(?!.*\bcurl\b)(?:.*\s)?-H\s+["']""", re.MULTILINE)
"""A line with the rest of a curl command, as after the line breaks of a mail."""
_NAME = lazy_compile(r"(?:^|(?<=\s))(?P<name>[A-Za-z][\w-]*): ?")
_IN_DICT = lazy_compile(
    r"""b?(?P<mark>['"])(?P<name>[\w-]+)(?P=mark):\ b?
    (?P<quote>['"])(?P<value>[^'"]*+)(?P=quote)""",
    re.VERBOSE,
)
_DATE = lazy_compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)(?![\w:])"
)
_OMITTED = "Omitted, Content-Type is set to "
_NO_CATALOG = "the log leaves out the catalog of the login"
MOST_LEAD = 300
"""Characters of a line before its message."""


def has_request(text: bytes) -> bool:
    """Whether a file begins, or goes on, like such a log."""
    # Most files have neither word, and a pattern takes milliseconds to find that out.
    plain = text.replace(b"\0", b"") if b"\0" in text else text  # UTF-16
    if b"curl " not in plain and b"RESP: [" not in plain:
        return False
    return _BEGINS.search(decoded(text)) is not None


def end_of_line(text: str, place: int) -> int:
    """Where the line at a place ends."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def date_before(text: str, place: int) -> str:
    """The date at the start of a line, if it has a time zone; without one it is not a time."""
    start = max(text.rfind("\n", 0, place) + 1, place - MOST_LEAD)
    dates = _DATE.findall(text, start, place)
    return dates[-1].replace(",", ".").replace(" ", "T") if dates else ""


def is_wrapped(text: str, end: int) -> bool:
    """Whether a curl command goes on after its line: its URL may be cut off, or lack a token."""
    following = EVENT.search(text, end)
    return _CONTINUED.search(text, end, following.start() if following else len(text)) is not None


def headers_in(text: str) -> Headers:
    """The headers of a response, side by side on one line or as Python shows a dict."""
    if text.startswith(("{", "CaseInsensitiveDict(")):
        return tuple((one["name"], one["value"]) for one in _IN_DICT.finditer(text))
    names = list(_NAME.finditer(text))
    ends = [*(one.start() for one in names[1:]), len(text)]
    return tuple(
        (one["name"], text[one.end() : end].strip()) for one, end in zip(names, ends, strict=False)
    )


def body_at(text: str, place: int) -> tuple[str | None, Unusable | None, int]:
    """The body at a place, why it cannot be used, and where it ends."""
    end = end_of_line(text, place)
    found = json_at(text, place) if text[place : place + 1] in ("{", "[") else None
    if found is None:
        return None, _fault_of_body(text[place:end].strip()), end
    value, end = found
    return text[place:end], Unusable(_NO_CATALOG) if _lacks_catalog(value) else None, end


def _fault_of_body(text: str) -> Unusable | None:
    if text.startswith(_OMITTED):
        return Unusable("the log leaves out its body, which is not JSON")
    if text[:1] in ("{", "["):
        return Unusable("the log has only a part of its body", is_bad=True)
    if text:
        return Unusable("its body is not JSON, so the log does not show where it ends")
    return None


def _lacks_catalog(value: Any) -> bool:
    match value:
        case {"token": {"catalog": "<removed>"}} | {"access": {"serviceCatalog": "<removed>"}}:
            return True
    return False
