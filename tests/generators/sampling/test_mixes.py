"""A mix: each project uses few things, and all projects together use all by weight."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.sampling.draws import WINDOW, Draws, records_at
from glancetape_generators.sampling.mixes import Mix
from support.drawn.examples import examples

COUNT = 8192
WEIGHTS = [40, 30, 20, 10, 0]
SIZES = [1000, 500, 333, 250, 200, 166, 0]


@pytest.mark.parametrize("seed", range(4))
def test_all_projects_together_use_things_by_their_weights(seed: int) -> None:
    """Within half a percentage point, if the project follows from the place."""
    draws = Draws(seed, np.arange(COUNT))
    mix = Mix(seed, "m", np.array(SIZES), WEIGHTS)
    places = draws.evenly("place", mix.total)
    owners = mix.projects_at(places)

    found = np.bincount(mix.pick(draws, owners, places), minlength=5) / COUNT
    sizes = np.bincount(owners, minlength=len(SIZES)) / COUNT

    assert all(abs(found - np.array(WEIGHTS) / sum(WEIGHTS)) < 0.005)
    assert all(abs(sizes - np.array(SIZES) / sum(SIZES)) < 0.005)
    assert 0 == found[4] == sizes[6]


def test_a_project_uses_few_things_most_of_the_time() -> None:
    """Its own nine of ten times; without a place its things are the same."""
    owners = np.arange(COUNT) % 200
    draws = Draws(7, np.arange(COUNT))
    mix = Mix(7, "m", np.full(200, 10), [1] * 20)

    found = mix.pick(draws, owners)

    for project in range(200):
        (_, most), *_ = Counter(found[owners == project].tolist()).most_common(1)
        assert most >= 0.35 * np.count_nonzero(owners == project)
    assert len(np.unique(found)) == 20


@pytest.mark.parametrize("seed", range(12))
def test_things_are_as_even_as_places_however_many_projects_there_are(seed: int) -> None:
    """Within a third of a percentage point in 5,000 images; draws alone would miss it by two."""
    draws, weights = Draws(seed, np.arange(5000)), [26, 20, 13, 8, 6, 5, 5, 4, 3, 2, 2, 2, 1, 1, 2]
    mix = Mix(seed, "m", 10**6 // (6 + np.arange(1500)), weights)
    places = draws.evenly("place", mix.total)

    found = np.bincount(mix.pick(draws, mix.projects_at(places), places), minlength=15) / 5000

    assert max(abs(found - np.array(weights) / sum(weights))) < 0.0034


def test_own_things_are_those_beside_the_project_on_the_line() -> None:
    """An image that is to have one of its project's own has no thing of all projects."""
    draws = Draws(7, np.arange(COUNT))
    mix = Mix(7, "m", np.full(20, 10), [1] * 20)
    owners = np.arange(COUNT) % 20

    own = mix.pick(draws, owners, is_own=np.ones(COUNT, np.bool_))
    mixed = mix.pick(draws, owners)

    for project in range(20):
        assert len(np.unique(own[owners == project])) == 1
    assert 0.08 < np.mean(own != mixed) < 0.11


def test_a_project_can_have_weights_of_its_own() -> None:
    """And no other project's images change."""
    owners = np.arange(COUNT) % 3
    draws = Draws(7, np.arange(COUNT))

    plain = Mix(7, "m", np.full(3, 10), [1, 1, 1]).pick(draws, owners)
    own = Mix(7, "m", np.full(3, 10), [1, 1, 1], {1: [0, 0, 1]}).pick(draws, owners)

    assert {2} == set(own[owners == 1].tolist())
    assert (plain == own)[owners != 1].all()


@examples(100)
@given(
    seed=st.integers(0, 1 << 63),
    records=st.lists(st.integers(0, (1 << 48) - 1), min_size=1, max_size=20),
    window=st.integers(0, 1 << 40),
)
def test_a_record_at_a_place_is_in_the_window_and_has_that_place(
    seed: int, records: list[int], window: int
) -> None:
    """The permutation of a window is undone exactly."""
    some = np.array(records)
    places = Draws(seed, some).evenly("f", 256)

    found = records_at(seed, "f", np.full(len(some), window), places)

    assert {window} == set((found >> WINDOW).tolist())
    assert places.tolist() == Draws(seed, found).evenly("f", 256).tolist()


@examples(50)
@given(seed=st.integers(0, 1 << 63), window=st.integers(0, 1 << 40))
def test_the_records_of_a_window_are_spread_evenly(seed: int, window: int) -> None:
    """One in each 256th of the range."""
    records = (window << WINDOW) + np.arange(256)

    assert list(range(256)) == sorted(Draws(seed, records).evenly("f", 256).tolist())


@pytest.mark.parametrize("count", [4, 16, 64, 1000])
def test_records_in_turn_are_far_apart_from_the_start(count: int) -> None:
    """The first four are in four quarters."""
    found = Draws(7, np.arange(count)).in_turn("f", count)

    assert len(np.unique(found)) > 0.9 * count or count < 16
    assert max(np.diff(np.sort(found))) <= 3
