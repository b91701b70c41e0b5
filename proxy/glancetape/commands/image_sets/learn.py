"""The command learn: a spec from images that were recorded, without any of them."""

from pathlib import Path

import click

from glancetape.commands.shared_options import (
    WholeNumber,
    command,
    force_option,
    path,
    settings_options,
)
from glancetape.options import Settings
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import is_same_file, why_not_plain

_LEAST = 10


@command("learn", "Learn a spec from recorded images.")
@click.argument("file", metavar="FILE", type=path)
@click.option("--out", required=True, metavar="FILE", type=path, help="The file to make, a spec.")
@click.option(
    "--report",
    metavar="FILE.md",
    type=path,
    help="Also write which texts of FILE are in the spec and why, and how alike generated images "
    "are.",
)
@click.option(
    "--min",
    "least",
    type=WholeNumber(2, 1_000_000),
    default=_LEAST,
    show_default=True,
    metavar="N",
    help="Leave out what fewer images have.",
)
@click.option(
    "--project",
    metavar="ID",
    help="The project that asks. From a cassette, only what it saw is learned. [default: the only "
    "project recorded]",
)
@click.option(
    "--kept-ids", is_flag=True, help="Accept a cassette that was recorded with --keep-ids."
)
@settings_options("key_file")
@force_option
def learn(
    file: Path,
    *,
    out: Path,
    report: Path | None,
    least: int,
    project: str | None,
    kept_ids: bool,
    settings: Settings,
    force: bool,
) -> None:
    """Learn a spec from recorded images.

    FILE is a cassette, an image set or NDJSON. The spec says what its images are like: shares,
    templates of names, times. It holds no image, no id, and no text that fewer than --min images
    have, or fewer than 3 projects where FILE shows 5 or more. A last check compares each text of
    the spec with FILE; if one should not be there, nothing is written and the command exits with 1.
    `glancetape generate --spec` makes images from it.
    """
    with errors_as_sentences(), removed_when_ended(), Progress() as progress:
        from glancetape_generators.learning.sources import read_capture
        from glancetape_generators.learning.writing_specs import write_learned

        if report is not None and report.absolute() == out.absolute():
            raise GlancetapeError("--report and --out are the same file; name two.")
        for made in filter(None, (out, report)):
            if why := why_not_plain(made):
                raise BadParameter(why)
            if is_same_file(made, file):
                raise GlancetapeError(f"{made} is read; name another file.")
        progress("reading", 0, 0)
        capture = read_capture(file, project=project, key_file=settings.key_file, kept_ids=kept_ids)
        if capture.count < least:
            raise GlancetapeError(
                f"{file} has {counted(capture.count, 'image')}; nothing is learned from fewer "
                f"than {least:,} (--min)."
            )
        progress("learning", 0, 0)
        learned, *more = write_learned(capture, least, out, report, force=force)
    click.echo(escape(f"{out}: {learned}"), err=True)
    for line in more:
        click.echo(escape(f"  {line}"), err=True)
