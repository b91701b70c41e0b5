"""A project for each test."""

import pytest

from support.running.user_project import Project


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A new project; its sets are made for it."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return Project(pytester)
