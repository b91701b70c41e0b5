"""Times in filters: ISO 8601, read as Glance reads it."""

from datetime import UTC, datetime, timedelta

import iso8601

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def is_time(text: str) -> bool:
    """Whether a text is an ISO 8601 time, as Glance reads them."""
    try:
        iso8601.parse_date(text)
    except iso8601.ParseError:
        return False
    return True


def seconds_of(text: str) -> tuple[int, int]:
    """Return the whole seconds since 1970 of a time, and the microseconds beyond them.

    A time without an offset is UTC. Raises ValueError for any other text, and OverflowError when
    the offset leads out of the years 1 to 9999.
    """
    moment = iso8601.parse_date(text)
    _ = moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())  # may overflow
    whole, rest = divmod(moment - _EPOCH, _SECOND)
    return whole, rest // _MICROSECOND
