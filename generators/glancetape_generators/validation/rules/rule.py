"""What a rule is and how it is written: a function, its sentence and its source.

    @rule(DOCUMENT, DIFFERS)
    def name_length(image: Image) -> str | None:
        \"""A name has 1 to 128 characters, or is null.\"""

is the rule `name-length`. The function returns what is wrong with an image, or None. Fields of a
wrong type are found and removed before it is called, so it does not check types.

A rule has a level. Clouds differ from their document, and nobody has seen all of them: records of
real clouds break rules of the two lower levels, and none breaks one of the level `contradiction`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

Image = Mapping[str, Any]
Check = TypeVar("Check", bound=Callable[..., str | None])

_SHOWN = 80  # characters of a value in a message
_SOME = 1000  # characters of a text that are written as JSON to cut it to that


class Level(StrEnum):
    """How much it means that an image breaks a rule."""

    CONTRADICTION = "contradiction"
    """Logic forbids it, or no known record of a real cloud has it."""
    DIFFERS = "differs from the API document"
    """The document forbids it; records of real clouds have it, or newer clouds may."""
    UNSEEN = "never seen"
    """No sample shows it, and no document forbids it."""


CONTRADICTION: Final = Level.CONTRADICTION
DIFFERS: Final = Level.DIFFERS
UNSEEN: Final = Level.UNSEEN


class Cloud(StrEnum):
    """Whose images a rule is about."""

    ANY = "any"
    IMS = "ims"
    GLANCE = "glance"


ANY: Final = Cloud.ANY


def cloud_of(image: Image) -> Cloud:
    """Whose image it is: those of IMS have properties whose names begin with two underscores."""
    if "__imagetype" in image or "virtual_env_type" in image:
        return Cloud.IMS
    of_ims = any(isinstance(name, str) and name.startswith("__") for name in image)
    return Cloud.IMS if of_ims else Cloud.GLANCE


@dataclass(frozen=True, slots=True)
class Finding:
    """An image that breaks a rule."""

    rule: str
    image: str
    """The image's id; empty when it has none."""
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that images of a real cloud meet."""

    name: str
    sentence: str
    source: str
    level: Level = Level.CONTRADICTION
    cloud: Cloud = Cloud.IMS


class RuleTable(Generic[Check]):
    """The rules of a module, in the order of the module; calling it returns a decorator."""

    def __init__(self, cloud: Cloud = Cloud.IMS) -> None:
        """Begin without rules; `cloud` is whose images they are about, unless one says another."""
        self.listed: list[Rule] = []
        self._checks: list[tuple[str, Check, Cloud]] = []
        self._cloud = cloud

    def __call__(
        self, source: str, level: Level = Level.CONTRADICTION, *, cloud: Cloud | None = None
    ) -> Callable[[Check], Check]:
        """Return a decorator that adds a function as a rule, with its docstring as the sentence."""
        whose = cloud or self._cloud

        def add(check: Check) -> Check:
            name = str(check.__name__).replace("_", "-")
            self.listed.append(Rule(name, check.__doc__ or "", source, level, whose))
            self._checks.append((name, check, whose))
            return check

        return add

    def checks_for(self, cloud: Cloud) -> tuple[tuple[str, Check], ...]:
        """The rules for images of a cloud, by name, in the order of the module."""
        return tuple(
            (name, check) for name, check, whose in self._checks if whose in (cloud, Cloud.ANY)
        )


def shown(value: object) -> str:
    """Return a value for a message: as JSON, on one line, cut to 80 characters."""
    try:
        text = json.dumps(
            value[:_SOME] if isinstance(value, str) else value, ensure_ascii=False, default=str
        )
    except (RecursionError, ValueError, TypeError):
        text = f"a {type(value).__name__} that cannot be shown"
    if len(text) > _SHOWN:
        text = f"{text[: _SHOWN - 3]}..."
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def id_of(image: object) -> str:
    """Return the id that names an image in a finding; "" when it has none."""
    image_id = image.get("id") if isinstance(image, Mapping) else None
    if not isinstance(image_id, str):
        return ""
    if len(image_id) <= _SHOWN and image_id.isprintable():
        return image_id
    return shown(image_id)
