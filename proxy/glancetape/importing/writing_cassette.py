"""Writing a cassette from the entries of another tool's file, whole or not at all."""

from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from glancetape.importing.selecting import OF_OTHERS, Selection
from glancetape.options import Settings
from glancetape_cassettes.dates import as_recorded_at, timestamp_of
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import Entries, Entry, LeftOut
from glancetape_cassettes.formats.foreign.of_service import OF_GLANCETAPE, with_validated
from glancetape_cassettes.formats.own_layout import header_text
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.interaction import Request, mark_of
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.version import __version__
from glancetape_cassettes.writing.laying_out import Layout


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import made of the entries of a file."""

    kept: int = 0
    marked: list[int] = field(default_factory=list)
    """The entries of which only a mark is kept, as they may have changed images."""
    left_out: dict[str, list[int]] = field(default_factory=dict)
    """Why entries were left out -> their numbers."""


def import_entries(
    entries: Entries,
    source: Path,
    out: Path,
    *,
    settings: Settings,
    selection: Selection,
    key: bytes,
    skip_bad: bool,
    force: bool,
) -> Imported:
    """Write the cassette `out`; raise GlancetapeError when nothing is kept or an entry is bad."""
    layout = Layout(key, settings.redaction_options)
    importing = _Importing(source, selection, layout, skip_bad=skip_bad)
    redaction = layout.redaction
    header = header_text(
        f"glancetape {__version__}",
        redaction.key_id or "",
        redaction.keep_ids,
        redaction.sensitive,
    )
    with beside(out, force=force) as partial, partial.open("wb") as file:
        file.write(header.encode())
        for one in with_validated(entries):
            file.write(importing.text_of(one).encode())
        if not importing.done.kept:
            raise CassetteError(
                f"{source}: {_nothing_kept(importing.done.left_out)}",
                *lines_of(importing.done.left_out),
            )
    return importing.done


def _nothing_kept(left_out: dict[str, list[int]]) -> str:
    if left_out.keys() <= {OF_OTHERS}:
        return (
            "no request to the image service is in it, so there is nothing to import. "
            "--only FILTER chooses requests by a filter of mitmproxy."
        )
    return "no entry can be kept, so there is nothing to import."


class _Importing:
    """One import: what becomes of each entry."""

    def __init__(
        self, source: Path, selection: Selection, layout: Layout, *, skip_bad: bool
    ) -> None:
        self.done = Imported()
        self._source = source
        self._selection = selection
        self._layout = layout
        self._skip_bad = skip_bad
        self._words: dict[str, str] = {}

    def text_of(self, one: Entry | LeftOut) -> str:
        """The item that the cassette gets for an entry; "" for none."""
        if isinstance(one, LeftOut):
            reason = self._safe(one.reason)
            if one.is_bad:
                self._check_skips(one.number, f"{reason}.")
            self._leave_out(one.number, reason)
            return self._mark(one.number, one.request, None, one.recorded_at)
        date = as_recorded_at(timestamp_of(one.interaction.recorded_at))
        interaction = replace(one.interaction, recorded_at=date)
        why = self._selection.why_left_out(interaction)
        if why is not None:
            self._leave_out(one.number, why)
            if why == OF_GLANCETAPE:
                return ""
            status = interaction.response.status
            return self._mark(one.number, interaction.request, status, date)
        try:
            laid_out = self._layout.lay_out(interaction)
        except CassetteError as error:
            self._check_skips(one.number, str(error))
            self._leave_out(one.number, str(error).rstrip("."))
            return self._mark(one.number, interaction.request, None, date)
        if laid_out.lost:
            self._leave_out(one.number, laid_out.lost)
            return self._mark(one.number, interaction.request, interaction.response.status, date)
        self.done.kept += 1
        return laid_out.text

    def _safe(self, reason: str) -> str:
        """A reader's words without secrets: it may name a header. Most are the same few."""
        if reason not in self._words:
            self._words[reason] = self._layout.without_secrets(reason)
        return self._words[reason]

    def _check_skips(self, number: int, why: str) -> None:
        if not self._skip_bad:
            raise CassetteError(
                f"{self._source}, entry {number}: {why} Nothing was written; --skip-bad leaves "
                "such entries out."
            )

    def _leave_out(self, number: int, why: str) -> None:
        self.done.left_out.setdefault(why, []).append(number)

    def _mark(self, number: int, request: Request | None, status: int | None, date: str) -> str:
        if request is None or not self._selection.leaves_mark(request, status):
            return ""
        mark = mark_of(request, as_recorded_at(timestamp_of(date)))
        try:
            text = self._layout.lay_out(mark).text
        except CassetteError:
            return ""
        self.done.marked.append(number)
        return text


def lines_of(left_out: dict[str, list[int]]) -> list[str]:
    """What was left out, a line for each reason: `3 entries (2, 4-5): of another service`."""
    lines = [
        f"{counted(len(numbers), 'entry', 'entries')} ({ranges(numbers)}): {why}"
        for why, numbers in islice(left_out.items(), _MOST_REASONS)
    ]
    rest = list(islice(left_out.values(), _MOST_REASONS, None))
    if rest:
        others = counted(sum(map(len, rest)), "entry", "entries")
        lines.append(f"{others} for {len(rest):,} other reasons")
    return lines


_MOST_REASONS = 20
_MOST_RANGES = 8


def ranges(numbers: list[int]) -> str:
    """Numbers as text, those in a row as one range: `1, 4-6`; a long list ends in `...`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    shown = [f"{first}-{last}" if last > first else f"{first}" for first, last in found]
    return ", ".join([*shown[:_MOST_RANGES], *(["..."] if len(shown) > _MOST_RANGES else [])])
