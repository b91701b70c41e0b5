"""The question that a request asks, and the terms in which requests are compared.

Order of parameters, parameters that only name the default, and ways to percent-encode do not
matter. Repeated parameters do, and so do path, API version, and the body of a request that has one:

    GET /v2/images?sort_dir=desc&name=a%2Db   the same question as
    GET /v2/images?name=a-b                   but not as
    GET /v2/images?name=a-b&name=a-b
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from urllib.parse import SplitResult, parse_qsl, quote, unquote, unquote_plus, urlsplit

from glancetape_cassettes.imageset.image_fields import FIELDS
from glancetape_cassettes.interaction import Headers, Request, api_version, header
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.service import is_image_list
from glancetape_cassettes.short_texts import remembered

# The API document's defaults; member_status is Glance's (12 to 33), which the facade fronts. The
# default limit is a setting of each cloud: see `deriving.walking.limits`.
LIST_DEFAULTS = {
    "sort_key": "created_at",
    "sort_dir": "desc",
    "member_status": "accepted",
}
_DEFAULTS = frozenset(LIST_DEFAULTS.items())
_CONDITIONS = frozenset(
    "range if-range if-match if-none-match if-modified-since if-unmodified-since".split()
)
# Keystone 30 answers GET /v3 and GET /v3/ with the same bytes.
_SHORT_ESCAPE = re.compile(r"%(?:[0-9A-Fa-f](?:[%+&;=]|$)|\+[0-9A-Fa-f]|-0)")
_WITH_A_SLASH = "/v3/"
_DEFAULT_PORTS = {"http": "80", "https": "443"}

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request without what does not matter. Equal questions have the same answer."""

    method: str
    path: str
    query: Query
    api_version: str
    body: str
    conditions: Query = ()
    """Headers that ask for a part of the answer, or for what changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, who asks it and where. None fits any host, caller or form of errors."""

    question: Question
    host: str | None = None
    caller: Caller | None = None
    error_form: str | None = None


def split_uri(uri: str) -> tuple[SplitResult, str]:
    """What `urlsplit` makes of a URI, and its query.

    Without their queries the URIs are the same few, which `urlsplit` has taken apart before.
    """
    before, _, query = uri.partition("?")
    if uri.isprintable() and "#" not in uri:
        return urlsplit(before), query
    parts = urlsplit(uri)
    return parts, parts.query


def path_of_uri(uri: str) -> str:
    """The path of a URI."""
    return split_uri(uri)[0].path


def question_of(request: Request) -> Question:
    """The question that a request asks."""
    parts, query = split_uri(request.uri)
    path = _canonical_path(parts.path or "/")
    if path.endswith(_WITH_A_SLASH):
        path = path[:-1]
    return Question(
        method=request.method.upper(),
        path=path,
        query=canonical_query(query, path),
        api_version=api_version(request.headers),
        body=_canonical_body(request.body),
        conditions=conditions_in(request.headers),
    )


def asks_for_list(question: Question) -> bool:
    """Whether a question asks for a whole page of images."""
    return question.method == "GET" and is_image_list(question.path) and not question.conditions


# The requests of one client have the same few paths and headers.
@remembered(1024)
def _canonical_path(path: str) -> str:
    return "/".join(map(_canonical_segment, path.split("/")))


@lru_cache(maxsize=256)
def conditions_in(headers: Headers) -> Query:
    """The headers that ask for a part of the answer, or for what changed since."""
    pairs = ((name.lower(), value) for name, value in headers)
    return tuple(sorted(pair for pair in pairs if pair[0] in _CONDITIONS))


def _canonical_segment(segment: str) -> str:
    plain = unquote(segment, errors="surrogateescape")
    return quote(plain, safe="", errors="surrogateescape")


def canonical_query(query: str, path: str) -> Query:
    """The parameters sorted by name, repeats in their order; image lists without defaults.

    A `;` that is not escaped separates parameters at some services, as at Glance 33, and is part of
    a value at others. So `name=a;b` is the same question as nothing but itself, and so is a query
    with a short escape.
    """
    pairs = _pairs_in(query)
    if ";" in query or has_short_escape(query):
        pairs.append((";", query))
    elif not _DEFAULTS.isdisjoint(pairs) and is_image_list(path):
        counts = Counter(name for name, _ in pairs)
        pairs = [pair for pair in pairs if not _is_default(pair, counts)]
    return tuple(sorted(pairs, key=itemgetter(0)))


