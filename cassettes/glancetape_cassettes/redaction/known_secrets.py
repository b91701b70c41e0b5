"""Replacing a known secret wherever it is repeated, in any encoding and in any case.

A client sends a token in a header, and the service quotes it in an error: the form of the text
shows nothing, but the header has shown the secret.
"""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote

from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import is_stand_in

_MOST_REMEMBERED = 16
_SHORTEST_FORM = 8
LEAST_ID = 16
"""Shorter ids are replaced where a name says that they are ids, not wherever they occur."""


class RecentSecrets:
    """The secrets of the last exchanges, for those that only repeat them."""

    def __init__(self) -> None:
        """Start empty."""
        self._secrets: OrderedDict[str, None] = OrderedDict()

    def __iter__(self) -> Iterator[str]:
        """Yield the secrets, the oldest first."""
        return iter(self._secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Remember these secrets, and forget the oldest ones beyond the limit."""
        for secret in secrets:
            if _is_worth_masking(secret):
                self._secrets[secret] = None
                self._secrets.move_to_end(secret)
        while len(self._secrets) > _MOST_REMEMBERED:
            self._secrets.popitem(last=False)


class Masker:
    """Replaces known secrets in any text, and known ids where nobody expects ids.

    >>> Masker(["Zq7WkR3xVb9T"], {})("token zq7wkr3xvb9t is invalid")
    'token REDACTED is invalid'
    """

    def __init__(self, secrets: Iterable[str], ids: Mapping[str, str]) -> None:
        """Take the secrets, of which short and plain words are ignored, and {id: stand-in}."""
        forms = {form for one in secrets if _is_worth_masking(one) for form in _encodings(one)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._least = len(self._forms[-1]) if self._forms else 0
        self._ids = {
            form: other
            for real, other in ids.items()
            for form in _forms_of_id(real)
            if len(form) >= LEAST_ID
        }

    def __call__(self, text: str) -> str:
        """Return the text without the secrets and ids."""
        return self._masked(text, self._forms)

    def bytes(self, data: bytes) -> bytes:
        """Return binary data without the secrets and ids."""
        forms = [
            form.encode("utf-8", "surrogatepass").decode("latin-1").lower() for form in self._forms
        ]
        text = self._masked(data.decode("latin-1"), [*forms, *self._forms])
        return text.encode("latin-1", "replace")

    def _masked(self, text: str, forms: list[str]) -> str:
        if forms and len(text) >= self._least and _any_in(text, forms):
            for form in forms:
                text = re.sub(re.escape(form), PLACEHOLDER, text, flags=re.IGNORECASE)
        for real, stand_in in self._ids.items():
            if real in text:
                text = text.replace(real, stand_in)
        return text


def _any_in(text: str, forms: list[str]) -> bool:
    """Look for lower-cased forms in any case; in bytes it takes a quarter of the time."""
    lowered = text.encode("utf-8", "surrogatepass").lower()
    folded = None
    for form in forms:
        if form.isascii():
            if form.encode() in lowered:
                return True
        else:
            folded = folded or text.lower()
            if form in folded:
                return True
    return False


@lru_cache(maxsize=256)
def _encodings(secret: str) -> tuple[str, ...]:
    return tuple(encodings(secret))


@lru_cache(maxsize=1024)
def _forms_of_id(real: str) -> tuple[str, ...]:
    if real.isalnum() and real.isascii():
        return (real,)
    raw = real.encode("utf-8", "surrogatepass")
    return tuple(dict.fromkeys((real, quote(raw, ""), quote(raw), quote_plus(raw))))


def _is_worth_masking(secret: str) -> bool:
    # Short or plain words would be found everywhere by chance.
    return (
        len(secret) >= 8
        and PLACEHOLDER not in secret
        and not is_stand_in(secret)
        and not (len(secret) < 12 and secret.isalpha() and secret.islower())
    )


def encodings(secret: str) -> list[str]:
    """Return the forms in which a service may repeat a secret, in lower case, longest first."""
    plain = unquote(secret)  # header values may be percent-encoded, as glanceclient sends them
    forms = {form.lower() for one in {secret, plain} for form in _encodings_of(one)}
    return sorted((form for form in forms if len(form) >= _SHORTEST_FORM), key=len, reverse=True)


_UNRESERVED = re.compile(r"[A-Za-z0-9_.-]*\Z")
_PERCENT = [f"%{byte:02x}" for byte in range(256)]


def _encodings_of(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield from (secret, raw.hex(), "".join([_PERCENT[byte] for byte in raw]))
    if not _UNRESERVED.match(secret):
        yield from (html.escape(secret), json.dumps(secret)[1:-1])
        yield json.dumps(secret, ensure_ascii=False)[1:-1]
        for safe in ("", "/", "~", ":/@!$&'()*+,;="):
            quoted = quote(raw, safe)
            yield from (quoted, quote(quoted, safe), quoted.replace("%20", "+"))
    for encode in (b64encode, urlsafe_b64encode):
        for skip in range(3):  # the three ways in which it can lie in a longer text
            inner = encode(b"\0" * skip + raw).decode().rstrip("=")
            start = (0, 2, 3)[skip]
            rest = (len(raw) + skip) % 3
            yield inner[start : len(inner) - 1 if rest else len(inner)]
