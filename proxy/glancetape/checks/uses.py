"""Which interactions of its files a session has answered from, and the report of it as JSON.

Replays, commands that run below one, and tests write the same report; `prune` reads it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.plain_names import shown_name

if TYPE_CHECKING:
    from glancetape_cassettes.formats.cassette import Cassette

COLUMNS = ("exact", "derived", "synthetic", "recorded", "missed")
VERSION = 1
"""Of the report: raised when a member changes its meaning."""


@dataclass(slots=True, kw_only=True)
class Use:
    """How a file was used."""

    label: str = ""
    """What a made set is, in words; "" for a file that the user has."""
    counts: Counter[str] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)
    """Numbers of interactions, from 1."""
    all_used: bool = False
    """Whether an answer is from more interactions than it names."""


class Unused(NamedTuple):
    """An interaction that nothing used."""

    number: int
    request: str


def paths_by_name(files: Sequence[Path]) -> dict[str, list[str]]:
    """The files that a source may mean, the longest names first: one may be the end of another.

    Two files of one name cannot be told apart, so what is used of one is used of both.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(files, key=lambda path: len(path.name), reverse=True):
        found.setdefault(shown_name(path), []).append(str(path))
    return found


def note_source(source: str, paths: Mapping[str, Sequence[str]], uses: Mapping[str, Use]) -> str:
    """Note the interactions that a source names, such as `a.yaml#1-4,7; b.yaml#2`.

    Returns the path of the first file, "" when it names none.
    """
    owner = ""
    for name, several in paths.items():
        if source == name:
            return several[0]
        numbers, source = _numbers(name, source)
        if numbers is not None:
            for path in several:
                uses[path].used |= numbers.used
                uses[path].all_used |= numbers.all_used
            owner = owner or several[0]
    return owner


def _numbers(name: str, source: str) -> tuple[Use | None, str]:
    """The interactions of a file in a source, and the rest of it."""
    found = re.search(rf"(?:^|; ){re.escape(name)}#([\d,-]+)(,and \d+ more)?(?=;|$)", source)
    if found is None:
        return None, source
    use = Use(all_used=found[2] is not None)
    for run in found[1].split(","):
        first, _, last = run.partition("-")
        use.used.update(range(int(first), int(last or first) + 1))
    return use, source[: found.start()] + source[found.end() :]


def cassette_of(path: Path, use: Use) -> "Cassette | None":
    """The cassette that was used; None for an image set, or when the file has gone since."""
    if use.label or path.suffix == ".images":
        return None
    from glancetape_cassettes.formats.cassette import load_cassette

    try:
        return load_cassette(path)
    except GlancetapeError:
        return None


def unused_of(path: Path, use: Use) -> list[Unused] | None:
    """The interactions that nothing used; None for an image set, which has none."""
    cassette = cassette_of(path, use)
    return None if cassette is None else _unused_in(cassette, use)


def _unused_in(cassette: "Cassette", use: Use) -> list[Unused] | None:
    try:
        return [
            Unused(number=number, request=request_line(cassette, number))
            for number in range(1, len(cassette) + 1)
            if number not in use.used and not use.all_used
        ]
    except GlancetapeError:
        return None


def request_line(cassette: "Cassette", number: int) -> str:
    """An interaction as the report names it: its method and URL."""
    request = cassette.request(number - 1)
    return f"{request.method} {request.uri}"


def file_report(name: str, use: Use) -> dict[str, Any]:
    """What the report says of a file."""
    cassette = cassette_of(Path(name), use)
    unused = None if cassette is None else _unused_in(cassette, use)
    found: dict[str, Any] = {"file": name, "made": use.label or None}
    found |= {column: use.counts[column] for column in COLUMNS}
    if cassette is not None:
        found |= {"interactions": len(cassette), "digest": cassette.digest().hex()}
    found["unused"] = (
        None
        if unused is None
        else [{"number": one.number, "request": one.request} for one in unused]
    )
    return found


def session_report(
    files: Sequence[Path],
    sources: Mapping[tuple[str, str], int],
    missed: Iterable[dict[str, Any]],
    *,
    all_used: bool,
) -> dict[str, Any]:
    """The report of a session that has ended.

    `sources` counts answers by how they were found and by their source. With `all_used`, some of
    them were not counted.
    """
    uses = {str(path): Use(all_used=all_used) for path in files}
    paths = paths_by_name(files)
    for (column, source), count in sources.items():
        owner = note_source(source, paths, uses)
        if files:
            uses[owner or str(files[0])].counts[column] += count
    reports = [file_report(name, use) for name, use in sorted(uses.items())]
    return {"version": VERSION, "files": reports, "misses": list(missed)}


def write_json(path: Path, report: Mapping[str, Any]) -> None:
    """Write a report whole or not at all; the folder is made if it is not there.

    What is no regular file, such as `/dev/stdout`, is written to. Raises GlancetapeError when it
    cannot be written; an older report stays as it was then.
    """
    text = json.dumps(report, indent=2) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            path.write_text(text, "utf-8")
            return
        with beside(path, force=True) as new:
            new.write_text(text, "utf-8")
    except OSError as error:
        raise GlancetapeError(f"{path} cannot be written: {error.strerror}.") from error
