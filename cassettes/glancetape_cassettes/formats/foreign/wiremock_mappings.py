"""Stub mappings of WireMock: a file of them, or a folder with `mappings/` and `__files/`.

A stub is read when it answers one request with one response. What is read of it:

| member | what is done |
|---|---|
| `request.url`, `urlPath`, `queryParameters` with `equalTo` | what was asked, below `--url` |
| `urlPattern`, `urlPathTemplate`, `matches`, `bodyPatterns`, ... | left out: many requests |
| `request.method` | `ANY` is read as GET |
| `request.headers` with `equalTo` | headers; `absent` is none, `matches` with `.+` any value |
| `body`, `jsonBody`, `base64Body`, `bodyFileName` | the body; a file only from `__files/` |
| `priority` | of several stubs for one request, the one that WireMock takes; see `_Ranks` |
| `transformers`, `fault`, `proxyBaseUrl`, a scenario's state | left out: not one response |

Stubs have no date.
"""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import (
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
)
from glancetape_cassettes.formats.foreign.plain_text import has_no_body, json_in, read_raw
from glancetape_cassettes.formats.http_form import is_final
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response

_START = re.compile(rb'\s*\{\s*"mappings"\s*:\s*\[')
_STUB = re.compile(
    rb'"(?:urlPath|urlPattern|urlPathPattern|urlPathTemplate|jsonBody|bodyFileName|base64Body)"\s*:'
)
_PARTS = re.compile(rb'"request"\s*:\s*\{|"response"\s*:\s*\{')
_MAPPINGS, _FILES = "mappings", "__files"
_MOST_FILES = 100_000

_ASKED_ONCE = frozenset(("method", "url", "urlPath", "queryParameters", "headers"))
"""Members of `request` that say one thing. Every other one is a pattern, or a further condition."""
_ANSWERED_ONCE = frozenset(
    """status statusMessage headers body jsonBody base64Body bodyFileName transformers
    transformerParameters fixedDelayMilliseconds delayDistribution chunkedDribbleDelay
    additionalProxyRequestHeaders removeProxyRequestHeaders fromConfiguredStub""".split()
)
"""Members of `response` that give one answer, sooner or later."""
_OTHERS = frozenset(
    """urlPattern urlPathPattern urlPathTemplate pathParameters bodyPatterns cookies basicAuth
    multipartPatterns customMatcher host port scheme clientIp formParameters fault proxyBaseUrl
    proxyUrlPrefixToRemove""".split()
)
_PRIORITY = 5
"""Of a stub that names none."""
_ANOTHER_ANSWERS = "another stub answers its request, by its priority or as the later one"
_ANYTHING = frozenset((".*", ".+", "^.*$", "^.+$", "[\\s\\S]+", "[\\s\\S]*"))
_SOME_VALUE = "any"
"""Of a header that only has to be there, as a token often has."""
_BODIES = ("body", "jsonBody", "base64Body", "bodyFileName")


def _looks_like(head: bytes, path: Path) -> bool:
    if path.is_dir():
        return (path / _MAPPINGS).is_dir()
    if head.lstrip()[:1] != b"{":
        return False
    return _START.match(head) is not None or (
        _STUB.search(head) is not None and len(set(_PARTS.findall(head))) > 1
    )


def _read(path: Path, url: str | None) -> Entries:
    if url is None:
        raise CassetteError(
            f"{path}: stubs of WireMock, which do not name a host. Pass --url with the address of "
            "the service that they stand for, such as --url http://glance:9292"
        )
    found: list[Entry | LeftOut] = []
    ranks = _Ranks()
    for file, files in _mapping_files(path):
        for stub in _stubs(file):
            number = len(found) + 1
            request: Request | None = None
            try:
                request = _request(stub, url)
                if _is_met(stub):
                    ranks.add(request, _priority(stub), number, file)
                answered = Interaction(request, _response(stub, request, files))
                found.append(Entry(number, answered))
            except Unusable as error:
                found.append(LeftOut(number, error.reason, request, "", error.is_bad))
    if not found:
        raise CassetteError(f"{path}: looks like stubs of WireMock, but has none.")
    for one in found:
        reason = ranks.reason_against(one)
        asked = one.interaction.request if isinstance(one, Entry) else one.request
        yield one if reason is None else LeftOut(one.number, reason, asked)


@dataclass(frozen=True, slots=True)
class _Rank:
    """Which stub answers a request: the lowest priority, and of these the one added last."""

    priority: int
    number: int
    file: Path
    is_known: bool = True
    """Whether all stubs with this priority are in one file: WireMock's order of files varies."""


