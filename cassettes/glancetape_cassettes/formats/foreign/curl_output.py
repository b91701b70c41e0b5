"""What `curl -i` and `curl -v` print: whole responses, and with `-v` the requests before them.

    HTTP/1.1 200 OK                          > GET /v2/images HTTP/1.1
    Content-Type: application/json           > Host: glance:9292
                                             >
    {"images": []}                           < HTTP/1.1 200 OK
                                             < Content-Type: application/json
                                             <
                                             {"images": []}

`curl -i` does not print what was asked: the user says it with `--url`. Of several responses, the
first answers that URL. A later one answers the `Location` of a redirect before it, or the `next` of
the page before it; any other is left out. An entry is a final response: 1xx and a proxy's
`Connection established` are none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import is_utf_8
from glancetape_cassettes.formats.foreign.foreign_entries import (
    NOT_JSON,
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
)
from glancetape_cassettes.formats.foreign.page_links import url_of_first, url_of_next
from glancetape_cassettes.formats.foreign.plain_text import (
    bytes_of,
    decoded,
    end_of_json,
    has_no_body,
    json_in,
    read_raw,
    undone_coding,
    without_coding,
)
from glancetape_cassettes.formats.foreign.response_text import (
    STATUS_LINE,
    Head,
    read_response_head,
)
from glancetape_cassettes.formats.http_form import (
    content_length,
    fault_of_url,
    is_final,
    names_json,
    with_escapes,
    without_chunks,
)
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

_NEXT_HEAD = lazy_compile(rb"\n(?=HTTP/\d(?:\.\d)? \d{3}[ \r\n])")
_ENDS_HERE = lazy_compile(rb"\s*+(?:\Z|HTTP/\d(?:\.\d)? \d{3}[ \r\n])")
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
_METER_TITLE = b"% Total    % Received"
_METER = lazy_compile(
    rb"[ ]*% Total    % Received[^\n]*\n(?:[ ]*Dload[^\n]*\n)?"
    rb"|\r[ ]*\d{1,3}(?:[ ]+[\d.]+[kMGTP]?){7}(?:[ ]+[-\d]+:[-\d]+:[-\d]+){3}[ ]+[\d.]+[kMGTP]?\n?"
)
_MOST_BEFORE = 1 << 16


def _looks_like_heads(head: bytes, _: Path) -> bool:
    return STATUS_LINE.match(_without_meter(head).lstrip()) is not None


def _looks_verbose(head: bytes, _: Path) -> bool:
    start = _without_meter(head).lstrip()[:2]
    return start in (b"* ", b"> ", b"< ") and _VERBOSE.search(head) is not None


def _read_heads(path: Path, url: str | None) -> Entries:
    if url is None:
        raise CassetteError(
            f"{path}: looks like the output of `curl -i`, which does not say what was asked. "
            "Pass --url with the URL that curl was called with."
        )
    yield from _answers(_without_meter(read_raw(path)).lstrip(), url)


def _without_meter(content: bytes) -> bytes:
    """What curl printed without its progress, which is among it when both streams are saved."""
    return _METER.sub(b"", content) if _METER_TITLE in content[:_MOST_BEFORE] else content


# -- curl -i --------------------------------------------------------------------------------------


def _answers(content: bytes, url: str) -> Entries:
    number, asked = 0, url
    for head, body in _responses(content):
        if head is not None and (head.status // 100 == 1 or _is_of_proxy(head, body)):
            continue
        number += 1
        date = "" if head is None else header(head.headers, "date") or ""
        try:
            if head is None:
                raise Unusable("its head has a line that is not a header", is_bad=True)
            if not asked:
                raise Unusable("neither a redirect nor a 'next' before it shows what was asked")
            if not is_final(head.status):
                raise Unusable("its status is not that of an answer")
            response = _response("GET", head, body)
            if number == 1:
                asked = url_of_first(asked, json_in(response.body))
        except Unusable as error:
            yield LeftOut(number, error.reason, None, date, error.is_bad)
            asked = ""
        else:
            yield Entry(number, Interaction(Request("GET", asked), response, date))
            asked = _asked_after(asked, response)


def _responses(content: bytes) -> Iterator[tuple[Head | None, bytes]]:
    """The heads, and what follows each up to the next one; last None for what is not a head."""
    place = 0
    text = content.decode("latin-1")  # as many characters as bytes
    while place < len(content):
        if (head := read_response_head(content, place)) is None:
            yield None, b""
            return
        end = _end_of_body(content, text, head)
        yield head, content[head.end : end]
        place = end
        while content[place : place + 1] in (b"\r", b"\n"):
            place += 1


def _end_of_body(content: bytes, text: str, head: Head) -> int:
    """Where a body ends: by its length, if that fits; as JSON; or by the next head."""
    length = content_length(head.headers)
    if length is not None:
        end = head.end + length
        if end <= len(content) and _ENDS_HERE.match(content, end):
            return end
    if content[head.end : head.end + 1] in (b"{", b"["):  # heads follow it on the same line
        after = end_of_json(text, head.end)
        if after is not None and _ENDS_HERE.match(content, after):
            return after
    found = _NEXT_HEAD.search(content, max(head.end - 1, 0))
    return len(content) if found is None else found.end()


def _is_of_proxy(head: Head, body: bytes) -> bool:
    return head.reason.lower() == "connection established" and not body.strip()


def _asked_after(asked: str, response: Response) -> str:
    """What the next response in the file answers; "" when nothing shows it."""
    location = header(response.headers, "location")
    if 300 <= response.status < 400 and location:
        return urljoin(asked, location)
    return url_of_next(asked, json_in(response.body)) or ""


def _response(method: str, head: Head, body: bytes) -> Response:
    """A response with its body as the service sent it. Raises Unusable without it."""
    body = without_chunks(body, head.headers)
    kind = (header(head.headers, "content-encoding") or "").strip().lower()
    body = undone_coding(body, head.headers)
    length = content_length(head.headers)
    if length != len(body):
        body = _without_line_end(body)
    if not body and not has_no_body(method, head.status, head.headers):
        raise Unusable("its body is not in the file")
    begins = body[:1] in (b"{", b"[")
    is_short = length is not None and len(body) < length and not kind
    if body and (begins or is_short) and json_in(body) is None:
        raise Unusable("the file has only a part of its body", is_bad=True)
    if body and names_json(head.headers) and json_in(body) is None:
        raise Unusable(NOT_JSON, is_bad=True)
    return Response(head.status, head.reason, without_coding(head.headers), body)


def _without_line_end(body: bytes) -> bytes:
    """A body without the line end that an editor put at the end of the file."""
    return body.rstrip(b"\r\n") if body.lstrip()[:1] in (b"{", b"[") or not body.strip() else body


# -- curl -v --------------------------------------------------------------------------------------


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
    for one in _requests(decoded(_without_meter(read_raw(path)))):
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
            response = _response(one.method, head, _printed_body(one.body, length, coding))
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


CURL_HEADS = ForeignFormat(
    name="the output of `curl -i`", looks_like=_looks_like_heads, read=_read_heads, needs_url=True
)
CURL_VERBOSE = ForeignFormat(
    name="the output of `curl -v`", looks_like=_looks_verbose, read=_read_verbose, plays=True
)
