"""Redacting bodies of any kind, and the form in which a redacted body is stored.

JSON is redacted by the names of its members, a form by the names of its parameters, and other
text by the form of its secrets. A body without secrets comes back byte for byte.
"""

import bz2
import codecs
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from glancetape_cassettes.formats.body import (
    JsonLayout,
    ReadableBody,
    escape_unsafe,
    from_readable,
    is_deep,
    parse_json,
    readable_json,
    to_readable,
)
from glancetape_cassettes.interaction import Headers, header
from glancetape_cassettes.redaction.exchange import Exchange
from glancetape_cassettes.redaction.json_values import JsonRedaction
from glancetape_cassettes.redaction.keystone_values import redact_keystone, redact_keystone_form
from glancetape_cassettes.redaction.known_secrets import Masker
from glancetape_cassettes.redaction.policy import PLACEHOLDER, Treatment
from glancetape_cassettes.redaction.secret_patterns import scrub, scrub_binary, secrets_in
from glancetape_cassettes.redaction.stand_ins import is_stand_in
from glancetape_cassettes.redaction.urls import redact_query

_MOST_UNZIPPED = 16 << 20
_DEEPEST = 3
"""Compressed files in each other: more of them cannot be searched."""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True, slots=True)
class RedactedBody:
    """A body as it may be stored."""

    content: str | bytes
    layout: JsonLayout | None = None

    def masked(self, mask: Masker) -> "RedactedBody":
        """Return the body with known secrets replaced wherever they are; JSON stays JSON."""
        if isinstance(self.content, bytes):
            return RedactedBody(mask.bytes(self.content))
        masked = mask(self.content)
        if masked == self.content or not _is_json(self.content) or _is_json(masked):
            return RedactedBody(masked, self.layout)
        # The secret was part of a number or of an escape, as in {"size": 2361393152}.
        try:
            value = _masked_value(json.loads(self.content), mask)
            if self.layout is not None:
                return RedactedBody(readable_json(value), self.layout)
            return _laid_out(value)
        except RecursionError:
            return RedactedBody(PLACEHOLDER)

    def text_bytes(self) -> bytes:
        """Return the stored form as bytes, to compare it with another one."""
        return self.content if isinstance(self.content, bytes) else self.content.encode()

    def readable(self) -> ReadableBody:
        """Return the form that a cassette is written from."""
        return ReadableBody(self.content, self.layout)


def redact_body(body: bytes, headers: Headers, exchange: Exchange) -> RedactedBody:
    """Return a body as it may be stored; the exchange notes the ids and secrets in it.

    A body that cannot be searched, because its content coding is still on it, is replaced whole.
    """
    if not body:
        return RedactedBody("")
    if has_coding(headers) or _is_zipped_with_a_secret(body, exchange):
        return RedactedBody(PLACEHOLDER)
    if "x-www-form-urlencoded" in (header(headers, "content-type") or "").lower():
        redact_form = redact_keystone_form if exchange.is_keystone else redact_query
        return RedactedBody(redact_form(body.decode("utf-8", "replace"), exchange))
    try:
        return _redact_json_or_text(body, exchange)
    except RecursionError:
        return _redact_deep(body.decode(), exchange)


def has_coding(headers: Headers) -> bool:
    """Whether a body is still compressed or encoded; recorders undo each coding that they know."""
    coding = (header(headers, "content-encoding") or "").strip().lower()
    return coding not in ("", "identity", "none")


def _is_zipped_with_a_secret(body: bytes, exchange: Exchange, depth: int = 0) -> bool:
    """Whether a compressed file without a header for it holds a secret, or cannot be searched."""
    unpack = next((unpack for magic, unpack in _UNPACKERS if body.startswith(magic)), None)
    if unpack is None:
        return False
    try:
        parts = unpack(body)
    except _NOT_UNPACKED as error:
        # Two bytes may begin any other file; a longer magic, or a second file, is no chance.
        return isinstance(error, ValueError) or not body.startswith(_ZLIB)
    if depth == _DEEPEST or sum(map(len, parts)) > _MOST_UNZIPPED:
        return True
    mask = Masker([*exchange.secrets, *exchange.passing], exchange.ids)
    return any(
        _is_zipped_with_a_secret(part, exchange, depth + 1)
        or _exact(_redact_plain(part, exchange)) != part
        or mask.bytes(part) != part
        for part in parts
    )


