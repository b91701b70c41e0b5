"""Finding secrets in free text by their form, also encoded in one of many ways.

curl --os-password abc http://joe:hunter2@glance/
curl --os-password REDACTED http://glance/

`FORMS` has what is known by its form alone, `NAMED_FORMS` what follows a name of the table. Each
row has the words without which a text needs no search, and texts for and against it, which the
tests read.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from urllib.parse import unquote

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.addresses import ADDRESSES
from glancetape_cassettes.redaction.forms.commands.calls import CALLS
from glancetape_cassettes.redaction.forms.commands.command_lines import COMMAND_LINES
from glancetape_cassettes.redaction.forms.commands.files import FILES, LINES
from glancetape_cassettes.redaction.forms.commands.statements import STATEMENTS
from glancetape_cassettes.redaction.forms.commands.typed import TYPED
from glancetape_cassettes.redaction.forms.compressed import Unsearchable
from glancetape_cassettes.redaction.forms.encodings import (
    LEAST_ENCODED,
    LEAST_RUN,
    MAY_BE_COLOURED,
    MAY_BE_SPREAD,
    MAY_BE_UTF_7,
    MAY_HAVE_SIGNS,
    decode_base64,
    is_only_hex,
    read_as_utf_7,
    read_as_utf_8,
    readings_of,
    spread_out,
    without_colours,
    without_encoded,
    without_escapes,
    without_signs,
)
from glancetape_cassettes.redaction.forms.expressions.long_texts import LEAST_LONG, Together, is_in
from glancetape_cassettes.redaction.forms.form import Form, letter_of
from glancetape_cassettes.redaction.forms.keys_and_tokens import KEYS_AND_TOKENS
from glancetape_cassettes.redaction.forms.long_words import with_short_words
from glancetape_cassettes.redaction.forms.markup import MARKUP
from glancetape_cassettes.redaction.forms.named import NAMED, SENTENCES
from glancetape_cassettes.redaction.forms.quoted_in_errors import MESSAGES, REFUSED_VALUES
from glancetape_cassettes.redaction.forms.random_letters import RANDOM_LETTERS
from glancetape_cassettes.redaction.forms.records import BESIDE_A_MARK, RECORDS
from glancetape_cassettes.redaction.forms.tables.every_table import TABLES
from glancetape_cassettes.redaction.names.secret_names import (
    CAMEL_WORDS,
    NAMES_AND_WORDS,
    any_of,
    each_of,
    plain_letters,
)
from glancetape_cassettes.redaction.policy import PLACEHOLDER

__all__ = [
    "ALL_FORMS",
    "FORMS",
    "NAMED_FORMS",
    "Form",
    "decode_base64",
    "scrub",
    "secrets_in",
]

FORMS: tuple[Form, ...] = (
    *ADDRESSES,
    *KEYS_AND_TOKENS,
    *RANDOM_LETTERS,
    COMMAND_LINES,
    *STATEMENTS,
    *CALLS,
    *FILES,
    *MESSAGES,
    *BESIDE_A_MARK,
)
"""What is known by its form alone."""
NAMED_FORMS: tuple[Form, ...] = (
    REFUSED_VALUES,
    TYPED,
    TABLES,
    MARKUP,
    RECORDS,
    NAMED,
    SENTENCES,
    LINES,
)
"""What follows a name of the table."""
ALL_FORMS: tuple[Form, ...] = (*FORMS, *NAMED_FORMS)

_TRIGGERS = [any_of(form.triggers, *form.shapes) for form in FORMS]
_BEGIN_WITH: dict[str, list[int]] = {}
"""By letter the numbers of the forms that have a trigger which begins with it."""
for _at, _form in enumerate(FORMS):
    for _letter in {*(one.strip()[0] for one in _form.triggers), *map(letter_of, _form.shapes)}:
        _BEGIN_WITH.setdefault(_letter, []).append(_at)
_SIGNS = [[one for one in form.triggers if re.fullmatch(r"[^\w\s]+", one)] for form in FORMS]
"""The triggers that are only signs, by the number of their form."""
_IN_LONG_TEXTS = Together(
    {
        at: each_of((one for one in form.triggers if one not in _SIGNS[at]), *form.shapes)
        for at, form in enumerate(FORMS)
        if len(_SIGNS[at]) < len(form.triggers) + len(form.shapes)
    }
)
"""The other triggers."""
_MAY_HAVE_FORM = any_of(
    (one for form in FORMS for one in form.triggers),
    *(one for form in FORMS for one in form.shapes),
)
_MAY_NAME = lazy_compile(r"[=:<,\s|/(~\0→⇒⟶≔←–—\u0e00-\uffff]")
"""What may be between a name and its value; Chinese and Japanese need nothing there."""
_MAY_BE_ENCODED = lazy_compile(
    rf"%[0-9a-fA-F]{{2}}|%u[0-9a-fA-F]{{4}}|&#?\w{{1,31}};|\\[\"'/ux0-3nrt]|{MAY_BE_COLOURED}|{MAY_HAVE_SIGNS}|{MAY_BE_SPREAD}"
    rf"|{MAY_BE_UTF_7}"
)
_MAY_HAVE_SIGNS = lazy_compile(MAY_HAVE_SIGNS)
_LONGEST_NAME = 200
_FEW = 16
"""So many secrets are looked for one by one."""
_MOST_WHOLE_RUN = 256
_DEEPEST = 4
"""How many encodings around a secret are looked through."""
_MOST_READINGS = 32
"""As many times the length of a text is searched in its other readings.

