"""The time of a search grows with the length of a text and no faster, by the shape of each form.

An expression is tried at each letter of a text. What it may look at before it needs a letter or a
sign of its own is what hostile text costs at each of them:

    [ \\t]*\\w+ x          30,000 tabs are looked at from each tab: 450,000,000 steps
    [ \\t]{0,40}\\w+ x     40 steps at each

Seconds would tell of the machine, so the expressions are read and nothing is run.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS

MOST = 200
"""Letters that an expression may look at from any letter of a text."""
MOST_OF_A_WORD = 8_000
"""And from the beginning of a word, which `(?<!...)` finds: a text has fewer of them."""
_FEW = 12
"""A set of so many characters is a sign: most letters of a text are none of them."""
_ENDLESS = 1_000_000

Items = Iterable[tuple[Any, Any]]
EXPRESSIONS = [(form.kind, form.regex) for form in ALL_FORMS if form.regex.pattern]


def _before_a_letter(items: Items) -> tuple[int, bool]:
    """Return how many letters are looked at before one of the expression's own, if it has one."""
    far = 0
    for kind, value in items:
        more, has_own = _KINDS[kind](value) if kind in _KINDS else (0, False)
        far += more
        if has_own:
            return far, True
    return far, False


def _of_set(members: Any) -> tuple[int, bool]:
    is_sign = len(members) <= _FEW and all(one is code.LITERAL for one, _ in members)
    return (0, True) if is_sign else (1, False)


def _of_repeat(value: Any) -> tuple[int, bool]:
    least, most, inner = value
    far, has_own = _before_a_letter(inner)
    if least and has_own:
        return far, True
    return min(most, _ENDLESS) * max(1, min(inner.getwidth()[1], _ENDLESS)), False


def _of_branches(value: Any) -> tuple[int, bool]:
    found = [_before_a_letter(one) for one in value[1]]
    return max(far for far, _ in found), all(has_own for _, has_own in found)


def _of_assertion(value: Any) -> tuple[int, bool]:
    direction, inner = value
    far, has_own = _before_a_letter(inner)
    return (far if direction > 0 else 0), has_own


_KINDS: dict[Any, Callable[[Any], tuple[int, bool]]] = {
    code.LITERAL: lambda _: (0, True),
    code.IN: _of_set,
    code.ANY: lambda _: (1, False),
    code.NOT_LITERAL: lambda _: (1, False),
    **dict.fromkeys((code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT), _of_repeat),
    code.BRANCH: _of_branches,
    code.SUBPATTERN: lambda value: _before_a_letter(value[3]),
    code.ATOMIC_GROUP: _before_a_letter,
    code.ASSERT: _of_assertion,
    code.ASSERT_NOT: lambda value: (_of_assertion(value)[0], False),
}


def _alternatives(expression: re.Pattern[str]) -> Iterator[list[tuple[Any, Any]]]:
    items = list(parser.parse(expression.pattern, expression.flags))
    yield from map(list, items[0][1][1]) if items[0][0] is code.BRANCH else [items]


def _is_at_a_beginning(items: list[tuple[Any, Any]]) -> bool:
    kind, value = items[0]
    return kind is code.ASSERT_NOT and value[0] < 0


@pytest.mark.parametrize(("kind", "expression"), EXPRESSIONS, ids=[one[0] for one in EXPRESSIONS])
def test_an_expression_comes_to_a_letter_of_its_own_soon(
    kind: str, expression: re.Pattern[str]
) -> None:
    for items in _alternatives(expression):
        far, _ = _before_a_letter(items)
        assert far <= (MOST_OF_A_WORD if _is_at_a_beginning(items) else MOST), kind


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"abc[ \t]*", 0),
        (r"[ \t]*abc", _ENDLESS),
        (r"[ \t]{0,40}abc", 40),
        (r"(?<![a-z])\w{3}\s{0,9}:", 12),
        (r"(?=\w{0,200}\d)abc", 201),
        (r"(?:a|\w{5}b)c", 5),
        (r"['\"][^'\"]{3,400}", 0),
    ],
)
def test_the_search_knows_how_far_an_expression_looks(expression: str, expected: int) -> None:
    far, _ = _before_a_letter(parser.parse(expression))

    assert expected == far
