"""When images are created: days with growth, weekends and bursts, hours with nights; and waiting.

All days form a line on which a day is as wide as it is busy. A random point of the line falls on a
busy day more often:

    Friday 1000 wide, Saturday 250, Sunday 250: two of three points fall on the Friday
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glancetape_generators.sampling.draws import (
    PARTS,
    Choice,
    Draws,
    Flags,
    GroupedChoice,
    Ints,
    Share,
)
from glancetape_generators.sampling.lines import Line
from glancetape_generators.spec.spec import Times, Window

DAY = 86_400
NEVER = 1 << 60
"""A time, in seconds since 1970, that does not come."""
# How busy each hour of a day is, where people live: they work from nine to six.
_HOURS = (2, 1, 1, 1, 1, 2, 3, 6, 12, 18, 20, 18, 12, 16, 19, 18, 16, 12, 8, 6, 5, 4, 3, 2)
_UNIT = 1000  # width of a weekday at the beginning
_LONGEST = 1 << 31
_MONTH = 30  # days
_ALL = 1 << 32


class Days:
    """The days of a set, numbered from its first day to the one that ends or is cut off by now.

    Now is Friday, 9:00: as few images are made on this Friday as on any other one before nine.
    """

    def __init__(self, times: Times, seed: int, hours_ahead: int = 0) -> None:
        """Lay out the line of days; seed and day decide which days are bursts.

        `hours_ahead` of UTC are the clocks of the people who make images.
        """
        self.first = times.first
        last = (times.now - 1) // DAY
        self.count = last + 1 - times.first
        self._last_begins, self._now = last * DAY, times.now
        days = np.arange(self.count, dtype=np.int64)
        widths = _UNIT + _UNIT * (times.growth - 1) * days // max(1, self.count - 1)
        is_weekend = (days + times.first + 3) % 7 >= 5  # 1970 began on a Thursday
        widths = np.where(is_weekend, widths * times.weekend // 100, widths)
        bursts = Draws(seed, days + times.first).percent("burst", times.bursts)
        widths = np.where(bursts, 5 * widths, widths)
        busy = [_HOURS[(hour + hours_ahead) % 24] for hour in range(24)]
        seconds = np.clip(times.now - self._last_begins - 3600 * np.arange(24), 0, 3600)
        widths[-1] = widths[-1] * int(np.dot(busy, seconds)) // (3600 * sum(_HOURS))
        widths = np.maximum(widths, 1)
        if (longest := int(widths.sum())) > _LONGEST:  # one draw reaches no more points
            widths = np.maximum(widths * (_LONGEST // 1000) // (longest // 1000), 1)
        self._line = Line(np.cumsum(widths))
        self._begins: Ints = np.append(0, self._line.ends)
        self.length = int(self._begins[-1])
        """The length of the line."""
        self._hours = Choice(range(24), busy)
        self._ties, self._weekend = times.ties, min(times.weekend, 100)

    def beginning(self, days: Ints) -> Ints:
        """Return where days begin on the line."""
        begins: Ints = self._begins[np.clip(days, 0, self.count)]
        return begins

    def of(self, seconds: Ints) -> Ints:
        """Return the number of the day of a time in seconds since 1970."""
        return seconds // DAY - self.first

    def draw(self, draws: Draws, field: str, earliest: Ints, latest: Ints) -> Ints:
        """Draw a time on a day from `earliest` to before `latest`, in seconds since 1970.

        It is before now.
        """
        low, high = self.beginning(earliest), self.beginning(latest)
        place = low + draws.below(f"{field}/day", high - low)
        days = self._line.parts_at(place)
        seconds = self._hours.pick(draws, f"{field}/hour") * 3600
        seconds += draws.below(f"{field}/second", 3600)
        # Jobs that make images at night make several in the same second.
        tied = np.flatnonzero(draws.percent_evenly(f"{field}/tie", self._ties))
        seconds[tied] = 3 * 3600 + draws.some(tied).below(f"{field}/run", 3) * 60
        times: Ints = (days + self.first) * DAY + seconds
        late = np.flatnonzero(times >= self._now)
        before_now = draws.some(late).below(f"{field}/before now", self._now - self._last_begins)
        times[late] = self._last_begins + before_now
        return times

    def at_work(self, draws: Draws, field: str, times: Ints) -> Ints:
        """Return times of the same days at which people work: most of a weekend's two days later.

        In seconds since 1970.
        """
        days = times // DAY
        rests = (days + 3) % 7 >= 5  # 1970 began on a Thursday
        rests &= ~draws.percent(f"{field}/weekend", self._weekend)
        hours = self._hours.pick(draws, f"{field}/hour") * 3600
        found: Ints = (days + 2 * rests) * DAY + hours + draws.below(f"{field}/second", 3600)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """When the projects make images whose times a spec gives.

    A column has one place for each project, by its number in the cast.
    """

    has_one: Flags
    first: Ints
    """The first day with images, counted from the first day of the set."""
    end: Ints
    """The day after the last one."""
    is_over: Flags
    """Whether the project makes no more images when the set ends."""
    systems: Sequence[tuple[int, GroupedChoice]]
    """Projects, and the systems that were released before their images end."""

    @classmethod
    def of(
        cls,
        given: Mapping[int, Window],
        projects: int,
        days: Days,
        released_by: Callable[[int], GroupedChoice],
    ) -> "Windows":
        """Return the windows of some projects; the others make images at any time."""
        has_one, is_over = (np.zeros(projects, bool) for _ in range(2))
        first, end = np.zeros(projects, np.int64), np.full(projects, days.count, np.int64)
        systems = []
        for project, window in given.items():
            has_one[project] = True
            if window.first is not None:
                first[project] = window.first - days.first
            if window.last is not None:
                end[project] = window.last + 1 - days.first
                is_over[project] = True
                systems.append((project, released_by(window.last)))
        return cls(has_one=has_one, first=first, end=end, is_over=is_over, systems=systems)


class Waiting:
    """How long images wait until something happens to them, by a rate in percent a month.

    A rate of 50 percent: of 100 images 50 are left after 30 days, 25 after 60. All is counted in
    whole numbers, so it is the same everywhere.
    """

    def __init__(self, rate: Share, days: int) -> None:
        """Count which part of the images is left after each of some days."""
        left, parts = [_ALL], 100 * PARTS
        while len(left) <= days and left[-1] and rate:
            begin = left[-1]
            end = begin * (parts - int(rate * PARTS)) // parts
            left += [begin - (begin - end) * day // _MONTH for day in range(1, _MONTH + 1)]
        self._gone: Ints = np.array([_ALL - one for one in left], np.int64)

    def draw(self, draws: Draws, field: str) -> Ints:
        """Return after how many days it happens to each image; -1 for never, as far as counted."""
        days = np.searchsorted(self._gone, draws.below(field, _ALL), "right") - 1
        return np.where(days < len(self._gone) - 1, days, -1)
