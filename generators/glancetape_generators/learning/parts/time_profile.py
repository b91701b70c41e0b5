"""When images were created: first day, growth, weekends, bursts, and times that several share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glancetape_generators.learning.capture import Capture, is_known
from glancetape_generators.learning.threshold import Threshold
from glancetape_generators.sampling.draws import Flags, Ints

Floats = np.ndarray[Any, np.dtype[np.float64]]

DAY = 86_400
_LEAST_DAYS = 60  # a spec's first day is so long before now
_MOST_GROWTH = 100
_BURST = 2.5  # times as many images as expected; a spec's bursts have five times as many
_AROUND = 30  # days before and after, to see what is usual
_FEWEST = 1.0  # images a day: with fewer, a burst cannot be told from chance
_ENOUGH = 200  # images without a parent


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeProfile:
    """The section `times` of a spec."""

    first: int
    """Days since 1970."""
    now: int
    """Seconds since 1970, a midnight."""
    growth: int
    weekend: int
    bursts: int
    ties: int


def time_profile(
    capture: Capture, chosen: Flags, made_alone: Flags, threshold: Threshold
) -> TimeProfile | None:
    """Return when the chosen images were created; None when fewer than the threshold have a time.

    Those that are `made_alone`, without a parent, show how the number a day grew: what is made from
    an image comes after it, so it is late without any growth.

    First day and now do not show a single image: so many are older, or newer, than the day.
    """
    created, updated = capture.seconds("created_at"), capture.seconds("updated_at")
    all_created = np.sort(created[is_known(created) & (created >= 0)])
    times = np.sort(created[chosen & is_known(created) & (created >= 0)])
    if len(all_created) < threshold.images:
        return None
    alone = times
    if int((made_alone & is_known(created)).sum()) >= _ENOUGH:
        alone = created[made_alone & is_known(created) & (created >= 0)]
    latest = np.sort(np.maximum(created, updated)[is_known(created)])
    margin = threshold.images - 1
    now = int(latest[-1 - margin] // DAY + 1) * DAY
    first = int(all_created[margin] // DAY)
    first -= (np.datetime64(first, "D") - np.datetime64(first, "D").astype("M8[M]")).astype(int)
    first = max(0, min(int(first), now // DAY - _LEAST_DAYS))
    days = now // DAY - first
    counts, of_alone = (
        np.bincount(np.clip(each // DAY - first, 0, days - 1), minlength=days).astype(float)
        for each in (times, alone)
    )
    is_weekend = (np.arange(len(counts)) + first + 3) % 7 >= 5  # 1970 began on a Thursday
    weekday, weekend = (
        float(counts[one].mean()) if one.any() else 0.0 for one in (~is_weekend, is_weekend)
    )
    share = weekend / weekday if weekday else 1.0
    usual = ~is_weekend if (~is_weekend).any() else np.ones(days, bool)
    bursts = round(100 * float(_bursts(counts, usual).sum()) / max(1, int(usual.sum())))
    growth = _growth(of_alone, usual & ~_bursts(of_alone, usual))
    return TimeProfile(
        first=first,
        now=now,
        growth=min(_MOST_GROWTH, max(1, round(growth))),
        weekend=round(100 * min(share, 10.0)),
        bursts=bursts if counts[usual].mean() >= _FEWEST else 0,
        ties=_ties(times),
    )


def _bursts(counts: Floats, usual: Flags) -> Flags:
    """Return the days with far more images than the days around them."""
    window = np.ones(min(2 * _AROUND + 1, len(counts)))
    found = np.zeros(len(counts), bool)
    for _ in range(2):  # those found first do not count as usual
        plain = usual & ~found
        sums = np.convolve(counts * plain, window, "same") - counts * plain
        days = np.convolve(plain.astype(float), window, "same") - plain
        expected = sums / np.maximum(days, 1)
        # So many more are no chance: four standard deviations of a random count.
        least = np.maximum(_BURST * expected, expected + 4 * np.sqrt(expected) + 1)
        found = usual & (counts > least)
    return found


def _growth(counts: Floats, plain: Flags) -> float:
    """Return the ratio of the images a day at the end and at the beginning, on a straight line."""
    days = np.arange(len(counts))[plain].astype(float)
    if len(days) < 2 or not counts[plain].sum():
        return 1.0
    slope, start = np.polyfit(days, counts[plain], 1)
    last = len(counts) - 1
    low, high = start, start + slope * last
    if high <= 0:
        return 1.0
    return float(high / max(low, high / _MOST_GROWTH))


def _ties(times: Ints) -> int:
    """Return the percentage of images created in a second of others, less what is chance."""
    if len(times) < 2:
        return 0
    _, which, counts = np.unique(times, return_inverse=True, return_counts=True)
    shared = float((counts[which] > 1).mean())
    # Chance: another one of the same hour, were its seconds spread evenly. Those that several
    # images share count once: they are what is to be found.
    seconds = np.unique(times)
    hours, in_hour = np.unique(seconds // 3600, return_counts=True)
    of_hour = in_hour[np.searchsorted(hours, times // 3600)]
    chance = float((1 - (1 - 1 / 3600) ** (of_hour - 1)).mean())
    if shared <= chance:
        return 0
    return min(100, round(100 * (shared - chance) / (1 - min(chance, 0.99))))
