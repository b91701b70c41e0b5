"""HAR 1.2: what browsers, Playwright, mitmproxy and other proxies save of their traffic.

Each writes the same members in its own way. What is read, and from whom:

| member | what it may be | what is done |
|---|---|---|
| `request.headers` | HTTP/2 pseudo headers such as `:path` | dropped: the URL has them |
| `request.url` | without the query that is in `queryString` | the query is added |
| `postData` | `text`; or only `params` | a form is written again; other `params` are no body |
| `response.status` | 0 or -1: blocked, aborted, failed | left out |
| `content.text` | decoded text; base64; with surrogate escapes (mitmproxy) | the bytes of it |
| `content.text` | absent or empty where there was a body | left out, never an empty answer |
| `content.text` | shorter than `size`, or JSON that does not end | left out |
| `response.status` | 304 to a request that was not conditional | left out: see `of_service` |
| `_file` | a body in a file beside the HAR, or in its archive (Playwright) | read |
| `Content-Encoding` | of the body on the wire, which is decoded here; or not a coding | dropped |
| any | a name that is there twice | the entry is damaged, or the file refused |
| `_fromCache`, `cache` | an answer from the browser's cache, older than the entry | left out |
| `startedDateTime`, `time` | with fractions and any time zone | in UTC; see `sending_order` |

`cookies`, `timings`, `serverIPAddress` and comments are not read.
"""

import base64
import codecs
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from glancetape_cassettes.dates import timestamp_of
from glancetape_cassettes.errors import CassetteError, json_problem
from glancetape_cassettes.formats.body import is_utf_8
from glancetape_cassettes.formats.foreign.foreign_entries import (
    NOT_JSON,
    ONLY_A_PART,
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
    object_in,
)
from glancetape_cassettes.formats.foreign.plain_text import undone_coding
from glancetape_cassettes.formats.foreign.sending_order import TimedEntry, bounded, in_order
from glancetape_cassettes.formats.http_form import (
    REDIRECTS,
    WITHOUT_BODY,
    content_length,
    fault_of_url,
    is_cut_off,
    is_final,
    is_json,
    json_in_base64,
    names_json,
    without_chunks,
)
from glancetape_cassettes.formats.regular_file import (
    check_regular,
    most_decompressed,
    read_bytes,
    too_large_decompressed,
    unzipped,
)
from glancetape_cassettes.formats.repeated_names import RepeatedName, json_with_repeated
from glancetape_cassettes.formats.vcr import MOST_DECODED
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FORM = "application/x-www-form-urlencoded"
_LATIN_1 = lazy_compile(r";\s*charset\s*=\s*\"?(?:iso-8859-1|latin1|windows-1252)\b", re.IGNORECASE)
_OF_SAFARI = "Network Load"
MOST_ENTRIES = 1_000_000
_NOT_IN_FILE = "the body of the answer is not in the file"
_NOT_ASKED_IN_FILE = "the body of the request is not in the file"
TOO_LARGE = f"the body of the answer is larger than {MOST_DECODED >> 20} MiB"
NOT_BESIDE = "the file with a body is not beside the HAR file"


def _looks_like(head: bytes, path: Path) -> bool:
    if head[:1] == b"\x78":
        return path.suffix == ".zhar"  # mitmproxy's, compressed
    if head[:2] in _UTF_16:
        head = head[2:].replace(b"\0", b"")
    return _START.match(head) is not None


def _read(path: Path, _: str | None) -> Entries:
    text = unzipped(read_bytes(path), path)
    yield from entries_of(text, path, lambda name: _beside(path.parent, name))


Attached = Callable[[str], bytes]
"""What is in the file of a body that a HAR file names. Raises Unusable."""


def entries_of(text: bytes, path: Path, attached: Attached) -> Entries:
    """The entries of a HAR file with this content, as they were sent. Raises CassetteError."""
    yield from in_order(bounded(_timed_entries(text, path, attached), path, HAR.name))


def _timed_entries(text: bytes, path: Path, attached: Attached) -> Iterator[TimedEntry]:
    entries, bad = _entries(text, path)
    for number, entry in enumerate(entries, start=1):
        start = timestamp_of(_date(entry))
        found = _read_one(entry, number, attached, bad.get(number))
        yield TimedEntry(found, start, start + _duration(entry))


