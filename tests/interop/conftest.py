"""A real Glance for the tests here: one shared by all, and as many more as a test starts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.images.varied import varied_images
from support.interop.glance import Glance, start_glance

_HERE = Path(__file__).parent

StartGlance = Callable[[Iterable[Mapping[str, Any]]], Glance]


@pytest.hookimpl(tryfirst=True)  # before the hook that skips what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests here: each runs real parts."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session", name="start_glance")
def _start_glance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartGlance]:
    """Start a Glance that holds the given images; the end of the session stops it."""
    started: list[Glance] = []

    def start(images: Iterable[Mapping[str, Any]]) -> Glance:
        glance = start_glance(images, tmp_path_factory.mktemp("glance"))
        started.append(glance)
        return glance

    yield start
    for glance in started:
        glance.stop()


@pytest.fixture(scope="session")
def glance(start_glance: StartGlance) -> Glance:
    """Return the Glance that tests share: 120 varied images, only to be read."""
    return start_glance(varied_images(120, seed=1))
