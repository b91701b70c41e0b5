"""Counting calls of functions: how much work something is, however busy the processor is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def at_most_calls(most: int) -> Iterator[None]:
    """Fail if more functions are called inside, those in C and SQLite's callbacks included.

    What loops without a call, such as a regular expression, is not seen. What is loaded or
    compiled at its first use counts, so use it once before.
    """
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
        assert calls <= most
