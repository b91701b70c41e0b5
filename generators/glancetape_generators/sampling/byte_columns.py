"""Columns of text as NumPy arrays of bytes: UTF-8 in a fixed width, b"" for an image without it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import numpy as np

from glancetape_generators.sampling.draws import Flags, Ints, Words

Octets = np.ndarray[Any, np.dtype[np.bytes_]]
"""One text for each image."""

Letters = np.ndarray[Any, np.dtype[np.uint8]]
"""Rows of bytes, one for each text."""

_TOGETHER = 4  # digits that are looked up together


def octets(texts: Sequence[str]) -> Octets:
    """Return texts as a column, or as a table that is indexed with numbers."""
    return np.array([text.encode() for text in texts] or [b""], np.bytes_)


def together(*parts: Octets | bytes) -> Octets:
    """Join columns and constants, image by image: together(b"v", column) puts v before each."""
    whole = parts[0]
    for part in parts[1:]:
        whole = np.strings.add(whole, part)
    return cast(Octets, whole)


def spread(count: int, *parts: tuple[Ints, Octets]) -> Octets:
    """Return a column of `count` texts that has each part's texts at its places, b"" elsewhere."""
    width = max((texts.itemsize for _, texts in parts), default=1)
    column = np.zeros(count, f"S{width}")
    for places, texts in parts:
        column[places] = texts
    return column


def written(count: int, width: int, fill: bytes) -> Letters:
    """Return `count` rows of `width` letters, all of them `fill`, to write other letters into."""
    return np.full((count, width), ord(fill), np.uint8)


def as_octets(letters: Letters) -> Octets:
    """Return rows of letters as a column of texts."""
    count, width = letters.shape
    return np.ascontiguousarray(letters).view(f"S{width}").reshape(count)


def letters_of(texts: Octets) -> Letters:
    """Return a column of texts as rows of letters."""
    return np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), texts.itemsize)


@cache
def _four_digits(base: int) -> Octets:
    """Return four digits for each number that has no more, in a base of 16 or 10."""
    places = np.indices((base,) * _TOGETHER, np.uint8).reshape(_TOGETHER, -1).T
    return as_octets(np.frombuffer(b"0123456789abcdef", np.uint8)[places])


def hexadecimal(words: Sequence[Words]) -> Octets:
    """Return a column with the hexadecimal digits of some words, one after the other."""
    numbers = np.stack(words, axis=1).astype(">u8").view(">u2")
    return _four_digits(16).take(numbers).view(f"S{16 * len(words)}")[:, 0]


def decimal(numbers: Ints) -> Octets:
    """Return a column with whole numbers that are not negative."""
    count = -(-len(str(numbers.max(initial=0))) // _TOGETHER)
    parts, rest = np.empty((len(numbers), count), f"S{_TOGETHER}"), numbers
    for place in reversed(range(count)):
        higher = rest // 10**_TOGETHER
        parts[:, place] = _four_digits(10).take(rest - higher * 10**_TOGETHER)
        rest = higher
    texts = np.strings.lstrip(parts.view(f"S{_TOGETHER * count}")[:, 0], b"0")
    texts[numbers == 0] = b"0"
    return cast(Octets, texts)


def lengths_of(texts: Octets) -> Ints:
    """Return the number of bytes of each text."""
    return cast(Ints, np.strings.str_len(texts))


def is_there(texts: Octets) -> Flags:
    """Return whether there is any text for each image."""
    found: Flags = letters_of(texts)[:, 0] != 0
    return found
