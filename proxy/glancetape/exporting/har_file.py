"""HAR 1.2, as browsers, mitmproxy, Playwright and load generators read it.

Source: HTTP Archive 1.2, http://www.softwareishard.com/blog/har-12-spec/. A body in it has no
content coding, and one that is not UTF-8 is base64.
"""

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit

from glancetape.exporting.collecting import Exported
from glancetape_cassettes.dates import timestamp_of
from glancetape_cassettes.formats.body import is_utf_8
from glancetape_cassettes.formats.http_form import REDIRECTS
from glancetape_cassettes.interaction import Headers, header
from glancetape_cassettes.version import __version__

_UNKNOWN = -1
"""What HAR has for a number that is not known."""
_VERSION = "HTTP/1.1"


def why_not_in_har(one: Exported) -> str:
    """Why an exchange has no place in HAR; "" when it has one."""
    if not is_utf_8(one.request.body):
        return "the request body is not text, which HAR cannot hold"
    return ""


def write_har(exchanges: Iterable[Exported], file: IO[bytes]) -> int:
    """Write exchanges as a HAR file; return how many."""
    creator = {"name": "glancetape", "version": __version__}
    head = json.dumps({"version": "1.2", "creator": creator}, indent=2)
    # One entry after the other: a large recording is never in memory twice.
    file.write(b'{"log": ' + head.removesuffix("\n}").encode() + b',\n  "entries": [')
    count = 0
    for one in exchanges:
        text = json.dumps(_entry(one), indent=2, ensure_ascii=False)
        file.write((",\n" if count else "\n").encode() + text.encode("utf-8", "backslashreplace"))
        count += 1
    file.write(b"\n]}}\n")
    return count


def _entry(one: Exported) -> dict[str, Any]:
    request, response = one.request, one.response
    entry: dict[str, Any] = {
        "startedDateTime": _date(one.at),
        "time": 0,
        "request": {
            "method": request.method,
            "url": request.uri,
            "httpVersion": _VERSION,
            "cookies": [],
            "headers": _headers(request.headers),
            "queryString": [
                {"name": name, "value": value}
                for name, value in parse_qsl(
                    urlsplit(request.uri).query, keep_blank_values=True, errors="replace"
                )
            ],
            "headersSize": _UNKNOWN,
            "bodySize": len(request.body),
        },
        "response": {
            "status": response.status,
            "statusText": response.reason,
            "httpVersion": _VERSION,
            "cookies": [],
            "headers": _headers(response.headers),
            "content": _content(one),
            "redirectURL": _redirect(response.status, response.headers),
            "headersSize": _UNKNOWN,
            "bodySize": len(response.body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "comment": one.described,
    }
    if request.body:
        entry["request"]["postData"] = {
            "mimeType": header(request.headers, "content-type") or "application/octet-stream",
            "text": request.body.decode(),
        }
    if _date(one.at) == _EPOCH:
        entry["comment"] += "; the date is not known"
    return entry


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _redirect(status: int, headers: Headers) -> str:
    return (header(headers, "location") or "") if status in REDIRECTS else ""


def _content(one: Exported) -> dict[str, Any]:
    body = one.response.body
    kind = header(one.response.headers, "content-type") or ""
    content: dict[str, Any] = {"size": len(body), "mimeType": kind}
    if is_utf_8(body):
        content["text"] = body.decode()
    else:
        content["text"] = base64.b64encode(body).decode()
        content["encoding"] = "base64"
    return content


_EPOCH = "1970-01-01T00:00:00.000Z"


def _date(recorded_at: str) -> str:
    """A date in the form of HAR; the epoch for text that is not one."""
    seconds = timestamp_of(recorded_at)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return _EPOCH
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
