"""The command import: an image set from NDJSON, or from the images that a cassette shows.

`import` is a keyword of Python, so the module has another name than its command.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import (
    ImageSetOptions,
    about_set,
    command,
    force_option,
    image_set_options,
    path,
    settings_options,
    workers_option,
)
from glancetape.options import Settings
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter

if TYPE_CHECKING:
    from glancetape_cassettes.imageset.making.importing import Imported
    from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction


@command("import", "Make an image set from NDJSON or from a cassette.")
@click.argument("file", metavar="FILE", type=path)
@click.option(
    "--out", required=True, metavar="FILE", type=path, help="The file to make, an image set."
)
@image_set_options(
    default_project="from NDJSON, the one with most images that are not public; from a cassette, "
    "the only one recorded",
    default_dialect="from NDJSON, ims if images have __isregistered, otherwise glance; from a "
    "cassette, the one recognised",
)
@click.option(
    "--stand-ins",
    is_flag=True,
    help="Replace ids and names of projects, users and domains as recording does.",
)
@settings_options("key_file", "sensitive")
@click.option(
    "--skip-bad", is_flag=True, help="Skip lines that are not images, and report how many."
)
@force_option
@workers_option
def import_images(
    file: Path,
    *,
    out: Path,
    options: ImageSetOptions,
    stand_ins: bool,
    settings: Settings,
    skip_bad: bool,
    force: bool,
    workers: int | None,
) -> None:
    """Make an image set from NDJSON or from a cassette.

    NDJSON has one image on each line, in the fields of the API. A line may also have "members":
    [{"member_id": ID, "status": "accepted"}]. From a cassette, the set gets the images that one
    project saw, as they were last recorded; --home-project names that project. Secrets in the
    images are replaced by REDACTED. An image set of an older version is converted. The set is
    written whole or not at all.
    """
    with errors_as_sentences():
        from glancetape_cassettes.formats.file_kinds import is_cassette

        about = about_set("import", os.fsencode(file.name).decode(errors="replace"), options)
        if is_cassette(file):
            if skip_bad or workers:
                raise BadParameter("--skip-bad and --workers go with NDJSON.")
            redact = _redaction(settings, stand_ins=stand_ins)
            _import_cassette(file, out, about, settings.key_file, redact, force=force)
            return
        if settings.key_file and not stand_ins:
            raise BadParameter("--key-file goes with cassettes and with --stand-ins.")
        redact = _redaction(settings, stand_ins=stand_ins)
        if "home_project" in about:
            about["home_project"] = redact.identity(about["home_project"])
        from glancetape_cassettes.imageset.making import version_1
        from glancetape_cassettes.imageset.making.importing import import_ndjson
        from glancetape_cassettes.imageset.making.workers import processors

        if version_1.is_version_1(file):
            if skip_bad or workers:
                raise BadParameter("--skip-bad and --workers go with NDJSON.")
            with removed_when_ended(), Progress() as progress:
                converted = version_1.convert(
                    file,
                    out,
                    about,
                    redact=redact,
                    identity=redact.identity,
                    force=force,
                    progress=progress,
                )
            for line in _summary(converted, out):
                click.echo(escape(line), err=True)
            return
        with removed_when_ended(), Progress() as progress:
            imported = import_ndjson(
                file,
                out,
                about,
                redact=redact,
                skip_bad=skip_bad,
                force=force,
                workers=workers or processors(),
                progress=progress,
            )
        for line in _summary(imported, out):
            click.echo(escape(line), err=True)


def _redaction(settings: Settings, *, stand_ins: bool) -> "ImageRedaction":
    import secrets

    from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction
    from glancetape_cassettes.redaction.policy import RedactionOptions
    from glancetape_cassettes.redaction.stand_ins import find_or_make_key

    # Without stand-ins, only a token in a link gets one, and nobody needs to recognise it.
    key = find_or_make_key(settings.key_file) if stand_ins else secrets.token_bytes(32)
    options = RedactionOptions(keep_ids=not stand_ins, sensitive=settings.sensitive)
    return ImageRedaction(key=key, options=options)


def _import_cassette(
    file: Path,
    out: Path,
    about: dict[str, str],
    key_file: Path | None,
    redact: "ImageRedaction",
    *,
    force: bool,
) -> None:
    from glancetape_cassettes.deriving.keeping import import_cassette, summary
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers
    from glancetape_cassettes.errors import ImageSetError
    from glancetape_cassettes.formats.cassette import load_cassette

    if out.exists() and out.samefile(file):
        raise ImageSetError(f"{out} is the file to read; name another file with --out.")
    # The view that is kept decides the home project: its id may have to become a stand-in first.
    project = about.pop("home_project", None)
    with removed_when_ended(), Progress() as progress:
        progress("reading", 0, 0)
        callers = RecordedCallers.of([load_cassette(file)], project, key_file)
        kept = import_cassette(
            callers, about.get("dialect"), out, about, redact=redact, force=force
        )
    for line in summary(out, kept):
        click.echo(escape(line), err=True)


def _summary(imported: "Imported", out: Path) -> list[str]:
    text = f"{out}: {imported.images:,} images"
    redacted = [f"  {imported.redacted:,} values redacted"] if imported.redacted else []
    if not imported.skipped:
        return [text, *redacted]
    lines = "line" if imported.skipped == 1 else "lines"
    more = ["  ..."] if imported.skipped > len(imported.first_skipped) else []
    return [
        f"{text}; {imported.skipped:,} bad {lines} skipped",
        *(f"  {reason}" for reason in imported.first_skipped),
        *more,
        *redacted,
    ]
