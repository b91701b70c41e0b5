"""Stub mappings of WireMock: a file of them, or a folder with `mappings/` and `__files/`.

A stub is read when it answers one request with one response. What is read of it:

| member | what is done |
|---|---|
| `request.url`, `urlPath`, `queryParameters` with `equalTo` | what was asked, below `--url` |
| `urlPattern`, `urlPathPattern` | what was asked, where it is a path; otherwise many requests |
| `urlPathTemplate`, `matches`, `bodyPatterns`, ... | left out: many requests |
| `urlPath` without a condition on the query | the path without a query; WireMock takes any |
| `request.method` | `ANY` is read as GET |
| `request.headers` with `equalTo` | headers; for all other conditions see `wiremock_conditions` |
| `body`, `jsonBody`, `base64Body`, `bodyFileName` | the body; a file only from `__files/` |
| `priority` | of several stubs, the one that WireMock takes; see `wiremock_matching` |
| a stub that another one hides | its request, with the answer of the other one if that is sure |
| `{{request.baseUrl}}` in a template | the address in `--url` |
| another template, `fault`, `proxyBaseUrl`, a scenario's state | left out: not one response |
| `X-Glancetape` in `response.headers` | dropped; a miss is left out |
| any name that is there twice | the stub is damaged |

Stubs have no date.
"""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, takewhile
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import (
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
    object_in,
)
from glancetape_cassettes.formats.foreign.page_links import check_address
from glancetape_cassettes.formats.foreign.plain_text import (
    has_no_body,
    read_raw,
    undone_coding,
    without_coding,
)
from glancetape_cassettes.formats.foreign.wiremock.wiremock_conditions import (
    CREDENTIALS,
    SOME_VALUE,
    is_for_any_url,
    is_without_token,
    path_and_count,
    value_of,
)
from glancetape_cassettes.formats.foreign.wiremock.wiremock_matching import (
    Asked,
    Matcher,
    asked_of,
    keys_of,
    matcher_of,
)
from glancetape_cassettes.formats.http_form import fault_of_url, is_final
from glancetape_cassettes.formats.repeated_names import json_with_repeated
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header

_START = re.compile(rb'\s*\{\s*"mappings"\s*:\s*\[')
_STUB = re.compile(
    rb'"(?:urlPath|urlPattern|urlPathPattern|urlPathTemplate|jsonBody|bodyFileName|base64Body)"\s*:'
)
_PLAIN = re.compile(
    rb'\s*\{\s*"(?:id|uuid|name|request|response|priority|persistent|metadata|scenarioName)"\s*:'
)
_STATUS = re.compile(rb'"status"\s*:\s*\d')
"""In a stub that has only members that other formats have too. A cassette's status is a mapping."""
_PARTS = re.compile(rb'"request"\s*:\s*\{|"response"\s*:\s*\{')
_MAPPINGS, _FILES = "mappings", "__files"
_MOST_FILES = 100_000

_URLS = ("url", "urlPath", "urlPattern", "urlPathPattern")
_ASKED_ONCE = frozenset(("method", *_URLS, "queryParameters", "headers"))
"""Members of `request` that may say one thing. Every other one is a further condition."""
_ANSWERED_ONCE = frozenset(
    """status statusMessage headers body jsonBody base64Body bodyFileName transformers
    transformerParameters fixedDelayMilliseconds delayDistribution chunkedDribbleDelay
    additionalProxyRequestHeaders removeProxyRequestHeaders fromConfiguredStub""".split()
)
"""Members of `response` that give one answer, sooner or later."""
_OTHERS = frozenset(
    """urlPathTemplate pathParameters bodyPatterns cookies basicAuth
    multipartPatterns customMatcher host port scheme clientIp formParameters fault proxyBaseUrl
    proxyUrlPrefixToRemove""".split()
)
_PRIORITY = 5
"""Of a stub that names none."""
_ANOTHER_ANSWERS = (
    "another stub answers its request, or may answer it, by its priority or as the later one"
)
_ORDER_UNKNOWN = "stubs for its request with the same priority are in several files"
_PROVENANCE = "x-glancetape"
_BASE_URL = "{{request.baseUrl}}"
_BODIES = ("body", "jsonBody", "base64Body", "bodyFileName")


@dataclass(frozen=True, slots=True)
class _Stub:
    """A stub as its file has it, and what is wrong with it in the text of the file."""

    value: Any
    fault: str


def _looks_like(head: bytes, path: Path) -> bool:
    if path.is_dir():
        return (path / _MAPPINGS).is_dir()
    if head.lstrip()[:1] != b"{":
        return False
    if _START.match(head) is not None:
        return True
    is_stub = _STUB.search(head) or (_PLAIN.match(head) and _STATUS.search(head))
    return is_stub is not None and len(set(_PARTS.findall(head))) > 1


