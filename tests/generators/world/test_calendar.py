"""Days are as busy as the spec says, and no time is outside the given days."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.sampling.draws import Draws
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Times
from glancetape_generators.world.calendar import DAY, Days
from support.drawn.examples import examples

EVEN = replace(read_spec("region").times, growth=1, weekend=100, bursts=0, ties=0)
RECORDS = np.arange(40_000)

times = st.builds(
    lambda first, days, rest, **more: Times(first=first, now=(first + days) * DAY + rest, **more),
    first=st.integers(0, 20_000),
    days=st.integers(60, 12_000),
    rest=st.integers(0, DAY - 1),
    growth=st.integers(1, 1000),
    weekend=st.integers(0, 1000),
    bursts=st.integers(0, 100),
    ties=st.integers(0, 100),
)


def _drawn(times: Times) -> list[int]:
    days = Days(times, 7)
    draws = Draws(7, RECORDS)
    earliest = np.zeros(len(RECORDS), np.int64)
    found: list[int] = days.draw(draws, "created_at", earliest, earliest + days.count).tolist()
    return found


@examples(100)
@given(times, st.data())
def test_a_time_is_within_the_given_days(times: Times, data: st.DataObject) -> None:
    """From the first day to before the last, even if that is a single day."""
    days = Days(times, 7)
    earliest = data.draw(st.integers(0, days.count - 1))
    latest = data.draw(st.integers(earliest + 1, days.count))
    few = np.arange(50)

    found = days.draw(
        Draws(7, few), "field", np.full(50, earliest, np.int64), np.full(50, latest, np.int64)
    )

    of_found = days.of(found).tolist()
    assert all(earliest <= day < latest for day in of_found)
    assert max(found.tolist()) < times.now


@examples(50)
@given(times)
def test_each_day_has_a_place_on_the_line(times: Times) -> None:
    """However steep the growth; the line is no longer than one draw can reach."""
    days = Days(times, 7)
    beginnings = days.beginning(np.arange(days.count + 1))

    assert -(-times.now // DAY) - times.first == days.count
    assert 0 == beginnings[0]
    assert (np.diff(beginnings) >= 1).all()
    assert beginnings[-1] <= 1 << 32


@pytest.mark.parametrize("passed", [0, 1, 6 * 3600, 9 * 3600, 15 * 3600 + 1800, DAY - 1])
def test_the_last_hours_are_as_busy_as_those_of_any_day(passed: int) -> None:
    """Whatever the hour of now: each day has as many images before it, within 5 deviations."""
    times = replace(EVEN, first=EVEN.now // DAY - 60, now=EVEN.now + passed)

    found = np.array(_drawn(times))

    before_now = np.array(
        [
            (times.now - (day + 1) * DAY <= found) & (found < times.now - day * DAY)
            for day in range(8)
        ]
    ).sum(axis=1)
    usual = before_now[1:].mean()
    assert abs(before_now[0] - usual) < 5 * usual**0.5 * (1 + 1 / 7) ** 0.5


def test_days_outside_the_set_count_as_its_first_or_last() -> None:
    """A range that is too wide is the whole set."""
    days = Days(EVEN, 7)

    assert [0, days.beginning(np.array([days.count]))[0]] == days.beginning(
        np.array([-5, days.count + 5])
    ).tolist()


def test_days_depend_on_the_seed() -> None:
    """Because bursts are drawn."""
    bursts = replace(EVEN, bursts=10)
    lines = [Days(bursts, seed).beginning(np.arange(1000)).tolist() for seed in (7, 7, 8)]

    assert lines[0] == lines[1]
    assert lines[0] != lines[2]


@pytest.mark.parametrize("weekend", [0, 25, 100, 300])
def test_the_weekend_has_its_share(weekend: int) -> None:
    """Two days at this percentage of a weekday, within five standard deviations."""
    found = _drawn(replace(EVEN, weekend=weekend))
    at_weekend = sum(datetime.fromtimestamp(time, UTC).weekday() >= 5 for time in found)

    share = 2 * weekend / (2 * weekend + 500)
    deviation = (len(found) * share * (1 - share)) ** 0.5

    # The least width of a day, and weeks that are not whole, come to less than one in a thousand.
    assert abs(at_weekend - len(found) * share) <= 5 * deviation + len(found) / 1000


@pytest.mark.parametrize("growth", [1, 6, 1000])
def test_growth_is_from_the_first_day_to_the_last(growth: int) -> None:
    """Each tenth of the days is as wide as linear growth makes it."""
    days = Days(replace(EVEN, growth=growth), 7)
    ends = days.beginning(days.count * np.arange(11) // 10)
    widths = np.diff(ends) / ends[-1]

    middles = 1 + (growth - 1) * (np.arange(10) + 0.5) / 10

    assert pytest.approx(middles / middles.sum(), rel=0.02) == widths


def test_a_burst_is_five_times_as_wide() -> None:
    """And the percentage of days with a burst is right, within five standard deviations."""
    days = Days(replace(EVEN, bursts=10), 7)

    widths = Counter(np.diff(days.beginning(np.arange(days.count + 1))).tolist())

    (usual, _), (burst, bursts) = widths.most_common()
    assert 5 * usual == burst
    assert abs(bursts - days.count / 10) < 5 * (days.count * 0.1 * 0.9) ** 0.5


@pytest.mark.parametrize("ties", [0, 20, 100])
def test_ties_are_on_three_seconds_of_the_night(ties: int) -> None:
    """Other images are created in any second."""
    found = _drawn(replace(EVEN, ties=ties))

    tied = sum(time % DAY in (10_800, 10_860, 10_920) for time in found)

    deviation = (len(found) * ties * (100 - ties)) ** 0.5 / 100
    assert abs(tied - len(found) * ties / 100) <= 5 * deviation + 5


def test_more_is_made_in_working_hours_than_at_night() -> None:
    """Several times as many images."""
    hours = Counter(time % DAY // 3600 for time in _drawn(EVEN))

    assert set(range(24)) == set(hours)
    assert 5 * sum(hours[hour] for hour in range(1, 5)) < sum(hours[hour] for hour in range(9, 13))
