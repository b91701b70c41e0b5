"""Digital nets: the places that `Draws.evenly` gives to the 256 records of a window.

A record's number has eight binary digits. A matrix of the field multiplies them; the product is
the record's place. Such places are even for each field, and for any two fields together
(Niederreiter, 1987). The fields that decide most have the matrices of Sobol's sequence, which are
even for three and more of them. Those of any other field are random, and as even as can be together
with one of these: `kind`, or the one `beside` which the field is drawn.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np

Words = np.ndarray[Any, np.dtype[np.uint64]]
_Digits = np.ndarray[Any, np.dtype[np.int64]]

_DIGITS = 8
_TRIED = 4  # matrices, of which the most even one is taken
_DIVIDED = ((1, 4, 3), (1, 3, 4), (2, 3, 3), (3, 3, 2), (3, 2, 3), (2, 2, 4), (2, 4, 2))
_VARIANTS = 16  # of a field's matrix: two fields that do not fit are uneven in few windows only
# For each dimension of Sobol's sequence after the second: the degree of a polynomial, its
# coefficients, and the first directions (Joe and Kuo, 2008).
_SOBOL = (
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
    (5, 2, (1, 1, 5, 5, 17)),
    (5, 4, (1, 1, 5, 5, 5)),
    (5, 7, (1, 1, 7, 11, 19)),
)
_DIMENSIONS: Mapping[str, int] = {
    name: number
    for number, name in enumerate(
        (
            *("kind", "owner", "way", "system", "status", "min_disk", "tags"),
            *("pattern/place", "app/place", "name/null", "public"),
        )
    )
}
"""Field -> its dimension."""


class Net:
    """The matrices of a field, each multiplied by all numbers of eight digits."""

    def __init__(self, places: _Digits) -> None:
        """Take the place of each number, in a row for each variant."""
        self._rows = places
        self.places: Words = places.ravel().astype(np.uint64)
        """256 * variant + number -> place"""

    @cached_property
    def numbers(self) -> Words:
        """256 * variant + place -> number; few fields need it."""
        return np.argsort(self._rows, axis=1).ravel().astype(np.uint64)


@lru_cache(maxsize=256)
def net(seed: int, field: str, beside: tuple[str, ...] = ()) -> Net:
    """Return the net of a field, even together with the first field `beside`, if there is one.

    With a second one, it is the most even among some: in a part of both, each value has its share.
    """
    if len(beside) < 2:
        places = _places(_matrices(seed, field, *beside))
    else:
        first, second = (
            net(seed, other).places.reshape(-1, 1 << _DIGITS).astype(np.int64) for other in beside
        )
        tried = np.stack(
            [_places(_matrices(seed, f"{field}/{n}", beside[0])) for n in range(_TRIED)]
        )
        best = np.argmin([_unevenness(one, first, second) for one in tried], axis=0)
        places = tried[best, np.arange(_VARIANTS)]
    return Net(places)


def _places(matrices: _Digits) -> _Digits:
    """Return for each matrix the place of each number of eight digits."""
    digits = np.arange(_DIGITS)
    columns = (matrices << digits[::-1, None]).sum(axis=1)
    places = np.zeros((len(matrices), 1), np.int64)
    for digit in digits:  # a number with this digit, too, is one column further
        places = np.concatenate((places, places ^ columns[:, digit, None]), axis=1)
    return places


def _unevenness(*fields: _Digits) -> _Digits:
    """Return for each variant how uneven three fields are together, given their places.

    A field's range is divided into 2, 4, 8 or 16 parts, so that there are 256 of all three, which
    have one record each if they are even: the sum of the squares of their numbers.
    """
    found = np.zeros(_VARIANTS, np.int64)
    for digits in _DIVIDED:
        parts = np.arange(_VARIANTS)[:, None]
        for places, count in zip(fields, digits, strict=True):
            parts = parts << count | places >> _DIGITS - count
        counts = np.bincount(parts.ravel(), minlength=_VARIANTS << _DIGITS)
        found += (counts.reshape(_VARIANTS, -1) ** 2).sum(axis=1)
    return found


def _matrices(seed: int, field: str, beside: str | None = None) -> _Digits:
    """Return the matrix of each variant, with each digit changed by those before it.

    That keeps what is even. A lower triangle with ones across can be undone, as an upper one can.
    A product of both is even with the digits in reverse, which `kind` has. If it is multiplied by
    these and by another field's matrix, it is as even with that field: this numbers the records by
    their places.
    """
    dimension = _DIMENSIONS.get(field)
    random = _random(seed, field)
    one = np.eye(_DIGITS, dtype=np.int64)
    lower = np.tril(random[:_VARIANTS], -1) | one
    if dimension is None:
        matrices = np.triu(random[_VARIANTS:], 1) | one
    else:
        matrices = np.array(list(_directions(dimension))).T[None]
    if beside is not None:
        matrices = matrices @ _matrices(seed, beside)[:, ::-1]
    return lower @ matrices & 1


def _random(seed: int, field: str) -> _Digits:
    """Return two random matrices for each variant."""
    found = b"".join(
        blake2b(f"{seed}/{field}/net/{number}".encode(), digest_size=64).digest()
        for number in range(2 * _VARIANTS // 8)
    )
    digits = np.unpackbits(np.frombuffer(found, np.uint8)).astype(np.int64)
    return digits.reshape(2 * _VARIANTS, _DIGITS, _DIGITS)


def _directions(dimension: int) -> Iterator[list[int]]:
    """Yield what each digit of a number adds to the place: eight digits, the highest first."""
    if dimension == 0:
        listed = [1 << digit for digit in range(_DIGITS)]
    elif dimension == 1:
        listed = [1 << _DIGITS - 1 - digit for digit in range(_DIGITS)]
    else:
        degree, coefficients, first = _SOBOL[dimension - 2]
        listed = [one << _DIGITS - 1 - place for place, one in enumerate(first)]
        for place in range(degree, _DIGITS):
            new = listed[place - degree] ^ listed[place - degree] >> degree
            for back in range(1, degree):
                new ^= (coefficients >> degree - 1 - back & 1) * listed[place - back]
            listed.append(new)
    for one in listed:
        yield [one >> digit & 1 for digit in reversed(range(_DIGITS))]