def _read(path: Path, url: str | None) -> Entries:
    if url is None:
        raise CassetteError(
            f"{path}: stubs of WireMock, which do not name a host. Pass --url with the address of "
            "the service that they stand for, such as --url http://glance:9292"
        )
    check_address(url, "stubs of WireMock have the paths")
    found: list[Entry | LeftOut] = []
    ranks = _Ranks(url)
    stubs = [
        (stub, file, files)
        for file, files in _mapping_files(path)
        for stub in _stubs(file, f"{file.relative_to(path)}, " if path.is_dir() else "")
    ]
    for number, (stub, file, _) in enumerate(stubs, 1):
        ranks.add(stub.value, number, file)
    ranks.sort()
    for number, (one, _, files) in enumerate(stubs, 1):
        request: Request | None = None
        stub = one.value
        try:
            if one.fault:
                raise Unusable(one.fault, is_bad=True)
            request = ranks.with_token(_request(stub, url), number)
            _priority(stub)
            answered = Interaction(request, _response(stub, request, files, url))
            found.append(Entry(number, answered))
        except Unusable as error:
            found.append(LeftOut(number, error.reason, request, "", error.is_bad))
    if not found:
        raise CassetteError(f"{path}: looks like stubs of WireMock, but has none.")
    for read in found:
        yield ranks.answered(read, found) if isinstance(read, Entry) else read


@dataclass(frozen=True, slots=True)
class _Rank:
    """Which stub answers a request: the lowest priority, and of these the one added last."""

    priority: int
    number: int
    file: Path
    matcher: Matcher

    @property
    def place(self) -> tuple[int, int]:
        """What sorts the stub that WireMock prefers first."""
        return self.priority, -self.number

    @property
    def group(self) -> tuple[int, Path]:
        """What it shares with the stubs whose order among each other is known."""
        return self.priority, self.file


