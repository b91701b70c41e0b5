"""Days, times and moments of a spec."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import BadImage, format_time, parse_time
from glancetape_generators.sampling.draws import Share
from glancetape_generators.spec.contradictions import check_times, is_in
from glancetape_generators.spec.spec import FixedImage, Spec, Times
from glancetape_generators.spec.yaml_values import Value

_MOST_MOMENTS = 1000
_MOST_OF_MOMENT = 1_000_000
DAY = 86_400
"""Seconds."""
_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_times(
    values: Mapping[str, Value], numbers: Mapping[str, int], shares: Mapping[str, Share]
) -> Times:
    """Read the section `times`. Raises ImageSetError for times that contradict each other."""
    times = Times(
        first=read_day(values["times.first"]),
        now=read_time(values["times.now"]),
        growth=numbers["times.growth"],
        weekend=numbers["times.weekend"],
        bursts=shares["times.bursts"],
        ties=shares["times.ties"],
        at=read_time(values["times.at"]) if "times.at" in values else None,
    )
    check_times(times, values)
    return times


def read_day(value: Value) -> int:
    """Read a date as days since 1970."""
    try:
        if _DATE.fullmatch(text := value.text()):
            day = date.fromisoformat(text).toordinal() - _EPOCH
            if day >= 0:
                return day
    except ValueError:
        pass
    raise value.wanted("a date like 2018-01-01, of 1970 or later")


def read_time(value: Value) -> int:
    """Read a time as seconds since 1970."""
    try:
        seconds = parse_time("now", value.text())
    except BadImage:
        raise value.wanted("a time like 2026-01-01T00:00:00Z") from None
    return seconds


def read_moments(value: Value, times: Times, images: tuple[FixedImage, ...]) -> dict[int, int]:
    """Read how many images are created in some seconds; fixed images are among them."""
    found = {}
    fixed = Counter(
        parse_time("", one.fields["created_at"]) for one in images if "created_at" in one.fields
    )
    members = value.members(read_time)
    if len(members) > _MOST_MOMENTS:
        raise value.error(f"has {len(members):,} moments; at most {_MOST_MOMENTS:,} are allowed")
    for second, number in members.items():
        if not times.first < second // DAY < times.now // DAY - 1:
            raise number.error(
                "a moment is after the first day, and before the day before times.now"
            )
        wanted = number.number(1, _MOST_OF_MOMENT)
        if wanted < fixed[second]:
            raise number.error(f"{fixed[second]} fixed images are created then already; raise it")
        found[second] = wanted - fixed[second]
    if (total := sum(found.values())) > _MOST_OF_MOMENT:
        raise value.error(f"{total:,} images; at most {_MOST_OF_MOMENT:,} are allowed")
    return found


def seen_at(spec: Spec, at: int) -> Spec:
    """Return a spec of the same images at another time; raises ImageSetError if that is outside."""
    if not is_in(spec.times, at):
        first, now = format_time(spec.times.first * DAY), format_time(spec.times.now)
        raise ImageSetError(
            f"{format_time(at)} is not in the time of the spec, after {first} and not after {now}; "
            "choose another time, or move times.first or times.now in the spec."
        )
    return replace(spec, times=replace(spec.times, at=at))
