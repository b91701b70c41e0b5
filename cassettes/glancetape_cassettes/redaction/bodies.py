"""Redacting bodies of any kind, and the form in which a redacted body is stored.

JSON is redacted by the names of its members, a form by the names of its parameters, and other
text by the form of its secrets. A body without secrets comes back byte for byte. What is neither
text nor the data of an image cannot be searched, and is replaced whole. So is the data of an image
that has a secret anywhere: half of it would be other data.
"""

import codecs
import json
from dataclasses import dataclass, replace
from typing import Any

import orjson

from glancetape_cassettes.formats.body import (
    JsonLayout,
    ReadableBody,
    escape_unsafe,
    from_readable,
    is_deep,
    is_utf_8,
    parse_json,
    readable_json,
    to_readable,
)
from glancetape_cassettes.interaction import Headers, header
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.exchange import Exchange
from glancetape_cassettes.redaction.forms.compressed import Part, Unsearchable, unpacked
from glancetape_cassettes.redaction.json_values import JsonRedaction
from glancetape_cassettes.redaction.keystone_values import redact_keystone, redact_keystone_form
from glancetape_cassettes.redaction.known_secrets import Masker
from glancetape_cassettes.redaction.policy import MOST_TEXT, PLACEHOLDER, Treatment
from glancetape_cassettes.redaction.scrubbing import readable_size, scrub, scrub_binary
from glancetape_cassettes.redaction.secret_patterns import secrets_in
from glancetape_cassettes.redaction.stand_ins import is_stand_in
from glancetape_cassettes.redaction.urls import redact_query

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_MARK = "\ufeff"
"""The byte order mark when it is decoded; programs add another one to a text that has it."""
_CONTROL = lazy_compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""What no text has, in whatever encoding of one byte; a terminal's colours begin with ESC."""
_LEAST_JSON = 7
"""No shorter value holds anything: `{"a":1}`."""
_MOST_LINES = 4096
_HIGH = bytes(range(128, 256))


@dataclass(frozen=True, slots=True)
class RedactedBody:
    """A body as it may be stored."""

    content: str | bytes
    layout: JsonLayout | None = None
    is_image_data: bool = False

    def masked(self, mask: Masker) -> "RedactedBody":
        """Return the body with known secrets replaced wherever they are; JSON stays JSON.

        The data of an image is replaced whole when there is one in it.
        """
        if self.is_image_data:
            raw = _exact(self)
            return self if mask.bytes(raw) == raw else RedactedBody(PLACEHOLDER)
        if isinstance(self.content, bytes):
            return RedactedBody(mask.bytes(self.content))
        masked = mask(self.content)
        if masked == self.content or not self._is_json() or _is_json(masked):
            return RedactedBody(masked, self.layout)
        # The secret was part of a number or of an escape, as in {"size": 2361393152}.
        try:
            value = _masked_value(json.loads(self.content), mask)
            if self.layout is not None:
                return RedactedBody(readable_json(value), self.layout)
            return _laid_out(value)
        except RecursionError:
            return RedactedBody(PLACEHOLDER)

    def _is_json(self) -> bool:
        return self.layout is not None or _is_json(str(self.content))

    def text_bytes(self) -> bytes:
        """Return the stored form as bytes, to compare it with another one."""
        return self.content if isinstance(self.content, bytes) else self.content.encode()

    def readable(self) -> ReadableBody:
        """Return the form that a cassette is written from."""
        return ReadableBody(self.content, self.layout)


def redact_body(
    body: bytes, headers: Headers, exchange: Exchange, *, is_image_data: bool = False
) -> RedactedBody:
    """Return a body as it may be stored; the exchange notes the ids and secrets in it.

    A body that cannot be searched, because its content coding is still on it, is replaced whole,
    and so is the data of an image with a secret in it.
    """
    if not body:
        return RedactedBody("")
    packs_a_secret = _packs_a_secret(body, exchange)
    if has_coding(headers) or packs_a_secret:
        return RedactedBody(PLACEHOLDER)
    if is_image_data:
        return _redact_image_data(body, exchange)
    if _is_form(body, headers):
        redact_form = redact_keystone_form if exchange.is_keystone else redact_query
        form = redact_form(body.decode("utf-8", "replace"), exchange)
        # It may be other text: curl calls it a form too.
        return RedactedBody(form if exchange.is_keystone else scrub(form))
    return _redact_json_or_deep(body, exchange, is_searched=packs_a_secret is False)


def _is_form(body: bytes, headers: Headers) -> bool:
    """Whether a body is a form. curl calls each body one, and Glance reads JSON all the same."""
    kind = header(headers, "content-type") or ""
    if "x-www-form-urlencoded" not in kind.lower() or _CONTROL.search(body):
        return False
    return not body.lstrip().startswith((b"{", b"[", codecs.BOM_UTF8))


