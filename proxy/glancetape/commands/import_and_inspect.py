"""The commands for image sets: import, inspect; query has a module of its own."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape import __version__
from glancetape.commands.query import query
from glancetape.options import Settings, on_command
from glancetape.terminal.error_sentences import one_sentence
from glancetape.terminal.progress import Progress, clearing_away
from glancetape_cassettes.cloud.dialects import NAMES
from glancetape_cassettes.errors import BadParameter

if TYPE_CHECKING:
    from glancetape_cassettes.imageset.making.importing import Imported

_file = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))


@click.command("import")
@_file
@click.option(
    "--out",
    required=True,
    metavar="FILE.images",
    type=click.Path(path_type=Path),
    help="The image set to make.",
)
@click.option(
    "--project",
    metavar="ID",
    help="The set's home project; of a cassette, whose view is kept: as recorded, or one's own "
    "when the key is here. [default: that with most images that are not public; the only one "
    "recorded]",
)
@click.option(
    "--dialect",
    type=click.Choice(NAMES),
    help="How it answers. [default: ims when images have __isregistered, else glance; as a "
    "recording shows it]",
)
@on_command("key_file")
@click.option("--skip-bad", is_flag=True, help="Leave bad lines out, and say how many.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes for a large file. [default: the processors, up to 4]",
)
def import_images(
    file: Path,
    out: Path,
    project: str | None,
    dialect: str | None,
    workers: int | None,
    key_file: str,
    **flags: bool,
) -> None:
    """Make an image set from NDJSON, or of the images that a cassette shows.

    NDJSON is one image a line, in the fields of the API; besides those a line may have "members":
    [{"member_id": ID, "status": "accepted"}]. Of a cassette, the images of one project's view are
    kept as they were seen last. The set is there whole or not at all.
    """
    with one_sentence():
        from glancetape_cassettes.formats.file_kinds import is_cassette

        if project is not None and not project.isprintable():
            raise BadParameter("--project is no text.")
        about = {
            "made_by": f"glancetape {__version__} import",
            "made_from": os.fsencode(file.name).decode(errors="replace"),
            **({"dialect": dialect} if dialect else {}),
        }
        if is_cassette(file):
            if flags["skip_bad"] or workers:
                raise BadParameter("--skip-bad and --workers are for NDJSON.")
            _import_cassette(file, out, project, about, key_file, force=flags["force"])
            return
        from glancetape_cassettes.imageset.making.importing import import_ndjson
        from glancetape_cassettes.imageset.making.workers import processors

        if key_file:
            raise BadParameter("--key-file is for cassettes.")
        if project is not None:
            about["home_project"] = project
        with clearing_away(), Progress() as progress:
            imported = import_ndjson(
                file,
                out,
                about,
                workers=workers or processors(),
                progress=progress,
                **flags,
            )
        click.echo(_summary(imported, out), err=True)


def _import_cassette(
    file: Path,
    out: Path,
    project: str | None,
    about: dict[str, str],
    key_file: str,
    *,
    force: bool,
) -> None:
    from glancetape_cassettes.deriving.keeping import import_cassette, summary
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers
    from glancetape_cassettes.errors import ImageSetError
    from glancetape_cassettes.formats.cassette import load_cassette

    if out.exists() and out.samefile(file):
        raise ImageSetError(f"{out} is what is to be read; name another file with --out.")
    with clearing_away(), Progress() as progress:
        progress("reading", 0, 0)
        known = RecordedCallers.of(
            [load_cassette(file)], project, Settings.of({"key_file": key_file}).key_file
        )
        kept = import_cassette(known, about.get("dialect"), out, about, force=force)
    for line in summary(out, kept):
        click.echo(line, err=True)


def _summary(imported: "Imported", out: Path) -> str:
    text = f"{out}: {imported.images:,} images"
    if imported.skipped:
        lines = "line" if imported.skipped == 1 else "lines"
        text += f"; {imported.skipped:,} bad {lines} left out"
        text += "".join(f"\n  {reason}" for reason in imported.first_skipped)
        if imported.skipped > len(imported.first_skipped):
            text += "\n  ..."
    return text


@click.command()
@_file
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
@click.option(
    "--html",
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Draw it on a page for a browser, instead of text.",
)
@click.option("--force", is_flag=True, help="Write over an existing FILE.html.")
@click.option(
    "--validate",
    is_flag=True,
    help="Check that the images agree with the API document, themselves and each other.",
)
def inspect(file: Path, html: Path | None, *, as_json: bool, force: bool, validate: bool) -> None:
    """Show what is in an image set.

    With --validate it exits 1 when an image of IMS breaks a rule; docs/generating.md lists
    the rules.
    """
    with one_sentence():
        if force and html is None:
            raise BadParameter("--force is for --html.")
        if validate and html is not None:
            raise BadParameter("--validate and --html are two things; ask for one.")
        if validate:
            _validate(file, as_json)
            return
        from glancetape_cassettes.imageset.describing import as_text, describe
        from glancetape_cassettes.imageset.image_set import ImageSet

        if html is not None:
            from glancetape_cassettes.imageset.picture.page_file import write_page

            with clearing_away():
                write_page(file, html, force=force)
            click.echo(f"{html}: what {file} looks like", err=True)
            if not as_json:
                return
        with ImageSet(file) as images:
            description = describe(images)
        click.echo(json.dumps(description, indent=2) if as_json else as_text(description))


def _validate(file: Path, as_json: bool) -> None:
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.imageset.making.workers import processors
    from glancetape_generators import validation

    with ImageSet(file) as images, Progress() as progress:
        report = validation.validate_set(images, processors(), progress)
    shown = json.dumps(validation.as_json(report), indent=2, ensure_ascii=False)
    click.echo(shown if as_json else validation.as_text(report))
    sys.exit(1 if report.counts else 0)


COMMANDS = (import_images, query, inspect)
