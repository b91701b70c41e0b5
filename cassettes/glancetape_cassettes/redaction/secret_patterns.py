"""Finding secrets in free text by their form, also encoded in one of many ways.

curl --os-password abc http://joe:hunter2@glance/
curl --os-password REDACTED http://glance/

`FORMS` has what is known by its form alone, `NAMED_FORMS` what follows a name of the table. Each
row has the words without which a text needs no search, and texts for and against it, which the
tests read.
"""

import html
import re
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import unquote

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.addresses import ADDRESSES
from glancetape_cassettes.redaction.forms.commands.calls import CALLS
from glancetape_cassettes.redaction.forms.commands.command_lines import COMMAND_LINES
from glancetape_cassettes.redaction.forms.commands.files import FILES, LINES
from glancetape_cassettes.redaction.forms.commands.statements import STATEMENTS
from glancetape_cassettes.redaction.forms.compressed import Unsearchable
from glancetape_cassettes.redaction.forms.encodings import (
    LEAST_ENCODED,
    LEAST_RUN,
    MAY_BE_SPREAD,
    decode_base64,
    is_only_hex,
    readings_of,
    spread_out,
    without_encoded,
    without_escapes,
)
from glancetape_cassettes.redaction.forms.form import Form
from glancetape_cassettes.redaction.forms.keys_and_tokens import KEYS_AND_TOKENS
from glancetape_cassettes.redaction.forms.long_words import with_short_words
from glancetape_cassettes.redaction.forms.markup import MARKUP
from glancetape_cassettes.redaction.forms.named import NAMED, SENTENCES
from glancetape_cassettes.redaction.forms.quoted_in_errors import MESSAGES
from glancetape_cassettes.redaction.forms.random_letters import RANDOM_LETTERS
from glancetape_cassettes.redaction.forms.records import BESIDE_A_MARK, RECORDS, TABLES
from glancetape_cassettes.redaction.names.secret_names import (
    any_of,
    may_name_a_secret,
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
NAMED_FORMS: tuple[Form, ...] = (TABLES, MARKUP, RECORDS, NAMED, SENTENCES, LINES)
"""What follows a name of the table."""
ALL_FORMS: tuple[Form, ...] = (*FORMS, *NAMED_FORMS)

_FORM_OF = [(any_of(form.triggers, *form.shapes), form) for form in FORMS]
_MAY_HAVE_FORM = any_of(
    (one for form in FORMS for one in form.triggers),
    *(one for form in FORMS for one in form.shapes),
)
_MAY_NAME = lazy_compile(r"[=:<,\s|/(~\0→⇒⟶≔←–—\u0e00-\uffff]")
"""What may be between a name and its value; Chinese and Japanese need nothing there."""
_MAY_BE_ENCODED = lazy_compile(
    rf"%[0-9a-fA-F]{{2}}|%u[0-9a-fA-F]{{4}}|&#?\w{{1,31}};|\\[\"'/ux0-3nrt]|{MAY_BE_SPREAD}"
)
_MOST_WHOLE_RUN = 256
_DEEPEST = 4
"""How many encodings around a secret are looked through."""
_MOST_READINGS = 16
"""As many times the length of a text is searched in its other readings.

Four encodings beside each other have fifteen readings.
"""
_SHORT, _LONG = 1024, 256 * 1024
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
    folded = text.casefold()
    if not _MAY_HAVE_FORM.search(folded) and not _may_name(text, folded):
        return text
    return _without_forms_in_words(text, folded)


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
    folded = text.lower() if is_ascii else text.casefold()
    if _MAY_HAVE_FORM.search(folded) or _may_name(text, folded):
        text = _without_forms_in_words(text, folded)
    if depth >= _DEEPEST:
        return text
    if not is_ascii or _MAY_BE_ENCODED.search(text):
        for plain in _other_readings(text):
            if (scrubbed := readings.scrubbed(plain, depth + 1)) != plain:
                return scrubbed
    return _scrub_base64(text, depth, readings)


def _without_forms_in_words(text: str, folded: str) -> str:
    """Return a text without the secrets of all forms, in long words too."""
    if (short := with_short_words(text)) is not None:
        text = short.restored(_without_forms(short.text, short.text.casefold()))
        folded = text.casefold()
    return _without_forms(text, folded)


def _without_forms(text: str, folded: str) -> str:
    """Return a text without the secrets of all forms; `folded` is the text, case-folded."""
    if _MAY_HAVE_FORM.search(folded):
        for triggers, form in _FORM_OF:
            if triggers.search(folded):
                text = form.replaced(text)
    if _may_name(text, folded):
        for form in NAMED_FORMS:
            text = form.replaced(text)
    return text


def _may_name(text: str, folded: str) -> bool:
    return _MAY_NAME.search(text) is not None and may_name_a_secret(folded)


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


def _other_readings(text: str) -> Iterator[str]:
    readings = (
        unquote(text),
        html.unescape(text),
        without_escapes(text),
        plain_letters(text),
        spread_out(text),
    )
    return (one for one in dict.fromkeys(readings) if one != text)


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
