"""Replacing the secrets in a text, and the few texts that are known to hold none.

Finding secrets takes large expressions, which take 60 ms to load and compile. What almost every
request for images consists of is known without them:

    GET   User-Agent   limit=25   marker=e3e70682-c209-4cac-a29f-6fbed82c07cd   /v2/images
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from glancetape_cassettes.later import later
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.policy import LIST_PARAMETERS, PLACEHOLDER, PLAIN_NAMES

if TYPE_CHECKING:
    from glancetape_cassettes.redaction import secret_patterns
    from glancetape_cassettes.redaction.forms import compressed
    from glancetape_cassettes.redaction.names import secret_names
else:
    compressed = later("glancetape_cassettes.redaction.forms.compressed")
    secret_names = later("glancetape_cassettes.redaction.names.secret_names")
    secret_patterns = later("glancetape_cassettes.redaction.secret_patterns")

_MOST_CACHED = 256
_HARMLESS = lazy_compile(
    r"(?:(?:{names})=)?(?:\d{{1,6}}|{id})|/v2/(?:cloud)?images(?:/{id})?"
    r"|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS".format(
        names="|".join(LIST_PARAMETERS),
        # As RFC 9562 makes them, so one byte is beyond ASCII: the digits encode no text. Nor do
        # they begin like data that is compressed.
        id=r"(?!1f|28|42|50|78|fd)[0-9a-f]{8}(?:-[0-9a-f]{4}){2}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    )
)

_READABLE = lazy_compile(rb"[\t\r\n -~](?:\0{0,3}[\t\r\n -~]){7,}")
_READABLE_WIDE = lazy_compile(rb"(?:[\t\r\n -~]\x00){8,}")
_UNREADABLE = lazy_compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]+")
_MOST_WHOLE = 256 * 1024
_LETTER_BEFORE = lazy_compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})\Z"
)
_LONGEST_BEFORE = 200
"""How far before readable text a name beyond ASCII may begin."""
_SIGN_AFTER = 8
"""So many bytes more, as a value may end at such a letter, too: `¦ x ¦`."""
_LETTERS = b"\t\r\n\0" + bytes(range(32, 127))
_LETTERS_MARKED = bytes(120 if byte in _LETTERS else 32 for byte in range(256))
_IN_LINES = bytes(byte if byte in _LETTERS else 10 for byte in range(256))
_ENCODINGS = ("gb18030", "shift_jis", "euc_kr", "big5", "cp1251")
"""How text may be read that is not UTF-8: names of secrets are not only in Latin letters."""
_LEAST_READABLE = 8 * b"x"


def is_harmless(text: str) -> bool:
    """Whether a text is one of those that hold no secret; others may hold none either."""
    return text in PLAIN_NAMES or _HARMLESS.fullmatch(text) is not None


def scrub(text: str) -> str:
    """Return text with every secret replaced; text without one comes back unchanged.

    What has more readings than can be searched is replaced whole.
    """
    return _scrub_cached(text) if len(text) <= _MOST_CACHED else secret_patterns.scrub(text)


@lru_cache(maxsize=8192)  # pages repeat most of their values
def _scrub_cached(text: str) -> str:
    return text if is_harmless(text) else secret_patterns.scrub(text)


def scrub_binary(body: bytes, *, is_text: bool = False) -> bytes:
    """Return binary data with every secret replaced.

    It is searched in its readable parts, as `strings` shows them. Up to 256 KiB are also searched
    as a whole: text in an encoding of one byte (`is_text`) in all its readings; other data once and
    with line ends for what is not readable, because random bytes have every reading by chance.
    """
    is_short = len(body) <= _MOST_WHOLE
    if is_text and is_short:
        text = body.decode("utf-8", "surrogateescape")  # with a few bytes that are not
        if (scrubbed := scrub(text)) != text:
            body = scrubbed.encode("utf-8", "surrogateescape")
        for encoding in _ENCODINGS:
            try:
                text = body.decode(encoding)
            except UnicodeDecodeError:
                continue
            if (scrubbed := scrub(text)) != text:
                body = scrubbed.encode(encoding, "replace")
                break
        return scrub(body.decode("latin-1")).encode("latin-1", "replace")
    try:
        body = _scrub_readable(body)
    except compressed.Unsearchable:
        return PLACEHOLDER.encode()
    for lines in chain(_whole(body) if is_short else (), _beyond_ascii(body)):
        if secret_patterns.scrub_once(lines) != lines:
            return PLACEHOLDER.encode()
    return body


def _whole(body: bytes) -> Iterator[str]:
    """Yield binary data as lines of text, in ASCII and in UTF-8."""
    yield body.translate(_IN_LINES).decode()
    yield _in_lines(body.decode("utf-8", "replace"))


def _in_lines(text: str) -> str:
    """Return the text in binary data, with names in Chinese and the like; lines for the rest."""
    return secret_names.plain_letters(_UNREADABLE.sub("\n", text))


def _beyond_ascii(body: bytes) -> Iterator[str]:
    """Yield the readable parts before which there are letters beyond ASCII, with these.

    A name may be in such letters, as in `密码=x`. Of text with two bytes a letter the part may
    begin with a half of one.
    """
    seen = set[bytes]()
    for start, piece in _like_text(body):
        first = start - _LONGEST_BEFORE if start > _LONGEST_BEFORE else 0
        known = body[first:start] + piece
        if known in seen:
            continue
        seen.add(known)
        near = body[first : start + len(piece) + _SIGN_AFTER]
        if _LETTER_BEFORE.search(body, max(0, start - 4), start):
            yield _in_lines(near.decode("utf-8", "replace"))
        if piece.count(0) * 4 > len(piece):
            for skip in (0, 1):
                yield _in_lines(near[skip:].decode("utf-16-le", "replace"))


def readable_size(body: bytes, most: int) -> int:
    """The bytes of binary data that are searched for secrets; counting ends beyond `most`.

    A piece that is repeated is searched once, and counts as one byte more.
    """
    seen, size = set[bytes](), 0
    for _, piece in _like_text(body):
        size += 1 if piece in seen else sum(map(len, _READABLE.findall(piece)))
        seen.add(piece)
        if size > most:
            break
    return size


def _scrub_readable(body: bytes) -> bytes:
    """Return binary data without the secrets in its readable parts. Raises Unsearchable."""
    scrub_part = secret_patterns.scrub_parts(readable_size(body, len(body)))

    def scrub_narrow(part: re.Match[bytes]) -> bytes:
        return scrub_part(part[0].decode()).encode()

    def scrub_wide(part: re.Match[bytes]) -> bytes:
        """Return a part with two bytes a character, as Windows writes it, without its secrets."""
        return scrub_part(part[0].decode("utf-16-le")).encode("utf-16-le")

    known: dict[bytes, bytes] = {}
    pieces, place = list[bytes](), 0
    for start, piece in _like_text(body):
        if piece not in known:
            known[piece] = _READABLE.sub(scrub_narrow, _READABLE_WIDE.sub(scrub_wide, piece))
        pieces += (body[place:start], known[piece])
        place = start + len(piece)
    return b"".join([*pieces, body[place:]])


def _like_text(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield eight letters or zeros and more, and where they begin; no zeros alone.

    The expressions for readable parts take a second for 16 MiB, so they look only there.
    """
    marked, end = body.translate(_LETTERS_MARKED), 0
    while (start := marked.find(_LEAST_READABLE, end)) >= 0:
        end = marked.find(b" ", start)
        end = len(body) if end < 0 else end
        piece = body[start:end]
        if piece.strip(b"\0"):
            yield start, piece
