"""The command import: a cassette from what another tool saved, or an image set.

`import` is a keyword of Python, so the module has another name than its command.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import (
    ImageSetOptions,
    about_set,
    command,
    force_option,
    image_set_options,
    json_option,
    name_to_store,
    options_as,
    path,
    settings_options,
    workers_option,
)
from glancetape.options import Settings
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences, without_secrets
from glancetape.terminal.escaping import escape, escape_json
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter, CassetteError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import why_not_plain

if TYPE_CHECKING:
    from glancetape.importing.selecting import Chosen
    from glancetape_cassettes.formats.cassette import Cassette
    from glancetape_cassettes.formats.foreign.foreign_entries import Entries, ForeignFormat
    from glancetape_cassettes.imageset.making.importing import Imported
    from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction

_OF_CASSETTES = (".yaml", ".yml")
_SETTINGS = ("keystone", "only", "keep_ids", "key_file", "keep_header", "sensitive")
_LOOKED_AT = 1 << 16  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """How the file is read and reported. A URL goes with recorded traffic, JSON with a cassette."""

    url: str | None
    skip_bad: bool
    as_json: bool


_reading_options = options_as(
    "reading",
    _Reading,
    click.option("--url", metavar="URL", help="What was asked, for a file that does not say it."),
    click.option(
        "--skip-bad",
        is_flag=True,
        help="Leave out damaged entries and lines that are not images, and report them.",
    ),
    json_option,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sharing:
    """What makes an image set one that may be shared."""

    stand_ins: bool
    pseudonymise: bool
    sample: float | None
    """The share of the images that is kept, up to 1; None when none was asked for."""

    @property
    def is_asked(self) -> bool:
        """Whether anything is to be done."""
        return self.pseudonymise or self.sample is not None


def _parse_share(text: str | None) -> float | None:
    if text is None:
        return None
    number = text.removesuffix("%").strip()
    try:
        share = float(number) / 100 if number.isascii() else 0.0
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise click.UsageError("--sample is not a percentage above 0 and up to 100, such as 5%.")
    return share


def _sharing(stand_ins: bool, pseudonymise: bool, sample: float | None) -> _Sharing:
    return _Sharing(stand_ins=stand_ins or pseudonymise, pseudonymise=pseudonymise, sample=sample)


_sharing_options = options_as(
    "sharing",
    _sharing,
    click.option(
        "--stand-ins",
        is_flag=True,
        help="Replace ids and names of projects, users and domains as recording does.",
    ),
    click.option(
        "--pseudonymise",
        is_flag=True,
        help="Also replace names, descriptions, tags and properties of your own, the same text by "
        "the same stand-in. Implies --stand-ins.",
    ),
    click.option(
        "--sample",
        metavar="PERCENT",
        callback=lambda *given: _parse_share(given[2]),
        help="Keep a part of the images, such as 5%, and what they were made from.",
    ),
)


@command("import", "Make a cassette or an image set from files of other tools.")
@click.argument("file", metavar="FILE", type=path)
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=path,
    help="The file to make. A cassette if its name ends in .yaml, otherwise an image set.",
)
@image_set_options(
    default_project="from NDJSON, the one with most images that are not public; from a cassette, "
    "the only one recorded",
    default_dialect="from NDJSON, ims if images have __isregistered, otherwise glance; from a "
    "cassette, the one recognised",
)
@_sharing_options
@settings_options(*_SETTINGS)
@_reading_options
@force_option
@workers_option
def import_images(
    file: Path,
    *,
    out: Path,
    options: ImageSetOptions,
    sharing: _Sharing,
    settings: Settings,
    reading: _Reading,
    force: bool,
    workers: int | None,
) -> None:
    """Make a cassette or an image set from files of other tools.

    A cassette (--out new.yaml) is made from recorded traffic: a HAR file, a flow file of
    mitmproxy, a cassette of another recorder, a log of `openstack --debug`, the output of curl -i
    or -v, pages, a folder of pages, or stubs of WireMock. Only requests to the image service and to
    Keystone are kept, and secrets are removed as recording does.

    An image set is made from NDJSON, or from any of these. NDJSON has one image on each line, in
    the fields of the API. A line may also have
    "members": [{"member_id": ID, "status": "accepted"}].
    From a cassette, the set gets the images that one project saw, as they were last recorded;
    --home-project names that project. Secrets in the images are replaced by REDACTED. An image set
    of an older version is converted. With --pseudonymise or --sample, the images may also be those
    of an image set.

    The file is written whole or not at all.
    """
    with errors_as_sentences():
        if why := why_not_plain(out):
            raise BadParameter(f"--out {why}")
        if out.suffix in _OF_CASSETTES:
            _check_for_cassette(file, out, options, sharing=sharing, workers=workers)
            _import_entries(file, out, reading, settings, force=force)
            return
        _check_for_set(reading, settings)
        about = about_set("import", name_to_store(file), options)
        task = _Task(file=file, out=out, about=about, force=force, workers=workers)
        make = _import_part if sharing.is_asked else _import_set
        with removed_when_ended():
            said = make(task, sharing, settings, reading)
        for line in said:
            click.echo(escape(line), err=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """An image set that is to be made."""

    file: Path
    out: Path
    about: dict[str, str]
    force: bool
    workers: int | None


def _import_set(
    task: _Task, sharing: _Sharing, settings: Settings, reading: _Reading
) -> Sequence[str]:
    """Make a set of all images of a file; return what was made, a line each."""
    from glancetape_cassettes.formats.file_kinds import is_cassette

    file, out, about = task.file, task.out, task.about
    redact = _redaction(settings, sharing)
    if is_cassette(file) or os.path.isdir(file):
        if task.workers:
            raise BadParameter("--workers goes with NDJSON.")
        return _import_cassette(task, settings.key_file, redact, reading)
    _refuse_blank(file)
    _refuse_others(file)
    if reading.url:
        raise BadParameter("--url goes with recorded traffic.")
    if settings.key_file and not sharing.stand_ins:
        raise BadParameter("--key-file goes with cassettes and with --stand-ins.")
    if "home_project" in about:
        about["home_project"] = redact.identity(about["home_project"])
    from glancetape_cassettes.imageset.making.importing import import_ndjson
    from glancetape_cassettes.imageset.making.version_1 import is_version_1
    from glancetape_cassettes.imageset.making.workers import free_processors

    if is_version_1(file):
        if reading.skip_bad or task.workers:
            raise BadParameter("--skip-bad and --workers go with NDJSON.")
        return _convert(task, redact)
    with Progress() as progress:
        imported = import_ndjson(
            file,
            out,
            about,
            redact=redact,
            skip_bad=reading.skip_bad,
            force=task.force,
            workers=task.workers or free_processors(),
            progress=progress,
        )
    return _summary(imported, out)


def _convert(task: _Task, redact: "ImageRedaction") -> Sequence[str]:
    from glancetape_cassettes.cloud.dialect_names import NAMES
    from glancetape_cassettes.imageset.making.version_1 import convert

    with Progress() as progress:
        converted = convert(
            task.file,
            task.out,
            task.about,
            dialects=NAMES,
            redact=redact,
            identity=redact.identity,
            force=task.force,
            progress=progress,
        )
    return _summary(converted, task.out)


def _refuse_blank(file: Path) -> None:
    """Raise ImageSetError for a file without anything in it: an export that failed leaves one."""
    from glancetape_cassettes.errors import ImageSetError

    if os.path.isfile(file):
        with file.open("rb") as opened:
            head = opened.read(_LOOKED_AT)
        if len(head) < _LOOKED_AT and not head.strip():
            raise ImageSetError(f"{file}: the file is empty, so there is nothing to import.")


def _refuse_others(file: Path) -> None:
    """Raise CassetteError for a format that is known and not read: its name says more than a line.

    An image may begin like one of them, so a file whose first line is an image is none of them.
    """
    from glancetape_cassettes.formats.foreign.recognising import read_head, refuse_others
    from glancetape_cassettes.imageset.image_fields import BadImage
    from glancetape_cassettes.imageset.making.ndjson import image_of

    if os.path.isfile(file):
        head = read_head(file)
        try:
            image_of(head.lstrip().partition(b"\n")[0])
        except BadImage:
            refuse_others(head, file)


def _import_part(
    task: _Task, sharing: _Sharing, settings: Settings, reading: _Reading
) -> Sequence[str]:
    """Make a set that may be shared: of the images of a file, or of those of another set."""
    from glancetape_cassettes.collection.part_of_set import copy_part
    from glancetape_cassettes.formats.file_kinds import is_cassette
    from glancetape_cassettes.formats.regular_file import is_database
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.imageset.making.version_1 import is_version_1

    about, said = dict(task.about), [""]
    with temporary_folder() as folder:
        whole = task.file
        is_set = whole.is_file() and is_database(whole) and not is_version_1(whole)
        if not is_set:
            whole = Path(folder, "whole.images")
            as_it_is = replace(sharing, stand_ins=False, pseudonymise=False, sample=None)
            of_file = settings if is_cassette(task.file) else replace(settings, key_file=None)
            to_whole = replace(task, out=whole, about=dict(about))
            said = [*_import_set(to_whole, as_it_is, of_file, reading)]
            about = {name: about[name] for name in ("made_by", "made_from")}
        elif reading.skip_bad or task.workers or reading.url:
            raise BadParameter("--skip-bad, --workers and --url do not go with image sets.")
        if sharing.pseudonymise:
            about["made_from"] = "images with pseudonyms"
        redact = _redaction(settings, sharing)
        if "home_project" in about:
            about["home_project"] = redact.identity(about["home_project"])
        with ImageSet(whole) as images, Progress() as progress:
            copied = copy_part(
                images,
                sharing.sample or 1.0,
                task.out,
                about,
                redact=redact,
                force=task.force,
                progress=progress,
            )
            of = "" if copied.images == len(images) else f" of {len(images):,}"
    replaced = [f"  {counted(copied.replaced, 'value')} replaced"] if copied.replaced else []
    noun = "image" if f"{copied.images}{of}" == "1" else "images"
    return [f"{task.out}: {copied.images:,}{of} {noun}", *said[1:], *replaced]


def _check_for_cassette(
    file: Path, out: Path, options: ImageSetOptions, *, sharing: _Sharing, workers: int | None
) -> None:
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
    if out.exists() and file.exists() and out.samefile(file):
        raise CassetteError(f"{out} is the file to read; name another file with --out.")


def _check_for_set(reading: _Reading, settings: Settings) -> None:
    of_cassette = (settings.only, settings.keep_ids, settings.keep_header, reading.as_json)
    if any(of_cassette) or not settings.keystone:
        raise BadParameter(
            "--only, --no-keystone, --keep-ids, --keep-header and --json go with a "
            "cassette: end the name of --out in .yaml."
        )


def _import_entries(
    file: Path,
    out: Path,
    reading: _Reading,
    settings: Settings,
    *,
    force: bool,
) -> None:
    from glancetape.importing import report
    from glancetape.importing.selecting import Selection
    from glancetape.importing.writing_cassette import import_entries
    from glancetape_cassettes.formats.reading import format_of
    from glancetape_cassettes.redaction.stand_ins import find_or_make_key

    found = format_of(file)
    with removed_when_ended(), Progress() as progress:
        progress("reading", 0, 0)
        done = import_entries(
            _entries_of(found, file, reading.url),
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


def _entries_of(found: "ForeignFormat", file: Path, url: str | None) -> "Entries":
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


def _recording(file: Path, reading: _Reading) -> "Cassette":
    """What a file holds, for an image set."""
    from glancetape_cassettes.formats.cassette import RecordingOfOthers, load_cassette
    from glancetape_cassettes.formats.reading import VCR, format_of

    found = format_of(file)
    if found is VCR:
        if reading.skip_bad:
            raise BadParameter("--skip-bad goes with NDJSON and with files of other tools.")
        return load_cassette(file)
    entries = _entries_of(found, file, reading.url)
    return RecordingOfOthers(file, entries, skip_bad=reading.skip_bad)


def _filter_of(settings: Settings) -> "Chosen | None":
    if settings.only is None:
        return None
    from glancetape.wire.flow_filter import filter_of_interactions

    return filter_of_interactions(settings.only, "--only")


def _redaction(settings: Settings, sharing: _Sharing) -> "ImageRedaction":
    import secrets

    from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction
    from glancetape_cassettes.redaction.images.pseudonyms import Pseudonymisation
    from glancetape_cassettes.redaction.policy import RedactionOptions
    from glancetape_cassettes.redaction.stand_ins import find_or_make_key

    # Without stand-ins, only a token in a link gets one, and nobody needs to recognise it.
    key = find_or_make_key(settings.key_file) if sharing.stand_ins else secrets.token_bytes(32)
    options = RedactionOptions(keep_ids=not sharing.stand_ins, sensitive=settings.sensitive)
    redaction = Pseudonymisation if sharing.pseudonymise else ImageRedaction
    return redaction(key=key, options=options)


def _import_cassette(
    task: _Task, key_file: Path | None, redact: "ImageRedaction", reading: _Reading
) -> Sequence[str]:
    from glancetape_cassettes.deriving.keeping import import_cassette, summary
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers
    from glancetape_cassettes.errors import ImageSetError

    file, out, about = task.file, task.out, dict(task.about)
    if out.exists() and out.samefile(file):
        raise ImageSetError(f"{out} is the file to read; name another file with --out.")
    # The view that is kept decides the home project: its id may have to become a stand-in first.
    project = about.pop("home_project", None)
    with Progress() as progress:
        progress("reading", 0, 0)
        callers = RecordedCallers.of([_recording(file, reading)], project, key_file)
        kept = import_cassette(
            callers, about.get("dialect"), out, about, redact=redact, force=task.force
        )
    return summary(out, kept)


def _summary(imported: "Imported", out: Path) -> list[str]:
    text = f"{out}: {counted(imported.images, 'image')}"
    redacted = [f"  {counted(imported.redacted, 'value')} redacted"] if imported.redacted else []
    if not imported.skipped:
        return [text, *redacted]
    more = ["  ..."] if imported.skipped > len(imported.first_skipped) else []
    return [
        f"{text}; {counted(imported.skipped, 'bad line')} skipped",
        *(f"  {without_secrets(reason)}" for reason in imported.first_skipped),
        *more,
        *redacted,
    ]
