"""Answers for pages in a browser (CORS): which of them may read what is replayed.

A page from `http://localhost:3000` asks our address, which is another origin. Before a request with
X-Auth-Token its browser asks whether it may send it, and afterwards it shows the answer to the page
only if the answer names the origin:

    OPTIONS /v2/images                                           200
    Origin: http://localhost:3000                                Access-Control-Allow-Origin: ...
    Access-Control-Request-Headers: x-auth-token                 Access-Control-Allow-Headers: ...

Pages of this machine may ask, and those of origins that the user names. An answer never allows
every origin, and never credentials of the browser (cookies): tokens are headers of the page's own.
That a cloud allowed more when it was recorded does not count: its list was open to all who have a
token, and here any token will do.
The names are those of the Fetch standard.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.lazy_regex import lazy_compile

Fields = tuple[tuple[bytes, bytes], ...]

_LONGEST = 255
"""Characters of an origin that is looked at: a host name has no more."""
_ORIGIN = lazy_compile(r"https?://(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_TOKENS = lazy_compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_EXPOSED, _PROVENANCE = b"Access-Control-Expose-Headers", b"X-Glancetape"
_KEPT_FOR = b"600"
"""Seconds for which a browser need not ask again."""
_OURS = b"access-control-"
_ORIGIN_ALLOWED, _COOKIES = b"access-control-allow-origin", b"access-control-allow-credentials"


class AllowedOrigins(NamedTuple):
    """The origins whose pages may read answers."""

    named: frozenset[str]
    """Beside those of this machine."""
    is_off: bool = False
    """No page may."""

    def origin_of(self, fields: Iterable[tuple[bytes, bytes]]) -> bytes | None:
        """The origin that a request comes from, if its page may read answers; b"" if it may not.

        None for a request that comes from no page.
        """
        found = [value for name, value in fields if len(name) == 6 and name.lower() == b"origin"]
        if not found:
            return None
        if self.is_off or len(found) != 1 or len(found[0]) > _LONGEST:
            return b""
        text = found[0].decode("latin-1")
        return found[0] if text in self.named or is_loopback_origin(text) else b""


def read_origin(text: str) -> str:
    """The origin that a user names, as browsers write it. Raises BadParameter.

        read_origin("https://App.example/")     "https://app.example"

    `*` is refused: any page that the user visits could read what is replayed.
    """
    found = text.strip().lower().removesuffix("/")
    if not _ORIGIN.fullmatch(found):
        raise BadParameter(f"{text!r} is not an origin such as http://app.example:3000.")
    scheme, _, rest = found.partition("://")
    return f"{scheme}://{rest.removesuffix(':80' if scheme == 'http' else ':443')}"


def is_loopback_origin(text: str) -> bool:
    """Whether an origin is a page that this machine serves itself."""
    if not _ORIGIN.fullmatch(text):
        return False
    host = urlsplit(text).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def asks_first(method: str, fields: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request is the question of a browser before another one (preflight)."""
    return method == "OPTIONS" and bool(_value(fields, b"access-control-request-method"))


def preflight_fields(origin: bytes, fields: Sequence[tuple[bytes, bytes]]) -> Fields:
    """The headers of the answer to that question."""
    asked = _value(fields, b"access-control-request-headers")
    wanted = [(b"Access-Control-Allow-Headers", asked)] if _TOKENS.fullmatch(asked) else []
    if _value(fields, b"access-control-request-private-network") == b"true":
        wanted.append((b"Access-Control-Allow-Private-Network", b"true"))
    return (
        (b"Access-Control-Allow-Origin", origin),
        (b"Access-Control-Allow-Methods", _METHODS),
        *wanted,
        (b"Access-Control-Max-Age", _KEPT_FOR),
        (b"Vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    )


def shown_to(origin: bytes, fields: Fields, *, is_preflight: bool = False) -> Fields:
    """The headers of an answer that a page of an origin may read, with all that it has.

    What a recorded answer says itself stays, but it does not allow every origin, nor cookies, and
    X-Glancetape, which is not of the cloud, may be read too. For b"" it allows no page.
    No page reads the answer to a preflight, so nothing is exposed in it.
    """
    if any(name.lower().startswith(_OURS) for name, _ in fields):
        narrowed = _narrowed(origin, fields, is_preflight=is_preflight)
        return tuple(narrowed) if origin else _hidden(fields)
    if not origin:
        return fields
    exposed = b", ".join(dict.fromkeys(name for name, _ in fields))
    return (
        *fields,
        (b"Access-Control-Allow-Origin", origin),
        *(() if is_preflight else ((_EXPOSED, exposed),)),
        (b"Vary", b"Origin"),
    )


def _hidden(fields: Fields) -> Fields:
    """The headers of an answer without those that let a page read it."""
    return tuple(field for field in fields if not field[0].lower().startswith(_OURS))


def _narrowed(
    origin: bytes, fields: Fields, *, is_preflight: bool
) -> Iterable[tuple[bytes, bytes]]:
    may_read = _value(fields, _ORIGIN_ALLOWED).strip() in (b"*", origin)
    exposed = _value(fields, _EXPOSED.lower())
    may_read &= not is_preflight
    if may_read and exposed.strip() != b"*" and _PROVENANCE.lower() not in exposed.lower():
        yield _EXPOSED, _PROVENANCE  # beside what the cloud exposes
    for name, value in fields:
        lower = name.lower()
        if lower == _ORIGIN_ALLOWED and value.strip() == b"*":
            yield name, origin
            yield b"Vary", b"Origin"  # a cache must not show it to another page
        elif lower != _COOKIES:
            yield name, value


def _value(fields: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    return next((value for name, value in fields if name.lower() == wanted), b"")
