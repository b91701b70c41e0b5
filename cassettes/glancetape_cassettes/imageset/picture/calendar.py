"""Divide an axis of time into even steps of the calendar, and write times. All times are UTC."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from glancetape_cassettes.imageset.image_fields import format_time

_DAY = 86_400
_FIRST, _END = -62_135_596_800, 253_402_300_800  # of the years 1 to 9999
_WEEK = 7 * _DAY
_MONDAY = 4 * _DAY  # 1970-01-05


@dataclass(frozen=True, slots=True)
class Step:
    """A span of time that repeats: a number of seconds, or of months."""

    name: str
    """What it is called; "" for a step that only marks an axis."""
    seconds: int = 0
    months: int = 0

    def number(self, time: int) -> int:
        """Return the number of the step that contains a time."""
        if self.seconds:
            return (time - self._origin) // self.seconds
        when = datetime.fromtimestamp(time, UTC)
        return (when.year * 12 + when.month - 1) // self.months

    def begin(self, number: int) -> int:
        """Return the time at which a step begins."""
        if self.seconds:
            return self._origin + number * self.seconds
        year, month = divmod(number * self.months, 12)
        if not 1 <= year <= 9999:
            return _FIRST if year < 1 else _END
        return (date(year, month + 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * _DAY

    @property
    def _origin(self) -> int:
        return _MONDAY if self.seconds == _WEEK else 0

    def count(self, first: int, last: int) -> int:
        """Return the number of steps that cover the times from `first` to `last`."""
        return self.number(last) - self.number(first) + 1


STEPS = (
    *(Step(name, seconds) for name, seconds in (("second", 1), ("10 seconds", 10))),
    *(Step(name, seconds) for name, seconds in (("minute", 60), ("10 minutes", 600))),
    *(Step(name, seconds) for name, seconds in (("hour", 3600), ("6 hours", 21_600))),
    *(Step(name, seconds) for name, seconds in (("day", _DAY), ("week", _WEEK))),
    *(Step(name, months=months) for name, months in (("month", 1), ("quarter", 3))),
    *(Step(name, months=12 * years) for name, years in (("year", 1), ("decade", 10))),
    *(Step(name, months=12 * years) for name, years in (("century", 100), ("millennium", 1000))),
)
_TICKS = (
    *(Step("", seconds) for seconds in (1, 2, 5, 10, 15, 30)),
    *(Step("", 60 * minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(Step("", 3600 * hours) for hours in (1, 2, 3, 6, 12)),
    *(Step("", _DAY * days) for days in (1, 2, 7, 14)),
    *(Step("", months=months) for months in (1, 2, 3, 6)),
    *(Step("", months=12 * years) for years in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)),
)
_MOST_STEPS, _MOST_TICKS = 72, 5


def step_for(first: int, last: int) -> Step:
    """Return the finest step that covers the times in at most 72 columns."""
    return _finest(STEPS, lambda step: step.count(first, last) <= _MOST_STEPS)


def _finest(steps: tuple[Step, ...], is_enough: Callable[[Step], bool]) -> Step:
    return next((step for step in steps if is_enough(step)), steps[-1])


def ticks_of(begin: int, end: int) -> list[tuple[int, str]]:
    """Return up to five round times from `begin` to before `end`, each with its label."""
    end = max(begin, end - 1)

    def times(step: Step) -> list[int]:
        found = map(step.begin, range(step.number(begin), step.number(end) + 1))
        return [time for time in found if begin <= time <= end]

    step = _finest(
        _TICKS, lambda step: step.count(begin, end) <= 99 and len(times(step)) <= _MOST_TICKS
    )
    return [(time, _tick(time, step)) for time in times(step)]


def _tick(time: int, step: Step) -> str:
    year, month, day = _date(time)
    if step.months:
        return year if step.months % 12 == 0 else f"{month} {year}"
    clock = format_time(time)[11:19]
    if step.seconds >= _DAY or clock == "00:00:00":
        return f"{day} {month}"
    return clock if step.seconds < 60 else clock[:5]


def _date(time: int) -> tuple[str, str, str]:
    """Return year, month and day as texts."""
    when = datetime.fromtimestamp(min(max(time, _FIRST), _END - 1), UTC)
    # strftime would take the names of months from the machine's locale.
    names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return str(when.year), names[when.month - 1], str(when.day)


def day_of(time: int) -> str:
    """Return the day of a time: 6 Sep 2018."""
    year, month, day = _date(time)
    return f"{day} {month} {year}"


def days_of(first: int, last: int) -> str:
    """Return a range of days, with the year once where it is the same."""
    year, month, day = _date(first)
    begin, end = day_of(first), day_of(last)
    if begin == end:
        return end
    return f"{day} {month} – {end}" if end.endswith(f" {year}") else f"{begin} – {end}"


def moment_of(time: int) -> str:
    """Return a time to the second: 6 Sep 2018, 14:03:27 UTC."""
    return f"{day_of(time)}, {format_time(time)[11:19]} UTC"


def name_of(time: int, step: Step) -> str:
    """Return the name of the step that begins at a time: Sep 2018, week from 3 Sep 2018."""
    year, month, _ = _date(time)
    if step.months >= 12:
        return year if step.months == 12 else f"{step.name} from {year}"
    if step.months:
        return f"{month} {year}" if step.months == 1 else f"quarter from {month} {year}"
    if step.seconds >= _DAY:
        return day_of(time) if step.seconds == _DAY else f"week from {day_of(time)}"
    return moment_of(time)


def span_of(first: int, last: int) -> str:
    """Return the length of a span in its largest fitting unit: 7.5 years, 36 minutes."""
    seconds = last - first
    units = (("year", 31_556_952), ("month", 2_629_746), ("day", _DAY), ("hour", 3600))
    for unit, length in (*units, ("minute", 60), ("second", 1)):
        if seconds >= 2 * length or (unit == "second" and seconds):
            count = seconds / length
            text = f"{count:.1f}".removesuffix(".0") if count < 10 else f"{count:,.0f}"
            return f"{text} {unit}{'s' * (text != '1')}"
    return "0 seconds"
