"""Image sets for the tests here, made once for all tests of a module."""

import pytest

from support.sets.set_files import make_set
from support.sets.whole_sets import RECORDS


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a good set."""
    path = tmp_path_factory.mktemp("whole") / "a.images"
    make_set(path, RECORDS)
    return path.read_bytes()
