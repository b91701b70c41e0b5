"""What a reader of a foreign format yields, and what the table of formats has of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glancetape_cassettes.interaction import Interaction, Request


@dataclass(frozen=True, slots=True)
class Entry:
    """An interaction of a file, and the number of its entry there, counted from 1.

    `interaction.recorded_at` is the date of the entry in any form that `dates` reads.
    """

    number: int
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry whose answer is not in the file, or cannot be used, and why.

    The reason is a phrase that reads well after a colon, and quotes nothing of the entry: it may be
    a secret.
    """

    number: int
    reason: str
    request: Request | None = None
    """What was sent, as far as it is known: it may have changed images all the same."""
    recorded_at: str = ""
    is_bad: bool = False
    """Whether the entry is damaged, so that an import ends unless it may skip bad entries."""


ONLY_A_PART = "the file has only a part of the body of the answer"
"""The reason for an answer whose body was cut off."""

NOT_JSON = "its headers say that the body is JSON, and it is not"
"""The reason for a body that a tool kept in another form, or of another answer, such as a login."""

Entries = Iterator[Entry | LeftOut]
"""The entries of a file, in the order in which they were sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFormat:
    """A row of the table of formats."""

    name: str
    """As messages have it, with its article: `a HAR file`."""
    looks_like: Callable[[bytes, Path], bool]
    """Whether a file may be of this format, by its first 64 KiB (none of a folder) and its path."""
    read: Callable[[Path, str | None], Entries] | None = None
    """Reads a file, of which the second argument is the URL that was asked, where only the user
    knows it (`--url`). Raises CassetteError, which names the file, its format and what to do.

    None for a format whose reader needs a framework; a room that knows it passes one."""
    needs_url: bool = False
    """Whether a file does not say what was asked, so that the user has to."""
    plays: bool = False
    """Whether `replay` and all other commands read it too. All others have to be imported."""


class Unusable(Exception):
    """Why an entry cannot be used; the reader makes a `LeftOut` of it."""

    def __init__(self, reason: str, *, is_bad: bool = False) -> None:
        """Take the reason, which is one of `LeftOut`."""
        super().__init__(reason)
        self.reason = reason
        self.is_bad = is_bad


def object_in(value: Any, what: str) -> dict[str, Any]:
    """A value of a file that has to be an object of JSON, and its name. Raises Unusable."""
    if not isinstance(value, dict):
        raise Unusable(f"'{what}' is missing or not an object", is_bad=True)
    return value
