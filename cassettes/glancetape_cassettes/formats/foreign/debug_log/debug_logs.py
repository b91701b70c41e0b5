"""What OpenStack's clients print with `--debug`: keystoneauth's log, and python-glanceclient's.

    REQ: curl -g -i -X GET "http://glance/v2/images?limit=1" -H "X-Auth-Token: {SHA256}14..."
    http://glance:80 "GET /v2/images?limit=1 HTTP/1.1" 200 108
    RESP: [200] Content-Length: 108 Content-Type: application/json Date: Wed, 17 Dec 2025 ...
    RESP BODY: {"images": [], "first": "/v2/images?limit=1", "schema": "/v2/schemas/images"}
    GET call to image for http://glance/v2/images?limit=1 used request id req-7def5795-...

Each line may begin with a date, a level and the name of a logger. An entry is a request, by the
number of its `REQ` in the log, or a login: see `debug_logins`. `pairing` finds the response to each
request and the body of each response; where the log does not show that, the entry is left out.

The date of an entry is the response's own `Date`, or that of its line if it has a time zone. Logs
leave things out, and what they leave out is not read: bodies other than JSON, and the catalog of a
login by hand. Tokens are hashed, so that one caller still is one caller.
"""

import re
import sys
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.debug_log.debug_logins import LoggedLogin, logins_in
from glancetape_cassettes.formats.foreign.debug_log.log_text import (
    EVENT,
    body_at,
    date_before,
    end_of_line,
    has_request,
    headers_in,
    is_wrapped,
)
from glancetape_cassettes.formats.foreign.debug_log.pairing import (
    Address,
    Bodies,
    LoggedExchange,
    LoggedResponse,
    Pairing,
    host_and_target,
)
from glancetape_cassettes.formats.foreign.foreign_entries import (
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
)
from glancetape_cassettes.formats.foreign.of_service import is_replayed
from glancetape_cassettes.formats.foreign.plain_text import (
    bytes_of,
    has_no_body,
    read_text,
    without_coding,
)
from glancetape_cassettes.formats.foreign.response_text import read_response_head
from glancetape_cassettes.formats.http_form import fault_of_url, is_final, with_escapes
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

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
_MOST_LOOKED_AT = 16 << 20
"""Bytes of a log in which its first request is looked for."""
_LOG_SUFFIXES = (".log", ".txt", ".out", ".err")


def _looks_like(head: bytes, path: Path) -> bool:
    if head.lstrip()[:1] in (b"{", b"["):
        return False
    if has_request(head):
        return True
    if not head or path.suffix.lower() not in _LOG_SUFFIXES:
        return False
    try:
        with path.open("rb") as file:
            return has_request(file.read(_MOST_LOOKED_AT))
    except OSError:
        return False


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


def _exchanges(text: str) -> list[LoggedExchange]:
    pairing, bodies = Pairing(_named(text)), Bodies()
    place = 0
    while (found := EVENT.search(text, place)) is not None:
        place = found.end()
        if found["asked"]:
            end = end_of_line(text, place)
            date = date_before(text, found.start())
            asked = _cut_off(date) if is_wrapped(text, end) else _asked(text[place:end], date)
            asked.place = found.start()
            pairing.ask(asked)
            place = end
        elif found["answered"]:
            end = end_of_line(text, place)
            headers = headers_in(text[place:end].strip())
            date = header(headers, "date") or date_before(text, found.start())
            answer = LoggedResponse(
                status=int(found["status"]), headers=headers, date=date, place=found.start()
            )
            bodies.expect(answer, pairing.give(answer))
            place = end
        elif found["body"]:
            place = bodies.take(text, place)
        elif found["head"]:
            whole, place = _whole_answer(text, found.start())
            if whole is not None:
                pairing.give(whole)
        elif found["sent"]:
            through_proxy = found["path"].startswith(("http://", "https://"))
            url = found["path"] if through_proxy else (found["host"] or "") + found["path"]
            host, target = host_and_target(url)
            pairing.send(Address(found["method"], target, host, found["code"], found["length"]))
    return pairing.all_answered()


