"""The user's home: what `~` in a path means, and where glancetape keeps what it can make again."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from glancetape_cassettes.errors import GlancetapeError


class NoHome(GlancetapeError):
    """Nothing says where the user's home is, as for a user id without a name in a container."""


def in_home(path: str | Path) -> Path:
    """A path with the home in place of `~`; as it is where no home is known.

    `Path.expanduser` raises RuntimeError there, and for a `~name` that is not a user's.
    """
    return Path(os.path.expanduser(path))


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The folder of a user for generated sets and certificates. Raises NoHome."""
    if chosen := environment.get("XDG_CACHE_HOME"):
        return Path(chosen) / "glancetape"
    home = in_home(environment.get("HOME") or "~")
    if home == Path("~"):
        raise NoHome("no home folder is known. Set HOME, or XDG_CACHE_HOME to another folder.")
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "glancetape"
