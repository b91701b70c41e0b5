"""The result of a validation: counts, the first findings of each rule, as text and as JSON."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glancetape_generators.validation.checking import RULES
from glancetape_generators.validation.rules.rule import Finding

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


def as_text(report: ValidationReport) -> str:
    """Return a report as lines: each broken rule, then the first images that break it."""
    images = f"{report.images:,} image{'' if report.images == 1 else 's'}"
    broken = len(report.counts)
    if not broken:
        return f"{images}: no rule is broken"
    lines = [f"{images}: {broken} rule{' is' if broken == 1 else 's are'} broken"]
    width = max(map(len, report.counts))
    digits = max(len(f"{count:,}") for count in report.counts.values())
    for rule, count in report.counts.items():
        lines.append(f"{rule:{width}}  {count:>{digits},}  {RULES[rule].sentence}")
        lines += [
            f"  {finding.image or 'no id'}: {finding.message}" for finding in report.first[rule]
        ]
    return "\n".join(lines)


def as_json(report: ValidationReport) -> dict[str, Any]:
    """Return a report as an object for programs (`inspect --validate --json`)."""
    return {
        "images": report.images,
        "findings": {
            rule: {
                "sentence": RULES[rule].sentence,
                "count": count,
                "first": [
                    {"image": finding.image, "message": finding.message}
                    for finding in report.first[rule]
                ],
            }
            for rule, count in report.counts.items()
        },
    }
