"""Requests that an access key signs, as Huawei Cloud's SDKs send them.

    Authorization: SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=0f1e...

Source: the code of huaweicloudsdkcore.
"""

import hmac
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from glancetape_cassettes.cloud.identity.accounts import is_same
from glancetape_cassettes.interaction import Request, header
from glancetape_cassettes.lazy_regex import lazy_compile

_ALGORITHM = "SDK-HMAC-SHA256"
_SIGNED = lazy_compile(
    rf"{_ALGORITHM}\s+Access=(?P<access>[^,\s]+),\s*SignedHeaders=(?P<names>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-fA-F]{64})\s*\Z"
)


class Signature(NamedTuple):
    """What a signed request says about its signature."""

    access: str
    names: tuple[str, ...]
    """The headers that are signed, in their order."""
    value: str


def signature_of(request: Request) -> Signature | None:
    """Return the signature of a request; None when it is not signed in this way."""
    found = _SIGNED.match(header(request.headers, "authorization") or "")
    if found is None:
        return None
    return Signature(found["access"], tuple(found["names"].split(";")), found["signature"].lower())


def is_signed_by(secret: str, signature: Signature, request: Request) -> bool:
    """Whether the secret of an access key signed a request."""
    return is_same(sign(request, signature.names, secret), signature.value)


def sign(request: Request, names: tuple[str, ...], secret: str) -> str:
    """Return the signature of a request, of which the headers `names` are signed."""
    canonical = "\n".join(
        (
            request.method.upper(),
            _canonical_path(request.uri),
            _canonical_query(request.uri),
            "".join(f"{name}:{_header(request, name)}\n" for name in names),
            ";".join(names),
            _hash_of_body(request),
        )
    )
    date = header(request.headers, "x-sdk-date") or ""
    hashed = sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    text = f"{_ALGORITHM}\n{date}\n{hashed}"
    return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()


def _header(request: Request, name: str) -> str:
    value = header(request.headers, name)
    if value is None:  # HTTP/2 has no header Host
        value = urlsplit(request.uri).netloc if name == "host" else ""
    try:
        return value.strip().encode("latin-1").decode()  # the bytes of a header are UTF-8
    except UnicodeError:
        return value.strip()


def _hash_of_body(request: Request) -> str:
    given = header(request.headers, "x-sdk-content-sha256") if request.body else None
    return given or sha256(request.body).hexdigest()


def _canonical_path(uri: str) -> str:
    path = "/".join(map(_escaped, unquote(urlsplit(uri).path or "/").split("/")))
    return path if path.endswith("/") else f"{path}/"


def _canonical_query(uri: str) -> str:
    pairs = parse_qsl(urlsplit(uri).query, keep_blank_values=True, errors="surrogateescape")
    return "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in sorted(pairs))


def _escaped(text: str) -> str:
    return quote(text, safe="~", errors="surrogateescape")
