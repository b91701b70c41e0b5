"""A request, its response, and the interaction of the two."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.lazy_regex import lazy_compile

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire; a repeated header is several pairs."""

HOP_BY_HOP = frozenset(
    "connection content-length keep-alive proxy-connection te trailer transfer-encoding upgrade "
    "expect".split()
)
"""Headers of one connection: not stored, and made again for each replayed response."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends. `uri` is absolute; `body` is decoded: it has no content coding."""

    method: str
    uri: str
    headers: Headers = ()
    body: bytes = b""

    def __reduce__(self) -> tuple[type["Request"], tuple[object, ...]]:
        """How it crosses to the scribe: a third of the time that a dataclass takes by itself."""
        return Request, (self.method, self.uri, self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """What a service answers. `body` is decoded unless `headers` have a Content-Encoding."""

    status: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""

    def __reduce__(self) -> tuple[type["Response"], tuple[object, ...]]:
        """See `Request`."""
        return Response, (self.status, self.reason, self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request, its response, and when it was recorded (ISO 8601, UTC; "" when unknown)."""

    request: Request
    response: Response
    recorded_at: str = ""
    passed_through: bool = False
    """Whether it is only a mark: the request may have changed images, and was not recorded."""

    def __reduce__(self) -> tuple[type["Interaction"], tuple[object, ...]]:
        """See `Request`."""
        return Interaction, (self.request, self.response, self.recorded_at, self.passed_through)


def mark_of(request: Request, at: str) -> Interaction:
    """The mark of a request that was not recorded: its method, URL without query, and time.

    The response says so to programs that do not know marks. Headers are only for redaction.
    """
    uri = request.uri.partition("#")[0].partition("?")[0]
    response = Response(501, "Passed through, not recorded")
    return Interaction(
        Request(request.method, uri, request.headers), response, at, passed_through=True
    )


def check_request(request: Request) -> None:
    """Raise BadParameter for a request that no client can send, and name the part."""
    method, uri, headers, body = _parts(request)
    if not isinstance(method, str):
        raise BadParameter(f"Request: the method is {method!r}, not text such as 'GET'.")
    if not isinstance(uri, str) or not _is_absolute(uri):
        raise BadParameter(
            f"Request: the uri is {uri!r}; write a whole one, such as http://127.0.0.1/v2/images."
        )
    if not isinstance(headers, tuple) or not all(map(_is_header, headers)):
        raise BadParameter("Request: headers are a tuple of pairs of text: (('Name', 'value'),).")
    if not isinstance(body, bytes):
        raise BadParameter(f"Request: the body is of type {type(body).__name__}, not bytes.")


def _parts(request: Request) -> tuple[Any, Any, Any, Any]:
    """The parts of a request, whose types are checked: a caller may ignore those of the class."""
    return request.method, request.uri, request.headers, request.body


def _is_absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:  # half of an IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _is_header(one: object) -> bool:
    return isinstance(one, tuple) and [str, str] == [type(part) for part in one]


@dataclass(frozen=True, slots=True)
class Source:
    """Where an interaction is: the name of the file, and the number in it, from 1."""

    file: str
    number: int

    def __str__(self) -> str:
        """As users see it: `basic.yaml#3`."""
        return f"{self.file}#{self.number}"


def without_headers(mark: Interaction) -> Interaction:
    """A mark as it is stored, after its headers have shown which ids are in its path."""
    return replace(mark, request=replace(mark.request, headers=()))


_ACCESS_KEY = lazy_compile(r"(?:Access|Credential)=([^,/\s]+)")


def access_key_of(authorization: str) -> str | None:
    """The access key that a signed request names in `Authorization`; None for another scheme.

    The signature after it is another one in each request.

    >>> access_key_of("SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=0f1e")
    'AK'
    """
    found = _ACCESS_KEY.search(authorization)
    return found[1] if found else None


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first value of a header, whose name may be in any case; None without the header."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


@lru_cache(maxsize=256)
def api_version(headers: Headers) -> str:
    """The release whose API a request asks for: `mitaka`, or `queens` for a letter after M.

    API document: "any letter after M ... the API of the Queens release is returned".
    """
    asked = (header(headers, "x-api-version") or "").strip().upper()
    return "queens" if "M" < asked[:1] <= "Z" else "mitaka"
