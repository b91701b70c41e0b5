"""The layout of the files that glancetape writes: header, items, and where they end."""

import re
from dataclasses import dataclass

import yaml

from glancetape_cassettes.interaction import Request

_TITLE = b"# glancetape cassette"
_LIST = re.compile(rb"^interactions:[ \t]*\n", re.MULTILINE)
_LAST_LINE = re.compile(rb"^  recorded_at: [^\n]*\n", re.MULTILINE)
_ITEM = b"\n- "
_MOST_HEADER = 4096


def header_text(recorder: str, key_id: str, ids_kept: bool) -> str:
    """Write the head of a new cassette."""
    redaction = f"{{key_id: '{key_id}', ids: {'kept' if ids_kept else 'stand-ins'}}}"
    return (
        f"{_TITLE.decode()} (VCR YAML). Secrets are left out; one item is one request.\n"
        f"version: 1\nrecorder: {recorder}\nredaction: {redaction}\ninteractions:\n"
    )


def is_own(text: bytes) -> bool:
    """Tell whether a file has the layout that glancetape writes."""
    return text.startswith(_TITLE) and _LIST.search(text[:_MOST_HEADER]) is not None


@dataclass(frozen=True, slots=True)
class Items:
    """Offsets: behind the header, of each complete item, and behind the last of them."""

    first: int
    starts: list[int]
    end: int


def find_items(text: bytes) -> Items:
    """Find the items of a file that `is_own`; a torn tail lies behind `end`."""
    found = _LIST.search(text[:_MOST_HEADER])
    assert found is not None
    first = found.end()
    starts: list[int] = []
    # Searching from one byte before: the newline of "\n- " may be the header's last byte.
    at = text.find(_ITEM, first - 1)
    while at >= 0:
        starts.append(at + 1)
        at = text.find(_ITEM, at + 1)
    end = len(text)
    while starts:
        last_line = _LAST_LINE.search(text, starts[-1])
        if last_line is not None:
            end = last_line.end()
            break
        end = starts.pop()
    if not starts:
        end = first
    if not text[end:].strip():  # blank lines at the end are nobody's loss
        end = len(text)
    return Items(first, starts, end)


def read_head(item: bytes) -> Request | None:
    """Read the request of an item that stands in exactly our layout and has no body.

    Anything else (edited by hand, with a body, block scalars) gives None: ask YAML then.
    """
    head, found, _ = item.partition(b"\n  response:\n")
    if not found:
        return None
    try:
        lines = head.decode().split("\n")
        if lines[0] != "- request:" or lines[3] != "    body: null":
            return None
        method = _value(lines[1], "    method: ")
        uri = _value(lines[2], "    uri: ")
        headers = _head_headers(lines[4:])
    except (ValueError, IndexError):
        return None
    return Request(method, uri, headers)


def _head_headers(lines: list[str]) -> tuple[tuple[str, str], ...]:
    if lines == ["    headers: {}"]:
        return ()
    if lines[0] != "    headers:":
        raise ValueError
    headers: list[tuple[str, str]] = []
    name = ""
    for line in lines[1:]:
        if line.startswith("      - "):
            headers.append((name, _scalar(line[8:])))
        elif line.startswith("      ") and line.endswith(":"):
            name = _scalar(line[6:-1])
        else:
            raise ValueError
    return tuple(headers)


def _value(line: str, key: str) -> str:
    if not line.startswith(key):
        raise ValueError
    return _scalar(line[len(key) :])


_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./?&=%+,~@:-]*\Z")


def _scalar(text: str) -> str:
    """Read a scalar of one line as `emit.scalar` writes it; ValueError for any other form."""
    if _PLAIN.match(text) and text[-1] != ":":
        return text
    if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1].replace("''", ""):
        return text[1:-1].replace("''", "'")
    if text[:1] == '"':
        value = yaml.safe_load(text)
        if isinstance(value, str):
            return value
    raise ValueError