Five encodings beside each other, as in a page about encodings, have 31 readings.
"""
_SHORT, _LONG = 1024, 1 << 20
"""A shorter text is searched as often as this one; a longer one has one other reading."""
_COST_OF_ONE = 32
"""What a reading costs beside its letters: many short ones are work too."""


class _Readings:
    """What the other readings of one text showed, and how much more of them may be searched.

    The readings of a text with `%41`, `&amp;` and `\\x41` in each other are many, and most of them
    are reached in several ways.
    """

    __slots__ = ("known", "left")

    def __init__(self, length: int) -> None:
        """Take the length of the text."""
        self.known: dict[str, tuple[int, str]] = {}
        self.left = min(_MOST_READINGS * max(length, _SHORT), max(length + _COST_OF_ONE, _LONG))

    def scrubbed(self, plain: str, depth: int) -> str:
        """Return a reading with every secret replaced. Raises Unsearchable after too many."""
        at, scrubbed = self.known.get(plain, (_DEEPEST, ""))
        if plain in self.known and at <= depth:
            return scrubbed
        self.left -= len(plain) + _COST_OF_ONE
        if self.left < 0:
            raise Unsearchable
        scrubbed = _scrub(plain, depth, self)
        self.known[plain] = depth, scrubbed
        return scrubbed


def scrub(text: str) -> str:
    """Return text with every secret replaced; text without one comes back unchanged.

    What has more readings than can be searched is replaced whole.
    """
    try:
        return _scrub(text, 0, _Readings(len(text)))
    except Unsearchable:
        return PLACEHOLDER


def scrub_once(text: str) -> str:
    """Return text with the secrets replaced that are not encoded."""
    return _without_forms_in_words(text, text.casefold())


def scrub_parts(length: int) -> Callable[[str], str]:
    """Return what replaces every secret in the parts of a text of `length` letters.

    Parts that are the same are searched once. Raises Unsearchable when all parts together have
    more readings than one text may have.
    """
    readings = _Readings(length)
    return cache(lambda part: _scrub(part, 0, readings))


def _scrub(text: str, depth: int, readings: _Readings) -> str:
    if is_only_hex(text):
        return PLACEHOLDER if _is_secret_inside(text, depth, readings) else text
    is_ascii = text.isascii()
    before = text
    text = _without_forms_in_words(text, text.lower() if is_ascii else text.casefold())
    if depth >= _DEEPEST:
        return text
    hides_more = False
    if text != before:
        pieces = _pieces_replaced(text, before)
        hides_more = any(map(_MAY_HIDE.match, pieces))
        text = _without_repeats(text, before, pieces)
    if not is_ascii or _MAY_BE_ENCODED.search(before if hides_more else text):
        for read in _READINGS:
            if hides_more and (plain := read(before)) != before:
                scrubbed = readings.scrubbed(plain, depth + 1)
                if scrubbed != plain and _is_left(text, plain, scrubbed):
                    return scrubbed
            plain = read(text)
            if plain != text and (scrubbed := readings.scrubbed(plain, depth + 1)) != plain:
                return scrubbed
    return _scrub_base64(text, depth, readings)


def _pieces_replaced(text: str, before: str) -> list[str]:
    """Return what was replaced in a text, or other pieces of it where that cannot be told."""
    pieces, place = list[str](), 0
    for part in text.split(PLACEHOLDER):
        start = before.find(part, place)
        if start < 0:
            return ["", *pieces]  # so it is not told either whether one hides more
        pieces.append(before[place:start])
        place = start + len(part)
    return [one for one in (*pieces[1:], before[place:]) if one]


def _without_repeats(text: str, before: str, pieces: list[str]) -> str:
    """Return a redacted text without the secrets that it repeats: `mask x9rT; token=x9rT`."""
    words = {one for piece in pieces for one in _LEFT.findall(piece) if len(one) >= _LEAST_NOTED}
    if not _is_one_in(words, text):
        return text
    secrets = {
        secret
        for secret in secrets_in(before)
        if not _WORDS.fullmatch(secret) and PLACEHOLDER not in secret
    }
    if len(secrets) > _FEW:
        return _without_many(secrets, text)
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, PLACEHOLDER)
    return text


def _is_one_in(words: set[str], text: str) -> bool:
    """Whether a text may have one of these words, each of at least `_LEAST_NOTED` letters."""
    if len(words) <= _FEW:
        return any(one in text for one in words)
    heads = {one[:_LEAST_NOTED] for one in words}
    return not heads.isdisjoint(text[at : at + _LEAST_NOTED] for at in range(len(text)))


def _without_many(secrets: set[str], text: str) -> str:
    """Return text without many secrets, looked for at once: one by one takes text x secrets."""
    heads: dict[str, list[str]] = {}
    for secret in sorted(secrets, key=len, reverse=True):
        heads.setdefault(secret[:_LEAST_NOTED], []).append(secret)
    parts, kept, place = list[str](), 0, 0
    while place < len(text):
        alike = heads.get(text[place : place + _LEAST_NOTED])
        if alike is None:
            place += 1
            continue
        if len(alike) > _FEW:  # so many begin alike: the rest of the word is one of them
            rest = _LEFT.match(text, place)
            end = rest.end() if rest else place + _LEAST_NOTED
        else:
            lengths = (len(one) for one in alike if text.startswith(one, place))
            end = place + next(lengths, 0)
        if end > place:
            parts += (text[kept:place], PLACEHOLDER)
            kept = end
        place = max(end, place + 1)
    return "".join([*parts, text[kept:]])


_MAY_HIDE = lazy_compile(
    r"3D|(?:[|>][+-]?\d?)?[\\&%=]|\W*\Z|\d{4}-\d\d-\d\d|[^\s=]*=\Z|[\u00c2-\u00f4]\W*\Z"
)
"""Finds pieces that may be no value but part of an escape, with the value after it."""
_WORDS = lazy_compile(
    r"[\W_]*+(?:[^\W\d_]++\d{0,3}+|\d{1,3}+)?(?:[\W_]++(?:[^\W\d_]++\d{0,3}+|\d{1,3}+))*+[\W_]*+"
    r"|\d+\.\d+"
)
"""Matches names as a program has them, `self.keyfile`, `header[1]`, `token_hex`, and times."""
_LEFT = lazy_compile(r"[^\s\"'<>,;:=()\[\]{}&\\`]{6,}")


def _is_left(text: str, plain: str, scrubbed: str) -> bool:
    """Whether a redacted text still has a word that is a secret in another reading of it.

    In `token =3D "x"` the value seems to be `3D`, and in `<b>token</b>\\n<i>x</i>` it is `\\n`.
    """
    secrets = {*_LEFT.findall(plain)} - {*_LEFT.findall(scrubbed)}
    ends = {one[-_LEAST_NOTED:] for one in secrets}  # its beginning may be in another line
    return any(one in text and one not in scrubbed for one in ends)


def _without_forms_in_words(text: str, folded: str) -> str:
    """Return a text without the secrets of all forms, in long words too.

    `folded` is the text, case-folded.
    """
    forms = _forms_in(text, folded)
    if forms and (short := with_short_words(text)) is not None:
        before = text
        forms_in_short = _forms_in(short.text, short.text.casefold())
        text = short.restored(_without_forms(short.text, forms_in_short))
        if text != before:
            forms = _forms_in(text, text.casefold())
    return _without_forms(text, forms)


def _without_forms(text: str, forms: Iterable[Form]) -> str:
    for form in forms:
        text = form.replaced(text)
    return text


def _forms_in(text: str, folded: str) -> list[Form]:
    """Return the forms that a text may have; `folded` is the text, case-folded."""
    named = NAMED_FORMS if _may_name(text, folded) else ()
    if len(folded) >= LEAST_LONG:
        found = _IN_LONG_TEXTS.those_in(folded)
        found |= {
            at for at, signs in enumerate(_SIGNS) if any(one.strip() in folded for one in signs)
        }
        return [*(FORMS[at] for at in sorted(found)), *named]
    found, place = set(), 0
    while trigger := _MAY_HAVE_FORM.search(folded, place):
        place = trigger.start() + 1
        for at in _BEGIN_WITH[folded[place - 1]]:
            if at not in found and _TRIGGERS[at].match(folded, place - 1):
                found.add(at)
    return [*(FORMS[at] for at in sorted(found)), *named]


def _may_name(text: str, folded: str) -> bool:
    if not text.isascii():  # so the text itself is searched, and keeps its letters
        folded = plain_letters(folded).casefold()
    return _MAY_NAME.search(text) is not None and (
        is_in(NAMES_AND_WORDS, folded) or is_in(CAMEL_WORDS, text)
    )


def _scrub_base64(text: str, depth: int, readings: _Readings) -> str:
    if len(text) < _MOST_WHOLE_RUN and (plain := decode_base64(text)) is not None:
        return PLACEHOLDER if readings.scrubbed(plain, depth + 1) != plain else text
    if len(text) >= LEAST_RUN:
        return without_encoded(
            text, lambda run: _is_secret_inside(run, depth, readings), PLACEHOLDER
        )
    return text


def _is_secret_inside(run: str, depth: int, readings: _Readings) -> bool:
    """Whether a run of letters and digits is a secret's text in base64 or hexadecimal digits."""
    if depth >= _DEEPEST or len(run) < LEAST_ENCODED:
        return False
    try:
        return any(readings.scrubbed(plain, depth + 1) != plain for plain in readings_of(run))
    except Unsearchable:
        return True


