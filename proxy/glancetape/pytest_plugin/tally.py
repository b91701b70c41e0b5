"""What the tests used of each file, counted per test and added up over all processes of a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glancetape.checks.uses import COLUMNS, Use, note_source, paths_by_name

_MOST_MISSES = 20
"""Of one test; a loop of requests would repeat itself."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """The files of a run, and its misses."""

    files: dict[str, Use] = field(default_factory=dict)
    """By path; what was made for tests by its label, as each process has made its own."""
    misses: list[dict[str, Any]] = field(default_factory=list)
    tests: int = 0

    def add(self, counted: Mapping[str, Any]) -> None:
        """Add what `count` returned for a test, perhaps in another process."""
        self.tests += 1
        for path, one in counted["files"].items():
            use = self.files.setdefault(one["label"] or path, Use())
            use.label = one["label"]
            use.counts.update(one["counts"])
            use.used.update(one["used"])
            use.all_used |= one["all_used"]
        self.misses += [{"test": counted["test"], **miss} for miss in counted["misses"]]


def count(
    test: str, files: Sequence[Path], exchanges: Iterable[Any], label: str = ""
) -> dict[str, Any]:
    """What a test used, in plain values that go from one process to another."""
    uses = {str(path): Use() for path in files}
    paths = paths_by_name(files)
    misses: list[dict[str, Any]] = []
    for one in exchanges:
        if one.answered == "fault":
            continue  # the test asked for it, and no file was used
        owner = note_source(one.source, paths, uses)
        column = one.answered if one.answered in COLUMNS else "missed"
        if files:
            uses[owner or str(files[0])].counts[column] += 1
        if column == "missed" and len(misses) < _MOST_MISSES:
            misses.append({"request": one.request, "status": one.status, "why": one.why})
    return {
        "test": test,
        "misses": misses,
        "files": {
            path: {
                "label": label,
                "counts": dict(use.counts),
                "used": sorted(use.used),
                "all_used": use.all_used,
            }
            for path, use in uses.items()
        },
    }
