"""Expressions in long texts, where they are tried only at places at which they may match.

`re` tries an expression with several alternatives, or one without regard to case, at each letter,
and a text is searched for a hundred of them. Here four letters are looked up at once: a table has
what an expression may begin with, and NumPy looks up a megabyte in some milliseconds.

    create\\s+user|set password    is tried at `crea` and `set `
    (?:pass|pwd)\\d?=              is tried at `pass`, and at `pwd=` and `pwd0`

What is found is the same: an expression is only not tried where it cannot match.
"""

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache, reduce
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.uint32]]

LEAST_LONG = 4096
"""A shorter text is searched by `re` alone."""
_LETTERS = 4
_OTHERS = (string.digits, "_", "-", string.whitespace, *".:/=*@\\", "<>[]{}()", string.punctuation)
"""Letters other than a to z that are of one kind."""
_KINDS = 1 + 26 + len(_OTHERS)
_SIZE = _KINDS**_LETTERS
_ANY = frozenset(range(_KINDS))
_MOST_BEGINNINGS = _SIZE // 4
"""An expression that may begin with more is tried at each letter."""
_LEAST_APART = 8
"""Where places are nearer to each other, `re` is as fast."""
_BLOCK = 1 << 20


# -- what is found --------------------------------------------------------------------------------


