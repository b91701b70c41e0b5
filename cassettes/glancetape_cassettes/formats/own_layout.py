"""The layout of the cassettes that glancetape writes: a header, items, and where they end.

Most functions here read without a YAML parser what is exactly as `emit` writes it, and return
None for anything else: people edit cassettes, and YAML then reads what they wrote.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import yaml

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import safe_yaml
from glancetape_cassettes.interaction import Request

_TITLE = b"# glancetape cassette"
_LIST = re.compile(rb"^interactions:[ \t]*\n", re.MULTILINE)
_LAST_LINE = re.compile(rb"^  recorded_at: [^\n]*\n", re.MULTILINE)
_MARKER = re.compile(rb"^(?:\.\.\.|---)(?=\s|\Z)", re.MULTILINE)
_SAYS_NOTHING = re.compile(rb"(?:\s*|\.\.\.\s*|---\s*)(?:#.*)?\Z")
_ITEM = b"\n- "
_MOST_HEADER = 4096


def header_text(recorder: str, key_id: str, keep_ids: bool, sensitive: Sequence[str] = ()) -> str:
    """Return the header of a new cassette; `sensitive` are names besides the built-in ones."""
    more = f", sensitive: {json.dumps(list(sensitive))}" if sensitive else ""
    redaction = f"{{key_id: '{key_id}', ids: {'kept' if keep_ids else 'stand-ins'}{more}}}"
    return (
        f"{_TITLE.decode()} (VCR YAML). Secrets are left out; one item is one request.\n"
        f"version: 1\nrecorder: {recorder}\nredaction: {redaction}\ninteractions:\n"
    )


def is_own(text: bytes) -> bool:
    """Whether a file has the header that glancetape writes."""
    return text.startswith(_TITLE) and _LIST.search(text[:_MOST_HEADER]) is not None


@dataclass(frozen=True, slots=True)
class Items:
    """Offsets in a file: `first` after the header, `starts` of the items, `end` after the last.

    A torn item starts at `torn`, the length of the file when there is none. A comment belongs to
    the item before it. Between `end` and `torn` there are at most YAML's markers `...` and `---`.
    """

    first: int
    starts: list[int]
    end: int
    torn: int


def find_items(text: bytes) -> Items:
    """Return where the items of a file are that `is_own`.

    Only a last item without a `recorded_at` line at its end is read as YAML: if YAML finds it
    complete, a person has edited it and it is not torn.
    """
    found = _LIST.search(text[:_MOST_HEADER])
    assert found is not None
    first, torn = found.end(), len(text)
    starts = _find_starts(text, first)
    while starts:
        ends = _find_ends(text, starts[-1], torn)
        if ends is not None:
            return Items(first, starts, *ends)
        torn = starts.pop()
    if not _says_nothing(text[first:torn]):
        return Items(first, starts, first, first)
    return Items(first, starts, _end_of_document(text, first, torn), torn)


def _find_starts(text: bytes, first: int) -> list[int]:
    starts: list[int] = []
    # From one byte before `first`: the newline of "\n- " may be the last byte of the header.
    at = text.find(_ITEM, first - 1)
    while at >= 0:
        starts.append(at + 1)
        at = text.find(_ITEM, at + 1)
    return starts


def _find_ends(text: bytes, start: int, stop: int) -> tuple[int, int] | None:
    """Return where the item at `start` ends and a torn one begins; None when it is torn."""
    end = _end_of_document(text, start, stop)
    last_line = _LAST_LINE.search(text, start, end)
    if last_line is not None and _says_nothing(text[last_line.end() : end]):
        return end, stop
    if _is_complete(text[start:end]):
        return end, stop
    if last_line is not None and _is_complete(text[start : last_line.end()]):
        return last_line.end(), last_line.end()
    return None


def _end_of_document(text: bytes, start: int, stop: int) -> int:
    marker = _MARKER.search(text, start, stop)
    return marker.start() if marker and _says_nothing(text[marker.start() : stop]) else stop


def _says_nothing(text: bytes) -> bool:
    """Whether there are only blank lines, comments and document markers."""
    return all(map(_SAYS_NOTHING.match, text.split(b"\n")))


def _is_complete(item: bytes) -> bool:
    if b"recorded_at" not in item:  # so for most torn items, and large ones take time to parse
        return False
    try:
        value = safe_yaml.build(*safe_yaml.compose(item, ""), "")
    except CassetteError:
        return False
    match value:
        case [{"response": {"body": _}, "recorded_at": str()}]:
            return True
    return False


def read_head(item: bytes) -> Request | None:
    """Return the request of an item; None when it has a body or is not exactly in our layout."""
    head, found, _ = item.partition(b"\n  response:\n")
    if not found:
        return None
    try:
        lines = head.decode().split("\n")
        if lines[0] != "- request:" or lines[3] != "    body: null":
            return None
        method = _value(lines[1], "    method: ")
        uri = _value(lines[2], "    uri: ")
        urlsplit(uri)  # raises ValueError unless it is a URL
        headers = _head_headers(lines[4:])
    except (ValueError, IndexError, yaml.YAMLError):
        return None
    return Request(method, uri, headers)


_DATE = re.compile(rb"\n  recorded_at: '([^'\n]*)'\n\Z")
_STATUS = re.compile(rb"\n  response:\n    status:\n      code: ([2-5]\d\d)\n")
_JSON_BEGINS = b"\n    body:\n      string: |-\n        "
_JSON_ENDS = re.compile(rb"\n  glancetape:\n    json: [a-z0-9-]+\n  recorded_at: [^\n]*\n\Z")


def read_date(item: bytes) -> str | None:
    """Return when an item was recorded; None when that is not in our layout."""
    found = _DATE.search(item, max(0, len(item) - 100))
    return found[1].decode() if found else None


def read_status(item: bytes) -> int | None:
    """Return the status of a response; None when that is not in our layout."""
    found = _STATUS.search(item) if _DATE.search(item, max(0, len(item) - 100)) else None
    return int(found[1]) if found else None


def read_json_answer(item: bytes) -> tuple[int, Any] | None:
    """Return status and JSON body of a response; None when they are not in our layout.

    JSON is parsed where it is in the file: a JSON parser ignores the indentation of a YAML block,
    and no line of it begins inside a string.
    """
    status = _STATUS.search(item)
    ends = _JSON_ENDS.search(item, max(0, len(item) - 200))
    if status is None or ends is None:
        return None
    begins = item.find(_JSON_BEGINS, status.end(), ends.start())
    if begins < 0:
        return None
    block = item[begins + len(_JSON_BEGINS) : ends.start()]
    if b"\n" in block and block.count(b"\n") != block.count(b"\n        "):
        return None  # a line that is indented less ends the block
    try:
        return int(status[1]), orjson.loads(block)
    except ValueError:
        return None


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
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"\Z')


def _scalar(text: str) -> str:
    """Return a scalar of one line that `emit.scalar` wrote. Raises ValueError for another form."""
    if _PLAIN.match(text) and text[-1] != ":":
        return text
    if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1].replace("''", ""):
        return text[1:-1].replace("''", "'")
    if _QUOTED.match(text):  # and not `"a": 59:59:59`, which is computed to the base 60
        value = yaml.safe_load(text)
        if isinstance(value, str):
            return value
    raise ValueError
