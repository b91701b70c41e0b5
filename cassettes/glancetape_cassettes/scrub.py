"""Finding secrets in free text by their form, also percent-encoded and in base64."""

import base64
import binascii
import re
from urllib.parse import unquote

from glancetape_cassettes.policy import PLACEHOLDER

_SECRET_NAME = (
    r"(?:pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key|"
    r"private[-_]?key|secret[-_]?key|credentials?|signature|session[-_]?id|authorization|cookie)"
)
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), replacement)
    for pattern, replacement in (
        # user-info in a URL
        (r"(\b[a-z][a-z0-9+.-]*://)[^\s/\"'<>@]+(?:/[^\s\"'<>@]*)?@(?=[\w.\[-])", r"\1"),
        # private keys
        (
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
            PLACEHOLDER,
        ),
        # request signing of Huawei, AWS, OpenStack S3
        (r"\b[A-Z0-9]{2,8}-HMAC-SHA\d+\b(?:[\s,;]*[A-Za-z-]+=[^\s,]+)+", PLACEHOLDER),
        # HTTP authentication
        (
            r"\b(bearer|basic|digest|negotiate)\s+(?!realm=)[a-z0-9._~+/=-]{8,}",
            rf"\1 {PLACEHOLDER}",
        ),
        # JSON web tokens, Fernet tokens, PKI tokens, access key ids
        (r"\beyJ[a-z0-9_-]{8,}\.[a-z0-9_-]*(?:\.[a-z0-9_-]*)?", PLACEHOLDER),
        (r"\bgAAAA[a-z0-9_=-]{16,}", PLACEHOLDER),
        (r"\bMII[a-z0-9+/_-]{60,}=*", PLACEHOLDER),
        (r"\b(?-i:AKIA|ASIA)[A-Z0-9]{16}\b", PLACEHOLDER),
        # name=value, name: value, "name": "value", --name value
        (
            rf"(\b[\w.-]*{_SECRET_NAME}[\w.-]*[\"']?\s*[=:]\s*|--?[\w-]*{_SECRET_NAME}[\w-]*[\s=]+)"
            rf"(?!{PLACEHOLDER}|standin-)(\"[^\"]*\"|'[^']*'|[^\s\"',;&<>{{}}]+)",
            rf"\1{PLACEHOLDER}",
        ),
    )
)

# If none of these occurs in a lower-cased text, no pattern above can match it.
TRIGGERS = tuple(
    text.encode()
    for text in (
        "@", "private key", "-hmac-sha", "bearer", "basic", "digest", "negotiate", "eyj", "gaaaa",
        "mii", "akia", "asia", "pass", "pwd", "secret", "token", "api_key", "api-key", "apikey",
        "access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey",
        "credential", "signature", "session", "authorization", "cookie", "%",
    )
)  # fmt: skip

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\Z")
_HEX = re.compile(r"[0-9a-fA-F-]+\Z")
_TEXT = re.compile(r"[\t\r\n -~\xa0-\uffff]{8,}\Z")
LEAST_ENCODED = 16
"""Base64 shorter than this holds no secret worth the name."""


def has_trigger(lowered: bytes) -> bool:
    """Tell whether a lower-cased text can hold anything that `scrub` replaces unencoded."""
    return any(trigger in lowered for trigger in TRIGGERS)


def scrub(text: str) -> str:
    """Replace what looks like a secret in free text; text without one comes back unchanged."""
    if not text.isascii() or has_trigger(text.lower().encode()):
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        if "%" in text and (plain := unquote(text)) != text and scrub(plain) != plain:
            return scrub(plain)
    return scrub_encoded(text)


def scrub_encoded(text: str) -> str:
    """Replace text that is, as a whole, base64 of something that holds a secret."""
    decoded = decode_base64(text)
    return PLACEHOLDER if decoded is not None and scrub(decoded) != decoded else text


def decode_base64(text: str) -> str | None:
    """Give the text that a whole string is the base64 of, or None."""
    if len(text) < LEAST_ENCODED or not _BASE64.match(text) or _HEX.match(text):
        return None
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        decoded = base64.b64decode(padded, altchars=b"-_" if set(text) & {"-", "_"} else None)
        plain = decoded.decode()
    except (binascii.Error, ValueError):
        return None
    return plain if _TEXT.match(plain) else None


def encodings(secret: str) -> list[str]:
    """Give a secret and its percent-encoded, base64 and escaped forms, as they may be echoed."""
    raw = secret.encode("utf-8", "surrogatepass")
    every = "".join(f"%{byte:02X}" for byte in raw)
    forms = {secret, every, every.lower()}
    for safe in ("", "/", "~", ":/@!$&'()*+,;="):
        quoted = _quote(raw, safe)
        forms |= {quoted, re.sub("%..", lambda found: found[0].lower(), quoted)}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for skip in range(3):  # the three ways it can lie in a longer text
            inner = encode(b"\0" * skip + raw).decode().rstrip("=")
            start = (0, 2, 3)[skip]
            rest = (len(raw) + skip) % 3
            forms.add(inner[start : len(inner) - 1 if rest else len(inner)])
    forms.add(raw.hex())
    return sorted((form for form in forms if len(form) >= 8), key=len, reverse=True)


def _quote(raw: bytes, safe: str) -> str:
    keep = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
    keep |= set(safe.encode())
    return "".join(chr(byte) if byte in keep else f"%{byte:02X}" for byte in raw)