def _named(text: str) -> dict[str, Address]:
    """The requests by their id, which a line names after the response."""
    found = {}
    for one in _NAMED.finditer(text):
        host, target = host_and_target(one["url"])
        found[one["id"]] = Address(one["verb"], target, host)
    return found


def _cut_off(date: str) -> LoggedExchange:
    reason = "the curl command of its request is cut off, or in a form that is not known"
    return LoggedExchange(date=date, fault=Unusable(reason, is_bad=True))


def _asked(command: str, date: str) -> LoggedExchange:
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
        return LoggedExchange(date=date, fault=Unusable(reason, is_bad=True))
    is_left_out = data.startswith(("<", "@"))
    request = Request(
        method or ("POST" if data else "GET"),
        url,
        tuple(headers),
        b"" if is_left_out else bytes_of(data),
    )
    fault = Unusable("the log leaves out the body of the request") if is_left_out else None
    return LoggedExchange(request=request, date=date, fault=fault)


def _whole_answer(text: str, place: int) -> tuple[LoggedResponse | None, int]:
    """An answer as python-glanceclient prints it, and where it ends."""
    end_of_head = text.find("\n\n", place)
    stop = len(text) if end_of_head < 0 else end_of_head + 2
    head = read_response_head(text[place:stop].encode("latin-1", "replace"), 0)
    if head is None:
        return None, end_of_line(text, place)
    body, fault, end = body_at(text, stop)
    answer = LoggedResponse(
        status=head.status,
        reason=head.reason,
        headers=head.headers,
        date=header(head.headers, "date") or "",
        body=body,
        fault=fault,
        place=place,
    )
    return answer, end


def _with_tokens(
    logins: Sequence[LoggedLogin], exchanges: list[LoggedExchange]
) -> list[LoggedExchange]:
    """The logins, each with its token: the only new one in the requests before the next login.

        login 1 | token a | login 2 | token a, token b | login 3 | login 4 | token c

    Login 1 has a, and 2 has b. No request is between 3 and 4, so c may be of either: both are left
    out.
    """
    ends = [*(one.start for one in logins[1:]), sys.maxsize]
    replayed = _of_replays(exchanges)
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
        found.append(_logged_in(one, own, replayed, is_alone=is_alone))
        is_alone = place < last
    return found


def _logged_in(
    one: LoggedLogin, tokens: set[str], replayed: Mapping[str, Headers], *, is_alone: bool
) -> LoggedExchange:
    found = LoggedExchange(place=one.start)
    try:
        if not tokens:
            raise Unusable("the log shows no request with the token of the login")
        if not is_alone:
            raise Unusable("several logins were under way at once")
        if len(tokens) > 1:
            raise Unusable(
                "several new tokens follow it, and the log does not show which is its own"
            )
        [token] = tokens
        found.login = one.with_subject(token, *replayed.get(token, ()))
    except Unusable as error:
        found.fault = error
        found.request = Request("POST", one.url)
    return found


def _of_replays(exchanges: Sequence[LoggedExchange]) -> dict[str, Headers]:
    """Each token with the header by which a replay shows that it gave it out, or with none.

    While glancetape records, logins go to Keystone, also if the cassette answers what follows: one
    answer of a service shows that a token is not a replay's.
    """
    found: dict[str, Headers] = {}
    for one in exchanges:
        if one.request is None or one.answer is None:
            continue
        token = header(one.request.headers, "x-auth-token")
        if token is None:
            continue
        headers = one.answer.headers
        if not is_replayed(headers):
            found[token] = ()
        elif token not in found:
            found[token] = tuple(pair for pair in headers if pair[0].lower() == "x-glancetape")
    return found


def _entry(number: int, one: LoggedExchange) -> Entry | LeftOut:
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


def _fault_of_answer(request: Request | None, answer: LoggedResponse) -> Unusable | None:
    method = request.method if request is not None else ""
    if not is_final(answer.status):
        return Unusable("its status is not that of an answer")
    if not answer.body and not has_no_body(method, answer.status, answer.headers):
        return Unusable("its body is not in the log")
    return None
