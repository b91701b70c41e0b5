"""Which requests a stub of WireMock may match: of several stubs, one answers, and it hides others.

| a condition of a stub | when it may match |
|---|---|
| `url`, `urlPattern` of one path and a number of parameters | the same path and the same query |
| `urlPath`, `urlPathPattern` of one path | the same path, with any query |
| another pattern, `urlPathTemplate` | a path that begins with the plain text before the pattern |
| `absent`, `equalTo`, `hasExactly`, `or`, and what `export` writes | as in WireMock |
| another condition on a header or parameter | if the header or parameter is there |
| any other member | always |

Patterns of strangers are not run: one may take hours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from glancetape_cassettes.formats.foreign.wiremock.wiremock_conditions import (
    AFTER_M,
    ANYTHING,
    FORMS,
    UP_TO_M,
    path_and_count,
)
from glancetape_cassettes.lazy_regex import lazy_compile

Pairs = Sequence[tuple[str, str]]
Key = tuple[str, bool, tuple[str, str] | None]
"""A path, whether it is only the end of one, and a parameter."""

_PLAIN = lazy_compile(r"\^?(?P<plain>(?:[^\\.^$*+?{}\[\]|()]|\\[^A-Za-z0-9])*)(?P<next>[*?{]?)")
_ESCAPED = lazy_compile(r"\\(.)")
_OPTIONAL_PREFIX = ("(?:", "^(?:")
_TRUE_WHEN_ABSENT = frozenset(("doesNotMatch", "doesNotContain", "not", "and"))
_OF_EXPORT = tuple(
    part
    for whole in (UP_TO_M, AFTER_M, *FORMS.values())
    for part in whole.get("or", [whole])
    if "absent" not in part
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, as a stub sees it: `path` is below the address of the service."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]

    def in_one_form(self) -> tuple[object, ...]:
        """Return what two requests share that a service cannot tell apart."""
        headers = sorted((name.lower(), value) for name, value in self.headers)
        return self.method, self.path, sorted(self.query), headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """The conditions of one stub. A plain `path` is the only one it matches."""

    method: str
    path: str | None
    start: str
    """How each path begins that may match, when there is no single one."""
    is_end: bool
    """Whether `path` may have something before it."""
    query: tuple[tuple[str, str], ...] | None
    """The whole query; None when there may be further parameters."""
    count: int | None
    """How many parameters a query has; None for any number."""
    parameters: Mapping[str, Any]
    headers: Mapping[str, Any]

    def may_match(self, asked: Asked) -> bool:
        """Whether a request may meet all conditions; False when one is surely not met."""
        if self.method not in ("ANY", asked.method) and "_" not in self.method:
            return False
        return (
            self._may_have(asked.path)
            and (self.query is None or sorted(self.query) == sorted(asked.query))
            and (self.count is None or self.count == len(asked.query))
            and _all_met(self.parameters, asked.query, is_header=False)
            and _all_met(self.headers, asked.headers, is_header=True)
        )

    def surely_matches(self, asked: Asked) -> bool:
        """Whether a request meets all conditions here; there may be others in the stub."""
        return (
            self.method in ("ANY", asked.method)
            and self.path == asked.path
            and not self.is_end
            and (self.query is None or sorted(self.query) == sorted(asked.query))
            and (self.count is None or self.count == len(asked.query))
            and _all_met(self.parameters, asked.query, is_header=False, is_sure=True)
            and _all_met(self.headers, asked.headers, is_header=True, is_sure=True)
        )

    def _may_have(self, path: str) -> bool:
        if self.path is None:
            return path.startswith(self.start)
        return path.endswith(self.path) if self.is_end else path == self.path

    @property
    def key(self) -> Key | None:
        """What `keys_of` has of each request that may match; None when it can be any."""
        if self.path is None:
            return None
        pairs = list(self.query or ())
        for name, condition in self.parameters.items():
            match condition:
                case {"equalTo": str(text)} if len(condition) == 1:
                    pairs.append((name, text))
        return self.path, self.is_end, max(pairs, default=None)


def keys_of(asked: Asked) -> list[Key]:
    """The keys of all matchers with a key that may match a request."""
    path = asked.path
    ends = [(path[at:], True) for at, sign in enumerate(path) if sign == "/"]
    return [
        (part, is_end, pair)
        for part, is_end in [(path, False), *ends]
        for pair in (None, *dict.fromkeys(asked.query))
    ]


def matcher_of(request: Mapping[str, Any]) -> Matcher:
    """Return the conditions of `request` in a stub. What is not understood may match."""
    method = request.get("method", "ANY")
    path: str | None = None
    start, is_end, query, count = "", False, None, None
    named = [
        (one, request[one])
        for one in ("url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate")
        if isinstance(request.get(one), str)
    ]
    if len(named) == 1:
        name, text = named[0]
        if name == "url":
            parts = text.partition("?")
            path, query = unquote(parts[0]), tuple(parse_qsl(parts[2], keep_blank_values=True))
        elif name == "urlPath":
            path = unquote(text)
        elif name == "urlPathTemplate":
            start = unquote(text.partition("{")[0])
        else:
            found = path_and_count(text)
            if found is None or (name == "urlPathPattern" and found[1]):
                start = _plain_start(text)
            else:
                path, is_end = unquote(found[0]), text.startswith(_OPTIONAL_PREFIX)
                count = found[1] if name == "urlPattern" else None
    return Matcher(
        method=method.upper() if isinstance(method, str) else "ANY",
        path=path,
        start=start,
        is_end=is_end,
        query=query,
        count=count,
        parameters=_mapping(request.get("queryParameters")),
        headers=_mapping(request.get("headers")),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain_start(pattern: str) -> str:
    """The text that all matches of a pattern begin with, up to the query.

    >>> _plain_start("/v2/images/[0-9a-f-]+"), _plain_start("/v2/a|/v2/b"), _plain_start("/v2/a?")
    ('/v2/images/', '', '/v2/')
    """
    found = _PLAIN.match(pattern)
    if found is None or "|" in pattern:
        return ""
    plain = found["plain"]
    if found["next"]:
        plain = plain[: -2 if plain[-2:-1] == "\\" else -1]
    return unquote(_ESCAPED.sub(r"\1", plain).partition("?")[0])


def _all_met(
    conditions: Mapping[str, Any], pairs: Pairs, *, is_header: bool, is_sure: bool = False
) -> bool:
    is_met = _is_surely_met if is_sure else _may_be_met
    for name, condition in conditions.items():
        known = name.lower() if is_header else name
        values = [value for one, value in pairs if (one.lower() if is_header else one) == known]
        if not is_met(condition, values):
            return False
    return True


def _is_surely_met(condition: Any, values: list[str]) -> bool:
    """Whether a header or parameter with these values meets a condition that is understood."""
    match condition:
        case {"or": [*several]}:
            return any(_is_surely_met(one, values) for one in several)
        case {"hasExactly": [*several]}:
            is_known = all(_is_equal_to(one) and len(one) == 1 for one in several)
        case {"equalTo": str()} | {"absent": bool()}:
            is_known = len(condition) == 1
        case {"matches": str(pattern)} if pattern in ANYTHING and len(condition) == 1:
            return bool(values)
        case _:
            is_known = bool(values) and _is_of_export(condition)
    return is_known and _may_be_met(condition, values)


def _may_be_met(condition: Any, values: list[str]) -> bool:
    """Whether a header or parameter with these values may meet a condition."""
    match condition:
        case {"absent": bool(is_absent)}:
            return is_absent is not bool(values)
        case {"or": [*several]}:
            return any(_may_be_met(one, values) for one in several)
        case {"hasExactly": [*several]} if all(_is_equal_to(one) for one in several):
            return sorted(one["equalTo"] for one in several) == sorted(values)
        case {"equalTo": str(text)} if len(condition) == 1:
            return text in values
        case dict() if not values:
            return bool(condition.keys() & _TRUE_WHEN_ABSENT)
    return not _is_of_export(condition) or any(_is_match(condition, one) for one in values)


def _is_match(condition: Mapping[str, str], value: str) -> bool:
    """Whether a value matches a pattern that `export` writes."""
    if "matches" in condition:
        return re.fullmatch(condition["matches"], value) is not None
    return re.fullmatch(condition["doesNotMatch"], value) is None


def _is_equal_to(condition: Any) -> bool:
    return isinstance(condition, dict) and isinstance(condition.get("equalTo"), str)


def _is_of_export(condition: Any) -> bool:
    """Whether a pattern is one that `export` writes, and so may be run."""
    return condition in _OF_EXPORT


def asked_of(method: str, uri: str, address: str, headers: Pairs) -> Asked:
    """Return a request as a stub sees it; `address` is that of the service."""
    parts, given = urlsplit(uri), urlsplit(address)
    return Asked(
        method=method,
        path=unquote(parts.path[len(given.path.rstrip("/")) :]),
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers=tuple(headers),
    )
