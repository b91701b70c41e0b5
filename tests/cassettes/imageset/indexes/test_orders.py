"""The orders of a set against Python's sorting."""

from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from pyroaring import BitMap

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.sort_keys import SORT_KEYS
from support.drawn.examples import examples
from support.drawn.random_records import collections, set_of, small_steps
from support.sets.set_files import Record, make_set, record, to_line


def _sort_value(one: Record, key: str) -> tuple[bool, Any]:
    return one[key] is not None, one[key] if one[key] is not None else ""


@examples(60)
@given(records=collections)
@example(records=[])
@example(records=[record("a")])
@example(records=[record("a"), record("b")])
def test_an_order_is_that_of_sorted(records: list[Record]) -> None:
    """Nulls first, text by code point, ties by created_at and id, all ascending."""
    with small_steps(), set_of(records) as (images, plain, _):
        everything = list(range(len(plain)))
        oldest_first = everything[::-1]
        for key in SORT_KEYS:
            expected = sorted(oldest_first, key=lambda place: _sort_value(plain[place], key))
            order = images.order_of(key)
            assert expected == order.positions.tolist(), key
            assert expected == order.positions_at(everything)
            assert everything == [order.place_of(position) for position in expected]


sorts = st.lists(st.sampled_from(SORT_KEYS), min_size=1, max_size=4, unique=True).flatmap(
    lambda keys: st.tuples(*(st.tuples(st.just(key), st.booleans()) for key in keys))
)


@examples(100)
@given(records=collections, sort=sorts, newest_first=st.booleans())
@example(records=[], sort=(("name", True), ("size", False)), newest_first=False)
@example(records=[record("a")], sort=(("name", True),), newest_first=True)
@example(records=[record("a"), record("b")], sort=(("size", True),), newest_first=False)
def test_an_order_of_several_keys_is_that_of_sorted(
    records: list[Record], sort: tuple[tuple[str, bool], ...], newest_first: bool
) -> None:
    """In any mix of directions; what is left comes as asked, newest or oldest first."""
    with set_of(records) as (images, plain, _):
        expected = list(range(len(plain)))
        if not newest_first:
            expected.reverse()
        for key, descending in reversed(sort):
            # Python keeps ties as they were when it sorts in reverse.
            expected.sort(key=lambda place: _sort_value(plain[place], key), reverse=descending)

        order = images.order_by(sort, newest_first=newest_first)

        assert expected == order.positions.tolist()
        some = images.having("visibility", "public")
        assert sorted(order.place_of(place) for place in some) == list(order.arrange(some))


def test_ranks_may_need_more_than_16_bits(tmp_path: Path) -> None:
    """They are sorted 16 bits at a time; the names are shuffled by a multiplication."""
    count = 66_000
    line = to_line(record("ID", name="NAME", size=9)).replace(b"9}", b"%d}")
    line = line.replace(b"ID", b"%06d").replace(b"NAME", b"%06d")
    made = (line % (number, number * 7919 % count, number % 3) for number in range(count))
    make_set(tmp_path / "a.images", made)
    numbers = range(count - 1, -1, -1)  # by position

    with ImageSet(tmp_path / "a.images") as images:
        order = images.order_by((("size", True), ("name", False)), newest_first=True)
        expected = sorted(
            range(count), key=lambda place: (-(numbers[place] % 3), numbers[place] * 7919 % count)
        )
        assert expected == order.positions.tolist()
        assert count == len(images.order_of("id").arrange(BitMap(range(len(images)))))
        few = images.having("name", f"{7919 % count:06d}")
        assert [count - 2] == list(few)
        assert [1] == list(images.order_of("id").arrange(few))
