"""What OpenStack's clients print with `--debug`: keystoneauth's log, and python-glanceclient's.

    REQ: curl -g -i -X GET "http://glance/v2/images?limit=1" -H "X-Auth-Token: {SHA256}14..."
    http://glance:80 "GET /v2/images?limit=1 HTTP/1.1" 200 108
    RESP: [200] Content-Length: 108 Content-Type: application/json Date: Wed, 17 Dec 2025 ...
    RESP BODY: {"images": [], "first": "/v2/images?limit=1", "schema": "/v2/schemas/images"}
    GET call to image for http://glance/v2/images?limit=1 used request id req-7def5795-...

Each line may begin with a date, a level and the name of a logger. An entry is a request, by the
number of its `REQ` in the log, or a login: see `debug_logins`. Which request a response answers:

| in the log | the response answers |
|---|---|
| one request is open | that one |
| the line of urllib3 before it, or the one with its request id, names a URL | the last one to it |
| several are open or named, all the same: URL, caller and body | the last of them |
| several others are open or named | unknown; so are all later ones that no line names |

And which response a body is of: the only one that waits for a body and whose Content-Length fits.
Where none or several do, it is nobody's.

The date of an entry is the response's own `Date`, or that of its line if it has a time zone. Logs
leave things out, and what they leave out is not read: bodies other than JSON, and the catalog of a
login by hand. Tokens are hashed, so that one caller still is one caller.
"""

import re
import sys
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.debug_logins import LoggedLogin, logins_in
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
    has_no_body,
    json_at,
    read_text,
    without_coding,
)
from glancetape_cassettes.formats.foreign.response_text import read_response_head
from glancetape_cassettes.formats.http_form import (
    content_length,
    fault_of_url,
    is_final,
    with_escapes,
)
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

