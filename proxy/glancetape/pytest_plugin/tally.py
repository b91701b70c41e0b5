"""What the tests used of each file, counted per test and added up over all processes of a run."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COLUMNS = ("exact", "derived", "synthetic", "recorded", "missed")
_MOST_MISSES = 20
"""Of one test; a loop of requests would repeat itself."""


@dataclass(slots=True, kw_only=True)
class Use:
    """How a file was used."""

    label: str = ""
    """What a made set is, in words; "" for a file that the user has."""
    counts: Counter[str] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)
    """Numbers of interactions, from 1."""
    all_used: bool = False
    """Whether an answer is from so many interactions that it does not name them all."""


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
    # The longest names first: one may be the end of another.
    by_length = sorted(files, key=lambda path: len(path.name), reverse=True)
    paths = {path.name: str(path) for path in by_length}
    misses: list[dict[str, Any]] = []
    for one in exchanges:
        if one.answered == "fault":
            continue  # the test asked for it, and no file was used
        owner, source = "", one.source
        for name, path in paths.items():
            if source == name:
                owner = path
                break
            numbers, source = _numbers(name, source)
            if numbers is not None:
                uses[path].used |= numbers.used
                uses[path].all_used |= numbers.all_used
                owner = owner or path
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


def _numbers(name: str, source: str) -> tuple[Use | None, str]:
    """The interactions of a file in a source such as `a.yaml#1-4,7; b.yaml#2`, and the rest."""
    found = re.search(rf"(?:^|; ){re.escape(name)}#([\d,-]+)(,and \d+ more)?(?=;|$)", source)
    if found is None:
        return None, source
    use = Use(all_used=found[2] is not None)
    for run in found[1].split(","):
        first, _, last = run.partition("-")
        use.used.update(range(int(first), int(last or first) + 1))
    return use, source[: found.start()] + source[found.end() :]
