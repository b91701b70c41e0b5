"""The report of `verify`, as text and as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from glancetape.checks.verify import Outcome, VerifyReport, equal_of
from glancetape.terminal.tables import table
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.nouns import counted

_SHOWN = 5
_EXPLAINED = {
    Outcome.ANOTHER_WALK: "derived without the walk that it is part of",
    Outcome.OWN_WALK: "no other recorded walk covers it, which proves less",
    Outcome.RULES: "no image can be in the answer",
    Outcome.CHANGED: "different, and the recording shows that images changed in between",
    Outcome.NOT_DERIVED: "the recording does not prove an answer",
}
_LAST = ("links", "next", "no next on the last page", "refusal")


def as_text(report: VerifyReport) -> str:
    """The report for a terminal."""
    if not report.lists:
        lines = ["No recorded answer to a list request can be checked."]
        return "\n".join([*lines, *_not_asked(report)])
    lists = counted(report.lists, "recorded list")
    lines = [
        f"{lists}, by the rules of {report.dialect} ({report.signs}):",
        f"  {report.equal:,} equal",
    ]
    lines += [
        f"    {report.outcomes[one]:,} {one.value}: {_EXPLAINED[one]}"
        for one in Outcome
        if one.is_equal and report.outcomes[one]
    ]
    lines.append(f"  {report.differing:,} differ")
    lines += [
        f"  {report.outcomes[one]:,} {one.value}: {_EXPLAINED[one]}"
        for one in (Outcome.CHANGED, Outcome.NOT_DERIVED)
        if report.outcomes[one]
    ]
    lines += _not_asked(report)
    if report.other_links:
        lines.append(
            f"  note: {report.other_links:,} spell their links differently and ask the same"
        )
    lines += ["", _table(report)]
    if report.reasons:
        lines += ["", "Not derived:"]
        for reason in sorted(report.reasons.values(), key=lambda one: -one.count):
            lines.append(f"  {reason.count:,} as {reason.source}: {reason.example}")
    if report.differences:
        lines += ["", "Differing:"]
        for one in report.differences[:_SHOWN]:
            derived = f" (derived from {one.derived_from})" if one.derived_from else ""
            lines.append(f"  {one.source} GET {one.request}{derived}")
            lines += [f"    {line}" for line in one.found]
        if report.differing > _SHOWN:
            lines.append(f"  and {report.differing - _SHOWN:,} more")
    return "\n".join(lines)


def _not_asked(report: VerifyReport) -> list[str]:
    return [f"  {count:,} not compared: {what}" for what, count in report.not_asked.most_common()]


def _table(report: VerifyReport) -> str:
    columns = _columns(report)
    rows = []
    for rule in sorted(report.rules, key=_order):
        counts = report.rules[rule]
        cells = [str(counts[one]) if counts[one] else "-" for one in columns]
        rows.append([rule, str(counts.total()), str(equal_of(counts)), *cells])
    heads = ["rule", "lists", "equal", *(one.value for one in columns)]
    return table(heads, rows, numbers=range(1, len(heads)))


def _columns(report: VerifyReport) -> Sequence[Outcome]:
    return [one for one in Outcome if report.outcomes[one] or one is Outcome.DIFFERS]


def _order(rule: str) -> tuple[int, str]:
    kinds = ("default order", "sort", "default limit", "limit", "marker", "filter", "tag")
    if rule in _LAST:
        return len(kinds) + 1 + _LAST.index(rule), rule
    place = next((place for place, kind in enumerate(kinds) if rule.startswith(kind)), len(kinds))
    return place, rule


def as_json(report: VerifyReport, cassettes: Iterable[Cassette]) -> dict[str, Any]:
    """The report for programs."""
    return {
        "cassettes": [str(one.path) for one in cassettes],
        "dialect": report.dialect,
        "recognised_by": report.signs,
        "lists": report.lists,
        **_counts(report.outcomes),
        "not_asked": dict(report.not_asked),
        "links_written_otherwise": report.other_links,
        "rules": {
            rule: {"lists": report.rules[rule].total(), **_counts(report.rules[rule])}
            for rule in sorted(report.rules, key=_order)
        },
        "not_derived_because": [
            {"count": one.count, "reason": one.example, "example": str(one.source)}
            for one in sorted(report.reasons.values(), key=lambda one: -one.count)
        ],
        "differences": [
            {
                "recording": str(one.source),
                "request": f"GET {one.request}",
                "derived_from": one.derived_from,
                "found": list(one.found),
            }
            for one in report.differences
        ],
    }


def _counts(counts: Counter[Outcome]) -> dict[str, int]:
    named = {}
    for one in Outcome:
        name = one.value.replace(" ", "_")
        named[f"equal_{name}" if one.is_equal else name] = counts[one]
    return {"equal": equal_of(counts), **named}
