"""Expressions in long texts, where they are tried only at places at which they may match.

`re` tries an expression with several alternatives, or one without regard to case, at each letter,
and a text is searched for a hundred of them. Here four letters are looked up at once: a table has
what an expression may begin with, and NumPy looks up a megabyte in some milliseconds.

    create\\s+user|set password    is tried at `crea` and `set `
    (?:pass|pwd)\\d?=              is tried at `pass`, and at `pwd=` and `pwd0`

What is found is the same: an expression is only not tried where it cannot match.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, lru_cache, reduce
from typing import TYPE_CHECKING, Any

from glancetape_cassettes.redaction.forms.expressions.beginnings import (
    ANY,
    ASCII,
    KINDS,
    beginnings_of,
    kind_of,
)

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.uint32]]

LEAST_LONG = 4096
"""A shorter text is searched by `re` alone."""
_LETTERS = 4
_SIZE = KINDS**_LETTERS
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
    return reduce(lambda before, letter: before * np.uint32(KINDS) + letter, letters)


_KIND_OF = bytes(map(kind_of, ASCII)) + bytes(128)


@cache
def _beginnings_of(pattern: re.Pattern[str]) -> "Numbers | None":
    """Return all four letters that an expression may begin with; None if they are too many."""
    import numpy as np

    try:
        beginnings = beginnings_of(pattern.pattern, _LETTERS)
    except ValueError:  # it has something that nobody needed before
        return None
    table = np.zeros((KINDS,) * _LETTERS, bool)
    for one in beginnings:
        table[np.ix_(*map(sorted, (*one, *(ANY,) * (_LETTERS - len(one)))))] = True
    numbers = table.reshape(-1).nonzero()[0].astype(np.uint32)
    return numbers if len(numbers) <= _MOST_BEGINNINGS else None
