r"""The first letters of what an expression may find, read from its text.

    create\s+user|set password    begins with `crea` or `set `
    (?:pass|pwd)\d?=              begins with `pass`, `pwd=` or `pwd0`

Letters are of kinds: one for each from a to z in either case, one for all digits, and so on. What
an expression looks at beside its letters is ignored, so it may begin with less than is returned
here, and with nothing else. `re` itself says what a set such as `[^\s"]` has in it.
"""

import re
import string
from collections.abc import Iterable
from functools import lru_cache

OTHER_LETTERS = (
    *(string.digits, "_", "-", string.whitespace, *".:/=*@\\"),
    *("<>[]{}()", string.punctuation),
)
"""Letters other than a to z that are of one kind."""
KINDS = 1 + 26 + len(OTHER_LETTERS)
ANY = frozenset(range(KINDS))

Beginning = tuple[frozenset[int], ...]
"""The kinds of the first letters, a set for each; any letters follow if it is a short one."""


def kind_of(letter: str) -> int:
    """Return the kind of a letter: 1 to 26 for a to z in either case, 0 for those beyond ASCII.

    >>> [kind_of(letter) for letter in "aZ7\u00e9"]
    [1, 26, 27, 0]
    """
    if letter in string.ascii_letters:
        return ord(letter.lower()) - 96
    return next((27 + at for at, some in enumerate(OTHER_LETTERS) if letter in some), 0)


ASCII = [chr(number) for number in range(128)]
_CASES_BEYOND_ASCII = "\u017f\u212a\u0130\u0131"
"""What `s`, `k` and `i` are in another case."""
_BEYOND_ASCII = re.compile(r"\[\^|\\[wWsSdDuUxN]|[^\x00-\x7f]")
"""What a set has in it that may have letters beyond ASCII."""

_ATOM = re.compile(
    r"(?P<look>\(\?<?[=!])|(?P<group>\((?:\?(?:P<\w+>|>|[a-zA-Z-]*:))?(?!\?))"
    r"|(?P<flags>\(\?[a-zA-Z-]+\))|(?P<again>\(\?P=\w+\)|\\[1-9])|(?P<place>\\[AbBZ]|[\^$])"
    r"|(?P<letter>\[\^?\]?(?:[^\]\\]|\\.)*\]|\\x..|\\u.{4}|\\U.{8}|\\.|[^()|])",
    re.DOTALL,
)
_REPEAT = re.compile(
    r"(?:(?P<sign>[*+?])|\{(?P<least>\d*)(?P<comma>,?)(?P<last>\d*)\}(?<!\{\}))[+?]?"
)

_TIMES = {"*": (0, 99), "+": (1, 99), "?": (0, 1)}


def beginnings_of(expression: str, letters: int) -> set[Beginning]:
    """Return what the texts that an expression finds may begin with, up to so many letters.

    Raises ValueError for an expression that cannot be read, such as one with `(?(1)a|b)`.

    >>> len(beginnings_of("(?:pass|pwd)[0-9]?=", 4))
    3
    """
    reader = _Reader(expression)
    found = reader.alternatives(letters)
    if reader.place < len(expression):
        raise ValueError(expression)
    return found


class _Reader:
    """Reads an expression from its first letter to its last one."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self.place = 0

    def alternatives(self, most: int) -> set[Beginning]:
        """Read up to the end of a group."""
        found = self._sequence(most)
        while self._expression.startswith("|", self.place):
            self.place += 1
            found |= self._sequence(most)
        return found

    def _sequence(self, most: int) -> set[Beginning]:
        found: set[Beginning] = {()}
        while self.place < len(self._expression) and self._expression[self.place] not in "|)":
            # What comes after the first letters is read too, because it has to end somewhere.
            left = 0 if all(len(one) == most for one in found) else most
            found = _joined(found, self._repeated(self._atom(left), left), most)
        return found

    def _atom(self, most: int) -> set[Beginning]:
        """Read a letter, a set, a group, or what only looks at the letters beside it."""
        atom = _ATOM.match(self._expression, self.place)
        if atom is None:
            raise ValueError(self._expression)
        self.place = atom.end()
        if atom["look"] or atom["group"]:
            inner = self.alternatives(0 if atom["look"] else most)
            if not self._expression.startswith(")", self.place):
                raise ValueError(self._expression)
            self.place += 1
            return {()} if atom["look"] else inner
        if atom["again"]:
            return {(ANY,) * most}
        return {(_kinds_of(atom["letter"]),)} if atom["letter"] and most else {()}

    def _repeated(self, inner: set[Beginning], most: int) -> set[Beginning]:
        """Read how often an atom may be there, and return what that begins with."""
        repeat = _REPEAT.match(self._expression, self.place)
        if repeat is None:
            return inner
        self.place = repeat.end()
        if repeat["sign"]:
            least, last = _TIMES[repeat["sign"]]
        else:
            least = int(repeat["least"] or 0)
            last = int(repeat["last"] or most) if repeat["comma"] else least
        found: set[Beginning] = set()
        again: set[Beginning] = {()}
        for number in range(min(last, most) + 1):
            found |= again if number >= min(least, most) else set()
            again = _joined(again, inner, most)
        return found


def _joined(found: Iterable[Beginning], more: set[Beginning], most: int) -> set[Beginning]:
    return {(*one, *other)[:most] for one in found for other in more}


@lru_cache(maxsize=1024)
def _kinds_of(letter: str) -> frozenset[int]:
    """Return the kinds of all letters that one letter or set of an expression has in any case."""
    try:
        of_one = re.compile(letter, re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise ValueError(letter) from error
    is_beyond = letter == "." or _BEYOND_ASCII.search(letter) is not None
    is_beyond = is_beyond or any(map(of_one.match, _CASES_BEYOND_ASCII))
    letters = [one for one in ASCII if of_one.match(one)]
    if letter[0] == "[" and letter[1] == "^":  # where the case matters, it has the other one
        letters += [one for one in ASCII if re.match(letter, one, re.DOTALL)]
    return frozenset(map(kind_of, [*letters, *("\u0080" if is_beyond else "")]))
