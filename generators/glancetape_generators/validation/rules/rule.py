"""What a rule is, what a finding is, and how a rule is written: a function and its sentence.

    @rule(DOCUMENT)
    def name_length(image: Image) -> str | None:
        \"""A name has 1 to 128 characters, or is null.\"""

is the rule `name-length`; the function tells what is wrong with an image, or None. What it is given
has the types that the fields should have: what has not is found, and taken out, before.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Image = Mapping[str, Any]
Check = TypeVar("Check", bound=Callable[..., str | None])

_SHOWN = 80  # characters of a value in a message
_SOME = 1000  # characters that are looked at for that


@dataclass(frozen=True, slots=True)
class Finding:
    """An image that breaks a rule."""

    rule: str
    image: str
    """Its id; empty when it has none."""
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What all images of a set promise."""

    name: str
    sentence: str
    source: str


class Rules(Generic[Check]):
    """The rules of a module, in the order they are written in; calling it makes a decorator."""

    def __init__(self) -> None:
        """Begin with none."""
        self.listed: list[Rule] = []
        self.checks: list[tuple[str, Check]] = []

    def __call__(self, source: str) -> Callable[[Check], Check]:
        """Take a function as the rule of its name, its docstring as the sentence."""

        def add(check: Check) -> Check:
            name = str(check.__name__).replace("_", "-")
            self.listed.append(Rule(name, check.__doc__ or "", source))
            self.checks.append((name, check))
            return check

        return add


def told(value: object) -> str:
    """Show a value in a message: as JSON, on one line, cut when it is long."""
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
    """Give an image's id to name it in a finding."""
    image_id = image.get("id") if isinstance(image, Mapping) else None
    if not isinstance(image_id, str):
        return ""
    if len(image_id) <= _SHOWN and image_id.isprintable():
        return image_id
    return told(image_id)
