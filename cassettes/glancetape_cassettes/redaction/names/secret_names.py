"""Whether a name is a secret's, whatever its spelling, and the same names as expressions for text.

`name_table` is the table. `is_secret_name` reads it for one name; `NAMES_AND_WORDS` and the other
expressions are made from it, so the search in text knows the same names.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from urllib.parse import unquote

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.names.name_table import (
    HARMLESS_AFTER_AUTH,
    HARMLESS_NAMES,
    HARMLESS_WORDS,
    IN_LATIN_LETTERS,
    IN_OTHER_LANGUAGES,
    SECRET_NAMES,
    Match,
)
from glancetape_cassettes.short_texts import remembered

_LONGEST_KEPT = 200
"""What is known of longer names is not remembered: memory must not grow with hostile bodies."""
# Letters of other alphabets that look like Latin ones; digits and signs that stand for letters.
_LOOKS_LIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u043a\u03b1\u03bf\u03c1\u03b5\u03ba\u03bd\u03b9\u0131\u0142"
    "\u0410\u0415\u041e\u0420\u0421\u0423\u0425\u0406\u0405\u0408\u041a\u0391\u039f\u03a1\u0395\u039a\u039d\u0399\u0141",
    "aeopcyxisjkaopekviilAEOPCYXISJKAOPEKNIL",
)
_MISSPELLINGS = (  # p4ssw0rd, pasword, passowrd
    r"p[a4@s5$]{2,4}[wo0r]{2,5}[dt]",
    r"s(?:[e3]cr[e3][t7]|ecrt|ercet|ecert|ceret|ecrect)",
    r"5[e3]cr[e3][t7]",
    r"\$[e3]cr[e3][t7]",
    r"t(?:[o0]k[e3]n|okn(?![a-z])|oekn|okne(?![a-z])|okken)",
    r"7[o0]k[e3]n",
    *(r"\d{0,2}".join(word) for word in ("password", "secret", "token")),  # to1ken
)
_MISSPELT = lazy_compile("|".join(_MISSPELLINGS))
_RIGHT = frozenset("password passwort passord secret token".split())
"""What the expression finds too, and the table decides on: `passwordless` is no secret."""
_UNSEEN = ("Mn", "Mc", "Me", "Cf")
"""Marks that belong to the letter before them, and invisible characters."""
_SEPARATORS = lazy_compile(r"[ ._/-]")
_MAY_BE_ENCODED = lazy_compile(r"%[0-9a-fA-F]{2}|&#?\w{1,31};")
_CAMEL = lazy_compile(r"(?<=[a-z])(?=[A-Z])")
_MIXED = lazy_compile(r"(?:[a-z][A-Z]){3}|(?:[A-Z][a-z]){3,}(?![a-z])")
_WORDS = lazy_compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def plain_letters(text: str) -> str:
    """Return text without invisible characters and accents, its look-alike letters as Latin ones.

    >>> plain_letters("p\u0430ss\u200bw\u00f3rd\uff1a")
    'password:'
    """
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    unseen = [one for one in set(letters) if unicodedata.category(one) in _UNSEEN]
    return letters.translate(_LOOKS_LIKE | dict.fromkeys(map(ord, unseen)))


def _folded(stem: str) -> str:
    return plain_letters(stem).casefold().replace(" ", "")


_OFTEN_MISSPELT = (
    "password passphrase passcode credential authorization access_key secret_key private_key"
)


def _misspellings(stem: str) -> Iterator[str]:
    """Yield a stem with one letter missing, doubled, or swapped with the next.

    The first two letters are right: people see a fault there. Nor is the last one missing, which
    would be the beginning of other words.

    >>> list(_misspellings("pin"))
    ['pinn']
    """
    for at in range(2, len(stem)):
        before, letter, after = stem[:at], stem[at], stem[at + 1 :]
        if letter != " ":
            yield f"{before}{letter}{letter}{after}"
            if after:
                yield f"{before}{after}"
            if after[:1].strip() and after[0] != letter:
                yield f"{before}{after[0]}{letter}{after[1:]}"


_MISSPELT_STEMS = frozenset(
    wrong for stem in _OFTEN_MISSPELT.split() for wrong in _misspellings(stem.replace("_", " "))
)
_HAS_ANYWHERE = lazy_compile(
    lambda: one_of(
        frozenset(
            _folded(stem)
            for stem in (
                *(row.stem for row in SECRET_NAMES if row.match is Match.ANYWHERE),
                *_MISSPELT_STEMS,
            )
            if stem.isascii()
        )
    )
)
_FOREIGN = tuple(
    _folded(row.stem)
    for row in SECRET_NAMES
    if row.match is Match.ANYWHERE and not row.stem.isascii()
)
_AS_A_WHOLE = frozenset(_folded(row.stem) for row in SECRET_NAMES if row.match is Match.WHOLE)
_ENDS = tuple(row.stem for row in SECRET_NAMES if row.match is Match.END)
_WORD_STEMS = tuple(row.stem for row in SECRET_NAMES if row.match is Match.WORD)
_WHOLE = frozenset(stem.replace(" ", "") for stem in _WORD_STEMS)
_IN_A_ROW = lazy_compile(f" (?:{'|'.join(stem for stem in _WORD_STEMS if ' ' in stem)}) ")
_NUMBERED = tuple(row.stem for row in SECRET_NAMES if row.match is Match.NUMBERED)


def _with_separators(stem: str, separators: str = r"[ ._/-]?") -> str:
    return re.escape(stem).replace(r"\ ", separators)


_HAS_NUMBERED = lazy_compile(
    rf"(?<![a-z0-9])(?:{'|'.join(map(_with_separators, _NUMBERED))})(?![a-z0-9])"
)


_DEEPEST_NAME = 8
"""How many encodings of a name are undone. The forms of values look through four of them."""


def _without_encoding(name: str) -> str | None:
    """Return a name without percent-encoding and entities; None if it is encoded too often.

    >>> _without_encoding("p%252561ssword"), _without_encoding("%" + "25" * 99 + "61")
    ('password', None)
    """
    for _ in range(_DEEPEST_NAME):
        if not _MAY_BE_ENCODED.search(name):
            return name
        read = html.unescape(unquote(name))
        if read == name:
            return name
        name = read
    return None


@remembered(8192)
def is_secret_name(name: str) -> bool:
    """Whether the value under a name is a secret, whatever the name's case and separators.

    So is the value under a name that nobody can read, because it is encoded more than eight times.

    >>> [is_secret_name(name) for name in ("adminPass", "p%61ssword", "compass")]
    [True, True, False]
    """
    read = _without_encoding(name)
    if read is None:
        return True
    name, plain = read, plain_letters(read)
    joined = _SEPARATORS.sub("", plain_letters(name.casefold()).strip(" :").casefold())
    if joined in _AS_A_WHOLE or (not joined.isascii() and any(stem in joined for stem in _FOREIGN)):
        return True
    if _MIXED.search(plain):  # aDmInPaSs has no words
        plain = plain.lower()
    words = [word for one in _WORDS.findall(plain) if (word := one.lower()) not in HARMLESS_WORDS]
    if "auth" in words:
        words = _without_harmless_auth(words)
    folded = "".join(words)
    if folded in HARMLESS_NAMES:
        return False
    return (
        _HAS_ANYWHERE.search(folded) is not None
        or any(word in _WHOLE or word.endswith(_ENDS) for word in words)
        or folded in _WHOLE
        or _IN_A_ROW.search(f" {' '.join(words)} ") is not None
        or _HAS_NUMBERED.search(_CAMEL.sub("_", plain).lower()) is not None
        or any(found[0] not in _RIGHT for found in _MISSPELT.finditer(plain.lower()))
    )


def _without_harmless_auth(words: list[str]) -> list[str]:
    """Return the words of a name without each `auth` that only says what the next word is of."""
    after = (*words[1:], "")
    return [
        word
        for word, following in zip(words, after, strict=True)
        if word != "auth" or following not in HARMLESS_AFTER_AUTH
    ]


_ANY_BLANKS = r"[\s._/-]*+"
"""What may be between two words of a text, of which a name has one letter at most."""


def any_of(words: Iterable[str], *shapes: str) -> re.Pattern[str]:
    """Return a pattern that finds any of these words, in which a blank is any separators.

    `shapes` are expressions that begin with a character each. All that begin with the same one are
    looked for together, and what begins with a sign or a foreign letter after all others: at most
    places of a text there is nothing to look at then.
    """
    known = frozenset(word.strip() for word in words)

    def expression() -> str:
        rests: dict[str, list[str]] = {}
        for one in (*_grouped(known, _ANY_BLANKS), *shapes):
            first = one[:2] if one[0] == "\\" else one[0]
            rests.setdefault(r"\-" if first == "-" else first, []).append(one[len(first) :])
        joined = {first: f"(?:{'|'.join(rest)})" for first, rest in rests.items()}
        letters = [first for first in joined if first.isascii() and first.isalnum()]
        signs = [first for first in joined if first not in letters]
        parts = [f"{first}{joined[first]}" for first in letters]
        if signs:
            after_sign = "|".join(f"(?<={first}){joined[first]}" for first in signs)
            parts.append(f"[{''.join(signs)}](?:{after_sign})")
        return "|".join(parts)

    return lazy_compile(expression)


def each_of(words: Iterable[str], *shapes: str) -> re.Pattern[str]:
    """Return a pattern that finds the same as `any_of`, with each alternative by itself."""
    known = frozenset(word.strip() for word in words)
    return lazy_compile(lambda: "|".join((*_grouped(known, _ANY_BLANKS), *shapes)))


def one_of(words: frozenset[str]) -> str:
    """Return an expression for any of these words, with what several begin with in one place.

    It takes half the time of looking for each word.

    >>> one_of(frozenset(["token", "totp"]))
    'to(?:ken|tp)'
    """
    return "|".join(_grouped(words))


def _grouped(words: frozenset[str], separators: str = r"[ ._/-]?") -> list[str]:
    """Return one expression for all words that begin with the same letter."""
    groups = []
    for letter in sorted({word[:1] for word in words}):
        alike = [word for word in words if word[:1] == letter]
        start = _common_start(min(alike), max(alike))
        before = _with_separators(start, separators)
        if start in alike:  # what follows it makes no difference
            groups.append(before)
        else:
            rest = _grouped(frozenset(word[len(start) :] for word in alike), separators)
            groups.append(f"{before}(?:{'|'.join(rest)})")
    return groups


def _common_start(one: str, other: str) -> str:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in pairs)


def words_by_themselves(
    stems: Iterable[str], before: str, after: str | None = None, *, in_quotes: bool = False
) -> list[str]:
    """Return expressions for these words with none of some characters beside them.

    With `in_quotes` they may follow the escape of a line break or a tab, as in a text in JSON.

    It looks back after the first letter: only so are all words looked for at once. Without `after`
    the same characters count on both sides; with an empty one none does after the word.
    """
    end = rf"(?![{before if after is None else after}])" if after != "" else ""
    escape = "(?<=\\\\[nrt]{0})" if in_quotes else ""
    by_letter: dict[str, list[str]] = {}
    for stem in sorted(stems, key=len, reverse=True):
        by_letter.setdefault(stem[0], []).append(_with_separators(stem[1:]))
    return [
        f"{letter}(?:(?<![{before}]{letter}){escape and '|' + escape.format(letter)})"
        f"(?:{'|'.join(rests)}){end}"
        for letter, rests in by_letter.items()
    ]


_LONG_STEMS = frozenset(
    plain_letters(stem).casefold()
    for stem in (
        *(row.stem for row in SECRET_NAMES if row.match not in (Match.WORD, Match.WHOLE)),
        *_MISSPELT_STEMS,
    )
)
_NAMES = lazy_compile(lambda: "|".join((*_grouped(_LONG_STEMS), *_MISSPELLINGS)))
NAMES_AND_WORDS = any_of(
    _LONG_STEMS,
    *_MISSPELLINGS,
    *words_by_themselves(_WORD_STEMS, "a-z"),
    *words_by_themselves(_NUMBERED, "a-z0-9"),
    *words_by_themselves(_AS_A_WHOLE, r"\w-"),
)
"""Finds the names of the table in a case-folded text, and the short words."""
CAMEL_WORDS = lazy_compile(
    lambda: "|".join(
        words_by_themselves([stem.title().replace(" ", "") for stem in _WORD_STEMS], "^a-z", "a-z")
    )
)
"""Finds the short words within a name such as `userPin`, which is one word when case-folded."""
WORDS_OF_OTHER_LANGUAGES = frozenset(
    plain_letters(row.stem).casefold()
    for row in SECRET_NAMES
    if row.source in (IN_OTHER_LANGUAGES, IN_LATIN_LETTERS)
)
"""What people call a secret in messages, its letters plain, a blank where it has one."""
OF_THREE_WORDS = frozenset(
    plain_letters(row.stem).casefold() for row in SECRET_NAMES if row.stem.count(" ") > 1
)
"""Names such as `mot de passe`, which text has with blanks in them."""
LAST_PARTS = frozenset(
    plain_letters(row.stem.rpartition(" ")[2]).casefold() for row in SECRET_NAMES if " " in row.stem
)
"""Words that make a secret's name together with the word before them: `Account Key`."""


def is_last_part(word: str) -> bool:
    """Whether a word makes a secret's name together with the one before it."""
    return plain_letters(word).casefold() in LAST_PARTS


def is_secret_as_a_whole(name: str) -> bool:
    """Whether a name is a secret's only where nothing else is in it, such as `sid` or `salt`."""
    return len(name) <= _LONGEST_KEPT and _is_secret_as_a_whole(name)


@lru_cache(maxsize=1024)
def _is_secret_as_a_whole(name: str) -> bool:
    return _SEPARATORS.sub("", plain_letters(name).casefold()) in _AS_A_WHOLE


def names_a_secret(folded: str) -> bool:
    """Whether a case-folded text has a name of the table in it, other than a short word."""
    return _NAMES.search(folded) is not None


@remembered(1024)
def name_names_a_secret(name: str) -> bool:
    """The same for one name in any case, which a text may have a thousand times."""
    return names_a_secret(plain_letters(name).casefold())
