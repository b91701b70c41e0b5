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

    The first day, the last one, bursts and equal times each stand for enough images, so that none
    of them shows a single one.
    """
    created = capture.seconds("created_at")
    usable = is_known(created) & (created >= 0)
    span = _span(capture, usable, threshold)
    if span is None:
        return None
    first, now = span
    days = now // DAY - first
    usable &= (created >= first * DAY) & (created < now)
    day = np.where(usable, created // DAY - first, 0)
    chosen, made_alone = chosen & usable, made_alone & usable
    if int(made_alone.sum()) < _ENOUGH:
        made_alone = chosen
    counts, of_alone = (
        np.bincount(day[one], minlength=days).astype(float) for one in (chosen, made_alone)
    )
    is_weekend = (np.arange(days) + first + 3) % 7 >= 5  # 1970 began on a Thursday
    weekday, weekend = (
        float(counts[one].mean()) if one.any() else 0.0 for one in (~is_weekend, is_weekend)
    )
    share = weekend / weekday if weekday else 1.0
    usual = ~is_weekend if (~is_weekend).any() else np.ones(days, bool)
    busy = _bursts(counts, usual)
    bursts = round(100 * float(busy.sum()) / max(1, int(usual.sum())))
    shows_bursts = counts[usual].mean() >= _FEWEST and threshold.passes(capture, chosen & busy[day])
    growth = _growth(of_alone, usual & ~_bursts(of_alone, usual))
    return TimeProfile(
        first=first,
        now=now,
        growth=min(_MOST_GROWTH, max(1, round(growth))),
        weekend=round(100 * min(share, 10.0)),
        bursts=bursts if shows_bursts else 0,
        ties=_ties(capture, created, chosen, threshold),
    )


def _span(capture: Capture, usable: Flags, threshold: Threshold) -> tuple[int, int] | None:
    """Return the first day of the month since which there are images, and the midnight after them.

    Enough images are older than that month's end, and enough are newer than the last day's begin.
    """
    created = capture.seconds("created_at")
    latest = np.maximum(created, capture.seconds("updated_at"))
    oldest, newest = (
        threshold.first_enough(capture, order[usable[order]])
        for order in (np.argsort(created, kind="stable"), np.argsort(-latest, kind="stable"))
    )
    if oldest < 0:
        return None
    now = int(latest[newest] // DAY + 1) * DAY
    month = np.datetime64(int(created[oldest] // DAY), "D").astype("M8[M]").astype("M8[D]")
    return max(0, min(int(month.astype(int)), now // DAY - _LEAST_DAYS)), now


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


def _ties(capture: Capture, created: Ints, chosen: Flags, threshold: Threshold) -> int:
    """Return the percentage of images created in a second of others, less what is chance."""
    times = created[chosen]
    _, which, counts = np.unique(times, return_inverse=True, return_counts=True)
    is_shared = counts[which] > 1
    tied = np.zeros(capture.count, bool)
    tied[chosen] = is_shared
    if not threshold.passes(capture, tied):
        return 0
    shared = float(is_shared.mean())
    # Chance: another one of the same hour, were its seconds spread evenly. Those that several
    # images share count once: they are what is to be found.
    seconds = np.unique(times)
    hours, in_hour = np.unique(seconds // 3600, return_counts=True)
    of_hour = in_hour[np.searchsorted(hours, times // 3600)]
    chance = float((1 - (1 - 1 / 3600) ** (of_hour - 1)).mean())
    if shared <= chance:
        return 0
    return min(100, round(100 * (shared - chance) / (1 - min(chance, 0.99))))
