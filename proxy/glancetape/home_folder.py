"""Where glancetape keeps, for one user, what it can make again."""

import sys
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The folder of a user for generated sets and certificates."""
    if chosen := environment.get("XDG_CACHE_HOME"):
        return Path(chosen) / "glancetape"
    home = Path(environment.get("HOME") or "~").expanduser()
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "glancetape"
