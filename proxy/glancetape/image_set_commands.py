"""The commands for image sets: import, query, inspect."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape import __version__
from glancetape.listing.dialects import NAMES
from glancetape.long_work import Progress, clearing_away
from glancetape.options import BadParameter
from glancetape.sentences import one_sentence

if TYPE_CHECKING:
    from glancetape_cassettes.imageset.importing import Imported
    from glancetape_cassettes.interaction import Headers, Response

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
    help="The set's home project. [default: that with most images that are not public]",
)
@click.option(
    "--dialect",
    type=click.Choice(NAMES),
    help="How it answers. [default: ims when images have __isregistered, else glance]",
)
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
    **flags: bool,
) -> None:
    """Make an image set from NDJSON: one image a line, in the fields of the API.

    Besides those a line may have "members": [{"member_id": ID, "status": "accepted"}]. The set is
    there whole or not at all.
    """
    with one_sentence():
        from glancetape_cassettes.imageset.importing import import_ndjson
        from glancetape_cassettes.imageset.parallel import processors

        if project is not None and not project.isprintable():
            raise BadParameter("--project is no text.")
        about = {
            "made_by": f"glancetape {__version__} import",
            "made_from": os.fsencode(file.name).decode(errors="replace"),
            **({"home_project": project} if project is not None else {}),
            **({"dialect": dialect} if dialect else {}),
        }
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
@click.argument("query", default="", metavar="QUERY")
@click.option("--project", metavar="ID", help="Who asks. [default: the set's home project]")
@click.option("--dialect", type=click.Choice(NAMES), help="How to answer. [default: the set's]")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="A header of the request, such as Accept or X-Api-Version (repeatable).",
)
@click.option("--headers", "show", is_flag=True, help="Show status and headers too.")
def query(
    file: Path,
    query: str,
    project: str | None,
    dialect: str | None,
    headers: tuple[str, ...],
    show: bool,
) -> None:
    """Ask an image set and print the answer of GET /v2/images?QUERY.

    QUERY is a query string, or a link as in `first` and `next`. Exits 1 when the cloud would refuse
    it. On a terminal, without --headers, JSON is indented; else it is what a client would get.
    """
    with one_sentence():
        from uuid import uuid4

        from glancetape.listing.answer import Lister
        from glancetape_cassettes.errors import ImageSetError
        from glancetape_cassettes.imageset.reading import ImageSet
        from glancetape_cassettes.interaction import header

        sent = tuple(_header(text) for text in headers)
        with ImageSet(file) as images:
            if not dialect and images.about["dialect"] not in NAMES:
                raise ImageSetError(f"{file} has an unknown dialect; give --dialect.")
            sender = header(sent, "x-project-id") if project is None else project
            asking = images.about["home_project"] if sender is None else sender
            response = Lister(images).answer(
                _query_of(query), asking, dialect or images.about["dialect"], sent, uuid4().hex
            )
    _print(response, show)
    sys.exit(0 if response.status < 400 else 1)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise BadParameter(f"--header {text!r} is not 'NAME: VALUE'.")
    return name.strip(), value.strip()


def _query_of(text: str) -> str:
    """Take the query out of a link; anything else is one already."""
    if not text.startswith(("/", "http://", "https://", "?")):
        return text
    link, _, query = text.partition("#")[0].partition("?")
    if link and not link.endswith("/v2/images"):
        raise BadParameter(f"{link} is not answered by an image set; /v2/images is.")
    return query


def _print(response: "Response", show_headers: bool) -> None:
    if show_headers:
        click.echo(f"HTTP/1.1 {response.status} {response.reason}")
        for name, value in _with_length(response):
            click.echo(f"{name}: {value}")
        click.echo()
    body = response.body
    if sys.stdout.isatty() and body.startswith(b"{") and not show_headers:
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False).encode()
    click.echo(body)


def _with_length(response: "Response") -> "Headers":
    return (*response.headers, ("Content-Length", str(len(response.body))))


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

    With --validate it exits 1 when an image of IMS breaks a rule; docs/generated-images.md lists
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
        from glancetape_cassettes.imageset.reading import ImageSet

        if html is not None:
            from glancetape_cassettes.imageset.picture.writing import write_page

            with clearing_away():
                write_page(file, html, force=force)
            click.echo(f"{html}: what {file} looks like", err=True)
            if not as_json:
                return
        with ImageSet(file) as images:
            description = describe(images)
        click.echo(json.dumps(description, indent=2) if as_json else as_text(description))


def _validate(file: Path, as_json: bool) -> None:
    from glancetape_cassettes.imageset.parallel import processors
    from glancetape_cassettes.imageset.reading import ImageSet
    from glancetape_generators import validation

    with ImageSet(file) as images, Progress() as progress:
        report = validation.validate_set(images, processors(), progress)
    shown = json.dumps(validation.as_json(report), indent=2, ensure_ascii=False)
    click.echo(shown if as_json else validation.as_text(report))
    sys.exit(1 if report.counts else 0)


COMMANDS = (import_images, query, inspect)