def find_all(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Return what `finditer` does, for an expression that finds no empty text."""
    begins = _beginnings_of(pattern) if len(text) >= LEAST_LONG else None
    return pattern.finditer(text) if begins is None else _found(pattern, begins, text)


def is_in(pattern: re.Pattern[str], text: str) -> bool:
    """Whether an expression is found in a text."""
    if len(text) < LEAST_LONG:
        return pattern.search(text) is not None
    return next(find_all(pattern, text), None) is not None


def replace_all(
    pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str], text: str
) -> str:
    """Return what `sub` does, for an expression that finds no empty text."""
    begins = _beginnings_of(pattern) if len(text) >= LEAST_LONG else None
    if begins is None:
        return pattern.sub(replacement, text)
    parts, position = list[str](), 0
    for found in _found(pattern, begins, text):
        new = found.expand(replacement) if isinstance(replacement, str) else replacement(found)
        parts += (text[position : found.start()], new)
        position = found.end()
    return "".join([*parts, text[position:]]) if parts else text


def _found(pattern: re.Pattern[str], begins: "Numbers", text: str) -> Iterator[re.Match[str]]:
    end = 0
    for start, places in _places(begins, text):
        if places is None:
            yield from pattern.finditer(text, max(start, end))
            return
        for place in places:
            if place >= end and (found := pattern.match(text, place)):
                end = found.end()
                yield found


class Together:
    """Expressions that are looked for in a long text together, each by its number."""

    def __init__(self, patterns: Mapping[int, re.Pattern[str]]) -> None:
        """Take the expressions; what they begin with is worked out when they are first needed."""
        self._patterns = patterns

    def those_in(self, text: str) -> set[int]:
        """Return the numbers of the expressions that are found in a text."""
        groups, group_of, others = self._groups
        found = {number for number, one in others.items() if one.search(text)}
        for start, letters in _blocks(text):
            group_at = group_of[letters]
            places = group_at.nonzero()[0]
            for place, at in zip(places.tolist(), group_at[places].tolist(), strict=True):
                for number in groups[at]:
                    if number not in found and self._patterns[number].match(text, start + place):
                        found.add(number)
        return found

    @cached_property
    def _groups(self) -> "tuple[list[tuple[int, ...]], Numbers, dict[int, re.Pattern[str]]]":
        """Groups of expressions, by four letters the place of the group that may begin with them,
        and the expressions that may begin with too many.
        """
        import numpy as np

        groups: dict[tuple[int, ...], int] = {(): 0}
        group_of, others = np.zeros(_SIZE, np.uint32), {}
        for number, pattern in self._patterns.items():
            begins = _beginnings_of(pattern)
            if begins is None:
                others[number] = pattern
                continue
            before, known = group_of[begins], list(groups)
            for at in np.unique(before).tolist():
                larger = groups.setdefault((*known[at], number), len(groups))
                group_of[begins[before == at]] = larger
        return list(groups), group_of, others


# -- letters of a text ----------------------------------------------------------------------------


def _places(begins: "Numbers", text: str) -> Iterator[tuple[int, list[int] | None]]:
    """Yield where each block begins, and its places with these four letters; None for many."""
    import numpy as np

    table = np.zeros(_SIZE, bool)
    table[begins] = True
    for start, numbers in _blocks(text):
        places = table[numbers].nonzero()[0]
        is_dense = len(places) * _LEAST_APART > len(numbers)
        yield start, None if is_dense else (places + start).tolist()


def _blocks(text: str) -> "Iterator[tuple[int, Numbers]]":
    return ((start, _four_letters(text, start)) for start in range(0, len(text), _BLOCK))


@lru_cache(maxsize=4)  # of one text, which is searched for many expressions in turn
def _four_letters(text: str, start: int) -> "Numbers":
    """Return the kinds of the four letters at each place of a block, as one number."""
    import numpy as np

    block = text[start : start + _BLOCK + _LETTERS - 1]
    if block.isascii():
        raw = block.encode()
    else:
        units = np.frombuffer(block.encode("utf-32-le", "surrogatepass"), np.uint32)
        raw = np.minimum(units, 128).astype(np.uint8).tobytes()
    kinds = np.frombuffer(raw.translate(_KIND_OF) + bytes(_LETTERS), np.uint8)
    size = min(_BLOCK, len(text) - start)
    letters = (kinds[at : at + size].astype(np.uint32) for at in range(_LETTERS))
    return reduce(lambda before, letter: before * np.uint32(_KINDS) + letter, letters)


def _kind_of(letter: str) -> int:
    """Return the kind of a letter: 1 to 26 for a to z in either case, 0 for those beyond ASCII."""
    if letter in string.ascii_letters:
        return ord(letter.lower()) - 96
    return next((27 + at for at, some in enumerate(_OTHERS) if letter in some), 0)


_ASCII = [chr(number) for number in range(128)]
_KIND_OF = bytes(map(_kind_of, _ASCII)) + bytes(128)


# -- beginnings of an expression ------------------------------------------------------------------

_Beginning = tuple[frozenset[int], ...]
"""The kinds of the first letters, a set for each; any letters follow if they are less than four."""


@cache
def _beginnings_of(pattern: re.Pattern[str]) -> "Numbers | None":
    """Return all four letters that an expression may begin with; None if they are too many."""
    import numpy as np

    table = np.zeros((_KINDS,) * _LETTERS, bool)
    for one in _beginnings(parser.parse(pattern.pattern, pattern.flags), _LETTERS):
        table[np.ix_(*map(sorted, (*one, *(_ANY,) * (_LETTERS - len(one)))))] = True
    numbers = table.reshape(-1).nonzero()[0].astype(np.uint32)
    return numbers if len(numbers) <= _MOST_BEGINNINGS else None


def _beginnings(items: Iterable[tuple[Any, Any]], most: int) -> set[_Beginning]:
    """Return what a part of an expression may begin with; what it looks at beside is ignored."""
    found: set[_Beginning] = {()}
    for kind, value in items:
        if all(len(one) == most for one in found):
            break
        of_kind = _BEGINNINGS.get(kind)
        more = of_kind(value, most) if of_kind else {(_ANY,) * most}
        whole = {one for one in found if len(one) == most}
        found = whole | {(*one, *other)[:most] for one in found - whole for other in more}
    return found


def _of_repeat(value: Any, most: int) -> set[_Beginning]:
    least, last, inner = value
    times = range(min(least, most), min(last, most) + 1)
    return {one for number in times for one in _beginnings([*inner] * number, most)}


_BEGINNINGS: dict[Any, Callable[[Any, int], set[_Beginning]]] = {
    code.LITERAL: lambda value, _: {(_kinds_of_literal(value),)},
    code.IN: lambda value, _: {(_kinds_in(value),)},
    code.BRANCH: lambda value, most: {it for one in value[1] for it in _beginnings(one, most)},
    code.SUBPATTERN: lambda value, most: _beginnings(value[3], most),
    code.ATOMIC_GROUP: _beginnings,
    **dict.fromkeys((code.ANY, code.NOT_LITERAL), lambda *_: {(_ANY,)}),
    **dict.fromkeys((code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT), _of_repeat),
    **dict.fromkeys((code.AT, code.ASSERT, code.ASSERT_NOT), lambda *_: {()}),
}
"""By what an item of an expression is; any letters may be in others, such as `(?P=mark)`."""


_CASES_BEYOND_ASCII = "iksIKS"
"""Letters that are also written as one beyond ASCII where case does not matter."""


def _kinds_of_literal(value: int) -> frozenset[int]:
    letter = chr(value)
    kind = _kind_of(letter)
    return frozenset((kind, 0) if letter in _CASES_BEYOND_ASCII else (kind,))


def _kinds_in(members: Sequence[tuple[Any, Any]]) -> frozenset[int]:
    """Return the kinds of all letters that a set in brackets has in either case."""
    is_not = members[0][0] is code.NEGATE
    letters = [one for one in _ASCII if any(_has(it, one) for it in members) != is_not]
    letters += "" if is_not else "".join(_cases_within(*one) for one in members)
    is_ascii = not is_not and all(_is_ascii(*one) for one in members)
    return frozenset(map(_kind_of, [*letters, *("" if is_ascii else "\u0080")]))


def _is_ascii(kind: Any, value: Any) -> bool:
    """Whether a member of a set has no letters beyond ASCII."""
    if kind is code.CATEGORY:
        return False
    first, last = value if kind is code.RANGE else (value, value)
    return last < 128 and not any(first <= ord(one) <= last for one in _CASES_BEYOND_ASCII)


def _cases_within(kind: Any, value: Any) -> str:
    """Return letters of ASCII that are one of a member of a set in the other case."""
    if (kind is code.RANGE and value[1] >= 128) or (kind is code.LITERAL and value >= 128):
        return _CASES_BEYOND_ASCII
    return ""


def _has(member: tuple[Any, Any], letter: str) -> bool:
    kind, value = member
    if kind is code.LITERAL:
        return letter == chr(value)
    if kind is code.RANGE:
        return bool(value[0] <= ord(letter) <= value[1])
    return kind is code.CATEGORY and _IN_CATEGORY[value](letter)


_IN_CATEGORY: dict[Any, Callable[[str], bool]] = {
    code.CATEGORY_DIGIT: str.isdigit,
    code.CATEGORY_NOT_DIGIT: lambda one: not one.isdigit(),
    code.CATEGORY_SPACE: str.isspace,
    code.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    code.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    code.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}
