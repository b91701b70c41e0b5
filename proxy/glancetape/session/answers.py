"""What a session makes of a request: an answer and where it comes from, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.replaying.recorded_answers import Miss


class Kind(Enum):
    """Where an answer comes from, as the header says it and as the log does."""

    EXACT = "exact", "replayed"
    DERIVED = "derived", "derived"
    SYNTHETIC = "synthetic", "answered"

    def __init__(self, word: str, verb: str) -> None:
        """Take both words."""
        self.word = word
        self.verb = verb


@dataclass(frozen=True, slots=True)
class Answer:
    """A response and where it comes from; `restore` maps ids in it to the caller's own."""

    response: Response
    kind: Kind
    source: str
    """`a.yaml#3`, `a.yaml#1-4` or `big.images`."""
    restore: Mapping[str, str]
    repeatable: bool = True

    @property
    def provenance(self) -> str:
        """Say it as the header X-Glancetape does."""
        return f"{self.kind.word}; {self.source}"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why there is no answer, and the requests whose recording would give one."""

    miss: Miss
    answerable_with: tuple[str, ...] = ()


@dataclass(slots=True)
class Counts:
    """What happened to the requests of a session."""

    replayed: int = 0
    derived: int = 0
    synthetic: int = 0
    missed: int = 0
    recorded: int = 0
    not_recorded: int = 0
    passed: int = 0
    failed: int = 0

    def answered(self, kind: Kind) -> None:
        """Count an answer."""
        match kind:
            case Kind.EXACT:
                self.replayed += 1
            case Kind.DERIVED:
                self.derived += 1
            case Kind.SYNTHETIC:
                self.synthetic += 1

    @property
    def requests(self) -> int:
        """All requests that came through."""
        return sum(count for _, count in self._named())

    def _named(self) -> tuple[tuple[str, int], ...]:
        return (
            ("recorded", self.recorded),
            ("replayed", self.replayed),
            ("derived", self.derived),
            ("synthetic", self.synthetic),
            ("passed through", self.passed),
            ("not recorded", self.not_recorded),
            ("missed", self.missed),
            ("failed", self.failed),
        )

    def __str__(self) -> str:
        """List what there was."""
        return ", ".join(f"{count} {name}" for name, count in self._named() if count) or (
            "no requests"
        )
