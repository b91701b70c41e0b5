"""An image set from NDJSON, from recorded traffic, or from another set."""

import codecs
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from glancetape.commands.imports.import_options import Reading, Sharing, Task
from glancetape.commands.imports.into_cassette import entries_of
from glancetape.options import Settings
from glancetape.terminal.error_sentences import without_secrets
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import is_same_file

if TYPE_CHECKING:
    from glancetape_cassettes.formats.cassette import Cassette
    from glancetape_cassettes.imageset.making.importing import Imported
    from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction

_LOOKED_AT = 1 << 16  # bytes


def check_for_set(reading: Reading, settings: Settings) -> None:
    """Raise BadParameter for options of cassettes."""
    of_cassette = (settings.only, settings.keep_ids, settings.keep_header, reading.as_json)
    if any(of_cassette) or not settings.keystone:
        raise BadParameter(
            "--only, --no-keystone, --keep-ids, --keep-header and --json go with a "
            "cassette: end the name of --out in .yaml."
        )


def make_set(task: Task, sharing: Sharing, settings: Settings, reading: Reading) -> Sequence[str]:
    """Make a set of all images of a file; return what was made, a line each.

    Raises BadParameter for options that do not fit the file, and CassetteError or ImageSetError for
    a file that cannot be read as images, and for a set that cannot be written.
    """
    from glancetape_cassettes.formats.file_kinds import is_cassette

    file, out, about = task.file, task.out, task.about
    redact = _redaction(settings, sharing)
    if is_cassette(file) or os.path.isdir(file):
        if task.workers:
            raise BadParameter("--workers goes with NDJSON.")
        return _make_from_recording(task, settings.key_file, redact, reading)
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


def _convert(task: Task, redact: "ImageRedaction") -> Sequence[str]:
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
        if len(head) < _LOOKED_AT and not head.removeprefix(codecs.BOM_UTF8).strip():
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
            image_of(head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0])
        except BadImage:
            refuse_others(head, file)


def make_part(task: Task, sharing: Sharing, settings: Settings, reading: Reading) -> Sequence[str]:
    """Make a set that may be shared: of the images of a file, or of those of another set.

    Returns and raises the same as `make_set`.
    """
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
            said = [*make_set(to_whole, as_it_is, of_file, reading)]
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


def _make_from_recording(
    task: Task, key_file: Path | None, redact: "ImageRedaction", reading: Reading
) -> Sequence[str]:
    from glancetape_cassettes.deriving.keeping import import_cassette, summary
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers
    from glancetape_cassettes.errors import ImageSetError

    file, out, about = task.file, task.out, dict(task.about)
    if is_same_file(out, file):
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


def _recording(file: Path, reading: Reading) -> "Cassette":
    """What a file holds, for an image set."""
    from glancetape_cassettes.formats.cassette import load_cassette
    from glancetape_cassettes.formats.opened.recording_of_others import RecordingOfOthers
    from glancetape_cassettes.formats.reading import VCR, format_of

    found = format_of(file)
    if found is VCR:
        if reading.skip_bad:
            raise BadParameter("--skip-bad goes with NDJSON and with files of other tools.")
        return load_cassette(file)
    entries = entries_of(found, file, reading.url)
    return RecordingOfOthers(file, entries, skip_bad=reading.skip_bad)


def _redaction(settings: Settings, sharing: Sharing) -> "ImageRedaction":
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
