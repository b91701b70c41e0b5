"""The table at the end of a run, and the report as JSON."""

import os
from collections.abc import Iterator
from pathlib import Path

from glancetape.checks.logins_alike import notes_on_logins
from glancetape.checks.uses import COLUMNS, VERSION, file_report, unused_of, write_json
from glancetape.pytest_plugin.tally import Tally
from glancetape.terminal.escaping import escape


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


def notes(tally: Tally, root: Path) -> Iterator[str]:
    """What a replay of the recorded cassettes will miss in CI."""
    for path, use in sorted(tally.files.items()):
        if use.counts["recorded"]:
            for note in notes_on_logins(Path(path)):
                yield f"{_name(path, root)}: {note}"


def _has(tally: Tally, column: str) -> bool:
    return any(use.counts[column] for use in tally.files.values())


def _name(path: str, root: Path) -> str:
    """A file as a person would write it from the root directory."""
    return escape(os.path.relpath(path, root))


def write_report(path: Path, tally: Tally) -> None:
    """Write the report."""
    files = [file_report(name, use) for name, use in sorted(tally.files.items())]
    write_json(
        path, {"version": VERSION, "tests": tally.tests, "files": files, "misses": tally.misses}
    )