def _redact_json_or_deep(body: bytes, exchange: Exchange, *, is_searched: bool) -> RedactedBody:
    try:
        return _redact_json_or_text(body, exchange, is_searched=is_searched)
    except RecursionError:
        if not _is_like_text(body) or not is_utf_8(body):
            return RedactedBody(PLACEHOLDER)
        return _redact_deep(body.decode(), exchange)


def _redact_image_data(body: bytes, exchange: Exchange) -> RedactedBody:
    """Return the data of an image byte for byte, or the placeholder if there is a secret in it.

    Clients check its sum, and a header may say of it what it likes.
    """
    redacted = _redact_json_or_deep(body, exchange, is_searched=True)
    is_kept = _exact(redacted) == body
    return replace(redacted, is_image_data=True) if is_kept else RedactedBody(PLACEHOLDER)


def has_coding(headers: Headers) -> bool:
    """Whether a body is still compressed or encoded; recorders undo each coding that they know."""
    coding = (header(headers, "content-encoding") or "").strip().lower()
    return coding not in ("", "identity", "none")


def has_much_text(body: bytes) -> bool:
    """Whether the data of an image has more text than `MOST_TEXT`."""
    return len(body) > MOST_TEXT and _text_size(body) > MOST_TEXT


def _text_size(body: bytes) -> int:
    """The bytes of a body that are searched: all of a text, the readable parts of other data."""
    is_text = b"\0" not in body and is_utf_8(body)
    if is_text or _marked_encoding(body) is not None:
        return len(body)
    return readable_size(body, MOST_TEXT)


def _packs_a_secret(body: bytes, exchange: Exchange) -> bool | None:
    """Whether packed data holds a secret, or cannot be searched; None for what is not packed."""
    try:
        parts = unpacked(body)
    except Unsearchable:
        return True
    if parts is None:
        return None
    if sum(_text_size(part.content) for part in parts) > MOST_TEXT:
        return True
    mask = Masker([*exchange.secrets, *exchange.passing], exchange.ids)
    return any(_has_a_secret(part, exchange, mask) for part in parts)


def _has_a_secret(part: Part, exchange: Exchange, mask: Masker) -> bool:
    content = part.content
    if mask.bytes(content) != content:
        return True
    try:
        redacted = _redact_plain(content, exchange, is_searched=part.is_packed)
    except RecursionError:
        return True
    return _exact(redacted) != content


def _redact_plain(
    body: bytes, exchange: Exchange, *, is_searched: bool = False, is_decoded: bool = False
) -> RedactedBody:
    if not body:
        return RedactedBody("")
    return _redact_json_or_text(body, exchange, is_searched=is_searched, is_decoded=is_decoded)


def _exact(redacted: RedactedBody) -> bytes:
    """Return a redacted body as bytes, in the layout of the service."""
    return from_readable(redacted.readable(), "body")


def _redact_json_or_text(
    body: bytes, exchange: Exchange, *, is_searched: bool = False, is_decoded: bool = False
) -> RedactedBody:
    """Redact a body; one that is binary is kept only if all in it is searched."""
    parsed = parse_json(body)
    if parsed is not None:
        value, layout = parsed
        return RedactedBody(readable_json(_redact_value(value, exchange)), layout)
    if not is_decoded and (encoding := _marked_encoding(body)) is not None:
        return _redact_encoded(body, encoding, exchange)
    is_kept = is_searched or _is_like_text(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        if exchange.is_keystone or not is_kept:
            return RedactedBody(PLACEHOLDER)
        return RedactedBody(scrub_binary(body, is_text=_is_like_text(body)))
    if is_kept and not exchange.is_keystone and b"\0" in body:
        return RedactedBody(scrub_binary(body))
    return _redact_irregular(text, exchange) if is_kept else RedactedBody(PLACEHOLDER)


def _is_like_text(body: bytes) -> bool:
    """Whether a body is text, in UTF-8 or an encoding of one byte: markup and spaces are ASCII."""
    if _CONTROL.search(body):
        return False
    return body.isascii() or 2 * len(body.translate(None, _HIGH)) >= len(body) or is_utf_8(body)


def _marked_encoding(body: bytes) -> str | None:
    """Return the encoding that a byte order mark shows, or the zeros of JSON in UTF-16 and -32.

    Without a mark most characters have to be ASCII: of other binary data with zeros among its first
    bytes, what is read as UTF-16 is mostly Chinese.
    """
    has_mark = body.startswith(_MARKS)
    if not has_mark and b"\0" not in body[:4]:
        return None
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return None
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return None
    narrow = text.encode("ascii", "ignore")
    is_text = (has_mark or 2 * len(narrow) >= len(text)) and not _CONTROL.search(narrow)
    return encoding if is_text else None


def _redact_encoded(body: bytes, encoding: str, exchange: Exchange) -> RedactedBody:
    if encoding != "utf-8-sig" and _has_narrow_secret(body):
        return RedactedBody(PLACEHOLDER)
    text = body.decode(encoding)
    plain = text.lstrip(_MARK).encode()
    marks = text[: len(text) - len(text.lstrip(_MARK))]
    redacted = _exact(_redact_plain(plain, exchange, is_decoded=True))
    if redacted == plain:
        return _as_stored(body)
    if redacted == PLACEHOLDER.encode():  # of zeros, which are no text in any encoding
        return RedactedBody(PLACEHOLDER)
    return _as_stored((marks + redacted.decode()).encode(encoding))


def _has_narrow_secret(body: bytes) -> bool:
    """Whether a body in UTF-16 or -32 has a secret of one byte a character: it is binary then."""
    narrow = body.decode("latin-1")
    return scrub(narrow) != narrow


def _as_stored(body: bytes) -> RedactedBody:
    """Return bytes that are redacted already as a cassette stores them."""
    stored = to_readable(body)
    return RedactedBody(stored.content, stored.layout)


def _redact_value(value: Any, exchange: Exchange) -> Any:
    if exchange.is_keystone:
        return redact_keystone(value, exchange)
    return JsonRedaction(exchange).value(Treatment.KEEP, value)


def _redact_irregular(text: str, exchange: Exchange) -> RedactedBody:
    """Redact text that is not JSON, or JSON in a layout that cannot be restored."""
    if is_deep(text):
        return _redact_deep(text, exchange)
    repeated: list[Any] = []
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: _members_of(pairs, repeated))
    except ValueError:
        return _redact_text(text, exchange)
    if isinstance(value, dict | list):
        return _redact_odd_layout(text, value, repeated, exchange)
    if isinstance(value, str) and not exchange.is_keystone:
        redacted = _redact_value(value, exchange)
        return RedactedBody(text) if redacted == value else _laid_out(redacted)
    return _redact_text(text, exchange)