_BEGINS = lazy_compile(r"(?<![\w\"'])(?:REQ: )?curl (?:-g )?-i |(?<![\w\"'])RESP: \[\d{3}\]")
_EVENT = lazy_compile(
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
_NAMED = lazy_compile(
    r"\b(?P<verb>[A-Z]{1,20}+) call to \S{1,200}+ for (?P<url>\S{1,20000}+) "
    r"used request id (?P<id>\S{1,200}+)"
)
_OPTION = lazy_compile(
    r"""\s*(?:
    -H\s+(?P<quote>["'])(?P<header>.*?)(?P=quote)(?=\s+-|\s*\Z|\s+["']?https?://)
    |-X\s+["']?(?P<method>[A-Z]+)["']?(?=\s|\Z)
    |(?:-d|--data(?:-\w+)?)\s+(?P<mark>["'])(?P<data>.*)(?P=mark)\s*\Z
    |-[gikLs]+(?=\s)|--(?:insecure|location|silent|compressed|globoff|include)(?=\s|\Z)
    |--(?:cacert|cert|key|max-time|connect-timeout)\s+(?:"[^"]*"|'[^']*'|\S+)
    |(?P<around>["']?)(?P<url>https?://[^\s"']+)(?P=around)
    )""",
    re.VERBOSE | re.DOTALL,
)
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
_OF_OTHER_LENGTH = "the log has no body of the length that its headers name"
_OF_SEVERAL = "several answers waited for a body, and the log does not show whose it is"
_NO_CATALOG = "the log leaves out the catalog of the login"
_REQUEST_ID = "x-openstack-request-id"
_MOST_LOOKED_AT = 16 << 20
"""Bytes of a log in which its first request is looked for."""
_MOST_OPEN = 100
"""Requests that may wait for an answer at once."""
_MOST_LEAD = 300
"""Characters of a line before its message."""
_LOG_SUFFIXES = (".log", ".txt", ".out", ".err")


def _looks_like(head: bytes, path: Path) -> bool:
    if head.lstrip()[:1] in (b"{", b"["):
        return False
    if _has_request(head):
        return True
    if not head or path.suffix.lower() not in _LOG_SUFFIXES:
        return False
    try:
        with path.open("rb") as file:
            return _has_request(file.read(_MOST_LOOKED_AT))
    except OSError:
        return False


def _has_request(text: bytes) -> bool:
    # Most files have neither word, and a pattern takes milliseconds to find that out.
    plain = text.replace(b"\0", b"") if b"\0" in text else text  # UTF-16
    if b"curl " not in plain and b"RESP: [" not in plain:
        return False
    return _BEGINS.search(decoded(text)) is not None


def _read(path: Path, _: str | None) -> Entries:
    text = read_text(path)
    exchanges = _exchanges(text)
    if not exchanges:
        raise CassetteError(
            f"{path}: looks like the output of `openstack --debug`, but no line of it has a "
            "whole request ('REQ: curl -g -i ...'). Save all of the output."
        )
    logins = _with_tokens(list(logins_in(text)), exchanges)
    found = sorted([*exchanges, *logins], key=lambda one: one.place)
    for number, one in enumerate(found, start=1):
        yield _entry(number, one)


DEBUG_LOG = ForeignFormat(
    name="the output of `openstack --debug`", looks_like=_looks_like, read=_read, plays=True
)


# -- From lines to exchanges ----------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Answer:
    status: int = 0
    reason: str = ""
    headers: Headers = ()
    date: str = ""
    body: str | None = None
    fault: Unusable | None = None
    """Why its body cannot be used."""
    place: int = 0
    """Where it is in the log."""


@dataclass(slots=True, kw_only=True)
class _Exchange:
    request: Request | None = None
    date: str = ""
    fault: Unusable | None = None
    """Why its request cannot be used, or its answer is not known."""
    answer: _Answer | None = None
    place: int = 0
    """Where it is in the log."""
    login: Interaction | None = None
    """Set for a login, which has neither a `REQ` nor a `RESP`."""


@dataclass(frozen=True, slots=True)
class _Address:
    """What a line names of a request: the host may be missing, and so may the length of a body."""

    method: str
    target: str
    host: str = ""
    status: str = ""
    length: str = ""

    def is_of(self, request: Request | None) -> bool:
        if request is None or request.method != self.method:
            return False
        host, target = _host_and_target(request.uri)
        return target == self.target and self.host in ("", host)

    def may_name(self, answer: _Answer) -> bool:
        length = (header(answer.headers, "content-length") or "").strip()
        return self.status == str(answer.status) and (
            not length or not self.length.isdigit() or self.length == length
        )


def _host_and_target(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    target = parts.path or "/"
    return parts.netloc.removesuffix(default), f"{target}?{parts.query}" if parts.query else target


class _Pairing:
    """Finds for each response the request that it answers; see the table above."""

    def __init__(self, named: dict[str, _Address]) -> None:
        self.exchanges: list[_Exchange] = []
        self._named = named
        self._open: list[_Exchange] = []
        self._sent: list[_Address] = []
        self._is_confused = self._are_lines_lost = False

    def ask(self, exchange: _Exchange) -> None:
        self.exchanges.append(exchange)
        self._open.append(exchange)
        if len(self._open) > _MOST_OPEN:  # so many never are; the oldest have failed
            del self._open[0]

    def send(self, address: _Address) -> None:
        if self._open:
            self._sent.append(address)
        if len(self._sent) > 10 * _MOST_OPEN:  # without all lines, one of them proves nothing
            self._are_lines_lost = True
            self._sent.clear()

    def give(self, answer: _Answer) -> str:
        """Give an answer to its request, and return the method of that; "" if it is not known."""
        address = self._address_of(answer)
        if address is not None:
            asked = [one for one in self._open if address.is_of(one.request)]
        else:
            asked = self._open
        is_unknown = not _are_alike(asked) or (address is None and self._is_confused)
        if asked and is_unknown:
            self._is_confused = True
        elif asked:
            asked[-1].answer = answer
            self._open = [one for one in self._open if one not in asked]
        elif address is not None or not self._open:
            fault = Unusable("the log has no request for it")
            self.exchanges.append(_Exchange(date=answer.date, fault=fault, place=answer.place))
        if not self._open:
            self._sent.clear()
        methods = {one.request.method for one in asked if one.request is not None}
        return methods.pop() if len(methods) == 1 else ""

    def all_answered(self) -> list[_Exchange]:
        """The exchanges; those without an answer have the reason."""
        for one in self.exchanges:
            if one.answer is not None:
                continue
            reason = (
                "several requests were open at once, and the log does not show which was answered"
                if self._is_confused
                else "the log has no answer to it"
            )
            one.fault = one.fault or Unusable(reason)
        return self.exchanges

    def _address_of(self, answer: _Answer) -> _Address | None:
        if (by_id := self._named.get(header(answer.headers, _REQUEST_ID) or "")) is not None:
            return by_id
        found = {one for one in self._sent if one.may_name(answer)}
        if len(found) != 1 or self._are_lines_lost:
            return None
        self._sent = [one for one in self._sent if one not in found]
        return found.pop()


def _are_alike(exchanges: list[_Exchange]) -> bool:
    """Whether any of them may have an answer: their callers too see the same."""
    first = exchanges[0].request if exchanges else None
    return all(one.request is not None and one.request == first for one in exchanges[1:])


class _Bodies:
    """Finds for each body the answer that waits for it; see the text above."""

    def __init__(self) -> None:
        self._waiting: list[_Answer] = []

    def expect(self, answer: _Answer, method: str) -> None:
        if not has_no_body(method, answer.status, answer.headers):
            self._waiting.append(answer)
        if len(self._waiting) > _MOST_OPEN:
            del self._waiting[0]

    def take(self, text: str, place: int) -> int:
        """Give a body to its answer, and return where it ends."""
        found = _Answer()
        end = _take_body(text, place, found)
        lengths = _lengths_of(found, text, end)
        able = [one for one in self._waiting if _may_have(one, lengths)]
        if not able:
            for one in self._waiting:
                one.fault = one.fault or Unusable(_OF_OTHER_LENGTH)
            if len(self._waiting) == 1:
                self._waiting.clear()
            return end
        # One body has come for all of them; those that may have any are still waited for.
        taken = max(able, key=lambda one: _length(one) is not None)
        self._waiting = [one for one in self._waiting if one is not taken]
        if len(able) > 1:
            for one in able:
                one.body, one.fault = None, Unusable(_OF_SEVERAL)
        elif taken.fault is None or taken.fault.reason == _OF_OTHER_LENGTH:
            taken.body, taken.fault = found.body, found.fault
        return end


def _length(answer: _Answer) -> int | None:
    """The length of a body as it is printed; None when the headers do not show it."""
    coding = (header(answer.headers, "content-encoding") or "identity").strip().lower()
    return content_length(answer.headers) if coding == "identity" else None


def _may_have(answer: _Answer, lengths: range | None) -> bool:
    length = _length(answer)
    return length is None or lengths is None or length in lengths


def _lengths_of(found: _Answer, text: str, end: int) -> range | None:
    """The lengths that a body may have; None for one of which the log shows only a part."""
    if found.body is None or found.fault is not None:
        return None
    after = text[end : end + _MOST_LEAD]
    spaces = len(after) - len(after.lstrip("\n ")) - 1  # without the end of the log's own line
    shown = len(bytes_of(found.body))
    return range(shown, shown + max(spaces, 0) + 1)


def _exchanges(text: str) -> list[_Exchange]:
    pairing, bodies = _Pairing(_named(text)), _Bodies()
    place = 0
    while (found := _EVENT.search(text, place)) is not None:
        place = found.end()
        if found["asked"]:
            end = _end_of_line(text, place)
            date = _date_before(text, found.start())
            asked = _cut_off(date) if _is_wrapped(text, end) else _asked(text[place:end], date)
            asked.place = found.start()
            pairing.ask(asked)
            place = end
        elif found["answered"]:
            end = _end_of_line(text, place)
            headers = _headers(text[place:end].strip())
            date = header(headers, "date") or _date_before(text, found.start())
            answer = _Answer(
                status=int(found["status"]), headers=headers, date=date, place=found.start()
            )
            bodies.expect(answer, pairing.give(answer))
            place = end
        elif found["body"]:
            place = bodies.take(text, place)
        elif found["head"]:
            whole, place = _whole_answer(text, found.start())
            if whole is not None:
                whole.place = found.start()
                pairing.give(whole)
        elif found["sent"]:
            host, target = _host_and_target((found["host"] or "") + found["path"])
            pairing.send(_Address(found["method"], target, host, found["code"], found["length"]))
    return pairing.all_answered()


def _named(text: str) -> dict[str, _Address]:
    """The requests by their id, which a line names after the response."""
    found = {}
    for one in _NAMED.finditer(text):
        host, target = _host_and_target(one["url"])
        found[one["id"]] = _Address(one["verb"], target, host)
    return found


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _date_before(text: str, place: int) -> str:
    """The date at the start of a line, if it has a time zone; without one it is not a time."""
    start = max(text.rfind("\n", 0, place) + 1, place - _MOST_LEAD)
    dates = _DATE.findall(text, start, place)
    return dates[-1].replace(",", ".").replace(" ", "T") if dates else ""


def _is_wrapped(text: str, end: int) -> bool:
    """Whether a curl command goes on after its line: its URL may be cut off, or lack a token."""
    following = _EVENT.search(text, end)
    return _CONTINUED.search(text, end, following.start() if following else len(text)) is not None


def _cut_off(date: str) -> _Exchange:
    reason = "the curl command of its request is cut off, or in a form that is not known"
    return _Exchange(date=date, fault=Unusable(reason, is_bad=True))


def _asked(command: str, date: str) -> _Exchange:
    """An exchange from what follows `curl`: in the log's own way of quoting, not a shell's."""
    method, url, data, headers = "", "", "", []
    place, end = 0, len(command.rstrip())
    while place < end:
        found = _OPTION.match(command, place)
        if found is None or found.end() == place:
            return _cut_off(date)
        place = found.end()
        method, url, data = (
            found["method"] or method,
            found["url"] or url,
            found["data"] or data,
        )
        if found["header"] is not None:
            name, _, value = found["header"].partition(":")
            headers.append((name.strip(), value.strip()))
    url = with_escapes(url)
    if fault_of_url(url) is not None:
        reason = "the curl command of its request has no URL, or one that names no host"
        return _Exchange(date=date, fault=Unusable(reason, is_bad=True))
    is_left_out = data.startswith(("<", "@"))
    request = Request(
        method or ("POST" if data else "GET"),
        url,
        tuple(headers),
        b"" if is_left_out else bytes_of(data),
    )
    fault = Unusable("the log leaves out the body of the request") if is_left_out else None
    return _Exchange(request=request, date=date, fault=fault)


def _headers(text: str) -> Headers:
    """The headers of a response, side by side on one line or as Python shows a dict."""
    if text.startswith(("{", "CaseInsensitiveDict(")):
        return tuple((one["name"], one["value"]) for one in _IN_DICT.finditer(text))
    names = list(_NAME.finditer(text))
    ends = [*(one.start() for one in names[1:]), len(text)]
    return tuple(
        (one["name"], text[one.end() : end].strip()) for one, end in zip(names, ends, strict=False)
    )


def _take_body(text: str, place: int, answer: _Answer) -> int:
    """Give an answer its body, and return where that ends."""
    end = _end_of_line(text, place)
    found = json_at(text, place) if text[place : place + 1] in ("{", "[") else None
    if found is not None:
        value, end = found
        answer.body = text[place:end]
        answer.fault = Unusable(_NO_CATALOG) if _lacks_catalog(value) else None
    else:
        answer.fault = _fault_of_body(text[place:end].strip())
    return end


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


def _whole_answer(text: str, place: int) -> tuple[_Answer | None, int]:
    """An answer as python-glanceclient prints it, and where it ends."""
    end_of_head = text.find("\n\n", place)
    stop = len(text) if end_of_head < 0 else end_of_head + 2
    head = read_response_head(text[place:stop].encode("latin-1", "replace"), 0)
    if head is None:
        return None, _end_of_line(text, place)
    date = header(head.headers, "date") or ""
    answer = _Answer(status=head.status, reason=head.reason, headers=head.headers, date=date)
    return answer, _take_body(text, stop, answer)


# -- From exchanges to entries --------------------------------------------------------------------


def _with_tokens(logins: Sequence[LoggedLogin], exchanges: list[_Exchange]) -> list[_Exchange]:
    """The logins, each with its token: the only new one in the requests before the next login.

        login 1 | token a | login 2 | token a, token b | login 3 | login 4 | token c

    Login 1 has a, and 2 has b. No request is between 3 and 4, so c may be of either: both are left
    out.
    """
    ends = [*(one.start for one in logins[1:]), sys.maxsize]
    tokens = sorted(
        (each.place, token)
        for each in exchanges
        if each.request is not None
        and (token := header(each.request.headers, "x-auth-token")) is not None
    )
    found, known, place = [], set[str](), 0  # a place in `tokens`
    is_alone = True  # no login before it waits for its first request
    for one, end in zip(logins, ends, strict=False):
        while place < len(tokens) and tokens[place][0] < one.start:
            known.add(tokens[place][1])
            place += 1
        last = bisect_left(tokens, (end, ""))
        own = {token for _, token in tokens[place:last]} - known
        found.append(_logged_in(one, own, is_alone=is_alone))
        is_alone = place < last
    return found


def _logged_in(one: LoggedLogin, tokens: set[str], *, is_alone: bool) -> _Exchange:
    found = _Exchange(place=one.start)
    try:
        if not tokens:
            raise Unusable("the log shows no request with the token of the login")
        if not is_alone:
            raise Unusable("several logins were under way at once")
        if len(tokens) > 1:
            raise Unusable(
                "several new tokens follow it, and the log does not show which is its own"
            )
        found.login = one.with_subject(*tokens)
    except Unusable as error:
        found.fault = error
        found.request = Request("POST", one.url)
    return found


def _entry(number: int, one: _Exchange) -> Entry | LeftOut:
    if one.login is not None:
        return Entry(number, one.login)
    request, answer = one.request, one.answer
    date = answer.date if answer is not None else one.date
    fault = one.fault
    if fault is None and answer is not None:
        fault = answer.fault or _fault_of_answer(one.request, answer)
    if fault is not None or request is None or answer is None:
        reason, is_bad = (fault.reason, fault.is_bad) if fault else ("", False)
        return LeftOut(number, reason, request, date, is_bad)
    headers = without_coding(answer.headers)
    response = Response(answer.status, answer.reason, headers, bytes_of(answer.body or ""))
    return Entry(number, Interaction(request, response, date))


def _fault_of_answer(request: Request | None, answer: _Answer) -> Unusable | None:
    method = request.method if request is not None else ""
    if not is_final(answer.status):
        return Unusable("its status is not that of an answer")
    if not answer.body and not has_no_body(method, answer.status, answer.headers):
        return Unusable("its body is not in the log")
    return None
