"""The addon without a network, and a cassette for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.wire.hooked import Hooked, write_walk


@pytest.fixture
def hooks() -> Iterator[Hooked]:
    """The addon, loaded; it ends with the test."""
    hooked = Hooked()
    yield hooked
    hooked.end()


@pytest.fixture
def two_pages(tmp_path: Path) -> Path:
    """A whole list of two images, one on each page."""
    return write_walk(tmp_path / "a.yaml")
