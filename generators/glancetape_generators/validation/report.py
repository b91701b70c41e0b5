"""What a validation came to: counts, the first findings of each rule, and how it is shown."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glancetape_generators.validation.checking import RULES
from glancetape_generators.validation.rules.rule import Finding

SHOWN = 5
"""Findings of a rule that are kept, the first ones."""


@dataclass(frozen=True, slots=True)
class Report:
    """How many images there are and what was found."""

    images: int
    counts: Mapping[str, int]
    """Rule -> findings, in the order of the rules; only of the rules that are broken."""
    first: Mapping[str, tuple[Finding, ...]]
    """Rule -> its first five findings."""


class Tally:
    """Counts findings and keeps the first ones of each rule."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        """Begin with some findings."""
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
        """Count what was found of later images."""
        self.counts.update(other.counts)
        for rule, findings in other.first.items():
            self.first[rule] += findings[: SHOWN - len(self.first[rule])]

    def report(self, images: int) -> Report:
        """Give what was counted, in the order of the rules."""
        broken = [rule for rule in RULES if self.counts[rule]]
        return Report(
            images,
            {rule: self.counts[rule] for rule in broken},
            {rule: tuple(self.first[rule]) for rule in broken},
        )


def as_text(report: Report) -> str:
    """Lay a report out: a line a rule that is broken, then the first images that break it."""
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


def as_json(report: Report) -> dict[str, Any]:
    """Give a report as an object for programs."""
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
