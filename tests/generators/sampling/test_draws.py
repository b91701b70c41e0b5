"""Draws are in range, follow weights, and do not depend on other records."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.sampling.draws import PARTS, Choice, Draws

seeds = st.integers(0, (1 << 63) - 1)
some_records = st.lists(st.integers(0, (1 << 63) - 1), min_size=1, max_size=20)
_GAMMA, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1
_FACTORS = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
some_weights = st.lists(st.integers(0, 1 << 20), min_size=1, max_size=12).filter(any)


def _draws(seed: int, records: Sequence[int]) -> Draws:
    return Draws(seed, np.array(records, np.int64))


def _split_mix(state: int) -> int:
    """Return the output of SplitMix64 for a state, as published."""
    state = (state ^ state >> 30) * _FACTORS[0] & _MASK
    state = (state ^ state >> 27) * _FACTORS[1] & _MASK
    return state ^ state >> 31


def _unmixed(word: int) -> int:
    """Return the input for which `_split_mix` returns a word."""
    word = _unshifted(word, 31) * pow(_FACTORS[1], -1, 1 << 64) & _MASK
    word = _unshifted(word, 27) * pow(_FACTORS[0], -1, 1 << 64) & _MASK
    return _unshifted(word, 30)


def _unshifted(word: int, by: int) -> int:
    found = word
    for _ in range(64 // by):
        found = word ^ found >> by
    return found


@given(seeds, some_records)
def test_bits_are_those_of_split_mix(seed: int, records: list[int]) -> None:
    """A record's bits are as many steps of the golden gamma from the start as its number."""
    (first,) = _draws(seed, [0]).bits("field").tolist()
    begun = _unmixed(first)

    drawn = _draws(seed, records).bits("field").tolist()

    assert [_split_mix((begun + record * _GAMMA) & _MASK) for record in records] == drawn


@given(seeds, some_records, st.one_of(st.integers(1, 1 << 32), st.sampled_from([1, 2, 1 << 32])))
def test_a_number_is_below_its_bound(seed: int, records: list[int], bound: int) -> None:
    """Bounds up to 2**32, one for all records or one for each."""
    draws = _draws(seed, records)

    numbers = draws.below("field", bound)

    assert np.int64 == numbers.dtype
    assert all(0 <= number < bound for number in numbers.tolist())
    own = draws.below("field", np.full(len(records), bound, np.int64))
    assert numbers.tolist() == own.tolist()


@pytest.mark.parametrize("bound", [2, 3, 10, 1000, 1 << 32])
def test_numbers_are_low_as_often_as_high(bound: int) -> None:
    """Within five standard deviations of the mean of a hundred thousand."""
    count = 100_000
    numbers = _draws(7, range(count)).below("field", bound).astype(float)

    deviation = (bound**2 - 1) ** 0.5 / 12**0.5

    assert abs(float(numbers.mean()) - (bound - 1) / 2) < 5 * deviation / count**0.5
    assert 0 == numbers.min() or bound > count
    assert bound - 1 == numbers.max() or bound > count


@given(seeds, some_records, st.integers(0, 100))
def test_a_larger_share_contains_a_smaller_one(seed: int, records: list[int], share: int) -> None:
    """0 percent is none, 100 percent is all."""
    draws = _draws(seed, records)

    less, more = draws.percent("field", share), draws.percent("field", 100)

    assert all(more)
    assert not any(draws.percent("field", 0))
    assert not any(less & ~draws.percent("field", min(100, share + 1)))


@given(seeds, some_records)
def test_what_is_drawn_depends_on_seed_record_and_field_alone(
    seed: int, records: list[int]
) -> None:
    """Not on other draws, nor on their order."""
    draws, others = _draws(seed, records), _draws(seed, records[::-1])
    others.bits("another field")

    drawn = draws.bits("field").tolist()

    assert drawn == draws.bits("field").tolist()
    assert drawn == others.bits("field").tolist()[::-1]
    assert drawn != draws.bits("another field").tolist()
    assert drawn != _draws(seed + 1, records).bits("field").tolist()


def test_fields_are_independent_of_each_other() -> None:
    """Half of the bits differ, within five standard deviations, also between near records."""
    draws = _draws(7, range(10_001))
    one, other = draws.bits("a"), draws.bits("b")

    for differing in (one ^ other, one[1:] ^ one[:-1], one ^ _draws(8, range(10_001)).bits("a")):
        bits = 64 * len(differing)
        count = sum(int(word).bit_count() for word in differing.tolist())
        assert abs(count - bits / 2) < 5 * (bits / 4) ** 0.5