def _redact_odd_layout(
    text: str, value: Any, repeated: list[Any], exchange: Exchange
) -> RedactedBody:
    """Redact JSON in a layout that cannot be restored; `repeated` has what its names hide."""
    before = json.dumps([value, repeated])
    redacted = _redact_value(value, exchange)
    if json.dumps([redacted, [_redact_value(one, exchange) for one in repeated]]) == before:
        return RedactedBody(text)
    if repeated:  # what a repeated name hides goes together with the layout
        return _laid_out(redacted)
    for real, stand_in in exchange.ids.items():
        text = text.replace(f'"{real}"', f'"{stand_in}"')
    try:
        is_same = json.loads(text) == redacted
    except ValueError:
        is_same = False
    return RedactedBody(text) if is_same else _laid_out(redacted)


def _redact_text(text: str, exchange: Exchange) -> RedactedBody:
    """Redact text that is not JSON: Keystone's whole, JSON values in lines each by itself.

    JSON with an error in it, such as a comma too many, is redacted token by token.
    """
    if exchange.is_keystone:
        return RedactedBody(PLACEHOLDER if text.strip() else text)
    lines = text.split("\n")
    if len(lines) > 1 and all(line.lstrip()[:1] in ("{", "[", "") for line in lines):
        return RedactedBody(scrub(_redact_lines(lines, exchange)))
    return RedactedBody(_redact_faulty(text, exchange))


def _redact_lines(lines: list[str], exchange: Exchange) -> str:
    """Redact lines that begin as JSON does, each by itself: a line with an error ends there.

    A body of a million short lines takes no longer than another of its size.
    """
    redacted: dict[str, str] = {}
    parts: list[str] = []
    for line in lines:
        part = line if len(line) < _LEAST_JSON else redacted.get(line)
        if part is None:
            part = _exact(_redact_plain(line.encode(), exchange)).decode()
            if len(redacted) < _MOST_LINES:
                redacted[line] = part
        parts.append(part)
    return "\n".join(parts)


def _redact_faulty(text: str, exchange: Exchange) -> str:
    """Redact text, and what looks like JSON in it token by token."""
    if text.lstrip()[:1] in ("{", "["):
        text = JsonRedaction(exchange).deep_text(text)
    scrubbed = exchange.text(text)
    if scrubbed != text:
        exchange.secrets.update(secrets_in(text))
    return scrubbed


def _members_of(pairs: list[tuple[str, Any]], repeated: list[Any]) -> dict[str, Any]:
    """Build an object; members that a later one of the same name hides go to `repeated`."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            repeated.append({name: members[name]})
        members[name] = value
    return members


def _redact_deep(text: str, exchange: Exchange) -> RedactedBody:
    """Redact JSON nested deeper than functions can recurse."""
    if exchange.is_keystone:
        return RedactedBody(PLACEHOLDER)
    try:
        return RedactedBody(JsonRedaction(exchange).deep_text(text))
    except RecursionError:  # such JSON in a string in such JSON
        return RedactedBody(PLACEHOLDER)


def _laid_out(value: Any) -> RedactedBody:
    """Return a value in a layout of ours, where that of the service cannot be kept."""
    raw = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return _as_stored(raw)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
        return True
    except ValueError:  # it is stricter: a lone surrogate, NaN, deep nesting
        pass
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
