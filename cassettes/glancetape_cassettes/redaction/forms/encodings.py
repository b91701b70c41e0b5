"""Text in another form: base64, hexadecimal digits, escapes.

What is read here is searched like the text itself. Secrets hide in what a program encoded for
another one, such as the user data of a server:

    user_data=IyEvYmluL3NoCnBhc3N3b3JkPXgK
"""

import base64
import binascii
import codecs
import re
import zlib
from collections.abc import Callable, Iterator

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.compressed import (
    DEEPEST,
    Unsearchable,
    contents_of,
    packed_within,
)
from glancetape_cassettes.redaction.forms.expressions.long_texts import replace_all

LEAST_ENCODED = 16
"""Shorter base64 is not decoded: too much ordinary text has its form."""
LEAST_RUN = 24
"""Base64 in longer text is decoded from this length."""
_MOST_UNPACKED = 1 << 20
_MOST_DECODED = 1 << 20
"""Longer base64 is decoded in parts of this length, which overlap."""
_BASE64 = lazy_compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\Z")
_HEX = lazy_compile(r"[0-9a-fA-F-]+\Z")
_TEXT = lazy_compile(r"[\t\r\n\x1b -~\xa0-\uffff]{8,}\Z")
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
_READABLE = lazy_compile(rb"[\t\r\n\x1b -~]{8,}")
_READABLE_WIDE = lazy_compile(rb"(?:[\t\r\n -~]\x00){6,}")
_BASE32 = lazy_compile(r"(?=[A-Z]*[2-7])[A-Z2-7]{24,}={0,6}\Z")
_SURELY_PACKED = (b"\x1f\x8b\x08", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"PK\x03\x04")
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_STEP = 256
_LEAST_ASCII = 8
"""Of text with two bytes a letter, so many bytes have one zero at least: one letter in four."""
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
    if _HEX.match(run.removeprefix("0x")):
        digits = run.removeprefix("0x").replace("-", "")
        raw = bytes.fromhex(digits[: len(digits) // 2 * 2])
        if raw.isascii() or raw.startswith(_SURELY_PACKED) or _is_text(raw):
            yield from _readable(raw)
        elif raw.startswith(_ZLIB):  # two bytes, which many checksums begin with
            yield from _texts_without_header(raw[2:])
        return
    if _BASE32.match(run):
        yield from _texts_of(base64.b32decode(run[: len(run) // 8 * 8]))
    letters = _BLANKS.sub("", run).rstrip("=").translate(_STANDARD)
    for start in range(0, len(letters), _MOST_DECODED):
        part = letters[start : start + _MOST_DECODED + 1024]
        for skip in range(4):
            whole = part[skip : skip + (len(part) - skip) // 4 * 4]
            rest = part[skip + len(whole) :]
            if len(rest) > 1:
                whole += rest + "=" * (4 - len(rest))
            raw = base64.b64decode(whole)
            yield from _readable(raw)
            if not skip and not raw.isascii():
                yield from _texts_without_header(raw)


def _texts_without_header(raw: bytes) -> Iterator[str]:
    """Yield the text that is in deflate or brotli, whose first bytes do not show it."""
    try:
        plain = zlib.decompressobj(wbits=-15).decompress(raw, _MOST_UNPACKED)
    except zlib.error:
        plain = _of_brotli(raw)
    if plain.isascii():  # what is random reads as something else
        yield from _texts_of(plain)


def _of_brotli(raw: bytes) -> bytes:
    """Return what is in a whole file of brotli; nothing for other data."""
    import brotli  # type: ignore[import-untyped]  # it has no types

    decoder, plain = brotli.Decompressor(), bytearray()
    try:
        for start in range(0, len(raw), _STEP):
            plain += decoder.process(raw[start : start + _STEP])
            if not plain.isascii() or len(plain) > _MOST_UNPACKED:
                return b""
    except brotli.error:
        return b""
    return bytes(plain) if decoder.is_finished() else b""


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


def _is_text(raw: bytes) -> bool:
    """Whether data is text in UTF-8, which few checksums are."""
    try:
        return _TEXT.match(raw.decode()) is not None
    except UnicodeDecodeError:
        return False


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
    # With letters beyond ASCII only all of it is text: `密码：x` of PowerShell.
    wide = raw.removeprefix(codecs.BOM_UTF16_LE)[: len(raw) // 2 * 2]
    if raw.count(0) * _LEAST_ASCII >= len(raw) and _TEXT.match(
        text := wide.decode("utf-16-le", "replace")
    ):
        yield text


_ESCAPE = lazy_compile(
    r"(?<!\\)\\+(?:u(d[89ab][0-9a-f]{2})\\+u(d[c-f][0-9a-f]{2})|u(?!d[89a-f])([0-9a-f]{4})"
    r"|x([0-9a-f]{2})|([\"'/])|u\{([0-9a-f]{1,5})\}|([0-3][0-7]{2})|(?-i:([nrt])))|%u([0-9a-f]{4})",
    re.IGNORECASE,
)

_BLANK_OF = {"n": "\n", "r": "\r", "t": "\t"}


_COLOUR = lazy_compile(r"\x1b\[[0-9;]{0,20}[mK]")
MAY_BE_COLOURED = r"\x1b\["


def without_colours(text: str) -> str:
    """Return text without what a terminal shows in colours: `\\x1b[36mtoken\\x1b[0m=x`."""
    return _COLOUR.sub("", text)


_SIGN_OF_LINE = r"(?:>|#|\+|;|%|//|--)[ \t]"
_TIME_OF_LINE = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
MAY_HAVE_SIGNS = rf"[:=>|\\-][ \t]{{0,9}}\r?\n[ \t]{{0,9}}(?:{_SIGN_OF_LINE}|{_TIME_OF_LINE})"
"""An expression for texts of which `without_signs` may have another reading."""
_BEGINNING_OF_LINE = lazy_compile(
    rf"^[ \t]{{0,9}}(?:{_SIGN_OF_LINE}|{_TIME_OF_LINE}\S{{0,20}}[ \t](?:\d{{1,9}}[ \t])?"
    r"(?:[A-Z]{4,8}[ \t])?(?:[\w.]{1,100}[ \t])?(?:\[[^\]\n]{0,200}\][ \t])?)",
    re.MULTILINE,
)


def without_signs(text: str) -> str:
    """Return text without what lines begin with in comments, quoted mails, patches and logs.

    >>> without_signs("# password: |\\n#   x")
    'password: |\\n  x'
    """
    return _BEGINNING_OF_LINE.sub("", text)


def without_escapes(text: str) -> str:
    """Return text with its escapes read once, such as `\\u0070`, `\\x70`, `\\160` and `\\n`."""
    return replace_all(_ESCAPE, _unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    high, low, unit, byte, sign, code, octal, blank, old = found.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    if octal:
        return chr(int(octal, 8))
    if blank:
        return _BLANK_OF[blank]
    return sign or chr(int(unit or byte or code or old, 16))


_WRONGLY_READ = lazy_compile(
    "(?:[\u00c2-\u00df][X]|[\u00e0-\u00ef][X]{2}|[\u00f0-\u00f4][X]{3})+".replace(
        "X", "\u0080-\u00bf" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
    )
)
_ONE_BYTE = ("latin-1", "cp1252")


def read_as_utf_8(text: str) -> str:
    """Return text whose UTF-8 a program took for an encoding of one byte, as it should be.

    >>> read_as_utf_8("contrase\u00c3\u00b1a")
    'contrase\u00f1a'
    """
    return text if text.isascii() else _WRONGLY_READ.sub(_read_again, text)


def _read_again(found: re.Match[str]) -> str:
    for encoding in _ONE_BYTE:
        try:
            return found[0].encode(encoding).decode()
        except ValueError:
            continue
    return found[0]


# Each letter by itself: 70 61 73, 70:61:73, 0x70, 0x61, and in decimal digits.
_SPREAD = lazy_compile(
    r"(?<![0-9a-z])(?:(?:0x)?[0-9a-f]{2}(?:[ :;-]|,\s?)){11,4096}(?:0x)?[0-9a-f]{2}(?![0-9a-z])"
    r"|(?<![0-9a-z])(?:\d{2,3},\s?){11,4096}\d{2,3}(?![0-9a-z])",
    re.IGNORECASE,
)
_LETTER = lazy_compile(r"(?:0x)?([0-9a-f]+)", re.IGNORECASE)
_END_OF_LINE = r"(?<!=)=\r?\n"
"""Where quoted-printable goes on in the next line; below a heading are several signs."""
_QUOTED_PRINTABLE = lazy_compile(rf"((?:=[0-9A-F]{{2}})+)|{_END_OF_LINE}")
MAY_BE_SPREAD = (
    rf"=[0-9A-F]{{2}}=[0-9A-F]{{2}}|=3D|{_END_OF_LINE}"
    r"|,(?<=\d\d,)\s?(?:\d{2,3},\s?){9}"
    r"|,(?<=[0-9a-fA-F]{2},)\s?(?:(?:0x)?[0-9a-fA-F]{2},\s?){9}"
    + "".join(
        rf"|{sign}(?<=[0-9a-fA-F]{{2}}{sign})(?:[0-9a-fA-F]{{2}}{sign}){{9}}" for sign in " :;-"
    )
)
"""An expression for texts of which `spread_out` may have another reading."""


def spread_out(text: str) -> str:
    """Return text with letters read that are written one by one: `70 61`, `=70=61`, `112, 97`.

    >>> spread_out("70:61:73:73:77:6f:72:64:3d:68:75:6e")
    'password=hun'
    """
    text = _QUOTED_PRINTABLE.sub(_of_quoted_printable, text)
    return replace_all(_SPREAD, _joined, text)


def _of_quoted_printable(found: re.Match[str]) -> str:
    raw = bytes.fromhex((found[1] or "").replace("=", ""))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _joined(found: re.Match[str]) -> str:
    digits = _LETTER.findall(found[0])
    for base in (16, 10):
        try:
            plain = bytes(int(one, base) for one in digits).decode("ascii")
        except ValueError:
            continue
        if _TEXT.match(plain):
            return plain
    return found[0]


MAY_BE_UTF_7 = r"\+(?:A[A-H][A-Za-z0-9+/]|[A-Za-z0-9/]{3,60}-)"
"""An expression for texts of which `read_as_utf_7` may have another reading.

Of a letter of ASCII, which UTF-7 may shift too, the first two letters are those.
"""
_SHIFTED = lazy_compile(r"\+(?:(A[A-H][A-Za-z0-9/]{1,4096}+)-?|([A-Za-z0-9/]{3,60}+)-)")
"""Matches letters in base64. No `+` is in it: from each of many, all others would be looked at."""


def read_as_utf_7(text: str) -> str:
    """Return text with the letters read that UTF-7 writes in base64 (RFC 2152).

    >>> read_as_utf_7("p+AGE-ssword: +W8Z4AQ-, C++-x, CentOS+Stream-9")
    'p\x61ssword: \u5bc6\u7801, C++-x, CentOS+Stream-9'
    """
    return _SHIFTED.sub(_of_utf_7, text)


def _of_utf_7(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    raw = base64.b64decode(digits + "=" * (-len(digits) % 4)) if len(digits) % 4 != 1 else b""
    rest = len(digits) * 6 % 16  # bits after the last letter, which are zeros
    if rest >= 6 or (rest and base64.b64encode(raw).decode().rstrip("=") != digits):
        return found[0]
    try:
        plain = raw[: len(raw) // 2 * 2].decode("utf-16-be")
    except UnicodeDecodeError:
        return found[0]
    return plain if _TEXT_OF_UTF_7.match(plain) else found[0]


_TEXT_OF_UTF_7 = lazy_compile(r"[\t\r\n -~\xa0-\u33ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uffef]+\Z")
