"""The command inspect: what an image set or a cassette holds, and whether images agree."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from glancetape.commands.shared_options import command, force_option, json_option, path
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape, escape_json, escape_values
from glancetape.terminal.progress import Progress
from glancetape.terminal.tables import table, unbroken
from glancetape_cassettes.errors import BadParameter

_SHOWN = 10  # numbers of damaged blocks


@command("inspect", "Show what an image set or a cassette holds.")
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
@click.option(
    "--no-notes",
    is_flag=True,
    help="With --validate, show contradictions only.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Read a whole image set and report its damaged blocks.",
)
def inspect(
    file: Path,
    *,
    as_json: bool,
    html: Path | None,
    force: bool,
    validate: bool,
    no_notes: bool,
    check: bool,
) -> None:
    """Show what an image set or a cassette holds.

    For a cassette it shows requests and callers, the walks from which lists are derived, and what
    each client would miss in a replay. With --validate it exits with 1 when the images of a set
    have a contradiction: what logic forbids, or no known record of a real cloud has. What only
    differs from the API document, or was never seen, is a note. docs/validating.md lists the
    rules. With --check it exits with 1 when a part of a set's file is damaged.
    """
    with errors_as_sentences():
        if force and html is None:
            raise BadParameter("--force goes with --html.")
        if no_notes and not validate:
            raise BadParameter("--no-notes goes with --validate.")
        _check_one_thing_is_asked(check=check, validate=validate, draws=html is not None)
        from glancetape.session.file_to_replay import is_image_set

        if not is_image_set(file):
            if validate:
                raise BadParameter(f"--validate is for image sets, and {file} is not one.")
            if check:
                raise BadParameter(f"--check is for image sets, and {file} is not one.")
            _describe_cassette(file, html, as_json=as_json, force=force)
            return
        if check:
            _check(file, as_json=as_json)
        if validate:
            _validate(file, as_json=as_json, notes=not no_notes)
        if html is not None:
            _draw(file, html, force=force)
        if html is None or as_json:
            _describe(file, as_json=as_json)


def _check_one_thing_is_asked(*, check: bool, validate: bool, draws: bool) -> None:
    if validate and draws:
        raise BadParameter("--validate and --html exclude each other; pass one of them.")
    if check and (validate or draws):
        raise BadParameter("--check goes with neither --validate nor --html.")


def _draw(file: Path, page: Path, *, force: bool) -> None:
    from glancetape_cassettes.imageset.picture.page_file import write_page

    with removed_when_ended():
        write_page(file, page, force=force)
    click.echo(escape(f"{page}: what {file} looks like"), err=True)


def _describe(file: Path, *, as_json: bool) -> None:
    from glancetape_cassettes.imageset.describing import describe
    from glancetape_cassettes.imageset.image_set import ImageSet

    with ImageSet(file) as images:
        description = describe(images)
    if as_json:
        click.echo(json.dumps(description, indent=2))
    else:
        click.echo(_lay_out(escape_values(description)))


def _describe_cassette(file: Path, html: Path | None, *, as_json: bool, force: bool) -> None:
    from glancetape.checks import cassette_report
    from glancetape.checks.cassette_facts import gather_facts
    from glancetape.checks.cassette_page import write_cassette_page
    from glancetape.wire.saved.recordings import load_recording

    cassette = load_recording(file)
    with Progress() as progress:
        facts = gather_facts(cassette, progress=progress)
    if html is not None:
        with removed_when_ended():
            write_cassette_page(facts, file, html, force=force)
        click.echo(escape(f"{html}: what {file} looks like"), err=True)
    if as_json:
        shown = json.dumps(cassette_report.as_json(facts), indent=2, ensure_ascii=False)
        click.echo(escape_json(shown))
    elif html is None:
        click.echo(cassette_report.as_text(escape_values(facts)))


def _lay_out(description: dict[str, Any]) -> str:
    """The description as a table: what is known of the set, then its properties."""
    rows = [
        ("images", f"{description['images']:,} in {description['bytes'] / 1e6:,.1f} MB"),
        *(
            (name.replace("_", " "), value or "none")
            for name, value in description["about"].items()
        ),
        ("created", " to ".join(description["created"]) or "-"),
        ("members", _shares(description["members"]) or "none"),
        ("", ""),
        *(
            (f"{name} ({found['images']:,})", _with_others(found))
            for name, found in description["properties"].items()
        ),
    ]
    return table((), rows)


def _with_others(found: dict[str, Any]) -> str:
    others = found["images"] - sum(found["values"].values())
    shown = _shares(found["values"])
    if others <= 0:  # an image may have several tags
        return shown
    return f"{shown}, {unbroken(f'others {others:,}')}" if shown else f"{others:,} with rare values"


def _shares(counts: dict[str, int]) -> str:
    return ", ".join(
        unbroken(f"{value if _is_clear(value) else repr(value)} {count:,}")
        for value, count in counts.items()
    )


def _is_clear(value: str) -> bool:
    """Whether a value is clear without quotes: it does not look empty or like null."""
    return value.strip() == value and value not in ("", "null", "None")


def _check(file: Path, *, as_json: bool) -> None:
    """Print which blocks of a set are damaged, and exit."""
    from glancetape_cassettes.imageset.set_file import check_blocks

    with Progress() as progress:
        blocks, damaged = check_blocks(file, lambda *done: progress("checking", *done))
    if as_json:
        shown = json.dumps({"file": file.name, "blocks": blocks, "damaged": damaged}, indent=2)
        click.echo(escape_json(shown))
    elif not damaged:
        click.echo(escape(f"{file}: all {blocks:,} blocks are sound"))
    else:
        numbers = ", ".join(f"{number:,}" for number in damaged[:_SHOWN])
        more = ", ..." if len(damaged) > _SHOWN else ""
        click.echo(
            escape(f"{file}: {len(damaged):,} of {blocks:,} blocks are damaged: {numbers}{more}")
        )
        click.echo("copy the file again from where it is sound, or make it again")
    sys.exit(1 if damaged else 0)


def _validate(file: Path, *, as_json: bool, notes: bool) -> None:
    """Print what breaks a rule, and exit."""
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.imageset.making.workers import free_processors
    from glancetape_generators import validation

    with ImageSet(file) as images, Progress() as progress:
        report = validation.validate_set(images, free_processors(), progress)
    if as_json:
        shown = json.dumps(validation.as_json(report, notes=notes), indent=2, ensure_ascii=False)
        click.echo(escape_json(shown))
    else:
        click.echo(validation.as_text(escape_values(report), notes=notes))
    sys.exit(1 if report.contradictions else 0)
