"""The result of a validation: counts, the first findings of each rule, as text and as JSON.

A rule that is broken is a contradiction or a note; only contradictions make a check fail.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.nouns import counted
from glancetape_generators.validation.checking import RULES
from glancetape_generators.validation.rules.rule import Finding, Level

SHOWN = 5
"""How many findings of a rule are kept: the first ones."""


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """How many images were checked and which rules they break."""

    images: int
    counts: Mapping[str, int]
    """Broken rule -> number of findings, in the order of the rules."""
    first: Mapping[str, tuple[Finding, ...]]
    """Broken rule -> its first five findings."""

    @property
    def contradictions(self) -> int:
        """How many findings are contradictions; the others are notes."""
        return sum(
            count for rule, count in self.counts.items() if RULES[rule].level is Level.CONTRADICTION
        )


class Tally:
    """Counts findings and keeps the first ones of each rule."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        """Begin by counting some findings."""
        self.counts: Counter[str] = Counter()
        self.first: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            self.add(finding)

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        self.counts[finding.rule] += 1
        if len(self.first[finding.rule]) < SHOWN:
            self.first[finding.rule].append(finding)

    def extend(self, other: "Tally") -> None:
        """Count what was found in later images."""
        self.counts.update(other.counts)
        for rule, findings in other.first.items():
            self.first[rule] += findings[: SHOWN - len(self.first[rule])]

    def report(self, images: int) -> ValidationReport:
        """Return the counts as a report on `images` images."""
        broken = [rule for rule in RULES if self.counts[rule]]
        return ValidationReport(
            images,
            {rule: self.counts[rule] for rule in broken},
            {rule: tuple(self.first[rule]) for rule in broken},
        )


def as_text(report: ValidationReport, *, notes: bool = True) -> str:
    """Return a report as lines: each broken rule, level by level, then the first images of each.

    Without `notes`, the list has only contradictions; the first line counts all rules.
    """
    images = counted(report.images, "image")
    if not report.counts:
        return f"{images}: no rule is broken"
    broken = {level: _of_level(report, level) for level in Level}
    total, wrong = len(report.counts), len(broken[Level.CONTRADICTION])
    are = "rule is" if total == 1 else "rules are"
    lines = [f"{images}: {total} {are} broken, {_how_many(wrong)} a contradiction"]
    width = max(map(len, report.counts))
    digits = max(len(f"{count:,}") for count in report.counts.values())
    for level, rules in broken.items():
        if not rules or (level is not Level.CONTRADICTION and not notes):
            continue
        lines.append(f"{level}:")
        for rule in rules:
            count = report.counts[rule]
            lines.append(f"  {rule:{width}}  {count:>{digits},}  {RULES[rule].sentence}")
            lines += [f"    {one.image or 'no id'}: {one.message}" for one in report.first[rule]]
    return "\n".join(lines)


def _how_many(wrong: int) -> str:
    return f"{wrong} of them" if wrong else "none of them"


def _of_level(report: ValidationReport, level: Level) -> list[str]:
    return [rule for rule in report.counts if RULES[rule].level is level]


def as_json(report: ValidationReport, *, notes: bool = True) -> dict[str, Any]:
    """Return a report as an object for programs (`inspect --validate --json`)."""
    return {
        "images": report.images,
        "contradictions": report.contradictions,
        "findings": {
            rule: {
                "level": str(RULES[rule].level),
                "sentence": RULES[rule].sentence,
                "count": count,
                "first": [
                    {"image": finding.image, "message": finding.message}
                    for finding in report.first[rule]
                ],
            }
            for rule, count in report.counts.items()
            if notes or RULES[rule].level is Level.CONTRADICTION
        },
    }
