"""Texts are sorted as Python and SQLite sort them, whatever their lengths."""

from contextlib import closing

from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.imageset.indexes.text_order import GrowingTexts
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.imageset.packed import PackedTexts
from support.drawn.examples import examples

# Long runs that are equal, ends within and at a word, NULs at the end, all widths of UTF-8.
pieces = st.sampled_from(["a", "b", "\0", "ab" * 4, "same" * 5, "é", "镜", "\U0001f642", "\uffff"])
texts = st.none() | st.lists(pieces, max_size=5).map("".join)


def _sorted(listed: list[str | None]) -> tuple[list[int], list[int]]:
    """Sort them with Python: nulls first, ties by position descending."""
    order = sorted(range(len(listed)), reverse=True)
    order.sort(key=lambda place: (listed[place] is not None, listed[place] or ""))
    starts = [
        place
        for place, position in enumerate(order)
        if not place or listed[position] != listed[order[place - 1]]
    ]
    return order, starts


@examples(300)
@given(listed=st.lists(texts, max_size=30), cut=st.integers(0, 30))
@example(listed=[], cut=0)
@example(listed=[None], cut=0)
@example(listed=["", None, ""], cut=1)
@example(listed=["12345678", "12345678\0", "1234567", "123456789"], cut=2)
def test_texts_come_as_python_sorts_them(listed: list[str | None], cut: int) -> None:
    """Taken in several parts, as the blocks of a set bring them."""
    with temporary_folder() as folder, closing(GrowingTexts(folder / "a.texts")) as growing:
        growing.add(PackedTexts.of_texts(listed[:cut]))
        growing.add(PackedTexts.of_texts(listed[cut:]))
        stored = growing.stored()
        positions, starts = stored.sort()
        assert PackedTexts.of_texts(listed) == stored.read()

    assert _sorted(listed) == (positions.tolist(), starts.tolist())