@given(seeds, st.integers(0, 1 << 20), st.sampled_from(["kind", "owner", "way", "another"]))
def test_a_field_is_even_among_records_with_a_part_of_another(
    seed: int, window: int, other: str
) -> None:
    """Divided into 256 equal parts in any way, such as 4 times 64, each part has one record."""
    draws = _draws(seed, range(window << 8, (window + 1) << 8))

    places = draws.evenly("field", 256, (other,))

    for rows in (1, 2, 4, 8, 16, 32, 64, 128, 256):
        parts = places // (256 // rows) + rows * (draws.evenly(other, 256) // rows)
        assert [*range(256)] == sorted(parts.tolist())


@given(some_weights, st.data())
def test_a_place_on_the_line_chooses_its_thing(weights: list[int], data: st.DataObject) -> None:
    """Each thing is as wide as its weight; one without width is never chosen."""
    things = data.draw(
        st.lists(st.integers(0, 99), min_size=len(weights), max_size=len(weights), unique=True)
    )
    choice = Choice(things, weights)
    place = data.draw(st.integers(0, sum(weights) - 1))

    (chosen,) = choice.at(np.array([place])).tolist()

    begin = sum(weights[: things.index(chosen)])
    assert begin <= place < begin + weights[things.index(chosen)]
    assert sum(weights) == choice.total


@given(some_weights)
def test_each_thing_has_as_many_places_as_its_weight(weights: list[int]) -> None:
    """Counted over a short line."""
    weights = [weight % 50 for weight in weights]
    weights[0] += not any(weights)
    choice = Choice(range(len(weights)), weights)

    chosen = choice.at(np.arange(choice.total)).tolist()

    assert weights == [chosen.count(thing) for thing in range(len(weights))]


def test_weights_may_add_up_to_2_to_the_32() -> None:
    """The last place belongs to the last thing."""
    choice = Choice([5, 6], [(1 << 32) - 1, 1])

    assert 1 << 32 == choice.total
    assert [5, 5, 6] == choice.at(np.array([0, (1 << 32) - 2, (1 << 32) - 1])).tolist()
    assert {5, 6} >= set(choice.pick(_draws(7, range(100)), "field").tolist())


@given(seeds, some_records, st.data())
def test_draws_of_some_records_are_theirs(
    seed: int, records: list[int], data: st.DataObject
) -> None:
    """Whether the draws that they are some of were drawn before, or not."""
    places = data.draw(st.lists(st.integers(0, len(records) - 1)))
    chosen = [records[place] for place in places]
    draws, alone = _draws(seed, records), _draws(seed, chosen)
    before = draws.some(np.array(places, np.int64))
    all_numbers = draws.below("field", 1000), draws.evenly("even", 1000)
    after = draws.some(np.array(places, np.int64))

    for some in (before, after):
        assert alone.below("field", 1000).tolist() == some.below("field", 1000).tolist()
        assert alone.evenly("even", 1000).tolist() == some.evenly("even", 1000).tolist()
    assert all_numbers[0].tolist() == draws.below("field", 1000).tolist()


@given(seeds, some_records, st.fractions(0, 100, max_denominator=PARTS))
def test_a_share_is_that_of_the_range_of_a_number(
    seed: int, records: list[int], share: Fraction
) -> None:
    """In thousandths of a percent, which are rounded down; 0 and 100 percent are none and all."""
    draws, parts = _draws(seed, records), int(share * PARTS)

    assert (draws.below("field", 100 * PARTS) < parts).tolist() == draws.percent(
        "field", share
    ).tolist()
    assert (draws.evenly("field", 100 * PARTS) < parts).tolist() == draws.percent_evenly(
        "field", share
    ).tolist()


@given(seeds, some_records)
def test_turns_are_binary_digits_in_reverse(seed: int, records: list[int]) -> None:
    """They are counted from the turn of record 0."""
    (first,) = _draws(seed, [0]).in_turn("field", 1 << 32).tolist()
    reverse = [int(f"{record % (1 << 32):032b}"[::-1], 2) for record in records]

    turns = _draws(seed, records).in_turn("field", 1 << 32).tolist()

    assert [(first + one) % (1 << 32) for one in reverse] == turns
