"""How many examples hypothesis draws: all of them with `--interop`, as CI runs; a share by default.

    @examples(200)      200 with --interop, 24 without
    @given(...)
    def test_...

`tests/conftest.py` has the profiles; a test without `@examples` draws 100 or 12. Ten times as many:

    scripts/test -m hypothesis --hypothesis-profile long
Cases that are listed, not drawn, are shared out by `dealt` and `combined`.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, TypeVar

import pytest
from hypothesis import settings

Case = TypeVar("Case")

FULL = 100
"""The examples of a test that does not say how many, with `--interop`."""
SHORT = 12
"""And without it."""
_LEAST = 10
"""With fewer examples than these there is nothing to save."""


def share_of(full: int) -> int:
    """Return how many of so many cases a run does: all with `--interop`, or a share."""
    assert settings.default is not None
    return max(min(full, _LEAST), round(full * settings.default.max_examples / FULL))


def dealt(cases: Sequence[Case], place: int) -> Sequence[Case]:
    """Return all cases with `--interop`, or the hand at a place when they are dealt out.

    A test that takes the same kinds of cases to several places shows each kind at one of them.
    """
    hands = max(1, round(FULL / share_of(FULL)))
    return cases[place % hands :: hands]


def combined(*axes: Sequence[Any]) -> list[Any]:
    """Return all combinations as parameters; without `--interop` each value is in some that run.

    Of 4 and 6 values these are 24 combinations, and 6 of them run by default.
    """
    longest = max(map(len, axes))
    usual = [[axis[number % len(axis)] for axis in axes] for number in range(longest)]
    return [
        pytest.param(*case, marks=() if [*case] in usual else pytest.mark.interop)
        for case in product(*axes)
    ]


def examples(full: int, **others: Any) -> settings:
    """Return settings for so many examples, or for their share."""
    return settings(max_examples=share_of(full), **others)
