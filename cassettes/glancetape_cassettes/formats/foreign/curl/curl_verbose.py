"""What `curl -v` prints: requests, and the responses after them.

    > GET /v2/images HTTP/1.1
    > Host: glance:9292
    >
    < HTTP/1.1 200 OK
    < Content-Type: application/json
    <
    {"images": []}

Whether a request was encrypted, only the lines before it show, which begin with `*`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import is_utf_8
from glancetape_cassettes.formats.foreign.curl.printed_by_curl import (
    printed_response,
    without_meter,
)
from glancetape_cassettes.formats.foreign.foreign_entries import (
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
)
from glancetape_cassettes.formats.foreign.plain_text import (
    bytes_of,
    decoded,
    end_of_json,
    read_raw,
)
from glancetape_cassettes.formats.foreign.response_text import read_response_head
from glancetape_cassettes.formats.http_form import (
    content_length,
    fault_of_url,
    is_final,
    with_escapes,
)
from glancetape_cassettes.interaction import Headers, Interaction, Request, header
from glancetape_cassettes.lazy_regex import lazy_compile

_VERBOSE = lazy_compile(rb"^< HTTP/\d(?:\.\d)? \d{3}", re.MULTILINE)
_ASKED = lazy_compile(r"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/\d(?:\.\d)?\s*\Z")
_ASIDE = lazy_compile(
    r"\* |[{}] \[\d+ bytes data\]|\s*% Total |\s*Dload |\s*\d+ .*--:--:--|Note: Unnecessary use"
)
_NOTICE = lazy_compile(
    r"\* (?:Connection #\d|Closing connection|Found bundle|Re-?using existing|Can not multiplex|"
    r"Excess found|Leftovers after|Connection died|Mark bundle)[^\n]*(?:\n|\Z)"
)
"""What curl says in the middle of a line of a body, when both streams are in one file."""
_TLS = ("SSL connection using", "ALPN", "TLS handshake")


def _looks_verbose(head: bytes, _: Path) -> bool:
    start = without_meter(head).lstrip()[:2]
    return start in (b"* ", b"> ", b"< ") and _VERBOSE.search(head) is not None


@dataclass(slots=True, kw_only=True)
class _Seen:
    """A request, and what followed it."""

    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    is_tls: bool = False


def _read_verbose(path: Path, _: str | None) -> Entries:
    number = 0
    for one in _requests(decoded(without_meter(read_raw(path)))):
        if one.method == "CONNECT":
            continue
        number += 1
        request = _request(one)
        date = ""
        try:
            if request is None:
                raise Unusable("the file does not show its host", is_bad=True)
            if (header(request.headers, "content-length") or "0").strip() != "0":
                raise Unusable("curl does not print the body of the request")
            head = read_response_head(
                "\n".join([*one.head, "", ""]).encode("latin-1", "replace"), 0
            )
            if head is None or not is_final(head.status):
                raise Unusable("the file has no answer to it")
            date = header(head.headers, "date") or ""
            length = content_length(head.headers)
            coding = header(head.headers, "content-encoding")
            response = printed_response(one.method, head, _printed_body(one.body, length, coding))
        except Unusable as error:
            yield LeftOut(number, error.reason, request, date, error.is_bad)
        else:
            yield Entry(number, Interaction(request, response, date))
    if not number:
        raise CassetteError(
            f"{path}: looks like the output of `curl -v`, but has no line of a request "
            "('> GET /v2/images HTTP/1.1'). Save what curl prints to standard error too: "
            "curl -v URL > FILE 2>&1"
        )


def _requests(text: str) -> Iterator[_Seen]:
    seen: _Seen | None = None
    is_tls = False
    for line in text.split("\n"):
        mark, rest = line[:2].rstrip(), line[2:].strip()
        if mark == ">":
            if (found := _ASKED.match(rest)) is not None:
                if seen is not None:
                    yield seen
                seen = _Seen(method=found["method"], target=found["target"], is_tls=is_tls)
            elif seen is not None and rest:
                name, _, value = rest.partition(":")
                seen.headers.append((name.strip(), value.strip()))
        elif mark == "<":
            if seen is not None and rest.startswith("HTTP/"):
                seen.head, seen.body = [rest], []
            elif seen is not None and rest and seen.head:
                seen.head.append(rest)
        elif _ASIDE.match(line):
            is_tls |= any(word in line for word in _TLS)
        elif seen is not None and seen.head:
            seen.body.append(line)
    if seen is not None:
        yield seen


def _request(one: _Seen) -> Request | None:
    host = header(one.headers, "host")
    target = one.target
    if target.startswith("/") and host:
        target = f"{'https' if one.is_tls else 'http'}://{host}{target}"
    target = with_escapes(target)
    is_url = fault_of_url(target) is None
    kept: Headers = tuple(pair for pair in one.headers if pair[0].lower() != "host")
    return Request(one.method, target, kept) if is_url else None


def _printed_body(lines: list[str], length: int | None, coding: str | None) -> bytes:
    """A body as it was printed: without the head that `-i` adds, and without curl's notices.

    With a coding, `length` counts other bytes than those that `--compressed` prints. A notice in
    the middle of JSON breaks a line there, which no JSON has in a string.
    """
    raw = bytes_of("\n".join(lines)).lstrip(b"\n")
    place = 0
    while (head := read_response_head(raw, place)) is not None:
        place = head.end
        while raw[place : place + 1] in (b"\r", b"\n"):
            place += 1
    raw = raw[place:]
    text = decoded(raw)
    is_json = text[:1] in ("{", "[")
    if not is_json or end_of_json(text, 0) is None:
        text = _NOTICE.sub("", text)
    raw = bytes_of(text)
    if coding and is_utf_8(raw):
        length = None
    if length is not None and length <= len(raw):
        return raw[:length]
    end = end_of_json(text, 0) if is_json else None
    return raw if end is None else bytes_of(text[:end])


CURL_VERBOSE = ForeignFormat(
    name="the output of `curl -v`", looks_like=_looks_verbose, read=_read_verbose, plays=True
)
