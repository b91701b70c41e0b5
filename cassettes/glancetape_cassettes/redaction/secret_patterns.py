"""Finding secrets in free text by their form, also percent-encoded and in base64.

curl --os-password abc http://joe:hunter2@glance/
curl --os-password REDACTED http://glance/
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from glancetape_cassettes.redaction.policy import PLACEHOLDER

_SECRET_NAME = (
    r"(?:pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key|"
    r"private[-_]?key|secret[-_]?key|credentials?|signature|session[-_]?id|authorization|cookie)"
)

_VALUE = r"(\"[^\"]*\"|'[^']*'|[^\s\"',;&<>{}]+)"
_ODD = (
    r"(?:[a-z0-9+/]{4})+(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)(?![\w=\"'])"
    r"|(?=(?-i:(?:[A-Z]*[a-z]+[A-Z]){4}))[a-z+/]{16,}"
)


class Pattern(NamedTuple):
    """A form of secrets: its name, the expression that finds it, and what replaces it."""

    kind: str
    regex: re.Pattern[str]
    replacement: str


def _pattern(kind: str, regex: str, replacement: str = PLACEHOLDER) -> Pattern:
    return Pattern(kind, re.compile(regex, re.IGNORECASE | re.DOTALL), replacement)


PATTERNS = (
    _pattern(
        "user-info in a URL",
        r"(\b[a-z][a-z0-9+.-]{0,30}://)[^\s/\"'<>@]{1,1024}(?:/[^\s\"'<>@]{0,256})?@(?=[\w.\[-])",
        r"\1",
    ),
    _pattern(
        "private key",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    ),
    # request signing of Huawei, AWS and OpenStack's S3
    _pattern("signature", r"\b[A-Z0-9]{2,8}-HMAC-SHA\d+\b(?:[\s,;]*[A-Za-z-]+=[^\s,]+)+"),
    _pattern("JSON web token", r"\beyJ[a-z0-9_-]{8,}\.[a-z0-9_-]*(?:\.[a-z0-9_-]*)?"),
    _pattern("Fernet token", r"\bgAAAA[a-z0-9_=-]{16,}"),
    _pattern("PKI token", r"\bMII[a-z0-9+/_-]{60,}=*"),
    _pattern("access key", r"\b(?-i:AKIA|ASIA)[A-Z0-9]{16}\b"),
    _pattern(
        "HTTP credentials",
        r"(\b[\w-]{0,40}auth(?:orization)?[\"']?\s{0,9}[=:]\s{0,9}[\"']?"
        r"(?:bearer|basic|digest|negotiate))\s+(?!realm=)[a-z0-9._~+/=-]{8,}",
        rf"\1 {PLACEHOLDER}",
    ),
    # Without that name only what is not a word: with digits, base64 padding, or random case.
    _pattern(
        "HTTP credentials",
        rf"\b(bearer|digest|negotiate)\s+(?:(?=[a-z._~+/=-]*\d)[a-z0-9._~+/=-]{{16,}}|{_ODD})",
        rf"\1 {PLACEHOLDER}",
    ),
    _pattern(
        "HTTP credentials",
        rf"\b(basic)\s+(?:(?=[a-z+/]*\d)[a-z0-9+/]{{16,}}=*|{_ODD})",
        rf"\1 {PLACEHOLDER}",
    ),
    # name=value, name: value, "name": "value", --name value
    _pattern(
        "named secret",
        rf"({_SECRET_NAME}[\w.-]{{0,64}}[\"']?\s{{0,9}}[=:]\s{{0,9}}"
        rf"|(?<!\w)-[\w-]{{0,40}}{_SECRET_NAME}[\w-]{{0,40}}[\s=]{{1,9}}"
        # `X-Auth-Token abc12345`, but not `one-time-password login`
        rf"|(?<=\w)-[\w-]{{0,40}}{_SECRET_NAME}[\w-]{{0,40}}\s{{1,9}}"
        rf"(?=[^\s\"',;&<>{{}}\d]{{0,200}}\d)(?=[^\s\"',;&<>{{}}]{{8}}))"
        rf"(?!{PLACEHOLDER}|standin-){_VALUE}",
        rf"\1{PLACEHOLDER}",
    ),
)

# A lower-cased text without any of these matches none of the patterns above.
TRIGGERS = (
        "@", "private key", "-hmac-sha", "bearer", "basic", "digest", "negotiate", "eyj", "gaaaa",
        "mii", "akia", "asia", "pass", "pwd", "secret", "token", "api_key", "api-key", "apikey",
        "access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey",
        "credential", "signature", "session", "authorization", "cookie", "%",
)  # fmt: skip

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\Z")
_HEX = re.compile(r"[0-9a-fA-F-]+\Z")
_TEXT = re.compile(r"[\t\r\n -~\xa0-\uffff]{8,}\Z")
_MOST_CACHED = 256
_MOST_BINARY = 256 * 1024
_LEAST_ENCODED = 16
"""Shorter base64 is not decoded: too much ordinary text has its form."""


def scrub(text: str) -> str:
    """Return text with every secret replaced; text without one comes back unchanged."""
    return _scrub_cached(text) if len(text) <= _MOST_CACHED else _scrub(text)


def _scrub(text: str) -> str:
    folded = text.lower() if text.isascii() else text.casefold()
    if any(map(folded.__contains__, TRIGGERS)):
        for _, regex, replacement in PATTERNS:
            text = regex.sub(replacement, text)
        if "%" in text and (plain := unquote(text)) != text and scrub(plain) != plain:
            return scrub(plain)
    return _scrub_base64(text)


_scrub_cached = lru_cache(maxsize=8192)(_scrub)  # pages repeat most of their values


def scrub_binary(body: bytes) -> bytes:
    """Return binary data with every secret replaced.

    Data over 256 KiB comes back unchanged, as the search would take too long; secrets that are
    known from elsewhere in the exchange are still replaced in it.
    """
    if len(body) > _MOST_BINARY:
        return body
    return scrub(body.decode("latin-1")).encode("latin-1", "replace")


def _scrub_base64(text: str) -> str:
    """Return a placeholder for text that is, as a whole, the base64 of text with a secret."""
    decoded = decode_base64(text)
    return PLACEHOLDER if decoded is not None and scrub(decoded) != decoded else text


def decode_base64(text: str) -> str | None:
    """Return the text that a whole string is the base64 of; None when it is not base64."""
    if len(text) < _LEAST_ENCODED or not _BASE64.match(text) or _HEX.match(text):
        return None
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        decoded = base64.b64decode(padded, altchars=b"-_" if set(text) & {"-", "_"} else None)
        plain = decoded.decode()
    except (binascii.Error, ValueError):
        return None
    return plain if _TEXT.match(plain) else None