def _duration(entry: Any) -> float:
    """Seconds from the start of a request to the end of its answer, as far as they are known."""
    time = entry.get("time") if isinstance(entry, dict) else None
    return min(time, 1e12) / 1000 if isinstance(time, int | float) and time > 0 else 0.0


HAR = ForeignFormat(name="a HAR file", looks_like=_looks_like, read=_read, plays=True)


def whole_json(path: Path) -> bytes:
    """Return all of a file as JSON on one line. Raises CassetteError.

    A name that an object has twice has all its values in a list.
    """
    with _as_har(path):
        text = _text(unzipped(read_bytes(path), path), path)
        return json.dumps(json.loads(text, object_pairs_hook=_with_all_values)).encode()


def _with_all_values(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        several: dict[str, list[Any]] = {}
        for name, value in pairs:
            several.setdefault(name, []).append(value)
        found |= {name: values for name, values in several.items() if len(values) > 1}
    return found


@contextmanager
def _as_har(path: Path) -> Iterator[None]:
    """Raise CassetteError for what no parser of JSON takes."""
    try:
        yield
    except (ValueError, RecursionError, zlib.error) as error:
        raise CassetteError(
            f"{path}: looks like a HAR file, but is not complete JSON ({_where(error)}). "
            "It may have been cut off; save it again."
        ) from None


def _entries(text: bytes, path: Path) -> tuple[list[Any], dict[int, RepeatedName]]:
    """The entries of a file, and by their numbers those that have a name twice."""
    with _as_har(path):
        value, names = json_with_repeated(_text(text, path))
    bad: dict[int, RepeatedName] = {}
    for name in names:
        match name.path:
            case ("log", "entries", int(index), _, *_):
                bad.setdefault(index + 1, name)
            case _:
                raise CassetteError(f"{path}, {name}.")
    log = value.get("log") if isinstance(value, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(log, dict) or not isinstance(entries, list):
        raise CassetteError(
            f"{path}: looks like a HAR file, but has no list 'log.entries'. Save it again."
        )
    if len(entries) > MOST_ENTRIES:
        raise CassetteError(
            f"{path}: a HAR file with more than {MOST_ENTRIES:,} entries. Save a shorter session."
        )
    version = log.get("version")
    if isinstance(version, str | int | float) and version and not f"{version}.".startswith("1."):
        raise CassetteError(f"{path}: a HAR file of a version that is not known; 1.1 and 1.2 are.")
    return entries, bad


def _text(content: bytes, path: Path) -> str:
    if content[:1] == b"\x78":
        work = zlib.decompressobj()
        most = most_decompressed(len(content))
        content = work.decompress(content, most + 1)
        if len(content) > most:
            raise CassetteError(f"{path}: {too_large_decompressed(most)}.")
        if not work.eof or work.unused_data:
            raise ValueError
    if content[:2] in _UTF_16:
        return content.decode("utf-16")
    # Half a character may be in it, as json.loads has it too.
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogatepass")


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{json_problem(error.msg)} at line {error.lineno}, column {error.colno}"
    return "nested too deep" if isinstance(error, RecursionError) else "it cannot be decoded"


def _date(entry: Any) -> str:
    date = entry.get("startedDateTime") if isinstance(entry, dict) else None
    return date if isinstance(date, str) else ""


def _read_one(
    entry: Any, number: int, attached: Attached, twice: RepeatedName | None
) -> Entry | LeftOut:
    request: Request | None = None
    date = _date(entry)
    try:
        asked = object_in(object_in(entry, "entry").get("request"), "request")
        request = _request_without_body(asked)
        if twice is not None:
            raise Unusable(str(twice), is_bad=True)
        answered = object_in(entry.get("response"), "response")
        status = answered.get("status")
        if not isinstance(status, int):
            raise Unusable("'response.status' is not a number", is_bad=True)
        if status <= 0:  # -1 in Playwright
            raise Unusable("it was blocked, aborted or failed, so there is no answer")
        if not is_final(status):
            raise Unusable("its status is not that of an answer")
        if _is_of_browser(entry, answered):
            raise Unusable("the browser answered it from its cache or by a service worker")
        request = Request(
            request.method,
            request.uri,
            request.headers,
            _request_body(asked, request.headers, attached),
        )
        response = _response(answered, status, request.method, attached)
    except Unusable as error:
        return LeftOut(number, error.reason, request, date, error.is_bad)
    return Entry(number, Interaction(request, response, date))


def _is_of_browser(entry: dict[str, Any], answered: dict[str, Any]) -> bool:
    """Whether no service answered: the answer is older than the entry, or the page made it.

    Chrome writes `_fromCache` and `_fetchedViaServiceWorker`, Safari `_fetchType`: "Memory Cache",
    "Disk Cache", "Service Worker" or "Inspector Override" beside "Network Load". Firefox writes
    `cache.afterRequest`, and no `beforeRequest` as others do, for what came from its cache, or is a
    304 of the service.
    """
    if entry.get("_fromCache"):
        return True
    if entry.get("_fetchType", _OF_SAFARI) != _OF_SAFARI:
        return True
    if answered.get("_fetchedViaServiceWorker"):
        return answered.get("_serviceWorkerResponseSource") != "network"
    cache = entry.get("cache")
    is_firefox = isinstance(cache, dict) and cache.keys() == {"afterRequest"}
    return is_firefox and answered.get("status") != 304


def _request_without_body(asked: dict[str, Any]) -> Request:
    method, url = asked.get("method"), asked.get("url")
    if not isinstance(method, str) or not method:
        raise Unusable("'request.method' is missing or not text", is_bad=True)
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        parts = None
    if parts is not None and parts.scheme and parts.scheme not in ("http", "https", "ws", "wss"):
        raise Unusable("its URL is not one of HTTP")  # `data:`, `blob:`, `chrome-extension:`
    if parts is None or not parts.netloc or not isinstance(url, str):
        raise Unusable("'request.url' is missing or not an absolute URL", is_bad=True)
    if parts.scheme not in ("ws", "wss") and (fault := fault_of_url(url)) is not None:
        raise Unusable(fault, is_bad=True)
    headers = _headers(asked.get("headers"), "request")
    return Request(method.upper(), _with_query(url, asked.get("queryString")), headers)


def _with_query(url: str, query: Any) -> str:
    """A URL with its query; without it, a page of some images would be one of all images."""
    url = url.partition("#")[0]
    if "?" in url or not query:
        return url
    return f"{url}?{urlencode(_pairs(query, 'request.queryString'))}"


def _headers(value: Any, what: str) -> Headers:
    pairs = _pairs(value, f"{what}.headers")
    return tuple((name, text) for name, text in pairs if not name.startswith(":"))


def _pairs(value: Any, what: str) -> list[tuple[str, str]]:
    """The names and values in a list of `{"name", "value"}`, or of pairs as Slack writes it."""
    pairs = []
    for one in _list(value, what):
        match one:
            case {"name": str(name), "value": str(text)} | [str(name), str(text)]:
                pairs.append((name, text))
            case _:
                raise Unusable(f"'{what}' is not a list of names and values", is_bad=True)
    return pairs


def _list(value: Any, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable(f"'{what}' is not a list", is_bad=True)
    return value


def _request_body(asked: dict[str, Any], headers: Headers, attached: Attached) -> bytes:
    posted = asked.get("postData")
    size = asked.get("bodySize")
    is_lost = isinstance(size, int) and size > 0
    if posted is None:
        if is_lost:
            raise Unusable(_NOT_ASKED_IN_FILE)
        return b""
    text, file = object_in(posted, "request.postData").get("text"), posted.get("_file")
    if isinstance(text, str) and text:
        return _bytes_of(text, posted.get("encoding"), header(headers, "content-type") or "")
    if isinstance(file, str):
        return attached(file)
    params = posted.get("params")
    if not params:
        if is_lost:
            raise Unusable(_NOT_ASKED_IN_FILE)
        return b""
    if not str(posted.get("mimeType") or "").lower().startswith(_FORM):
        raise Unusable("the body of the request is not in the file as it was sent")
    return urlencode(_pairs(params, "request.postData.params")).encode()


def _response(answered: dict[str, Any], status: int, method: str, attached: Attached) -> Response:
    headers = _headers(answered.get("headers"), "response")
    reason = answered.get("statusText")
    content = object_in(answered.get("content"), "response.content")
    # What a browser shows of a 304 is in its cache.
    body = b"" if status in WITHOUT_BODY else _body(content, headers, attached)
    if not body and not _is_empty(content, headers, method, status):
        raise Unusable(_NOT_IN_FILE)
    body = without_chunks(body, headers)
    sent, body = len(body), undone_coding(body, headers)
    if len(body) > MOST_DECODED:
        raise Unusable(TOO_LARGE)
    kind = str(content.get("mimeType") or "")
    if (found := _json_in_base64(body, headers, kind)) is not None:
        sent, body = len(found), found
    size = _decoded_size(content, answered)
    is_as_sent = answered.get("bodySize") == sent and size in (None, len(body))
    if not is_as_sent and is_cut_off(body, headers, sent=sent, status=status, kind=kind, size=size):
        raise Unusable(ONLY_A_PART)
    is_as_sent |= content_length(headers) == sent
    if 200 <= status < 300 and names_json(headers, kind) and not is_as_sent and _is_other(body):
        raise Unusable(NOT_JSON)
    kept = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    return Response(status, reason if isinstance(reason, str) else "", kept, body)


def _decoded_size(content: dict[str, Any], answered: dict[str, Any]) -> Any:
    """The length that a file gives a body without its content coding.

    That is `size`, but mitmproxy writes the coded length there, and the difference beside it.
    """
    size, saved = content.get("size"), content.get("compression")
    if not isinstance(size, int) or not isinstance(saved, int) or size != answered.get("bodySize"):
        return size
    return size + saved


def _is_other(body: bytes) -> bool:
    """Whether a body is text that no JSON is."""
    return bool(body) and is_utf_8(body) and not is_json(body)


def _json_in_base64(body: bytes, headers: Headers, kind: str) -> bytes | None:
    """The JSON that a tool wrote in base64, if it left out `encoding`; None for any other body."""
    return json_in_base64(body) if body and names_json(headers, kind) else None


def _body(content: dict[str, Any], headers: Headers, attached: Attached) -> bytes:
    text, file = content.get("text"), content.get("_file")
    if text is None and isinstance(file, str):
        return attached(file)
    if text is None:
        return b""
    if not isinstance(text, str):
        raise Unusable("'response.content.text' is not text", is_bad=True)
    kind = header(headers, "content-type") or str(content.get("mimeType") or "")
    return _bytes_of(text, content.get("encoding"), kind)


def _beside(folder: Path, name: str) -> bytes:
    """A body that Playwright put into a file beside the HAR."""
    path = folder / name
    try:
        if Path(name).name != name or path.is_symlink():
            raise Unusable(NOT_BESIDE)
        check_regular(path, path.stat())
        if path.stat().st_size > MOST_DECODED:
            raise Unusable(TOO_LARGE)
        return path.read_bytes()
    except (OSError, ValueError, CassetteError):
        raise Unusable(NOT_BESIDE) from None


def _bytes_of(text: str, encoding: Any, kind: str) -> bytes:
    if encoding == "base64":
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except ValueError:
            raise Unusable("the base64 of a body is damaged", is_bad=True) from None
    if encoding not in (None, ""):
        raise Unusable("a body has an 'encoding' that is not base64", is_bad=True)
    is_json = "json" in kind.lower()
    if "\ufffd" in text and not is_json:
        raise Unusable("a body was not text, and bytes of it were replaced")
    try:
        if _LATIN_1.search(kind) and not is_json:
            return text.encode("cp1252")
    except UnicodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape")  # mitmproxy's way to show other bytes
    except UnicodeError:
        raise Unusable("a body has characters that no text has", is_bad=True) from None


def _is_empty(content: dict[str, Any], headers: Headers, method: str, status: int) -> bool:
    """Whether an answer without a body in the file had none: a browser may have dropped it."""
    length = (header(headers, "content-length") or "").strip()
    if method == "HEAD" or status in WITHOUT_BODY:
        return True
    size = content.get("size")
    if isinstance(size, int | float) and size > 0:
        return False
    if length:
        return length == "0"
    if status in REDIRECTS and header(headers, "location"):
        return True  # no browser keeps what a redirect shows
    # Over HTTP/2 nothing shows the length. A read is never answered with nothing, unless refused.
    return content.get("text") == "" and (method != "GET" or not 200 <= status < 300)
