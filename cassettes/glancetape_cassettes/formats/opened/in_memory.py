"""Interactions that were read at once, and what all open cassettes work out alike."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Headers, Interaction, Request, Source, header
from glancetape_cassettes.plain_names import shown_name


class Place(NamedTuple):
    """Where an interaction is in its file: its number from 1, and the line where it starts."""

    number: int
    line: int = 1


class Hashed(ABC):
    """Has a hash, which most sessions do without."""

    _digest = b""

    def digest(self) -> bytes:
        """Return a hash of the whole file."""
        if not self._digest:
            self._digest = self._hash()
        return self._digest

    @abstractmethod
    def _hash(self) -> bytes: ...


class InMemory(Hashed):
    """Interactions that were read at once, and where each of them is in the file."""

    def __init__(self, path: Path, interactions: list[Interaction], places: list[Place]) -> None:
        """Take the interactions in their order, and the place of each."""
        self.path = path
        self.redaction = Redaction()
        self._interactions = interactions
        self._places = places

    def __len__(self) -> int:
        """Return the number of interactions."""
        return len(self._interactions)

    def __repr__(self) -> str:
        """Return the file's name and number of interactions."""
        return f"<{type(self).__name__} {self.path} with {len(self)} interactions>"

    def source(self, index: int) -> Source:
        """Return where an interaction is."""
        return Source(shown_name(self.path), self._places[index].number)

    def line(self, index: int) -> int:
        """Return the line on which an interaction starts; 1 where it is not known."""
        return self._places[index].line

    def request(self, index: int) -> Request:
        """Return the request of an interaction."""
        return self._interactions[index].request

    def interaction(self, index: int) -> Interaction:
        """Return an interaction."""
        return self._interactions[index]

    def recorded_at(self, index: int) -> str:
        """Return when an interaction was recorded."""
        return self._interactions[index].recorded_at

    def answer_date(self, index: int) -> str:
        """Return the header Date of a response."""
        return date_of(self._interactions[index])

    def answer_headers(self, index: int) -> Headers:
        """Return the headers of a response."""
        return self._interactions[index].response.headers

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response."""
        return json_answer_of(self._interactions[index])

    def status(self, index: int) -> int:
        """Return the status of a response."""
        return self._interactions[index].response.status

    def is_mark(self, index: int) -> bool:
        """Return whether an interaction is the mark of a request that was not recorded."""
        return self._interactions[index].passed_through


def date_of(interaction: Interaction) -> str:
    """The header Date of a response; "" when it has none."""
    return header(interaction.response.headers, "date") or ""


def json_answer_of(interaction: Interaction) -> tuple[int, Any]:
    """Status and JSON value of a response; the value is None unless the body is JSON."""
    try:
        return interaction.response.status, orjson.loads(interaction.response.body)
    except ValueError:
        return interaction.response.status, None
