"""The distinct numbers of a column, compared with those of Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.sampling.distinct import distinct
from support.drawn.examples import examples

_NUMBERS = st.one_of(st.integers(0, 5), st.integers(0, 1 << 40), st.integers(0, (1 << 63) - 1))


@examples(200)
@given(numbers=st.lists(_NUMBERS, max_size=70))
def test_each_number_is_found_among_the_distinct_ones(numbers: list[int]) -> None:
    """Few or many, small ones and those that leave no room for a place."""
    found, places = distinct(np.array(numbers, np.int64))

    assert sorted({*numbers}) == found.tolist()
    assert numbers == [found.tolist()[place] for place in places.tolist()]
