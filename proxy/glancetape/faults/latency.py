"""Latency: how long an answer is held back.

`50ms` delays every answer alike. `p50=20ms,p99=400ms` names two points of a distribution: half of
the answers take up to 20 ms, and one in a hundred more than 400 ms. Between them and beyond lies
the log-normal distribution through both, which is the usual form of response times.
"""

import math
import re
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

from glancetape_cassettes.errors import BadParameter

MOST_SECONDS = 60.0
"""No answer is held back longer, however long the tail of a distribution is."""
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s)", re.ASCII)
_POINT = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?)=(.+)", re.ASCII)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """A log-normal distribution of seconds; with a spread of 0 it is one value."""

    median: float
    spread: float = 0.0
    """Standard deviation of the logarithm."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The distribution that a text names. Raises BadParameter."""
        points = [_POINT.fullmatch(part.strip()) for part in text.split(",")]
        if points == [None]:
            return cls(median=_seconds(text.strip(), text))
        if len(points) != 2 or not all(points):
            raise _bad(text)
        (low, short), (high, long) = sorted(
            (float(point[1]), _seconds(point[2], text)) for point in points if point
        )
        if not (0 < low < high < 100 and 0 < short <= long):
            raise _bad(text)
        width = _NORMAL.inv_cdf(high / 100) - _NORMAL.inv_cdf(low / 100)
        spread = math.log(long / short) / width
        return cls(median=short / math.exp(spread * _NORMAL.inv_cdf(low / 100)), spread=spread)

    def at(self, draw: float) -> float:
        """The seconds for a draw from 0 up to 1; at most 60."""
        if not self.spread:
            return self.median
        place = _NORMAL.inv_cdf(min(max(draw, 1e-9), 1 - 1e-9))
        return min(self.median * math.exp(self.spread * place), MOST_SECONDS)


def _seconds(text: str, whole: str) -> float:
    found = _DURATION.fullmatch(text)
    if not found:
        raise _bad(whole)
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > MOST_SECONDS:
        raise BadParameter(f"{whole!r} is longer than {MOST_SECONDS:.0f}s.")
    return seconds


def _bad(text: str) -> BadParameter:
    return BadParameter(f"{text!r} is not a latency; write it like 50ms or p50=20ms,p99=400ms.")
