"""Printed shares add up, and 0% and 100% mean what they say."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.spec.percentages import percentage, percentages
from support.drawn.examples import examples

_parts = st.lists(
    st.one_of(st.integers(0, 20), st.integers(0, 10**6), st.fractions(0, 9, max_denominator=999)),
    min_size=1,
    max_size=12,
)


def _tenths(text: str) -> Fraction:
    return Fraction(text.strip("<>%")) * 10


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([99984, 15, 1], [">99.9%", "<0.1%", "<0.1%"]),
        ([1, 1, 1], ["33.4%", "33.3%", "33.3%"]),
        ([31, 31, 138], ["15.5%", "15.5%", "69%"]),
        ([1, 999], ["0.1%", "99.9%"]),
        ([1, 0], ["100%", "0%"]),
        ([0, 0], ["0%", "0%"]),
    ],
    ids=str,
)
def test_shares_of_a_list_are_printed(parts: list[int], expected: list[str]) -> None:
    """All in tenths of a percent."""
    assert expected == percentages(parts)


@examples(300)
@given(parts=_parts)
def test_printed_shares_add_up_to_a_hundred(parts: list[Fraction]) -> None:
    """Where none is too small to be printed; and each is less than a tenth from the exact one."""
    total = sum(parts)
    texts = percentages(parts)
    for part, text in zip(parts, texts, strict=True):
        exact = part * 1000 / total if total else Fraction(0)
        assert abs(_tenths(text) - exact) < 1
        assert (text == "0%") is (exact == 0)
        assert (text == "100%") is (exact == 1000)
    if total and not any("<" in text or ">" in text for text in texts):
        assert 1000 == sum(map(_tenths, texts))


def test_a_share_of_nothing_is_nothing() -> None:
    """An empty set has no share that could be printed."""
    assert "0%" == percentage(0, 0)


@examples(200)
@given(part=st.integers(0, 10**6), rest=st.integers(0, 10**6))
def test_a_single_share_is_the_nearest_tenth(part: int, rest: int) -> None:
    """It is printed as in a list of two."""
    assert percentage(part, part + rest) == percentages([part, rest])[0]
