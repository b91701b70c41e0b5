"""What an import kept and left out, as text and as JSON."""

import json
from pathlib import Path

from glancetape.importing.writing_cassette import Imported, lines_of, ranges
from glancetape_cassettes.nouns import counted


def as_text(out: Path, source: Path, format_name: str, done: Imported) -> list[str]:
    """The lines for a terminal."""
    lines = [f"{out}: {counted(done.kept, 'interaction')} from {source}, {format_name}"]
    if done.left_out:
        lines.append("left out:")
        lines += [f"  {line}" for line in lines_of(done.left_out)]
    if done.marked:
        entries = "entry" if len(done.marked) == 1 else "entries"
        lines.append(f"marked, as it may have changed images: {entries} {ranges(done.marked)}")
    return lines


def as_json(out: Path, source: Path, format_name: str, done: Imported) -> str:
    """The same for programs."""
    return json.dumps(
        {
            "out": str(out),
            "from": str(source),
            "format": format_name,
            "interactions": done.kept,
            "left_out": [
                {"reason": why, "entries": numbers} for why, numbers in done.left_out.items()
            ],
            "marked": done.marked,
        },
        indent=2,
    )
