"""Specs for the tests here, written where the test is."""

from pathlib import Path

import pytest

from support.sets.spec_files import Write


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a spec and give its path, from where it is."""
    monkeypatch.chdir(tmp_path)

    def written(text: str | bytes) -> Path:
        path = Path("spec.yaml")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written
