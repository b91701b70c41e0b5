"""The layout of the cassettes that glancetape writes: a header, items, and where they end.

Most functions here read without a YAML parser what is exactly as `emit` writes it, and return
None for anything else: people edit cassettes, and YAML then reads what they wrote.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import may_be_unsafe
from glancetape_cassettes.formats.emit import NOT_TEXT_IN_YAML
from glancetape_cassettes.interaction import Headers, Request, header
from glancetape_cassettes.later import later

if TYPE_CHECKING:
    import yaml

    from glancetape_cassettes.formats import safe_yaml
else:  # only a cassette that a person has edited needs a YAML parser
    yaml = later("yaml")
    safe_yaml = later("glancetape_cassettes.formats.safe_yaml")

_TITLE = b"# glancetape cassette"
_LIST = re.compile(rb"^interactions:[ \t]*\n", re.MULTILINE)
_LAST_LINE = re.compile(rb"^  recorded_at: [^\n]*\n", re.MULTILINE)
_FIRST_ITEM = re.compile(
    rb"(?:[ \t\r]*+(?:#[^\n]*+)?\n)*+(?:[ \t\r]*+(?:#[^\n]*+)?\Z|- |-\Z|(?:\.\.\.|---)\s*\Z|\0)"
)
"""Blank lines and comments up to an item, or to an end; a crash may leave zeros there."""
_MARKER = re.compile(rb"^(?:\.\.\.|---)(?=\s|\Z)", re.MULTILINE)
_SAYS_NOTHING = re.compile(rb"(?:\s*|\.\.\.\s*|---\s*)(?:#.*)?\Z")
_RESPONSE = b"\n  response:\n"
_ITEM = re.compile(rb"- (?<=\n- )")  # a search for "\n" stops at each line
_MOST_HEADER = 4096


def header_text(recorder: str, key_id: str, keep_ids: bool, sensitive: Sequence[str] = ()) -> str:
    """Return the header of a new cassette; `sensitive` are names besides the built-in ones."""
    more = f", sensitive: {json.dumps(list(sensitive))}" if sensitive else ""
    redaction = f"{{key_id: '{key_id}', ids: {'kept' if keep_ids else 'stand-ins'}{more}}}"
    return (
        f"{_TITLE.decode()} (VCR YAML). Secrets are left out; one item is one request.\n"
        f"version: 1\nrecorder: {recorder}\nredaction: {redaction}\ninteractions:\n"
    )


_HEADER = re.compile(
    rb"# [^\n]*\nversion: 1\nrecorder: glancetape [0-9A-Za-z.+-]+\n"
    rb"redaction: \{key_id: '(?P<key>[0-9a-z]*)', ids: (?P<ids>kept|stand-ins)\}\ninteractions:\n"
)


def read_header(text: bytes) -> dict[str, Any] | None:
    """Return what a header says that `header_text` wrote; None for one that YAML has to read."""
    found = _HEADER.fullmatch(text)
    if found is None:
        return None
    redaction = {"key_id": found["key"].decode(), "ids": found["ids"].decode()}
    return {"version": 1, "redaction": redaction}


def is_own(text: bytes) -> bool:
    """Whether a file has the header that glancetape writes, and then items in the first column.

    Where other text comes before the first item, or a formatter has indented all items, what the
    file says is for YAML to read, or to refuse by its line.
    """
    if not text.startswith(_TITLE):
        return False
    found = _LIST.search(text[:_MOST_HEADER])
    return found is not None and _FIRST_ITEM.match(text, found.end()) is not None


def why_not_own(text: bytes) -> str:
    """What a file is that is not `is_own`, for a message: of another program, or edited."""
    if text.startswith(_TITLE):
        return "not in the layout that glancetape writes; an editor or a formatter changed it"
    return "not written by glancetape"


class Items(NamedTuple):
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
    # The newline before the first may be the last byte of the header.
    return [found.start() for found in _ITEM.finditer(text, first)]


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
        node, loader = safe_yaml.compose(item, "")
        loader.repeated_keys.clear()
        value = safe_yaml.build(node, loader, "")
    except CassetteError:
        return False
    match value:
        case [{"response": {"body": _}, "recorded_at": str()}]:
            return True
    return False


_USUAL = re.compile(
    rb"- request:\n    method: (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\n"
    rb"    uri: (https?://[A-Za-z0-9_./?&=%+,~@:-]*[A-Za-z0-9_/?&=%+,~@-])\n    body: null\n"
)
"""Almost every request, in a third of the time: what is neither quoted nor anything but text."""


def read_head(text: bytes, start: int = 0, end: int | None = None) -> Request | None:
    """Return the request of an item; None when it has a body or is not exactly in our layout."""
    stop = text.find(_RESPONSE, start, end)
    if stop < 0:
        return None
    try:
        if usual := _USUAL.match(text, start, stop):
            method, uri = usual[1].decode(), usual[2].decode()
            return Request(method, uri, _headers_in(text[usual.end() : stop]))
        first, method, uri, body, headers = text[start:stop].split(b"\n", 4)
        if first != b"- request:" or body != b"    body: null":
            return None
        request = Request(
            _value(method.decode(), "    method: ").upper(),
            _value(uri.decode(), "    uri: "),
            _headers_in(headers),
        )
        if not _PLAIN_URI.match(request.uri):
            urlsplit(request.uri)  # raises ValueError unless it is a URL
    except (ValueError, yaml.YAMLError):
        return None
    return request


_DATE = re.compile(rb"\n  recorded_at: '([ -&(-~]*)'\n\Z")  # ASCII: YAML reads it as it is
_STATUS = re.compile(rb"\n  response:\n    status:\n      code: ([2-5]\d\d)\n")
_HEAD = re.compile(
    rb"      message: [^\n]*\n    headers:(?: \{\})?\n(?:      [^\n]*+\n)*+    body:\n"
)
"""What follows the status; with other lines between, someone may have added a second status."""
_BODY = b"\n    body:\n"
_ANSWER_DATE = re.compile(rb"\n      (?i:date):\n      - '([ -&(-~]*)'\n")
_JSON_BEGINS = b"\n    body:\n      string: |-\n        "
_JSON_ENDS = re.compile(
    rb"\n  glancetape:\n    json: (?P<style>[a-z][a-z0-9-]*)\n(?:    end: (?P<end>\"[^\n]*\")\n)?"
    rb"  recorded_at: '(?P<date>[^'\n]*)'\n\Z"
)
_MOST_OF_END, _MOST_OF_DATE = 200, 100
"""Bytes that what `_JSON_ENDS` and `_DATE` find may have."""
_INDENT = b"\n        "
_INDENTED_LESS = re.compile(rb"\n {0,7}+(?! )")
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n"})
"""Bytes that YAML refuses, or reads as the end of a line."""


def read_item(item: bytes) -> dict[str, Any] | None:
    """Return an item with a JSON body as YAML reads it; None when it is not in our layout.

    YAML needs milliseconds for a page of images.
    """
    request, status, ends = read_head(item), _STATUS.search(item), _json_ends(item, 0, len(item))
    if request is None or status is None or ends is None or _is_unusual(item):
        return None
    headers, found, block = item[status.end() : ends.start()].partition(_JSON_BEGINS)
    text = _unindented(block)
    if not found or text is None or status.start() != item.find(_RESPONSE):
        return None
    try:
        message, _, headers = headers.partition(b"\n")
        ours = {"json": ends["style"].decode()}
        if ends["end"]:
            ours["end"] = _scalar(ends["end"].decode())
        return {
            "request": {
                "method": request.method,
                "uri": request.uri,
                "body": None,
                "headers": _by_name(request.headers),
            },
            "response": {
                "status": {
                    "code": int(status[1]),
                    "message": _value(message.decode(), "      message: "),
                },
                "headers": _by_name(_headers_in(headers)),
                "body": {"string": text.decode()},
            },
            "glancetape": ours,
            "recorded_at": ends["date"].decode(),
        }
    except (ValueError, yaml.YAMLError):
        return None


# The following read the item from `start` to `end` where it is in the file: a copy takes time.


def read_date(text: bytes, start: int, end: int) -> str | None:
    """Return when an item was recorded; None when that is not in our layout."""
    found = _DATE.search(text, max(start, end - _MOST_OF_DATE), end)
    return found[1].decode() if found else None


def read_answer_date(text: bytes, start: int, end: int) -> str | None:
    """Return the header Date of a response, "" without one; None when that is not in our layout."""
    found = _status(text, start, end)
    if found is None:
        return None
    date = _ANSWER_DATE.search(text, found.end(), text.find(_BODY, found.end(), end) + 1)
    if date is not None:
        return date[1].decode()
    headers = read_answer_headers(text, start, end)
    return None if headers is None else header(headers, "date") or ""


def read_answer_headers(text: bytes, start: int, end: int) -> Headers | None:
    """Return the headers of a response; None when they are not in our layout."""
    found = _status(text, start, end)
    if found is None:
        return None
    _, _, headers = text[found.end() : text.find(_BODY, found.end(), end)].partition(b"\n")
    try:
        return _headers_in(headers)
    except (ValueError, yaml.YAMLError):
        return None


def read_status(text: bytes, start: int, end: int) -> int | None:
    """Return the status of a response; None when that is not in our layout."""
    found = None if read_date(text, start, end) is None else _status(text, start, end)
    return int(found[1]) if found else None


def _status(text: bytes, start: int, end: int) -> re.Match[bytes] | None:
    """The status of a response whose lines up to the body are those of our layout."""
    found = _STATUS.search(text, start, end)
    return found if found and _HEAD.match(text, found.end(), end) else None


def read_json_answer(text: bytes, start: int, end: int) -> tuple[int, Any] | None:
    """Return status and JSON body of a response; None when they are not in our layout.

    JSON is parsed where it is in the file: a JSON parser ignores the indentation of a YAML block,
    and no line of it begins inside a string.
    """
    status, ends = _status(text, start, end), _json_ends(text, start, end)
    if status is None or ends is None:
        return None
    begins = text.find(_BODY, status.end(), end)
    if not text.startswith(_JSON_BEGINS, begins):  # what follows may be that of a second response
        return None
    begins += len(_JSON_BEGINS)
    if not _is_indented(text, begins, ends.start()):
        return None
    try:
        return int(status[1]), orjson.loads(memoryview(text)[begins : ends.start()])
    except ValueError:
        return None


def ends_with_json(text: bytes, start: int, end: int) -> bool:
    """Whether the end of an item says that its response is JSON, and nothing else."""
    return _json_ends(text, start, end) is not None


def _json_ends(text: bytes, start: int, end: int) -> re.Match[bytes] | None:
    return _JSON_ENDS.search(text, max(start, end - _MOST_OF_END), end)


def _is_indented(text: bytes, start: int, end: int) -> bool:
    """Whether every line belongs to a block; one that is indented less ends it."""
    return _INDENTED_LESS.search(text, start, end) is None


def _unindented(block: bytes) -> bytes | None:
    """Return the text of a block; None when its first line has more blanks than our indentation."""
    if block[:1] not in (b"{", b"[") or not _is_indented(block, 0, len(block)):
        return None
    return block.replace(_INDENT, b"\n").rstrip(b"\n")


def _is_unusual(item: bytes) -> bool:
    """Whether an item has a character that YAML changes or refuses."""
    if len(item.translate(None, _CONTROLS)) != len(item):
        return True
    return not item.isascii() and may_be_unsafe(item)


@lru_cache(maxsize=256)  # the requests of one client have the same headers
def _headers_in(text: bytes) -> Headers:
    """Return the headers in the lines of a request or response. Raises ValueError."""
    if text == b"    headers: {}":
        return ()
    first, *lines = text.decode().split("\n")
    if first != "    headers:":
        raise ValueError
    values: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if line.startswith("      - ") and name:
            values[name].append(_scalar(line[8:]))
        elif line.startswith("      ") and line.endswith(":"):
            name = _scalar(line[6:-1])
            if name in values:
                raise ValueError
            values[name] = []
        else:
            raise ValueError
    if not all(values.values()):  # YAML reads a name without values as one that is empty
        raise ValueError
    return tuple((name, value) for name, several in values.items() for value in several)


def _by_name(headers: Headers) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(value)
    return values


def _value(line: str, key: str) -> str:
    if not line.startswith(key):
        raise ValueError
    return _scalar(line[len(key) :])


_PLAIN_URI = re.compile(r"[!-Z\\^-~]*\Z")
"""ASCII without brackets, which `urlsplit` accepts whatever it is."""
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./?&=%+,~@:-]*\Z")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"\Z')


def _scalar(text: str) -> str:
    """Return a scalar of one line that `emit.scalar` wrote. Raises ValueError for another form."""
    if _PLAIN.match(text) and text[-1] != ":" and text.lower() not in NOT_TEXT_IN_YAML:
        return text
    inner = text[1:-1].replace("''", "")
    if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in inner and inner.isprintable():
        return text[1:-1].replace("''", "'")
    if _QUOTED.match(text):  # and not `"a": 59:59:59`, which is computed to the base 60
        value = yaml.safe_load(text)
        if isinstance(value, str):
            return value
    raise ValueError
