"""The distinct numbers of a column: what many images share is made once, and taken for each."""

import numpy as np

from glancetape_generators.sampling.draws import Ints


def distinct(numbers: Ints) -> tuple[Ints, Ints]:
    """Return the distinct numbers, ascending, and the place among them of each number.

    >>> distinct(np.array([7, 4, 7]))
    (array([4, 7]), array([1, 0, 1]))

    None is below 0. Number and place are sorted as one number where they are short enough, which
    takes less time than sorting the places of numbers as `np.unique` does.
    """
    bits = len(numbers).bit_length()
    if not len(numbers) or int(numbers.max()) >> 63 - bits:
        return np.unique(numbers, return_inverse=True)
    keys = np.sort(numbers << bits | np.arange(len(numbers)))
    places, ascending = keys & (1 << bits) - 1, keys >> bits
    is_first = np.append(True, ascending[1:] != ascending[:-1])
    which = np.empty(len(numbers), np.int64)
    which[places] = np.cumsum(is_first) - 1
    return ascending.compress(is_first), which
