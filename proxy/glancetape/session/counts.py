"""How many requests a session replayed, recorded, missed: the last line that a program shows."""

from dataclasses import dataclass

from glancetape_cassettes.replaying.answers import Provenance


@dataclass(slots=True, kw_only=True)
class Counts:
    """The requests of a session, by what became of them."""

    replayed: int = 0
    derived: int = 0
    synthetic: int = 0
    missed: int = 0
    recorded: int = 0
    not_recorded: int = 0
    passed: int = 0
    refused: int = 0
    """Requests that exceed a limit."""
    failed: int = 0

    def count_answer(self, provenance: Provenance) -> None:
        """Count an answer."""
        match provenance:
            case Provenance.EXACT:
                self.replayed += 1
            case Provenance.DERIVED:
                self.derived += 1
            case Provenance.SYNTHETIC:
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
            ("refused", self.refused),
            ("failed", self.failed),
        )

    def __str__(self) -> str:
        """The counts that are not zero: `2 replayed, 1 missed`."""
        return ", ".join(f"{count} {name}" for name, count in self._named() if count) or (
            "no requests"
        )
