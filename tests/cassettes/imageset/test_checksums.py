"""Checksums of columns, compared with those of each text."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.imageset.checksums import crc32_of_each, crc32_of_rows


@pytest.mark.parametrize("lengths", [[36], [1], [7], [43, 45], [3, 64, 65], [0, 5, 90]])
@pytest.mark.parametrize("count", [1, 2000, 9000])
def test_a_column_has_the_checksum_of_each_text(lengths: list[int], count: int) -> None:
    """Few or many, of one length or of several, longer than the tables reach."""
    random = np.random.default_rng(5)
    texts = [random.integers(1, 256, lengths[n % len(lengths)]).astype(np.uint8).tobytes()
             for n in range(count)]  # fmt: skip
    begun = zlib.crc32(b"name")

    sums = crc32_of_each(np.array(texts, np.bytes_), begun)

    assert [zlib.crc32(text, begun) for text in texts] == sums.tolist()


@given(st.lists(st.binary(max_size=70).map(lambda text: text.rstrip(b"\0")), max_size=12))
def test_any_texts_have_their_checksums(texts: list[bytes]) -> None:
    """Nothing, a NUL inside, no text at all."""
    many = texts * 100

    sums = crc32_of_each(np.array(many, np.bytes_))

    assert [zlib.crc32(text) for text in many] == sums.tolist()


@given(st.binary(min_size=1, max_size=70))
def test_rows_end_where_the_column_ends(text: bytes) -> None:
    """A NUL at the end belongs to the row."""
    rows = np.frombuffer(text * 2000, f"V{len(text)}")

    assert {zlib.crc32(text)} == set(crc32_of_rows(rows).tolist())
