"""A fixture that writes a spec file for a test."""

from pathlib import Path

import pytest

from support.sets.spec_files import Write


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Change to a new folder; the result writes a spec there and returns its path."""
    monkeypatch.chdir(tmp_path)

    def written(text: str | bytes) -> Path:
        path = Path("spec.yaml")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written
