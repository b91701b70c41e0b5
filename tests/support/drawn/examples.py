"""How many examples hypothesis draws: all of them with `--interop`, as CI runs; a share by default.

    @examples(200)      200 with --interop, 50 without
    @given(...)
    def test_...

`tests/conftest.py` has the two profiles; a test without `@examples` draws 100 or 25.
"""

from typing import Any

from hypothesis import settings

FULL = 100
"""The examples of a test that does not say how many, with `--interop`."""
SHORT = 25
"""And without it."""
_LEAST = 10
"""With fewer examples than these there is nothing to save."""


def share_of(full: int) -> int:
    """Return how many of so many cases a run does: all with `--interop`, or a share."""
    assert settings.default is not None
    return max(min(full, _LEAST), round(full * settings.default.max_examples / FULL))


def examples(full: int, **others: Any) -> settings:
    """Return settings for so many examples, or for their share."""
    return settings(max_examples=share_of(full), **others)
