"""Dates as cassettes of any recorder have them."""

from datetime import UTC, datetime

NEVER = float("-inf")


def timestamp_of(recorded_at: str) -> float:
    """Return a `recorded_at` as seconds since 1970; -inf for text that is not a date.

    glancetape writes ISO 8601, Ruby VCR the dates of HTTP (`Tue, 01 Nov 2011 04:58:44 GMT`).
    """
    try:
        moment = datetime.fromisoformat(recorded_at)
    except ValueError:
        from email.utils import parsedate_to_datetime  # no date of ours needs it

        try:
            moment = parsedate_to_datetime(recorded_at)
        except (ValueError, OverflowError):  # the latter for a number of many digits
            return NEVER
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def as_recorded_at(timestamp: float) -> str:
    """Return a time as recorders store it, in whole seconds; "" for one that is not known.

    >>> as_recorded_at(0.9), as_recorded_at(NEVER)
    ('1970-01-01T00:00:00Z', '')
    """
    try:
        return datetime.fromtimestamp(timestamp // 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""
