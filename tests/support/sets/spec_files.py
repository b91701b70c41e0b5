"""Specs as files, and the message with which a bad one is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.spec.reading import read_spec

Write = Callable[[str | bytes], Path]


def refusal(path: str | Path) -> str:
    """Read a bad spec and return the message of its refusal."""
    with pytest.raises(ImageSetError) as refused:
        read_spec(path)
    return str(refused.value)
