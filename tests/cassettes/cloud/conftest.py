"""Image sets for the tests here, made once for all tests of a module."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest

from support.sets.imagesets import Cloud, Image, MakeCloud, cloud_of


@pytest.fixture(scope="module")
def make_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeCloud]:
    """Make sets that stay open until the tests of the module end."""
    with ExitStack() as opened:

        def make(images: Iterable[Image], dialect: str = "ims") -> Cloud:
            folder = tmp_path_factory.mktemp("set")
            return opened.enter_context(cloud_of(folder, images, dialect))

        yield make
