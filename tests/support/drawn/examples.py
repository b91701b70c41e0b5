"""How many examples hypothesis draws: all of them with `--interop`, as CI runs; a share by default.

    @examples(200)      200 with --interop, 16 without
    @given(...)
    def test_...

`tests/conftest.py` has the profiles; a test without `@examples` draws 100 or 8. Ten times as many:

    scripts/test -m hypothesis --hypothesis-profile long
Cases that are listed, not drawn, are shared out by `dealt`. Of a slow test's table, one row in so
many runs by default. A quick one, or one where each row is a rule of its own, needs no mark:

    @pytest.mark.sampled(4)
    @pytest.mark.parametrize(...)
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import settings

Case = TypeVar("Case")

FULL = 100
"""The examples of a test that does not say how many, with `--interop`."""
SHORT = 8
"""And without it."""
_LEAST = 6
"""With fewer examples than these there is nothing to save."""


def share_of(full: int) -> int:
    """Return how many of so many cases a run does: all with `--interop`, or a share."""
    assert settings.default is not None
    return max(min(full, _LEAST), round(full * settings.default.max_examples / FULL))


def dealt(cases: Sequence[Case], place: int, places: int = FULL) -> Sequence[Case]:
    """Return all cases with `--interop`, or the hand at a place when they are dealt out.

    A test that takes the same cases to so many places shows each of them at one place or more.
    """
    hands = max(1, min(places, round(FULL / share_of(FULL))))
    return cases[place % hands :: hands]


def examples(full: int, **others: Any) -> settings:
    """Return settings for so many examples, or for their share."""
    return settings(max_examples=share_of(full), **others)


def left_out(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the rows that do not run by default, of all rows of the tests marked `sampled(n)`.

    The places of a row's values on their axes are added, and one sum in n runs. With several axes
    more may run, so that each value is in a row that does.
    """
    rows = Counter[str]()
    for item in items:
        if mark := item.get_closest_marker("sampled"):
            test = item.nodeid.partition("[")[0]
            sizes = [len(axis.args[1]) for axis in item.iter_markers("parametrize")]
            if sum(_places(rows[test], sizes)) % _one_in(mark.args[0], sizes):
                yield item
            rows[test] += 1


def _one_in(asked: int, sizes: Sequence[int]) -> int:
    """Return n, or less: as many sums as the axes beside the longest one have together."""
    sums = 1 + sum(sizes) - len(sizes)
    return asked if len(sizes) < 2 else min(asked, sums - max(sizes) + 1)


def _places(row: int, sizes: Sequence[int]) -> Iterator[int]:
    """Yield the place on each axis of the row with this number; the last axis changes fastest."""
    for size in reversed(sizes):
        row, place = divmod(row, size)
        yield place
