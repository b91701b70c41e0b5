"""What comes of deriving an answer: it and what proves it, or why nothing does."""

from collections.abc import Mapping
from dataclasses import dataclass

from glancetape_cassettes.interaction import Response


@dataclass(frozen=True, slots=True)
class Derived:
    """An answer, the recordings that prove it, and {stand-in: the caller's own id}."""

    response: Response
    sources: str
    restore: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unproved:
    """Why the recording proves no answer, and the requests that would make it do so."""

    reason: str
    requests: tuple[str, ...] = ()
