"""A line of parts finds the part of each place, as counting the ends before it does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.sampling.lines import Line
from support.drawn.examples import examples

_WIDTHS = st.lists(
    st.one_of(st.integers(0, 3), st.integers(0, 1 << 20), st.just(1 << 31)), max_size=60
)


@examples(200)
@given(widths=_WIDTHS, seed=st.integers(0, 1 << 32), many=st.booleans())
def test_a_place_is_in_the_part_after_all_parts_that_end_before_it(
    widths: list[int], seed: int, many: bool
) -> None:
    """Parts may be empty, few or many, narrow or wide; places may be outside of the line."""
    ends = np.cumsum(np.array(widths, np.int64))
    length = int(ends[-1]) if widths else 0
    drawn = np.random.default_rng(seed)
    near = drawn.choice(np.append(ends, 0), 40) + drawn.integers(-2, 3, 40)
    anywhere = drawn.integers(0, length + 1, 100 if many else 3)
    line = Line(ends)

    for places in (anywhere, np.clip(near, 0, length), np.concatenate((near, anywhere))):
        counted = [sum(end <= place for end in ends.tolist()) for place in places.tolist()]
        assert counted == line.parts_at(places).tolist()


@pytest.mark.parametrize("parts", [0, 1, 3000])
def test_no_places_have_no_parts(parts: int) -> None:
    """Whatever the line."""
    assert [] == Line(np.arange(parts)).parts_at(np.empty(0, np.int64)).tolist()
