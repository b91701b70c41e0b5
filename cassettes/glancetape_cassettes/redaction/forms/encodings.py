"""Text in another form: base64, hexadecimal digits, escapes.

What is read here is searched like the text itself. Secrets hide in what a program encoded for
another one, such as the user data of a server:

    user_data=IyEvYmluL3NoCnBhc3N3b3JkPXgK
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.compressed import (
    DEEPEST,
    Unsearchable,
    contents_of,
    packed_within,
)

LEAST_ENCODED = 16
"""Shorter base64 is not decoded: too much ordinary text has its form."""
LEAST_RUN = 24
"""Base64 in longer text is decoded from this length."""
_MOST_UNPACKED = 1 << 20
_MOST_DECODED = 1 << 20
"""Longer base64 is decoded in parts of this length, which overlap."""
_BASE64 = lazy_compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\Z")
_HEX = lazy_compile(r"[0-9a-fA-F-]+\Z")
_TEXT = lazy_compile(r"[\t\r\n -~\xa0-\uffff]{8,}\Z")
# Lines of one text, and words of 24 letters or more.
_RUN = lazy_compile(
    r"(?<![A-Za-z0-9+/_-])(?:"
    r"(?:[A-Za-z0-9+/_-]{56,200}(?:\\r)?(?:\\n|\s){1,40})+[A-Za-z0-9+/_-]{1,200}={0,2}"
    r"|[A-Za-z0-9+/_-]{24,}={0,2})"
)
# Of ASCII text only `>`, `?` and `~` become a sign, so names of several words are no base64 of it.
_WITHOUT_SIGNS = lazy_compile(r"[A-Za-z0-9]{16}")
_WORD = lazy_compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_BLANKS = lazy_compile(r"\\r|\\n|\s")
_READABLE = lazy_compile(rb"[\t\r\n -~]{8,}")
_READABLE_WIDE = lazy_compile(rb"(?:[\t\r\n -~]\x00){6,}")
_STANDARD = str.maketrans("-_", "+/")


def decode_base64(text: str) -> str | None:
    """Return the text that a whole string is the base64 of, also in lines; None for other text."""
    if "\n" in text or "\r" in text:
        text = "".join(text.split())
    if len(text) < LEAST_ENCODED or not _BASE64.match(text) or _HEX.match(text):
        return None
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        decoded = base64.b64decode(padded, altchars=b"-_" if set(text) & {"-", "_"} else None)
        plain = decoded.decode()
    except (binascii.Error, ValueError):
        return None
    return plain if _TEXT.match(plain) else None


def is_only_hex(text: str) -> bool:
    """Whether a text is hexadecimal digits and dashes only, as ids and checksums are."""
    return _HEX.match(text) is not None


def without_encoded(text: str, is_secret: Callable[[str], bool], placeholder: str) -> str:
    """Return text with each run of letters and digits replaced that is a secret's."""

    # Two functions, and not one that names itself: that would be garbage which only a search finds.
    def without_word(run: re.Match[str]) -> str:
        is_hidden = _WITHOUT_SIGNS.search(run[0]) is not None and is_secret(run[0])
        return placeholder if is_hidden else run[0]

    def without_run(run: re.Match[str]) -> str:
        redacted = without_word(run)
        is_one_word = len(run[0].split()) == 1
        return redacted if redacted != run[0] or is_one_word else _WORD.sub(without_word, run[0])

    return _RUN.sub(without_run, text)


def readings_of(run: str) -> Iterator[str]:
    """Yield the texts that a run of letters and digits may stand for, as base64 and as hex.

    The run may begin within the base64, as in `/path/IyEvYm...`, so each of four beginnings is
    tried; what is no readable text is nothing. Raises Unsearchable for packed data that cannot be
    read to its end.
    """
    if _HEX.match(run):
        digits = run.replace("-", "")
        raw = bytes.fromhex(digits[: len(digits) // 2 * 2])
        if raw.isascii():
            yield from _readable(raw)
        return
    letters = _BLANKS.sub("", run).rstrip("=").translate(_STANDARD)
    for start in range(0, len(letters), _MOST_DECODED):
        part = letters[start : start + _MOST_DECODED + 1024]
        for skip in range(4):
            whole = part[skip : skip + (len(part) - skip) // 4 * 4]
            rest = part[skip + len(whole) :]
            if len(rest) > 1:
                whole += rest + "=" * (4 - len(rest))
            yield from _readable(base64.b64decode(whole))


def _readable(raw: bytes) -> Iterator[str]:
    """Yield the texts in binary data, also in packed data. Raises Unsearchable."""
    left = _MOST_UNPACKED
    waiting = [(raw, 0)]
    found: list[bytes] = []
    while waiting:
        data, depth = waiting.pop()
        for packed in (data, *packed_within(data)):
            parts = contents_of(packed, max(1, left))
            if parts is not None:
                left -= sum(map(len, parts))
                if depth == DEEPEST or left < 0:
                    raise Unsearchable
                waiting += [(part, depth + 1) for part in reversed(parts)]
                break
        else:
            found.append(data)
    for data in found:
        yield from _texts_of(data)


def _texts_of(raw: bytes) -> Iterator[str]:
    try:
        if _TEXT.match(text := raw.decode()):
            yield text
            return
    except UnicodeDecodeError:
        pass
    for found in _READABLE.findall(raw):
        yield found.decode()
    for found in _READABLE_WIDE.findall(raw):
        yield found.decode("utf-16-le")


_ESCAPE = lazy_compile(
    r"(?<!\\)\\+(?:u(d[89ab][0-9a-f]{2})\\+u(d[c-f][0-9a-f]{2})|u(?!d[89a-f])([0-9a-f]{4})"
    r"|x([0-9a-f]{2})|([\"'/]))",
    re.IGNORECASE,
)


def without_escapes(text: str) -> str:
    """Return text with its escapes read once: `\\u0070`, `\\u5bc6`, `\\x70` and `\\"`."""
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    high, low, unit, byte, sign = found.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    return sign or chr(int(unit or byte, 16))