def _without_signs(text: str) -> str:
    """Return text without the signs of its lines, if a line has a value in the next one.

    A heading of a comment ends in signs too, so what the line names decides.
    """
    for found in _MAY_HAVE_SIGNS.finditer(text):
        start = max(text.rfind("\n", 0, found.start()) + 1, found.start() - _LONGEST_NAME)
        line = text[start : found.start()]
        is_continued = found[0][0] == "\\" or "BEGIN" in line
        if is_continued or NAMES_AND_WORDS.search(line.casefold()) or CAMEL_WORDS.search(line):
            return without_signs(text)
    return text


_READINGS = (
    unquote,
    html.unescape,
    without_escapes,
    without_colours,
    _without_signs,
    read_as_utf_8,
    read_as_utf_7,
    plain_letters,
    spread_out,
)
"""How else a text may be read; what some of them return is the text itself."""
_USER_INFO = lazy_compile(r"://[^/\s@:\"'<>]{0,200}:([^/\s@\"'<>]{8,400})@")
_LEAST_NOTED, _MOST_NOTED = 8, 4000


def secrets_in(text: str) -> Iterator[str]:
    """Yield the secrets that a text shows under a name or in a URL: others may repeat them."""
    for found in _USER_INFO.finditer(text):
        yield found[1]
    for form in (*NAMED_FORMS, *RANDOM_LETTERS):
        for _, secret in form.found(text):
            plain = secret.strip("\"'`\\ ")
            if _LEAST_NOTED <= len(plain) <= _MOST_NOTED and not re.search(r"\s", plain):
                yield plain
