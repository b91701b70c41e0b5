"""Columns of text that NumPy writes have the texts that Python writes one by one."""

import random

import numpy as np
import pytest

from glancetape_generators.sampling.byte_columns import decimal

_LARGEST = (1 << 63) - 1


@pytest.mark.parametrize("most", [0, 9, 10, 9_999, 10_000, 99_999_999, 10**12, _LARGEST])
@pytest.mark.parametrize("count", [0, 1, 100])
def test_whole_numbers_have_their_digits(most: int, count: int) -> None:
    """As many as there are, zero one of them."""
    drawn = random.Random(most)
    some = [drawn.randint(0, most) >> drawn.randrange(64) for _ in range(count)]
    numbers = [0, most, *some][:count]
    assert [b"%d" % one for one in numbers] == decimal(np.array(numbers, np.int64)).tolist()
