"""Conditions in WireMock's stubs that one request meets: `export` writes, `import` reads them.

| a condition | the request that is read |
|---|---|
| `urlPattern`: a path and the number of parameters | that path, with `queryParameters` |
| a header that is `absent`, or one of several with `or` | no such header |
| `X-Api-Version` after M; `Accept` in one of three forms | one value that matches |
| a stub before it is for all requests without a token | a token |
"""

import re
from typing import Any

from glancetape_cassettes.lazy_regex import lazy_compile

CREDENTIALS = ("X-Auth-Token", "X-Project-Id", "Authorization")
"""Headers of which a request has one, unless it asks without credentials."""
ANY_URL = ".*"
SOME_VALUE = "any"
"""Of a header that only has to be there, as a token often has."""
AFTER_M = {"matches": r"(?i)\s*[n-z].*"}
"""X-Api-Version: API document, "any letter after M ... the API of the Queens release"."""
UP_TO_M: dict[str, Any] = {"or": [{"absent": True}, {"doesNotMatch": AFTER_M["matches"]}]}
FORMS: dict[str, dict[str, Any]] = {
    "JSON": {"matches": r"(?i).*application/json.*"},
    "HTML": {"matches": r"(?i)(?!.*application/json).*(\*/\*|text/html).*"},
    "text": {
        "or": [{"absent": True}, {"doesNotMatch": r"(?i).*(application/json|\*/\*|text/html).*"}]
    },
}
"""Form of an error -> the condition on Accept of requests that get it."""

VALUES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("x-api-version", AFTER_M, "Queens"),
    ("accept", FORMS["JSON"], "application/json"),
    ("accept", FORMS["HTML"], "*/*"),
    ("accept", FORMS["text"], "text/plain"),
)
"""A header, a condition that many values meet, and one of them."""
ANYTHING = frozenset((".*", ".+", "^.*$", "^.+$", "[\\s\\S]+", "[\\s\\S]*"))
_ANY_URLS = ANYTHING | {"/.*", "^/.*$"}

_PARAMETER, _NEXT_PARAMETER, _NO_QUERY = r"\?[^&]+", r"(?:&[^&]+)", r"\??"
_PATTERN = lazy_compile(
    r"\^?(?:\(\?:(?:[^()\\]|\\.)*\)\?)?"
    r"(?P<path>/(?:[^\\.^$*+?{}\[\]|()]|\\[^A-Za-z0-9])*?)"
    r"(?P<query>\\\?\?|(?:\\\?\[\^&\]\+(?P<more>(?:\(\?:&\[\^&\]\+\))*)))?\$?\Z"
)
_ESCAPED = lazy_compile(r"\\(.)")


def url_pattern(path: str, count: int, prefixes: tuple[str, ...] = ()) -> str:
    """Return what matches a path, below any of some prefixes, with a number of parameters.

    WireMock ignores parameters that a stub does not name, so their number is matched here.

    >>> url_pattern("/v2/images", 2)
    '/v2/images\\\\?[^&]+(?:&[^&]+)'
    """
    before = "|".join(re.escape(one) for one in prefixes if one and not path.startswith(one))
    query = _PARAMETER + _NEXT_PARAMETER * (count - 1) if count else _NO_QUERY
    return (f"(?:{before})?" if before else "") + re.escape(path) + query


def path_and_count(pattern: str) -> tuple[str, int] | None:
    """Return the path, and number of parameters, of a pattern that matches no others.

    None for a pattern that matches more. A prefix that may be missing is left out.

    >>> path_and_count("(?:/image)?/v2/images\\\\?[^&]+")
    ('/v2/images', 1)
    """
    found = _PATTERN.match(pattern)
    if found is None:
        return None
    path = _ESCAPED.sub(r"\1", found["path"])
    is_query = (found["query"] or _NO_QUERY) != _NO_QUERY
    return path, 1 + len(found["more"]) // len(_NEXT_PARAMETER) if is_query else 0


def value_of(name: str, condition: Any) -> str | None:
    """Return a value of a header that meets a condition, "" for no header; None when unknown."""
    for header, known, value in VALUES:
        if name.lower() == header and condition == known:
            return value
    match condition:
        case {"absent": True}:
            return ""
        case {"or": [*several]} if {"absent": True} in several:
            return ""
        case {"equalTo": str(text)}:
            return text
        case {"matches": str(pattern)} if pattern in ANYTHING:
            return SOME_VALUE
    return None


def is_for_any_url(asked: dict[str, Any]) -> bool:
    """Whether the request of a stub may have any method and any URL."""
    if asked.get("method", "ANY") != "ANY":
        return False
    patterns = [asked[one] for one in ("urlPattern", "urlPathPattern") if one in asked]
    return all(isinstance(one, str) and one in _ANY_URLS for one in patterns) and not (
        asked.keys() - {"method", "urlPattern", "urlPathPattern", "headers"}
    )


def is_without_token(asked: dict[str, Any]) -> bool:
    """Whether all requests without credentials meet the headers of a stub, and only these."""
    headers = asked.get("headers")
    return (
        isinstance(headers, dict)
        and {one.lower() for one in headers} <= {one.lower() for one in CREDENTIALS}
        and "x-auth-token" in {one.lower() for one in headers}
        and all(one == {"absent": True} for one in headers.values())
    )
