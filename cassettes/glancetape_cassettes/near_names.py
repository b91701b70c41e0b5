"""Suggestions for a misspelt name: the known name that is most like it."""

import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

_LONGEST = 100
_MOST_FILES = 1000
_ALIKE = 0.7
"""Of files; 0.6 would take `gone` for `region`."""


def nearest(text: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The known word that is most like a misspelt one, of which at least this share is the same.

    >>> nearest("imges", ["images", "count"])
    'images'
    """
    from difflib import get_close_matches

    return next(iter(get_close_matches(text[:_LONGEST], known, n=1, cutoff=alike)), None)


def nearest_file(name: str, known: Iterable[str]) -> str | None:
    """The known file whose name is most like a misspelt one; what it ends in proves nothing.

    >>> nearest_file("image.yml", ["images.yaml", "a.yml"])
    'images.yaml'
    """
    by_stem = {Path(one).stem: one for one in known}
    stem = nearest(Path(name).stem, by_stem, _ALIKE)
    return None if stem is None else by_stem[stem]


def file_meant(path: Path, advice: str = "") -> str:
    """What to do about a file that is not there: the one beside it that is meant, else `advice`.

    Begins with a blank, if it says anything. A link that leads nowhere is there, and not meant.
    """
    if path.is_symlink():
        return f" It is a link to {os.readlink(path)}, which is not there."
    try:
        beside = [one.name for one in islice(path.parent.iterdir(), _MOST_FILES)]
    except OSError:
        beside = []
    name = nearest_file(
        path.name, [one for one in beside if one.isprintable() and one != path.name]
    )
    if name is not None:
        return f" Did you mean {path.with_name(name)}?"
    return f" {advice}" if advice else ""
