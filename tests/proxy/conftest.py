"""Cassettes for the tests here."""

from pathlib import Path

import pytest


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """Where this test records."""
    return tmp_path / "basic.yaml"
