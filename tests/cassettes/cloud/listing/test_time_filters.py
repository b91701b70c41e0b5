"""Times in filters, as seconds and microseconds."""

import calendar

import pytest

from glancetape_cassettes.cloud.listing.time_filters import seconds_of

MOMENT = calendar.timegm((2018, 9, 6, 14, 3, 27))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-09-06T14:03:27Z", (MOMENT, 0)),
        ("2018-09-06T14:03:27", (MOMENT, 0)),
        ("2018-09-06T22:03:27+08:00", (MOMENT, 0)),
        ("2018-09-06T14:03:27.000500Z", (MOMENT, 500)),
        ("2018-09-06T06:03:27.999999-08:00", (MOMENT, 999_999)),
        ("1969-12-31T23:59:59.25Z", (-1, 250_000)),
    ],
)
def test_a_time_is_whole_seconds_and_the_microseconds_beyond_them(
    text: str, expected: tuple[int, int]
) -> None:
    """Also before 1970, and whatever its offset."""
    assert expected == seconds_of(text)


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("0001-01-01T00:00:00+08:00", True),
        ("0001-01-01T00:00:00-08:00", False),
        ("9999-12-31T23:59:59-08:00", True),
        ("9999-12-31T23:59:59+08:00", False),
    ],
)
def test_a_time_outside_of_the_calendar_is_refused(text: str, *, is_refused: bool) -> None:
    """In UTC it would be in the year 0 or 10000."""
    try:
        seconds_of(text)
    except OverflowError:
        assert is_refused
    else:
        assert not is_refused
