"""A figure: what two sides did in the same rounds, their ratio, and what it has to be.

Some have a target that is no ratio, and then perhaps no other side.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

_DIGITS = {"req/s": 0, "img/s": 0, "us": 1, "ms": 2, "MiB": 0, "": 0}


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio or a value has to be; `holds` decides, `text` says it."""

    text: str
    holds: Callable[[float], bool]


def at_least(value: float) -> Target:
    """Ask for a ratio of this or more."""
    return Target(f">= {value:.2f}", lambda ratio: ratio >= value)


def at_most(value: float) -> Target:
    """Ask for a ratio of this or less."""
    return Target(f"<= {value:.2f}", lambda ratio: ratio <= value)


def within(value: float, unit: str) -> Target:
    """Ask for a value of ours of this or less, in a figure's unit."""
    return Target(f"<= {value:g} {unit}", lambda ours: ours <= value)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report: values of each round, ours and the other side's."""

    name: str
    unit: str
    ours: tuple[float, ...]
    other: tuple[float, ...] = ()
    target: Target | None = None
    """What the ratio has to be."""
    bound: Target | None = None
    """What our value has to be by itself."""
    missing: str = ""
    """Why the other side could not be measured."""

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios: what slows a whole round is in both its sides."""
        if not self.other:
            return None
        return median(ours / other for ours, other in zip(self.ours, self.other, strict=True))

    @property
    def verdict(self) -> str:
        """Return whether the targets are met; "" without any."""
        own = median(self.ours) if self.ours else None
        asked = [(self.target, self.ratio), (self.bound, own)]
        met = [target.holds(value) for target, value in asked if target and value is not None]
        if self.missing:
            return f"missing: {self.missing}"
        return "" if not met else "ok" if all(met) else "MISSED"

    @property
    def wanted(self) -> str:
        """Return the targets in words."""
        return ", ".join(target.text for target in (self.target, self.bound) if target)

    def cells(self) -> tuple[str, ...]:
        """Return the texts of a row of the table."""
        digits = _DIGITS.get(self.unit, 3)
        ours, other = (
            f"{median(values):.{digits}f}" if values else "" for values in (self.ours, self.other)
        )
        ratio = "" if self.ratio is None else f"{self.ratio:.3f}"
        return self.name, ours, other, self.unit, ratio, self.wanted, self.verdict

    def as_json(self) -> dict[str, Any]:
        """Return everything, with the values of each round."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "other": self.other,
            "ratio": self.ratio,
            "target": self.wanted or None,
            "verdict": self.verdict or None,
            "missing": self.missing or None,
        }


TITLES = ("figure", "ours", "other", "unit", "ratio", "target", "")


def table(figures: list[Figure]) -> str:
    """Lay figures out, aligned."""
    rows = [TITLES, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(TITLES))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in (1, 2, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def markdown(figures: list[Figure]) -> str:
    """Lay figures out as a table of Markdown, with the range of the rounds' ratios."""
    lines = [
        "| figure | ours | other | unit | ratio (range) | target | |",
        "|---|--:|--:|---|--:|---|---|",
    ]
    for figure in figures:
        name, ours, other, unit, ratio, wanted, verdict = figure.cells()
        if figure.other:
            pairs = zip(figure.ours, figure.other, strict=True)
            ratios = sorted(one / two for one, two in pairs)
            ratio = f"{ratio} ({ratios[0]:.3g} to {ratios[-1]:.3g})"
        lines.append("| " + " | ".join((name, ours, other, unit, ratio, wanted, verdict)) + " |")
    return "\n".join(lines)


def in_turns(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, tuple[float, ...]]:
    """Measure every side once a round, A B A B ...; gives the values of each."""
    values: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            values[name].append(measure())
    return {name: tuple(found) for name, found in values.items()}
