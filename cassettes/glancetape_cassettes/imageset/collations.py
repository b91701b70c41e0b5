"""What the databases of clouds differ in: which texts are equal, and which of two comes first.

A list does not show which database its cloud has. Glance leaves both to it, and so its answers to
one question differ. Observed with the same images on Glance 33 over SQLite 3, MariaDB 10.11 (its
tables are `utf8mb3_general_ci`, as in most clouds) and PostgreSQL 15:

    name=zebra           SQLite, PostgreSQL: zebra          MariaDB: Zebra and "zebra " too
    sort_key=name        SQLite: Zebra a b                  others: a b Zebra
    a null name          SQLite, MariaDB: before all others PostgreSQL: after them
    min_disk=abc         SQLite: none       MariaDB: those of min_disk 0       PostgreSQL: 500

An answer is proved where all of them agree. The databases meant here are these three, with the
collations that they come with: by code point, those of MySQL and MariaDB that ignore case and
accents, and those of PostgreSQL for English, with and without weight on punctuation.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from operator import gt, lt

_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i"}
    | {"þ": "th"}
    | {chr(katakana): chr(katakana - 0x60) for katakana in range(0x30A1, 0x30F7)}
)
"""Letters that have no decomposition in Unicode, and are like others all the same."""
_CONTROLS = dict.fromkeys([*range(0x20), 0x7F])
_IGNORED = frozenset(("Mn", "Me", "Mc", "Cc", "Cf"))  # general categories: accents and controls
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_BLANKS = "\t\n\x0b\x0c\r "
_SIGNS = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""In the order of the Default Unicode Collation Element Table."""
_ALPHANUMERIC = {ord(one): one for one in "0123456789abcdefghijklmnopqrstuvwxyz"}
_PLACES = {ord(one): chr(place) for place, one in enumerate(_BLANKS + _SIGNS, 1)} | _ALPHANUMERIC
_WITHOUT_SIGNS = dict.fromkeys(map(ord, _BLANKS + _SIGNS))
_OF_HEX = re.compile(r"[0-9a-f-]*\Z")

NUMBER = re.compile(r"[+-]?[0-9]{1,18}\Z")
"""Reads alike everywhere. MySQL takes `40abc` for 40, PostgreSQL refuses it and `40.0`."""
_MOST = {"min_disk": (1 << 31) - 1, "min_ram": (1 << 31) - 1}
"""The largest numbers that PostgreSQL compares with these columns, which have 32 bits."""


def alike(text: str) -> str:
    """Return what a text is to the database that tells the fewest texts apart.

    Two texts that differ here are different texts to each database: `Zebra ` and `zébra` are
    alike. So are `ss` and `s`, since `ß` is one of them or the other.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
        text = "".join(one for one in text if unicodedata.category(one) not in _IGNORED)
        text = _BEYOND.sub("\ufffd", unicodedata.normalize("NFKD", text))
    else:
        text = text.lower()
        if not text.isprintable():  # of ASCII, that leaves the controls, which few texts have
            text = text.translate(_CONTROLS)
    while "ss" in text:
        text = text.replace("ss", "s")
    return text.rstrip(" ")


def reads_alike(name: str, text: str) -> bool:
    """Whether each database compares a text with a column of numbers as the same number."""
    return NUMBER.match(text) is not None and abs(int(text)) <= _MOST.get(name, 1 << 62)


def is_order_certain(one: str, other: str) -> bool:
    """Whether the same one of two different texts comes first in each database."""
    left, right = _places(one), _places(other)
    return all(map(lt, left, right)) or all(map(gt, left, right))


def without_a_certain_place(texts: Iterable[str]) -> frozenset[str]:
    """Return the texts that do not come after the same other ones in each database.

    Those left have a certain place among any of the texts, too. Of `A C b` only `A` has one: `b`
    comes last or before `C`.
    """
    every = sorted(set(texts))
    if all(map(_OF_HEX.match, every)) and len({len(one) for one in every}) == 1:
        return frozenset()  # ids in one form
    uncertain: set[int] = set()  # the ranks of texts among all, by code point
    for keys in zip(*map(_places, every), strict=True):
        by_key = sorted(range(len(every)), key=keys.__getitem__)
        highest = before = -1
        for place, rank in enumerate(by_key):
            if highest >= place or (place and keys[rank] == keys[before]):
                uncertain.update((rank, before))  # others come before it than by code point
            highest = max(highest, rank)
            if highest != place:
                uncertain.add(rank)
            before = rank
    return frozenset(every[rank] for rank in uncertain)


def _places(text: str) -> tuple[str, str, str, str]:
    """Return the sort key of a text in each kind of collation; none ends with a blank."""
    if text.isascii():
        upper, lower = text.upper(), text.lower()
    else:
        # MySQL has `ß` beside `S`; other letters whose upper case is two letters stay as they are.
        base = [unicodedata.normalize("NFD", one)[0] for one in text.replace("ß", "S")]
        upper = "".join(one.upper() if len(one.upper()) == 1 else one for one in base)
        lower = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
        lower = "".join(one for one in lower if unicodedata.category(one) not in _IGNORED)
    return text, upper.rstrip(" "), lower.translate(_PLACES), lower.translate(_WITHOUT_SIGNS)


def positions_without_a_certain_place(by_text: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the ascending positions of what has such a text."""
    unsure = without_a_certain_place(by_text)
    return sorted(position for text in unsure for position in by_text[text])
