"""Stub mappings of WireMock: a file of them, or a folder with `mappings/` and `__files/`.

A stub is read when it answers one request with one response. What is read of it:

| member | what is done |
|---|---|
| `request.url`, `urlPath`, `queryParameters` with `equalTo` | what was asked, below `--url` |
| `urlPattern`, `urlPathTemplate`, `matches`, `bodyPatterns`, ... | left out: many requests |
| `request.method` | `ANY` is read as GET |
| `request.headers` with `equalTo` | headers; `absent` is none, `matches` with `.+` any value |
| `body`, `jsonBody`, `base64Body`, `bodyFileName` | the body; a file only from `__files/` |
| `transformers`, `fault`, `proxyBaseUrl`, a scenario's state | left out: not one response |

Stubs have no date.
"""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
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
    number = 0
    for file, files in _mapping_files(path):
        for stub in _stubs(file):
            number += 1
            request: Request | None = None
            try:
                request = _request(stub, url)
                yield Entry(number, Interaction(request, _response(stub, request, files)))
            except Unusable as error:
                yield LeftOut(number, error.reason, request, "", error.is_bad)
    if not number:
        raise CassetteError(f"{path}: looks like stubs of WireMock, but has none.")


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
    if stub.get("requiredScenarioState") not in (None, "Started"):
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
