"""The time profile of images whose times were drawn from a known one."""

import numpy as np
import pytest

from glancetape_generators.columns.text_columns import write_times
from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.parts.time_profile import time_profile
from glancetape_generators.learning.threshold import Threshold
from glancetape_generators.sampling.draws import Draws
from glancetape_generators.spec.spec import Times
from glancetape_generators.world.calendar import DAY, Days

COUNT = 12_000
FIRST, LAST = 18_262, 18_993  # 2020-01-01, 2022-01-01


def _capture(times: Times, count: int) -> Capture:
    days, records = Days(times, 3), np.arange(count)
    start, end = np.zeros(count, np.int64), np.full(count, days.count)
    texts = write_times(days.draw(Draws(5, records), "created_at", start, end)).tolist()
    return Capture.of({"created_at": one.decode(), "visibility": "private"} for one in texts)


@pytest.mark.parametrize(
    ("growth", "weekend", "bursts", "ties"),
    [(1, 100, 0, 0), (3, 25, 6, 0), (8, 50, 2, 30), (1, 0, 20, 60), (20, 100, 0, 100)],
)
def test_the_profile_is_the_one_that_the_times_were_drawn_from(
    growth: int, weekend: int, bursts: int, ties: int
) -> None:
    """Within what chance does to some thousand images."""
    drawn = Times(
        first=FIRST, now=LAST * DAY, growth=growth, weekend=weekend, bursts=bursts, ties=ties
    )
    capture = _capture(drawn, COUNT)
    everything = np.ones(COUNT, bool)

    found = time_profile(capture, everything, everything, Threshold(10, 1))

    assert found is not None
    assert FIRST == found.first
    # Fewer images than the threshold may be of the last day.
    assert LAST - 1 <= found.now // DAY <= LAST
    assert found.growth == pytest.approx(growth, rel=0.35, abs=0.5)
    assert found.weekend == pytest.approx(weekend, abs=6)
    assert found.bursts == pytest.approx(bursts, abs=3)
    # On a day with few images, one that was drawn as tied may be alone in its minute.
    assert ties - 7 <= found.ties <= ties + 2


def test_a_few_images_show_neither_their_first_nor_their_last_day() -> None:
    """So many are older than the first month, and newer than now, as the threshold asks for."""
    times = [f"2021-{month:02}-07T03:04:05Z" for month in range(1, 13) for _ in range(5)]
    capture = Capture.of({"created_at": one} for one in times)
    everything = np.ones(len(times), bool)

    found = time_profile(capture, everything, everything, Threshold(10, 1))

    assert found is not None
    assert "2021-02-01" == str(np.datetime64(found.first, "D"))
    assert "2021-11-08" == str(np.datetime64(found.now // DAY, "D"))
    assert time_profile(capture, everything, everything, Threshold(61, 1)) is None
