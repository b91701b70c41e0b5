"""Tracebacks for a log: where a program failed, without the data that it failed at.

Only a fault in a program has a traceback, and nobody knows what is in its message. Most messages
quote the data:

    ValueError: invalid literal for int() with base 10: 'x9rT41sa'
    ValueError: invalid literal for int() with base 10: '...'
"""

import sys
from collections.abc import Iterator

from glancetape_cassettes.errors import GlancetapeError

_MOST_CAUSES = 8
"""A log needs no more, and causes that a library sets itself may go round in a circle."""


def failure_to_log() -> BaseException | None:
    """Return the exception that is handled now, as it may be logged; None when there is none.

    It is for `exc_info` of a logger, also where mitmproxy writes the log.
    """
    return without_quotes(sys.exception())


def without_quotes(error: BaseException | None) -> BaseException | None:
    """Return an exception with the name, stack and causes of another, which quotes nothing.

    Our own errors, and those of the system, name only files: they lose only secrets.
    """
    shown: BaseException | None = None
    is_cause = False
    for one, is_its_cause in reversed([*_with_causes(error)]):
        copy = _copy_of(one)
        if is_cause:
            copy.__cause__ = shown
        else:
            copy.__context__ = shown
        shown, is_cause = copy, is_its_cause
    return shown


def _with_causes(error: BaseException | None) -> Iterator[tuple[BaseException, bool]]:
    """Yield an exception and what it came from, and whether each is the cause of the one before."""
    is_cause = False
    for _ in range(_MOST_CAUSES):
        if error is None:
            return
        yield error, is_cause
        is_cause = error.__cause__ is not None
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _copy_of(error: BaseException) -> BaseException:
    from glancetape_cassettes.redaction import redactor  # its tables take long

    is_known = isinstance(error, GlancetapeError | OSError)
    scrub = redactor.scrub_message if is_known else redactor.scrub_foreign_message
    kind = type(error)
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    copy: BaseException = type(kind.__name__, (Exception,), names)(scrub(_message_of(error)))
    copy.__traceback__ = error.__traceback__
    return copy


def _message_of(error: BaseException) -> str:
    """Return the message of an exception; one that cannot say it is logged nevertheless."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - whatever the code of a library raises there
        return "(its message cannot be shown)"