class _Unpacker(Protocol):
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _unpack_one(unpacker: _Unpacker, body: bytes) -> list[bytes]:
    """Return the content of a compressed file. Raises ValueError when another one follows."""
    plain = unpacker.decompress(body, _MOST_UNZIPPED + 1)
    if unpacker.unused_data:
        raise ValueError
    return [plain]


def _unpack_zstandard(body: bytes) -> list[bytes]:
    import zstandard

    try:
        with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
            return [reader.read(_MOST_UNZIPPED + 1)]
    except zstandard.ZstdError as error:
        raise ValueError from error


def _unpack_zip(body: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        parts = ["\n".join(names).encode()]
        left = _MOST_UNZIPPED + 1
        for name in names:
            with archive.open(name) as file:
                parts.append(file.read(left))
            left = max(0, left - len(parts[-1]))
    return parts


_ZLIB = (b"x\x01", b"x\x9c", b"x\xda")
_UNPACKERS: tuple[tuple[bytes | tuple[bytes, ...], Callable[[bytes], list[bytes]]], ...] = (
    (b"\x1f\x8b", lambda body: _unpack_one(zlib.decompressobj(wbits=31), body)),
    (_ZLIB, lambda body: _unpack_one(zlib.decompressobj(), body)),
    (b"\x28\xb5\x2f\xfd", _unpack_zstandard),
    (b"BZh", lambda body: _unpack_one(bz2.BZ2Decompressor(), body)),
    (b"\xfd7zXZ", lambda body: _unpack_one(lzma.LZMADecompressor(), body)),
    (b"PK\x03\x04", _unpack_zip),
)
"""How compressed files begin, and what reads them; `x` and a sign begin zlib's."""
_NOT_UNPACKED = (
    zlib.error, OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile, RuntimeError,
)  # fmt: skip


def _redact_plain(body: bytes, exchange: Exchange) -> RedactedBody:
    return _redact_json_or_text(body, exchange) if body else RedactedBody("")


def _exact(redacted: RedactedBody) -> bytes:
    """Return a redacted body as bytes, in the layout of the service."""
    return from_readable(redacted.readable(), "body")


def _redact_json_or_text(body: bytes, exchange: Exchange) -> RedactedBody:
    parsed = parse_json(body)
    if parsed is not None:
        value, layout = parsed
        return RedactedBody(readable_json(_redact_value(value, exchange)), layout)
    if (encoding := _marked_encoding(body)) is not None:
        return _redact_encoded(body, encoding, exchange)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return RedactedBody(PLACEHOLDER if exchange.is_keystone else scrub_binary(body))
    return _redact_irregular(text, exchange)


def _marked_encoding(body: bytes) -> str | None:
    """Return the encoding that a byte order mark shows, or the zeros of JSON in UTF-16 and -32."""
    if body.startswith(_MARKS) or b"\0" in body[:4]:
        encoding = json.detect_encoding(body)
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            return None
        return encoding
    return None


def _redact_encoded(body: bytes, encoding: str, exchange: Exchange) -> RedactedBody:
    plain = body.decode(encoding).encode()
    redacted = _exact(_redact_plain(plain, exchange))
    if redacted == plain:
        return _as_stored(body)
    return _as_stored(redacted.decode().encode(encoding))


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
    if not isinstance(value, dict | list):
        return _redact_text(text, exchange)
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
        redacted = [_exact(_redact_plain(line.encode(), exchange)).decode() for line in lines]
        return RedactedBody(scrub("\n".join(redacted)))
    if text.lstrip()[:1] in ("{", "["):
        text = JsonRedaction(exchange).deep_text(text)
    scrubbed = exchange.text(text)
    if scrubbed != text:
        exchange.secrets.update(secrets_in(text))
    return RedactedBody(scrubbed)


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
