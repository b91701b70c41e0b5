"""The table at the end of a run, and the report as JSON."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glancetape.pytest_plugin.tally import COLUMNS, Tally, Use
from glancetape.terminal.escaping import escape
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.formats.cassette import load_cassette

_VERSION = 1
"""Of the report: raised when a member changes its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """An interaction that no test used."""

    number: int
    request: str


def unused_of(path: Path, use: Use) -> list[Unused] | None:
    """The interactions that no test used; None for an image set, which has none."""
    if use.label or path.suffix == ".images":
        return None
    try:
        cassette = load_cassette(path)
        requests = [cassette.request(index) for index in range(len(cassette))]
    except GlancetapeError:  # it has gone since
        return None
    return [
        Unused(number=number, request=f"{one.method} {one.uri}")
        for number, one in enumerate(requests, 1)
        if number not in use.used and not use.all_used
    ]


def lines(tally: Tally, root: Path, *, list_unused: bool) -> Iterator[str]:
    """The table, and the unused interactions if they are wanted."""
    found = {path: unused_of(Path(path), use) for path, use in sorted(tally.files.items())}
    columns = [name for name in COLUMNS if name != "recorded" or _has(tally, name)]
    rows = [["file", *columns, "unused"]]
    for path, unused in found.items():
        counts = tally.files[path].counts
        cells = [str(counts[name]) for name in columns]
        rows.append(
            [
                tally.files[path].label or _name(path, root),
                *cells,
                "-" if unused is None else str(len(unused)),
            ]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [one.rjust(width) for one, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells])
    if list_unused:
        for path, unused in found.items():
            for one in unused or ():
                yield f"unused: {_name(path, root)}#{one.number} {escape(one.request)}"


def _has(tally: Tally, column: str) -> bool:
    return any(use.counts[column] for use in tally.files.values())


def _name(path: str, root: Path) -> str:
    """A file as a person would write it from the root directory."""
    return escape(os.path.relpath(path, root))


def write_report(path: Path, tally: Tally) -> None:
    """Write the report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_report(tally), indent=2) + "\n", "utf-8")


def _report(tally: Tally) -> dict[str, Any]:
    files = []
    for name, use in sorted(tally.files.items()):
        unused = unused_of(Path(name), use)
        files.append(
            {
                "file": name,
                "made": use.label or None,
                **{column: use.counts[column] for column in COLUMNS},
                "unused": None
                if unused is None
                else [{"number": one.number, "request": one.request} for one in unused],
            }
        )
    return {"version": _VERSION, "tests": tally.tests, "files": files, "misses": tally.misses}
