"""The levels of logs, which a command or an addon sets for the whole process of the tests."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = (
    None,
    "asyncio",
    "glancetape",
    "glancetape.session",
    "glancetape.wire.answering",
    "glancetape_cassettes",
)


@contextmanager
def as_in_a_new_process() -> Iterator[None]:
    """Have the levels of a new process, and afterwards those of before."""
    before = {name: logging.getLogger(name).level for name in _LOGGERS}
    try:
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.NOTSET if name else logging.WARNING)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
