"""Drawing by the byte: hypothesis draws once for a whole record, not once for each field.

A draw takes a tenth of a millisecond, however little is drawn, and a dozen images have two hundred
fields. Here each byte picks a value, and 0 picks the first one: a failing example still shrinks
field by field.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from itertools import permutations
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

Option = TypeVar("Option")

ABSENT: Final = object()
"""The value of a field that a record lacks."""


class Roll:
    """Choices, read from bytes that hypothesis drew. When the bytes are used up, the first ones."""

    def __init__(self, octets: bytes) -> None:
        self._octets = iter(octets)

    def pick(self, options: Sequence[Option]) -> Option:
        """Return one of the options."""
        number = next(self._octets, 0)
        if len(options) > 256:
            number = number << 8 | next(self._octets, 0)
        return options[number % len(options)]

    def shuffle(self, options: Sequence[Option]) -> list[Option]:
        """Return the options in any order; in their own one for zeros."""
        left = list(options)
        return [left.pop(self.pick(range(len(left)))) for _ in options]


def octets(size: int) -> st.SearchStrategy[bytes]:
    """Return a strategy of that many bytes."""
    return st.binary(min_size=size, max_size=size)


def records(fields: Mapping[str, Sequence[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of records that have one of the listed values in each field.

    records({"name": ("a", None), "size": (0, 40, ABSENT)}) draws {"name": None, "size": 40}, or
    {"name": "a"}.
    """

    def record(drawn: bytes) -> dict[str, Any]:
        roll = Roll(drawn)
        picked = {name: roll.pick(values) for name, values in fields.items()}
        return {name: copy(value) for name, value in picked.items() if value is not ABSENT}

    return octets(sum(1 + (len(values) > 256) for values in fields.values())).map(record)


def sometimes(*values: Any) -> tuple[Any, ...]:
    """Return the values of a field that every second record lacks."""
    return (*(ABSENT for _ in values), *values)


def lists_of(values: Sequence[Option], most: int) -> list[list[Option]]:
    """Return all lists of up to so many different values, each length about equally often."""
    return evenly([[[*one] for one in permutations(values, size)] for size in range(most + 1)])


def evenly(groups: Sequence[Sequence[Option]]) -> list[Option]:
    """Return the values of some groups, each group about equally often."""
    largest = max(map(len, groups))
    return [one for group in groups for _ in range(largest // len(group)) for one in group]


def pick(draw: Callable[[st.SearchStrategy[int]], int], options: Sequence[Option]) -> Option:
    """Draw one of some options that change with every example.

    st.sampled_from would be a new strategy each time, which takes longer to check than to draw.
    """
    return options[draw(_BYTE) % len(options)]


_BYTE = st.integers(0, 255)
