"""What the methods of the provider take: each argument is checked, and an error names it.

fake.cloud_images(1.5)  TypeError: count must be a whole number, not 1.5
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np

from glancetape_cassettes.imageset.image_fields import VISIBILITIES
from glancetape_cassettes.near_names import nearest
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.world.fixed import MOST_IMAGES

KINDS = ("gold", "private", "shared", "market", "public", "community")
"""The kinds of an image in any cloud: `__imagetype`, or the visibility in a plain Glance."""

_is_project = re.compile("[0-9a-f]{32}", re.ASCII).fullmatch


@dataclass(frozen=True, slots=True)
class SpecNow:
    """A spec as it is now. Equal ones make the same images."""

    name: str
    """A preset, or the path of a file."""
    file: tuple[int, ...]
    """What differs after the file was edited or replaced; () for a preset, and without a file."""


def spec(value: Any) -> SpecNow:
    """Check the `spec` of a provider, a preset or a path; return it as its file is now.

    Raises TypeError for what is neither.
    """
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"spec must be the name of a preset or a path, not {value!r}")
    name = str(value)
    if name in PRESETS:
        return SpecNow(name, ())
    try:
        found = os.stat(name)
    except (OSError, ValueError):  # reading it says why
        return SpecNow(name, ())
    return SpecNow(name, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))


def count(value: Any) -> int:
    """Return how many images to make: any kind of whole number, such as NumPy's."""
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"count must be a whole number, not {value!r}")
    if not 0 <= number <= MOST_IMAGES:
        raise ValueError(f"count must be from 0 to {MOST_IMAGES:,}, not {number:,}")
    return number


def check(**given: Any) -> None:
    """Check arguments by their names; None is one that was left out."""
    for name, value in given.items():
        if value is not None:
            _CHECKS[name](name, value)


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, not {value!r}")


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text, not {value!r}")


def _one_of(known: tuple[str, ...]) -> Callable[[str, Any], None]:
    def check_choice(name: str, value: Any) -> None:
        _text(name, value)
        if value not in known:
            near = nearest(value.casefold(), known)
            meant = f" (did you mean {near}?)" if near else ""
            raise ValueError(f"{name} must be one of {', '.join(known)}, not {value!r}{meant}")

    return check_choice


def _project(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text of 32 hexadecimal digits, not {value!r}")
    if not _is_project(value):
        raise ValueError(f"{name} must be 32 hexadecimal digits in lower case, not {value!r}")


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "visibility": _one_of(VISIBILITIES),
    "kind": _one_of(KINDS),
    "os": _text,
    "project": _project,
    "members": _flag,
}
