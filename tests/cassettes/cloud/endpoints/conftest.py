"""A simulated cloud for the tests here, made once for all tests of a module."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest

from support.sets.imagesets import Image
from support.sets.simulated import Asked, Simulate, simulated


@pytest.fixture(scope="module")
def simulate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulate]:
    """Make clouds that stay open until the tests of the module end."""
    with ExitStack() as opened:

        def make(images: Iterable[Image], dialect: str = "glance") -> Asked:
            folder = tmp_path_factory.mktemp("set")
            return opened.enter_context(simulated(folder, images, dialect))

        yield make