def has_short_escape(query: str) -> bool:
    """Whether a query has an escape of one digit, which not every service reads alike.

    Python's `int`, which Glance 33 reads it with, takes `2`, `+2` (a blank and 2) and `-0`.
    """
    return "%" in query and _SHORT_ESCAPE.search(query) is not None


def _pairs_in(query: str) -> list[tuple[str, str]]:
    """The parameters as `parse_qsl` reads them, at a third of the time where none is encoded."""
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    named = [one.partition("=") for one in query.split("&") if one]
    return [(name, value) for name, _, value in named]


def _is_default(pair: tuple[str, str], counts: Counter[str]) -> bool:
    name = pair[0]
    if pair not in _DEFAULTS or counts[name] > 1:
        return False
    return not (name in ("sort_key", "sort_dir") and counts["sort"])  # mixing both is refused


def _canonical_body(body: bytes) -> str:
    if not body:
        return ""
    try:  # Python's own parser: it keeps numbers of any size and shows repeated names
        value = json.loads(body, object_pairs_hook=sorted, parse_float=str)
        return json.dumps(value, default=str)
    except (ValueError, TypeError, RecursionError):
        return body.decode("latin-1")


def host_of(uri: str) -> str:
    """Host and port of a URI, without the scheme's default port: `https://H:443/` is at `h`."""
    parts, _ = split_uri(uri)
    host = parts.netloc.rpartition("@")[2].lower()
    default = _DEFAULT_PORTS.get(parts.scheme)
    return host.removesuffix(f":{default}") if default else host


@lru_cache(maxsize=256)
def error_form(headers: Headers) -> str | None:
    """The form in which Glance words errors for these headers; None without an Accept header."""
    accept = header(headers, "accept")
    return None if accept is None else _form(accept)


def given_form(headers: Headers) -> str | None:
    """The form of a response with these headers; None without a Content-Type."""
    kind = header(headers, "content-type")
    return None if kind is None else _form(kind)


def _form(types: str) -> str:
    lowered = types.lower()
    if "application/json" in lowered:
        return "JSON"
    return "HTML" if "*/*" in lowered or "text/html" in lowered else "text"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Query parameters and headers that do not matter: a question is asked without them."""

    names: frozenset[str] = frozenset()

    def without(self, request: Request) -> Request:
        """The request without them.

        With `trace` ignored, `/v2/images?trace=7&limit=2` is `/v2/images?limit=2`.
        """
        if not self.names:
            return request
        path, mark, query = request.uri.partition("?")
        kept = [one for one in query.split("&") if _name_of(one) not in self.names]
        query = "&".join(kept)
        headers = {name.lower() for name in self.names}
        return replace(
            request,
            uri=f"{path}{mark if query else ''}{query}",
            headers=tuple(pair for pair in request.headers if pair[0].lower() not in headers),
        )

    def __str__(self) -> str:
        """The names, sorted: a text that differs for other names."""
        return repr(sorted(self.names))


_DECIDES = {
    "it decides which images a page has": ("limit", "marker"),
    "it decides the order of a list": ("sort", "sort_key", "sort_dir"),
    "it decides which images a caller sees": ("visibility", "member_status"),
    "it filters a list": ("tag", "changes-since", *FIELDS),
    "Glance takes it for the method of the request": ("_method",),
}
_HEADER_DECIDES = {
    "it shows who sends the request": (
        "x-auth-token",
        "x-project-id",
        "x-subject-token",
        "x-security-token",
        "authorization",
    ),
    "it chooses the version of the API": ("x-api-version",),
    "it chooses the form of errors": ("accept",),
    "it names the service": ("host",),
    "the answer may be a part only": ("range", "if-range"),
}
_WHY = {name: why for why, names in _DECIDES.items() for name in names}
_WHY_HEADER = {name: why for why, names in _HEADER_DECIDES.items() for name in names}
_FILTER = lazy_compile(r"__.*|.*_(?:min|max)", re.DOTALL)


def why_not_ignored(name: str) -> str:
    """Why a parameter or header matters to what is answered; "" if it may be ignored.

    Glance reads every other parameter as a filter by a property, too, and IMS does not. Which of
    these a cloud does not look at only its user knows.
    """
    if not name:
        return "name a parameter or a header"
    if name in _WHY or name.lower() in _WHY_HEADER:
        return _WHY.get(name) or _WHY_HEADER[name.lower()]
    return "it filters a list" if _FILTER.fullmatch(name) else ""


def _name_of(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])
