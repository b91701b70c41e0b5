"""The report of `verify --against`, as text and as JSON."""

from typing import Any

from glancetape.checks.drift import Drift
from glancetape_cassettes.nouns import counted

_SHOWN = 5


def as_text(drift: Drift) -> str:
    """The report for a terminal."""
    lines = [f"{drift.asked:,} recorded lists requested from {drift.url}"]
    lines += [f"  {count:,} not requested: {why}" for why, count in drift.skipped.most_common()]
    lines.append(f"  {drift.compared:,} images are in both")
    if drift.not_reached:
        lines.append(f"  {drift.not_reached:,} recorded images not reached: lists are longer now")
    for name, count in drift.not_compared.items():
        lines.append(
            f"  {name} of {count:,} images not compared: recorded as a stand-in, and its key is "
            "not here"
        )
    if not drift.is_any:
        return "\n".join([*lines, "Nothing has changed."])
    for word, ids in (("added", drift.added), ("removed", drift.removed)):
        if ids:
            lines.append(f"images {word}: {len(ids):,}")
            lines += _some(ids)
    if drift.changed:
        lines.append(f"images changed: {len(drift.changed):,}")
        lines += _some([f"{one}: {'; '.join(what)}" for one, what in drift.changed.items()])
    for (name, became), found in sorted(drift.fields.items()):
        what = became if became in ("added", "removed") else f"retyped, {became}"
        images = counted(found.count, "image")
        lines.append(f"field {name} {what}: {images}, such as {found.example}")
    if drift.answers:
        lines.append(f"lists with another answer: {len(drift.answers):,}")
        lines += _some(drift.answers)
    return "\n".join(lines)


def _some(lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    return [*(f"  {line}" for line in lines[:_SHOWN]), *more]


def as_json(drift: Drift) -> dict[str, Any]:
    """The report for programs."""
    return {
        "against": drift.url,
        "asked": drift.asked,
        "not_asked": dict(drift.skipped),
        "drifted": drift.is_any,
        "images": {
            "in_both": drift.compared,
            "not_reached": drift.not_reached,
            "added": drift.added,
            "removed": drift.removed,
            "changed": drift.changed,
        },
        "fields": [
            {
                "field": name,
                "became": became if became in ("added", "removed") else "retyped",
                **({} if became in ("added", "removed") else {"types": became}),
                "images": found.count,
                "example": found.example,
            }
            for (name, became), found in sorted(drift.fields.items())
        ],
        "fields_not_compared": dict(drift.not_compared),
        "answers": drift.answers,
    }
