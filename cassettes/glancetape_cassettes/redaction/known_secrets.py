"""Replacing what was secret once wherever it turns up again, in any encoding and any case."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from glancetape_cassettes.formats.body import (
    JsonLayout,
    ReadableBody,
    escape_unsafe,
    readable_json,
    to_readable,
)
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.secret_patterns import encodings
from glancetape_cassettes.redaction.stand_ins import is_stand_in

_MOST_REMEMBERED = 16
LEAST_ID = 16
"""Ids shorter than this are replaced where they are ids, not wherever their letters occur."""


class Memory:
    """The secrets of the last messages, for those that only repeat them."""

    def __init__(self) -> None:
        """Start empty."""
        self._secrets: OrderedDict[str, None] = OrderedDict()

    def __iter__(self) -> Iterator[str]:
        """Give what is remembered."""
        return iter(self._secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Remember these, and forget the oldest."""
        for secret in secrets:
            if _worth_masking(secret):
                self._secrets[secret] = None
                self._secrets.move_to_end(secret)
        while len(self._secrets) > _MOST_REMEMBERED:
            self._secrets.popitem(last=False)


class Masker:
    """Replaces known secrets, and ids in places where nobody expects ids."""

    def __init__(self, secrets: Iterable[str], ids: Mapping[str, str]) -> None:
        """Take secrets, of which short and plain words are left out, and {id: stand-in}."""
        forms = {form for one in secrets if _worth_masking(one) for form in _encodings(one)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._least = len(self._forms[-1]) if self._forms else 0
        self._ids = {
            form: other
            for real, other in ids.items()
            for form in _forms_of_id(real)
            if len(form) >= LEAST_ID
        }

    def __call__(self, text: str) -> str:
        """Replace in text."""
        return self._masked(text, self._forms)

    def bytes(self, data: bytes) -> bytes:
        """Replace in a body that is no text."""
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
    odd = None
    for form in forms:
        if form.isascii():
            if form.encode() in lowered:
                return True
        else:
            odd = odd or text.lower()
            if form in odd:
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


def _worth_masking(secret: str) -> bool:
    # Short or plain words would be found everywhere by chance.
    return (
        len(secret) >= 8
        and PLACEHOLDER not in secret
        and not is_stand_in(secret)
        and not (len(secret) < 12 and secret.isalpha() and secret.islower())
    )


@dataclass(frozen=True, slots=True)
class RedactedBody:
    """A body as it may be stored."""

    content: str | bytes
    layout: JsonLayout | None = None

    def masked(self, mask: Masker) -> "RedactedBody":
        """Replace known secrets wherever they stand; JSON stays JSON."""
        if isinstance(self.content, bytes):
            return RedactedBody(mask.bytes(self.content))
        masked = mask(self.content)
        if masked == self.content or not _is_json(self.content) or _is_json(masked):
            return RedactedBody(masked, self.layout)
        # A number or an escape was cut.
        try:
            value = _masked_value(json.loads(self.content), mask)
            if self.layout is not None:
                return RedactedBody(readable_json(value), self.layout)
            return laid_out(value)
        except RecursionError:
            return RedactedBody(PLACEHOLDER)

    def text_bytes(self) -> bytes:
        """Give the stored form as bytes, to compare."""
        return self.content if isinstance(self.content, bytes) else self.content.encode()

    def readable(self) -> ReadableBody:
        """Give the form that is written."""
        return ReadableBody(self.content, self.layout)


def laid_out(value: Any) -> RedactedBody:
    """Lay a value out that has no layout of its own."""
    stored = to_readable(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    return RedactedBody(stored.content, stored.layout)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _masked_value(value: Any, mask: Masker) -> Any:
    if isinstance(value, dict):
        return {_masked_string(name, mask): _masked_value(one, mask) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked_value(one, mask) for one in value]
    if isinstance(value, str):
        return _masked_string(value, mask)
    text = json.dumps(value)
    masked = mask(text)
    return value if masked == text else masked if is_stand_in(masked) else PLACEHOLDER


def _masked_string(text: str, mask: Masker) -> str:
    masked = mask(text)
    escaped = escape_unsafe(json.dumps(masked, ensure_ascii=False))
    return masked if mask(escaped) == escaped else PLACEHOLDER
