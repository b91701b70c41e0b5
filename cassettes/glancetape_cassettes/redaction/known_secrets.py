"""Replacing a known secret wherever it is repeated, in any encoding and in any case.

A client sends a token in a header, and the service quotes it in an error: the form of the text
shows nothing, but the header has shown the secret.
"""

import json
import re
import struct
from base64 import b64encode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote

from glancetape_cassettes.later import later
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import StandIns, is_stand_in

if TYPE_CHECKING:
    import html
else:  # only for a secret that was found
    html = later("html")

_MOST_REMEMBERED = 4096
_SHORTEST_FORM = 8
_LEAST_HALVED = 40
"""Half of a shorter token may be an ordinary word."""
LEAST_ID = 16
"""Shorter ids are replaced where a name says that they are ids, not wherever they occur."""
_BLOCK = 8
_INDEXED = 2 * _BLOCK - 1
"""A text of this length, wherever it begins, contains a block that begins at a multiple of 8."""
_MOST_DIRECT = 16
"""To look for each of this many texts takes as long as to look up each block of a page."""


class NotedSecrets:
    """Secrets in the order in which they were noted, so two runs forget the same ones."""

    __slots__ = ("_secrets",)

    def __init__(self) -> None:
        """Start empty."""
        self._secrets: dict[str, None] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield each secret once."""
        return iter(self._secrets)

    def add(self, secret: str) -> None:
        """Note a secret."""
        self._secrets[secret] = None

    def update(self, secrets: Iterable[str]) -> None:
        """Note several secrets."""
        self._secrets.update(dict.fromkeys(secrets))


class BlockIndex:
    """Texts, indexed so that a page is searched for thousands of them at once.

    Of each text the first 15 characters are indexed, as eight overlapping blocks of eight. Of a
    page each eighth block is looked up:

        what is looked for   abcdefghijklmno..   blocks: abcdefgh, bcdefghi, ... hijklmno
        a page with it       xxxabcde fghijklm   the second block is one of them
    """

    __slots__ = ("_blocks", "_texts", "_unindexed")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Take what is looked for."""
        self._texts: dict[str, None] = {}
        self._unindexed: dict[str, None] = {}
        self._blocks: dict[int, list[str]] = {}
        for text in texts:
            self.add(text)

    def __iter__(self) -> Iterator[str]:
        """Yield what is looked for."""
        return iter(self._texts)

    def add(self, text: str) -> None:
        """Look for a text too."""
        if text in self._texts:
            return
        self._texts[text] = None
        if not (blocks := _blocks_of(text)):
            self._unindexed[text] = None
        for block in blocks:
            self._blocks.setdefault(block, []).append(text)

    def remove(self, text: str) -> None:
        """Look for a text no more."""
        if text not in self._texts:
            return
        del self._texts[text]
        self._unindexed.pop(text, None)
        for block in _blocks_of(text):
            self._blocks[block].remove(text)
            if not self._blocks[block]:
                del self._blocks[block]

    def may_be_in(self, page: bytes) -> Iterable[str]:
        """Return all texts that a page in lower case has, and perhaps others."""
        if len(self._texts) <= _MOST_DIRECT:
            return self._texts
        numbers = memoryview(page[: len(page) // _BLOCK * _BLOCK]).cast("Q")
        known = self._blocks.keys() & numbers
        return dict.fromkeys([*self._unindexed, *(one for at in known for one in self._blocks[at])])


@lru_cache(maxsize=4096)
def _blocks_of(text: str) -> tuple[int, ...]:
    """Return the blocks of a text in any case, as the numbers that `may_be_in` reads; none of one
    that is too short, or has other letters.
    """
    if len(text) < _INDEXED or not text.isascii():
        return ()
    raw = text.lower().encode()
    return struct.unpack(f"{_BLOCK}Q", b"".join(raw[at : at + _BLOCK] for at in range(_BLOCK)))


class FormIndex:
    """The forms of secrets, to find any of them in a page."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets; short and plain words are ignored."""
        self._forms = BlockIndex()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Index the forms of a secret."""
        if _is_worth_masking(secret):
            for form in _encodings(secret):
                self._forms.add(form)

    def remove(self, secret: str) -> None:
        """Forget the forms of a secret."""
        for form in _encodings(secret):
            self._forms.remove(form)

    def found_in(self, text: str, lowered: bytes) -> list[str]:
        """Return the forms that are in a text in any case; `lowered` is its lower-cased UTF-8."""
        if len(lowered) < _SHORTEST_FORM:
            return []
        folded: str | None = None
        found = []
        for form in self._forms.may_be_in(lowered):
            if form.isascii():
                if form.encode() in lowered:
                    found.append(form)
            else:
                folded = text.lower() if folded is None else folded
                if form in folded:
                    found.append(form)
        return found

    def in_utf8(self) -> list[str]:
        """Return the forms beyond ASCII as binary data shows them, read as Latin-1."""
        raw = (form.encode("utf-8", "surrogatepass") for form in self._forms if not form.isascii())
        return [form.decode("latin-1").lower() for form in raw]


class RecentSecrets:
    """The secrets of the last exchanges, for those that only repeat them."""

    def __init__(self) -> None:
        """Start empty."""
        self._secrets: OrderedDict[str, None] = OrderedDict()
        self.index = FormIndex()

    def __iter__(self) -> Iterator[str]:
        """Yield the secrets, the oldest first."""
        return iter(self._secrets)

    def __contains__(self, secret: object) -> bool:
        """Whether a secret is remembered."""
        return secret in self._secrets

    def add(self, secrets: Iterable[str]) -> None:
        """Remember these secrets, and forget the oldest ones beyond the limit."""
        for secret in secrets:
            if _is_worth_masking(secret):
                if secret not in self._secrets:
                    self.index.add(secret)
                self._secrets[secret] = None
                self._secrets.move_to_end(secret)
        if len(self._secrets) > _MOST_REMEMBERED:
            self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        while len(self._secrets) > _MOST_REMEMBERED:
            oldest, _ = self._secrets.popitem(last=False)
            self.index.remove(oldest)


_LIKE_A_TOKEN = lazy_compile(r"(?<![\w-])[A-Za-z0-9_-]{16,4096}={0,2}")
_STAND_IN = lazy_compile(rb"standin-(?:token|access)-[0-9a-f]{20}")
_MOST_WORDS = 4096


class EarlierTokens:
    """The tokens and access keys of earlier recordings in a cassette, known by their stand-ins.

    A cassette has no token, but a keyed hash of each. Who has the key finds the same hash for the
    same token, wherever it is.
    """

    def __init__(self, stand_ins: StandIns, cassette: bytes) -> None:
        """Take the key, and the cassette."""
        self._stand_ins = stand_ins
        self._seen = frozenset(one.decode() for one in _STAND_IN.findall(cassette))
        self._words: dict[str, bool] = {}

    def masked(self, text: str) -> str:
        """Return a text without these tokens, where they are a word of it."""
        return _LIKE_A_TOKEN.sub(self._placeholder, text) if self._seen else text

    def _placeholder(self, found: re.Match[str]) -> str:
        word = found[0]
        is_token = self._words.get(word)
        if is_token is None:
            makes = (self._stand_ins.token, self._stand_ins.access)
            is_token = any(make(word) in self._seen for make in makes)
            is_token = is_token and not is_stand_in(word)
            if len(self._words) >= _MOST_WORDS:
                self._words.clear()
            self._words[word] = is_token
        return PLACEHOLDER if is_token else word


_BEFORE_A_CUT = lazy_compile(r"(?<![^\s\"'<>,;:()=])[^\s\"'<>,;:()=]{8,}?(?=\.{3}|\u2026|\*{3})")
"""What a program shows of a long value: `gAAAAABm...`.

It is tried where a word begins: at each letter of a long word it would take minutes.
"""
_AFTER_A_CUT = lazy_compile(r"(?:(?<=\.{3})|(?<=\u2026)|(?<=\*{3}))[^\s\"'<>,;:()=.*\u2026]{8,}")
"""The same of its end, `...x9Kq2LmN`, or of its middle."""


class Masker:
    """Replaces known secrets in any text, and known ids where nobody expects ids.

    >>> Masker(["Zq7WkR3xVb9T"], {})("token zq7wkr3xvb9t is invalid")
    'token REDACTED is invalid'
    """

    def __init__(
        self,
        secrets: Iterable[str],
        ids: Mapping[str, str],
        recent: RecentSecrets | None = None,
        earlier: EarlierTokens | None = None,
    ) -> None:
        """Take the secrets, of which short and plain words are ignored, and {id: stand-in}."""
        self._earlier = earlier
        known = recent or ()
        secrets = list(secrets)
        self._whole = (secrets, known)
        own = FormIndex(secret for secret in secrets if secret not in known)
        self._indexes = [own, recent.index] if recent else [own]
        self._ids = {
            form: other
            for real, other in ids.items()
            for form in _forms_of_id(real)
            if len(form) >= LEAST_ID
        }
        self._id_index = BlockIndex(self._ids)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets and ids."""
        if len(text) < _SHORTEST_FORM and text.isascii():  # lower case may be longer beyond ASCII
            return text
        lowered = text.encode("utf-8", "surrogatepass").lower()
        found = [form for index in self._indexes for form in index.found_in(text, lowered)]
        return self._masked(text, found, self._id_index.may_be_in(lowered))

    def bytes(self, data: bytes) -> bytes:
        """Return binary data without the secrets and ids."""
        text, lowered = data.decode("latin-1"), data.lower()
        found = [form for index in self._indexes for form in index.found_in(text, lowered)]
        found += [form for index in self._indexes for form in index.in_utf8()]
        ids = self._id_index.may_be_in(lowered)
        return self._masked(text, found, ids).encode("latin-1", "replace")

    def _masked(self, text: str, forms: list[str], ids: Iterable[str]) -> str:
        for form in sorted(set(forms), key=_longest_first):
            text = re.sub(re.escape(form), PLACEHOLDER, text, flags=re.IGNORECASE)
        if _is_cut(text):
            text = _BEFORE_A_CUT.sub(self._masked_piece, text)
            text = _AFTER_A_CUT.sub(self._masked_piece, text)
        if "\0" in text:
            text = self._masked_wide(text)
        if self._earlier is not None:
            text = self._earlier.masked(text)
        if any(real in text for real in ids):
            for real in sorted(ids, key=_longest_first):
                text = text.replace(real, self._ids[real])
        return text

    def _masked_wide(self, text: str) -> str:
        """Return text without the secrets in it whose letters have two or four bytes each."""
        narrow = text.replace("\0", "")
        lowered = narrow.encode("utf-8", "surrogatepass").lower()
        for form in dict.fromkeys(
            form for index in self._indexes for form in index.found_in(narrow, lowered)
        ):
            wide = r"\0{0,3}".join(map(re.escape, form))
            text = re.sub(wide, _wide_placeholder, text, flags=re.IGNORECASE)
        return text

    def _masked_piece(self, found: re.Match[str]) -> str:
        """Return the placeholder for a piece of a secret, and other words as they are."""
        is_piece = any(
            found[0] in secret and _is_worth_masking(secret)
            for secrets in self._whole
            for secret in secrets
        )
        return PLACEHOLDER if is_piece else found[0]


def _wide_placeholder(found: re.Match[str]) -> str:
    zeros = found[0][1:].partition(found[0][1:].lstrip("\0")[:1])[0]
    return zeros.join(PLACEHOLDER)


def _is_cut(text: str) -> bool:
    # Pages have no star at all, and one is found much faster than three. Three dots are found from
    # the end in less than half of the time that it takes from the beginning.
    return text.rfind("...") >= 0 or "\u2026" in text or ("*" in text and "***" in text)


def _longest_first(form: str) -> tuple[int, str]:
    return -len(form), form


@lru_cache(maxsize=256)
def _encodings(secret: str) -> tuple[str, ...]:
    return tuple(encodings(secret))


@lru_cache(maxsize=1024)
def _forms_of_id(real: str) -> tuple[str, ...]:
    if real.isalnum() and real.isascii():
        return (real,)
    raw = real.encode("utf-8", "surrogatepass")
    return tuple(dict.fromkeys((real, quote(raw, ""), quote(raw), quote_plus(raw))))


_PATH = lazy_compile(r"/v\d(?:\.\d)?(?:/[a-z_]{1,30}){0,3}\Z")
"""A path of an API, such as `/v2/images`. Without it a request would not be the same any more."""


def _is_worth_masking(secret: str) -> bool:
    # Short or plain words would be found everywhere by chance.
    return (
        len(secret) >= 8
        and PLACEHOLDER not in secret
        and not is_stand_in(secret)
        and not (len(secret) < 12 and secret.isalpha() and secret.islower())
        and not _PATH.match(secret)
    )


def encodings(secret: str) -> list[str]:
    """Return the forms in which a service may repeat a secret, in lower case, longest first."""
    plain = unquote(secret)  # header values may be percent-encoded, as glanceclient sends them
    forms = {form.lower() for one in {secret, plain} for form in _encodings_of(one)}
    forms |= {other for form in forms if not form.isascii() for other in _read_as_latin_1(form)}
    return sorted((form for form in forms if len(form) >= _SHORTEST_FORM), key=_longest_first)


_UNRESERVED = lazy_compile(r"[A-Za-z0-9_.-]*\Z")
_PERCENT = [f"%{byte:02x}" for byte in range(256)]


def _read_as_latin_1(form: str) -> Iterator[str]:
    """UTF-8 in a header, whose bytes are read as latin-1, with its letters in either case."""
    for one in (form, form.upper()):
        yield one.encode("utf-8", "surrogatepass").decode("latin-1").lower()


def _encodings_of(secret: str) -> Iterator[str]:
    if len(secret) >= _LEAST_HALVED and _LIKE_A_TOKEN.fullmatch(secret):  # cut in two, or wrapped
        yield from (secret[: len(secret) // 2], secret[len(secret) // 2 :])
    raw = secret.encode("utf-8", "surrogatepass")
    yield from (secret, raw.hex(), "".join([_PERCENT[byte] for byte in raw]))
    yield "".join([f"\\u{ord(one):04x}" for one in secret])
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
