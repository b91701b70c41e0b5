"""A user whose home nothing names, as a container has that runs as a user id of its own."""

import pwd
from typing import Never

import pytest


def without_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process have no home: no variable names it, and no entry of the user does."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "GLANCETAPE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", _no_entry)


def _no_entry(_: int) -> Never:
    raise KeyError
