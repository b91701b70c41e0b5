"""A cassette from what another tool saved."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.imports.import_options import Reading, Sharing
from glancetape.commands.shared_options import ImageSetOptions
from glancetape.options import Settings
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.escaping import escape, escape_json
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter, CassetteError
from glancetape_cassettes.plain_names import is_same_file

if TYPE_CHECKING:
    from glancetape.importing.selecting import Chosen
    from glancetape_cassettes.formats.foreign.foreign_entries import Entries, ForeignFormat


def check_for_cassette(
    file: Path, out: Path, options: ImageSetOptions, *, sharing: Sharing, workers: int | None
) -> None:
    """Raise BadParameter for options of image sets, CassetteError if the file would be lost."""
    if (
        sharing.stand_ins
        or sharing.is_asked
        or workers
        or options != ImageSetOptions(home_project=None, dialect=None)
    ):
        raise BadParameter(
            "--stand-ins, --pseudonymise, --sample, --workers, --home-project and --dialect go "
            f"with image sets; {out} will be a cassette."
        )
    if is_same_file(out, file):
        raise CassetteError(f"{out} is the file to read; name another file with --out.")


def make_cassette(
    file: Path,
    out: Path,
    reading: Reading,
    settings: Settings,
    *,
    force: bool,
) -> None:
    """Write the cassette, and print the report on it."""
    from glancetape.importing import report
    from glancetape.importing.selecting import Selection
    from glancetape.importing.writing_cassette import import_entries
    from glancetape_cassettes.formats.reading import format_of
    from glancetape_cassettes.redaction.stand_ins import find_or_make_key

    found = format_of(file)
    with removed_when_ended(), Progress() as progress:
        progress("reading", 0, 0)
        done = import_entries(
            entries_of(found, file, reading.url),
            file,
            out,
            settings=settings,
            selection=Selection(settings, _filter_of(settings)),
            key=find_or_make_key(settings.key_file),
            skip_bad=reading.skip_bad,
            force=force,
        )
    if reading.as_json:
        click.echo(escape_json(report.as_json(out, file, found.name, done)))
        return
    for line in report.as_text(out, file, found.name, done):
        click.echo(escape(line), err=True)


def entries_of(found: "ForeignFormat", file: Path, url: str | None) -> "Entries":
    """The entries of a file; those of mitmproxy's own are read by the room that knows it."""
    from glancetape_cassettes.formats.foreign.page_links import check_url

    if url is not None and not found.needs_url:
        raise BadParameter(f"--url: {file} is {found.name}, which says what was asked.")
    if url is not None:
        check_url(url)
    if found.read is not None:
        return found.read(file, url)
    from glancetape.wire.saved.flow_files import read_flow_file

    return read_flow_file(file)


def _filter_of(settings: Settings) -> "Chosen | None":
    if settings.only is None:
        return None
    from glancetape.wire.flow_filter import filter_of_interactions

    return filter_of_interactions(settings.only, "--only")
