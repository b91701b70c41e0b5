"""What a rule is and how it is written: a function, its sentence and its source.

    @rule(DOCUMENT)
    def name_length(image: Image) -> str | None:
        \"""A name has 1 to 128 characters, or is null.\"""

is the rule `name-length`. The function returns what is wrong with an image, or None. Fields of a
wrong type are found and removed before it is called, so it does not check types.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Image = Mapping[str, Any]
Check = TypeVar("Check", bound=Callable[..., str | None])

_SHOWN = 80  # characters of a value in a message
_SOME = 1000  # characters of a text that are written as JSON to cut it to that


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


class RuleTable(Generic[Check]):
    """The rules of a module, in the order of the module; calling it returns a decorator."""

    def __init__(self) -> None:
        """Begin without rules."""
        self.listed: list[Rule] = []
        self.checks: list[tuple[str, Check]] = []

    def __call__(self, source: str) -> Callable[[Check], Check]:
        """Return a decorator that adds a function as a rule, with its docstring as the sentence."""

        def add(check: Check) -> Check:
            name = str(check.__name__).replace("_", "-")
            self.listed.append(Rule(name, check.__doc__ or "", source))
            self.checks.append((name, check))
            return check

        return add


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