class _Ranks:
    """Finds for each request the one stub that WireMock takes, also where that cannot be read."""

    def __init__(self) -> None:
        self._first: dict[Any, _Rank] = {}

    def add(self, request: Request, priority: int, number: int, file: Path) -> None:
        """Add a stub; they come in the order in which WireMock adds them."""
        key, rank = _alike(request), _Rank(priority, number, file)
        before = self._first.get(key)
        if before is None or priority < before.priority:
            self._first[key] = rank
        elif priority == before.priority:
            is_known = before.is_known and before.file == file
            self._first[key] = replace(rank, is_known=is_known)

    def reason_against(self, one: Entry | LeftOut) -> str | None:
        """Why an entry that could be read does not answer its request."""
        if isinstance(one, LeftOut):
            return None
        first = self._first[_alike(one.interaction.request)]
        if not first.is_known:
            return "stubs for its request with the same priority are in several files"
        return None if first.number == one.number else _ANOTHER_ANSWERS


def _alike(request: Request) -> tuple[object, ...]:
    """What requests have in common that WireMock takes for the same."""
    parts = urlsplit(request.uri)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    headers = sorted((name.lower(), value) for name, value in request.headers)
    return request.method, unquote(parts.path), tuple(query), tuple(headers)


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


def _stubs(file: Path) -> list[Any]:
    value = json_in(read_raw(file))
    if not isinstance(value, dict):
        raise CassetteError(
            f"{file}: looks like stubs of WireMock, but is not complete JSON. It may have been cut "
            "off; save it again."
        )
    stubs = value.get("mappings", [value])
    if not isinstance(stubs, list):
        raise CassetteError(f"{file}: looks like stubs of WireMock, but 'mappings' is not a list.")
    return stubs


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unusable(f"'{what}' is missing or not an object", is_bad=True)
    return value


def _request(stub: Any, url: str) -> Request:
    asked = _mapping(_mapping(stub, "stub").get("request"), "request")
    more = sorted(asked.keys() - _ASKED_ONCE)
    if more:
        raise Unusable(f"its request has a pattern or a further condition ({_named(more)})")
    method = asked.get("method", "ANY")
    if not isinstance(method, str) or not method.isalpha():
        raise Unusable("'request.method' is not a method", is_bad=True)
    headers = _equal(asked.get("headers"), "headers")
    return Request("GET" if method == "ANY" else method.upper(), _url(asked, url), tuple(headers))


def _named(members: list[str]) -> str:
    """Names of members that WireMock knows; another one may be anything."""
    return ", ".join(one for one in members if one in _OTHERS) or "an unknown member"


def _url(asked: dict[str, Any], url: str) -> str:
    path = asked.get("url", asked.get("urlPath"))
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise Unusable("its request names no path, so that it answers any")
    pairs = _equal(asked.get("queryParameters"), "queryParameters")
    query = urlsplit(path).query if "url" in asked else ""
    query = "&".join([*([query] if query else []), *([urlencode(pairs)] if pairs else [])])
    path = path.partition("?")[0] if "url" in asked else quote(path, safe="/%:@+,;~=")
    given = urlsplit(url)
    return given._replace(path=given.path.rstrip("/") + path, query=query, fragment="").geturl()


def _equal(value: Any, name: str) -> list[tuple[str, str]]:
    """The names and values of matchers that match one value each."""
    found = []
    for one, matcher in _mapping(value if value is not None else {}, f"request.{name}").items():
        several = [matcher]
        if isinstance(matcher, dict) and isinstance(matcher.get("hasExactly"), list):
            several = matcher["hasExactly"]
        for each in several:
            match each:
                case {"absent": True}:
                    pass
                case {"equalTo": str(text)}:
                    found.append((one, text))
                case {"matches": str(pattern)} if name == "headers" and pattern in _ANYTHING:
                    found.append((one, _SOME_VALUE))
                case _:
                    raise Unusable(f"its request has a pattern in '{name}'")
    return found


def _response(stub: dict[str, Any], request: Request, files: Path) -> Response:
    if not _is_met(stub):
        raise Unusable("it answers only in a state of a scenario")
    answered = _mapping(stub.get("response"), "response")
    more = sorted(answered.keys() - _ANSWERED_ONCE)
    if more:
        raise Unusable(f"its answer is not in the stub ({_named(more)})")
    status = answered.get("status", 200)
    if not is_final(status):
        raise Unusable("its status is not that of an answer", is_bad=True)
    headers, reason = _headers(answered.get("headers")), answered.get("statusMessage")
    body = _body(answered, files)
    is_template = bool(answered.get("transformers")) and (
        b"{{" in body or any("{{" in value for _, value in headers)
    )
    if is_template:
        raise Unusable("its answer is a template (response-template)")
    if not body and not has_no_body(request.method, status, headers):
        raise Unusable("it has no body")
    return Response(status, reason if isinstance(reason, str) else "", headers, body)


def _headers(value: Any) -> Headers:
    pairs = []
    for name, several in _mapping(value if value is not None else {}, "response.headers").items():
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
