"""The command inspect: what an image set holds, and whether its images agree."""

import json
import sys
from pathlib import Path

import click

from glancetape.commands.shared_options import command, force_option, json_option, path
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape, escape_json, escape_values
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter


@command("inspect", "Show what an image set holds, or check it.")
@click.argument("file", metavar="FILE", type=path)
@json_option
@click.option(
    "--html",
    metavar="FILE.html",
    type=path,
    help="Draw the report on a page for a browser, instead of printing it.",
)
@force_option
@click.option(
    "--validate",
    is_flag=True,
    help="Check that the images agree with the API document, themselves and each other.",
)
def inspect(file: Path, *, as_json: bool, html: Path | None, force: bool, validate: bool) -> None:
    """Show what an image set holds, or check it.

    With --validate it exits with 1 when an image breaks a rule of Huawei Cloud IMS;
    docs/generating.md lists the rules.
    """
    with errors_as_sentences():
        if force and html is None:
            raise BadParameter("--force goes with --html.")
        if validate and html is not None:
            raise BadParameter("--validate and --html exclude each other; pass one of them.")
        if validate:
            _validate(file, as_json=as_json)
        if html is not None:
            _draw(file, html, force=force)
        if html is None or as_json:
            _describe(file, as_json=as_json)


def _draw(file: Path, page: Path, *, force: bool) -> None:
    from glancetape_cassettes.imageset.picture.page_file import write_page

    with removed_when_ended():
        write_page(file, page, force=force)
    click.echo(escape(f"{page}: what {file} looks like"), err=True)


def _describe(file: Path, *, as_json: bool) -> None:
    from glancetape_cassettes.imageset.describing import as_text, describe
    from glancetape_cassettes.imageset.image_set import ImageSet

    with ImageSet(file) as images:
        description = describe(images)
    if as_json:
        click.echo(json.dumps(description, indent=2))
    else:
        click.echo(as_text(escape_values(description)))


def _validate(file: Path, *, as_json: bool) -> None:
    """Print what breaks a rule, and exit."""
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.imageset.making.workers import processors
    from glancetape_generators import validation

    with ImageSet(file) as images, Progress() as progress:
        report = validation.validate_set(images, processors(), progress)
    if as_json:
        shown = json.dumps(validation.as_json(report), indent=2, ensure_ascii=False)
        click.echo(escape_json(shown))
    else:
        click.echo(validation.as_text(escape_values(report)))
    sys.exit(1 if report.counts else 0)