class _Ranks:
    """Finds for each request the one stub that WireMock takes, also where that cannot be read."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._by_number: dict[int, _Rank] = {}
        self._by_key: dict[Any, list[_Rank]] = {}
        self._groups: dict[Any, list[list[_Rank]]] = {}
        """Those of a key, apart by priority and file: the first that matches hides the others."""
        self._without_token: int | None = None

    def add(self, stub: Any, number: int, file: Path) -> None:
        """Add a stub that a client may meet. One that WireMock would refuse is not added."""
        asked = stub.get("request") if isinstance(stub, dict) else None
        if not isinstance(asked, dict) or not _is_met(stub):
            return
        try:
            rank = _Rank(_priority(stub), number, file, matcher_of(asked))
        except Unusable:
            return
        self._by_number[number] = rank
        self._by_key.setdefault(rank.matcher.key, []).append(rank)
        if is_for_any_url(asked) and is_without_token(asked):
            before = rank.priority if self._without_token is None else self._without_token
            self._without_token = min(before, rank.priority)

    def sort(self) -> None:
        """Put the stubs that WireMock prefers first, when all are added."""
        for key, ranks in self._by_key.items():
            ranks.sort(key=lambda one: one.place)
            self._groups[key] = [list(some) for _, some in groupby(ranks, attrgetter("group"))]

    def with_token(self, request: Request, number: int) -> Request:
        """Return a request, with a token if a stub before it answers all that have none."""
        rank = self._by_number.get(number)
        if rank is None or self._without_token is None or self._without_token >= rank.priority:
            return request
        names = {name.lower() for name, _ in request.headers}
        if any(one.lower() in names for one in CREDENTIALS):
            return request
        return replace(request, headers=(*request.headers, (CREDENTIALS[0], SOME_VALUE)))

    def answered(self, one: Entry, entries: Sequence[Entry | LeftOut]) -> Entry | LeftOut:
        """Return an entry with the answer that WireMock gives to its request, or why not."""
        request, own = one.interaction.request, self._by_number[one.number]
        asked = asked_of(request.method, request.uri, self._url, request.headers)
        others = [
            other
            for key in (None, *keys_of(asked))
            for other in self._before(own, asked, self._groups.get(key, ()))
        ]
        if not others:
            return one
        first = min(others, key=lambda other: other.place)
        files = {other.file for other in others if other.priority == first.priority}
        files |= {own.file} if first.priority == own.priority else set()
        if len(files) > 1:
            return LeftOut(one.number, _ORDER_UNKNOWN, request)
        answer = entries[first.number - 1]
        if (
            not isinstance(answer, Entry)
            or not first.matcher.surely_matches(asked)
            or request.method != answer.interaction.request.method
            or self._is_same(asked, answer.interaction.request)
        ):
            return LeftOut(one.number, _ANOTHER_ANSWERS, request)
        response = answer.interaction.response
        return replace(one, interaction=replace(one.interaction, response=response))

    def _is_same(self, asked: Asked, other: Request) -> bool:
        """Whether another stub is read as the same request, so that its entry answers this one."""
        found = asked_of(other.method, other.uri, self._url, other.headers)
        return found.in_one_form() == asked.in_one_form()

    @staticmethod
    def _before(own: _Rank, asked: Asked, groups: Sequence[list[_Rank]]) -> Iterator[_Rank]:
        """Yield a stub that WireMock prefers to one, and one of another file that it may prefer.

        More of them change nothing, and thousands of stubs may have the same request.
        """
        found: list[_Rank] = []
        for group in groups:
            if group[0].priority > (found or [own])[0].priority or len(found) > 1:
                break
            is_own = group[0].group == own.group
            before = takewhile(lambda one: one.place < own.place, group) if is_own else group
            found += islice((one for one in before if one.matcher.may_match(asked)), 1)
        yield from found


def _priority(stub: dict[str, Any]) -> int:
    priority = stub.get("priority")
    if priority is None:
        return _PRIORITY
    if not isinstance(priority, int) or isinstance(priority, bool):
        raise Unusable("'priority' is not a number", is_bad=True)
    return priority


def _is_met(stub: dict[str, Any]) -> bool:
    """Whether a client meets a stub that belongs to a scenario: the first state is `Started`."""
    return stub.get("requiredScenarioState") in (None, "Started")


WIREMOCK = ForeignFormat(
    name="stubs of WireMock", looks_like=_looks_like, read=_read, needs_url=True
)


def _mapping_files(path: Path) -> Iterator[tuple[Path, Path]]:
    """The files of stubs, and the folder that has their bodies."""
    if not path.is_dir():
        is_beside = path.parent.name == _MAPPINGS
        yield path, (path.parent.parent if is_beside else path.parent) / _FILES
        return
    count = 0
    for root, folders, names in os.walk(path / _MAPPINGS):
        folders.sort()
        for name in sorted(names):
            file = Path(root, name)
            if file.suffix.lower() == ".json" and not file.is_symlink():
                count += 1
                if count > _MOST_FILES:
                    raise CassetteError(f"{path}: more than {_MOST_FILES:,} files of stubs.")
                yield file, path / _FILES


def _stubs(file: Path, where: str) -> list[_Stub]:
    """The stubs of a file. Raises CassetteError; `where` is how a reason names the file."""
    try:
        value, names = json_with_repeated(read_raw(file).decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        value, names = None, iter(())
    if not isinstance(value, dict):
        raise CassetteError(
            f"{file}: looks like stubs of WireMock, but is not complete JSON. It may have been cut "
            "off; save it again."
        )
    stubs = value.get("mappings", [value])
    if not isinstance(stubs, list):
        raise CassetteError(f"{file}: looks like stubs of WireMock, but 'mappings' is not a list.")
    bad: dict[int, str] = {}
    for name in names:
        match name.path:
            case ("mappings", int(index), _, *_):
                bad.setdefault(index, f"{where}{name}")
            case _ if "mappings" not in value:
                bad.setdefault(0, f"{where}{name}")
            case _:
                raise CassetteError(f"{file}, {name}.")
    return [_Stub(stub, bad.get(index, "")) for index, stub in enumerate(stubs)]


def _request(stub: Any, url: str) -> Request:
    asked = object_in(object_in(stub, "stub").get("request"), "request")
    more = sorted(asked.keys() - _ASKED_ONCE)
    if more:
        raise Unusable(f"its request has a pattern or a further condition ({_named(more)})")
    if is_for_any_url(asked):
        raise Unusable("its request names no path, so that it answers any")
    method = asked.get("method", "ANY")
    if not isinstance(method, str) or not method.isalpha():
        raise Unusable("'request.method' is not a method", is_bad=True)
    headers = _equal(asked.get("headers"), "headers")
    return Request("GET" if method == "ANY" else method.upper(), _url(asked, url), tuple(headers))


def _named(members: list[str]) -> str:
    """Names of members that WireMock knows; another one may be anything."""
    return ", ".join(one for one in members if one in _OTHERS) or "an unknown member"


def _url(asked: dict[str, Any], url: str) -> str:
    pairs = _equal(asked.get("queryParameters"), "queryParameters")
    named = [one for one in _URLS if one in asked]
    path = asked[named[0]] if len(named) == 1 else None
    if isinstance(path, str) and named[0].endswith("Pattern"):
        path = _path_of(path, named[0], len(pairs))
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise Unusable("its request names no path, so that it answers any")
    if (fault := fault_of_url(f"http://host{path}")) is not None:
        raise Unusable(fault, is_bad=True)
    has_query = named[0] in ("url", "urlPattern")
    query = urlsplit(path).query if has_query else ""
    query = "&".join([*([query] if query else []), *([urlencode(pairs)] if pairs else [])])
    path = path.partition("?")[0] if has_query else quote(path, safe="/%:@+,;~=")
    given = urlsplit(url)
    return given._replace(path=given.path.rstrip("/") + path, query=query, fragment="").geturl()


def _path_of(pattern: str, name: str, count: int) -> str:
    """The path, or whole URL, that is all that a pattern matches beside a number of parameters."""
    found = path_and_count(pattern)
    # A path has no query; parameters that are named are all there are.
    is_one = found is not None and (name == "urlPathPattern" or found[1] == count)
    if found is None or not is_one or (name == "urlPathPattern" and (found[1] or "?" in pattern)):
        raise Unusable(f"its request has a pattern or a further condition ({name})")
    return found[0]


def _equal(value: Any, name: str) -> list[tuple[str, str]]:
    """The names and values of matchers that match one value each."""
    found = []
    for one, matcher in object_in(value if value is not None else {}, f"request.{name}").items():
        several = [matcher]
        if isinstance(matcher, dict) and isinstance(matcher.get("hasExactly"), list):
            several = matcher["hasExactly"]
        for each in several:
            match each:
                case {"absent": True}:
                    pass
                case {"equalTo": str(text)}:
                    found.append((one, text))
                case _:
                    met = value_of(one, each) if name == "headers" else None
                    if met is None:
                        raise Unusable(f"its request has a pattern in '{name}'")
                    found += [(one, met)] if met else []
    return found


def _response(stub: dict[str, Any], request: Request, files: Path, url: str) -> Response:
    if not _is_met(stub):
        raise Unusable("it answers only in a state of a scenario")
    answered = object_in(stub.get("response"), "response")
    more = sorted(answered.keys() - _ANSWERED_ONCE)
    if more:
        raise Unusable(f"its answer is not in the stub ({_named(more)})")
    status = answered.get("status", 200)
    if not is_final(status):
        raise Unusable("its status is not that of an answer", is_bad=True)
    headers, reason = _headers(answered.get("headers")), answered.get("statusMessage")
    body, headers = undone_coding(_body(answered, files), headers), without_coding(headers)
    if answered.get("transformers"):
        base = urlsplit(url)._replace(query="", fragment="").geturl().rstrip("/")
        body = body.replace(_BASE_URL.encode(), base.encode())
        headers = tuple((name, one.replace(_BASE_URL, base)) for name, one in headers)
        if b"{{" in body or any("{{" in value for _, value in headers):
            raise Unusable("its answer is a template (response-template)")
    if not body and answered.get("body") != "" and not has_no_body(request.method, status, headers):
        raise Unusable("it has no body")
    kept = tuple(pair for pair in headers if pair[0].lower() != _PROVENANCE)
    if len(kept) < len(headers) and (header(headers, _PROVENANCE) or "").startswith("miss"):
        raise Unusable("it is a miss of glancetape")
    return Response(status, reason if isinstance(reason, str) else "", kept, body)


def _headers(value: Any) -> Headers:
    pairs = []
    for name, several in object_in(value if value is not None else {}, "response.headers").items():
        for one in several if isinstance(several, list) else [several]:
            if not isinstance(one, str | int | float):
                raise Unusable("'response.headers' has a value that is not text", is_bad=True)
            pairs.append((name, str(one)))
    return tuple(pairs)


def _body(answered: Mapping[str, Any], files: Path) -> bytes:
    given = [name for name in _BODIES if answered.get(name) is not None]
    if len(given) > 1:
        raise Unusable("it has several bodies", is_bad=True)
    if not given:
        return b""
    value = answered[given[0]]
    if given[0] == "jsonBody":
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
    if not isinstance(value, str):
        raise Unusable(f"'response.{given[0]}' is not text", is_bad=True)
    if given[0] == "body":
        return value.encode("utf-8", "surrogatepass")
    if given[0] == "base64Body":
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            raise Unusable("the base64 of its body is damaged", is_bad=True) from None
    return _file_in(files, value)


def _file_in(files: Path, name: str) -> bytes:
    """The file of a body, which must be in the folder: a stub may come from a stranger."""
    if "{{" in name:
        raise Unusable("its answer is a template (bodyFileName)")
    try:
        folder = files.resolve()
        file = (folder / name.lstrip("/")).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            raise Unusable("the file of its body is not in __files", is_bad=True)
        return read_raw(file)
    except (OSError, ValueError, CassetteError):
        raise Unusable("the file of its body cannot be read", is_bad=True) from None
