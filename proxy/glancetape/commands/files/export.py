"""The command export: a cassette or an image set in the format of another tool."""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import (
    WholeNumber,
    command,
    force_option,
    name_to_store,
    path,
    settings_options,
)
from glancetape.options import Settings
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import is_same_file, why_not_plain

if TYPE_CHECKING:
    from glancetape.exporting.again_redacted import WithoutSecrets
    from glancetape.exporting.collecting import Collected, Collector, Exported

_MOST_IN_A_NAME = 60
_ANY_ORIGIN = "http://glance.example:9292"
"""Where a HAR file says that an image set is: nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is exported, and where to."""

    file: Path
    """What is read: the file, or a redacted copy of it."""
    source: str
    """The name of the file."""
    is_set: bool
    out: Path
    queries: tuple[str, ...]
    limit: int | None
    project: str | None
    settings: Settings
    force: bool
    redact: "WithoutSecrets"
    """For what a set answers; a cassette is redacted before."""


@command("export", "Write a cassette or an image set in a format of other tools.")
@click.argument("file", metavar="FILE", type=path)
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(("har", "wiremock", "ndjson")),
    help="har: a HAR 1.2 file. wiremock: stubs for WireMock 3. ndjson: the images, one on each "
    "line.",
)
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=path,
    help="The file to make; for wiremock a folder, its --root-dir.",
)
@click.option(
    "--query",
    "queries",
    multiple=True,
    metavar="QUERY",
    help="Export this list instead, such as 'visibility=public', with each next page (repeatable). "
    "[default: everything in a cassette; of an image set, the list of all images]",
)
@click.option(
    "--limit",
    type=WholeNumber(1, 1000),
    metavar="N",
    help="Images on each page of these lists. [default: the cloud's default]",
)
@click.option(
    "--project",
    metavar="ID",
    help="The project that asks. [default: the home project of an image set, the only project "
    "recorded in a cassette]",
)
@settings_options("dialect", "key_file", "keep_ids", "sensitive")
@force_option
def export(
    *,
    file: Path,
    form: str,
    out: Path,
    queries: tuple[str, ...],
    limit: int | None,
    project: str | None,
    settings: Settings,
    force: bool,
) -> None:
    """Write a cassette or an image set in a format of other tools.

    The answers are those of a replay. Everything is redacted first, as recording does: a file may
    hold a secret that someone wrote into it. The WireMock stubs hold what can be asked at any time:
    recorded lists and refusals, each next page, and the images of these lists by their ids. A HAR
    file has all requests in their order. The output is written whole or not at all.
    """
    with errors_as_sentences(), temporary_folder() as folder:
        from glancetape.session.file_to_replay import is_image_set

        is_set = is_image_set(file)
        _check_out(file, out)
        _check_questions(form, queries, limit, project, is_set=is_set)
        name = name_to_store(file)
        source, changed = _under_name(file, name, folder), 0
        from glancetape.exporting.again_redacted import WithoutSecrets

        redact = WithoutSecrets(settings.sensitive)
        if not is_set:
            source, changed = _redacted(source, folder, settings)
        task = _Task(
            file=source,
            source=name,
            is_set=is_set,
            out=out,
            queries=queries,
            limit=limit,
            project=project or None,
            settings=settings,
            force=force,
            redact=redact,
        )
        with removed_when_ended():
            lines = [*_WRITERS[form](task), *_redactions(form, changed, redact.changed)]
    for number, line in enumerate(lines):
        click.echo(escape(line if not number else f"  {line}"), err=True)


def _check_questions(
    form: str, queries: tuple[str, ...], limit: int | None, project: str | None, *, is_set: bool
) -> None:
    """Refuse an option that the form or the file has no use for."""
    if form == "ndjson" and (queries or limit):
        raise BadParameter("--query and --limit go with har and wiremock.")
    if form == "ndjson" and is_set and project:
        raise BadParameter("--project: the NDJSON of an image set has the images of all.")
    if limit and not queries and not is_set:
        raise BadParameter("--limit goes with --query and with image sets.")


def _redacted(file: Path, folder: Path, settings: Settings) -> tuple[Path, int]:
    """Write a redacted copy into `folder`; return its path, and how many requests differ."""
    from glancetape.exporting.again_redacted import redact_again

    found = redact_again(
        file,
        folder,
        key_file=settings.key_file,
        keep_ids=settings.keep_ids,
        sensitive=settings.sensitive,
    )
    return found.path, found.changed


def _redactions(form: str, requests: int, answers: int) -> Iterator[str]:
    if requests:
        yield f"redacted: {counted(requests, 'request')} with secrets or ids"
    if answers:
        noun = "image" if form == "ndjson" else "answer"
        yield f"redacted: {counted(answers, noun)} with secrets"


def _under_name(file: Path, name: str, folder: Path) -> Path:
    """The file itself, or a link in `folder`: answers name the file that they come from."""
    if name == file.name or not file.is_file():
        return file
    link = folder / "named" / name
    link.parent.mkdir()
    link.symlink_to(file.resolve())
    return link


def _check_out(file: Path, out: Path) -> None:
    if why := why_not_plain(out):
        raise BadParameter(f"--out {why}")
    if is_same_file(out, file):
        raise BadParameter(f"--out: {out} is read; name another file.")


@contextlib.contextmanager
def _collector(task: _Task, base: str = "") -> "Iterator[Collector]":
    from glancetape.exporting.collecting import Collector
    from glancetape.session.opening import open_session

    with open_session(replace(task.settings, replay=(task.file,))) as session:
        yield Collector(session, base, task.redact if task.is_set else None)


def _collect(task: _Task, collector: "Collector", *, stubs: bool) -> "Collected":
    """What is exported: of `stubs` only what may be asked at any time."""
    from glancetape.exporting.collecting import BASE, list_of

    if task.is_set:
        headers = [("X-Auth-Token", "any")]
        headers += [("X-Project-Id", task.project)] if task.project else []
        sent = (*headers, ("Accept", "application/json"))
        origin = BASE if stubs else _ANY_ORIGIN
        if stubs:
            collector.add_documents_of_set(origin, sent)
        collector.add_lists(task.queries or ("",), task.limit, f"{origin}/v2/images", sent)
    elif task.queries:
        origin, sent = list_of(task.file, task.project, task.settings.key_file)
        collector.add_lists(task.queries, task.limit, origin, sent)
    else:
        collector.add_recorded(task.file, task.project, task.settings.key_file)
        collector.follow_links()
    if stubs:
        collector.add_single_images()
    return collector.found


def _write_wiremock(task: _Task) -> list[str]:
    from glancetape.exporting.collecting import BASE
    from glancetape.exporting.wiremock_files import write_wiremock

    name = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(task.source).stem)[:_MOST_IN_A_NAME] or "export"
    with _collector(task, BASE) as collector:
        collected = _collect(task, collector, stubs=True)
    task.redact.changed += sum(one.is_redacted for one in collected.exchanges)
    mapping, bodies = task.out / "mappings" / f"{name}.json", task.out / "__files" / name
    if task.out.exists() and not task.out.is_dir():
        raise GlancetapeError(f"{task.out} is not a folder.")
    if mapping.exists() and not task.force:
        raise GlancetapeError(f"{mapping} exists; --force writes over it.")
    try:
        with _folder(task.out), temporary_folder(task.out) as partial:
            count = write_wiremock(collected, task.source, partial, name)
            _move(partial, mapping, bodies)
    except OSError as error:
        raise GlancetapeError(f"{task.out} cannot be written: {error.strerror}.") from error
    return [f"{mapping}: {counted(count, 'stub')}", *collected.lines()]


@contextlib.contextmanager
def _folder(out: Path) -> Iterator[None]:
    """Make a folder that is not there; it is removed again if nothing comes into it."""
    made = [one for one in (out, *out.parents) if not one.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with contextlib.suppress(OSError):  # it has something in it, or was not made
            for one in made:
                one.rmdir()


def _move(partial: Path, mapping: Path, bodies: Path) -> None:
    """Put new stubs in the place of older ones, first the bodies that they name."""
    mapping.parent.mkdir(exist_ok=True)
    bodies.parent.mkdir(exist_ok=True)
    made = partial / "__files" / bodies.name
    if bodies.exists():
        bodies.rename(partial / "older")
    if made.exists():
        made.rename(bodies)
    (partial / "mappings" / mapping.name).replace(mapping)
    shutil.rmtree(partial / "older", ignore_errors=True)


def _write_har(task: _Task) -> list[str]:
    from glancetape.exporting.collecting import Collected, dated, last_date, recorded_in
    from glancetape.exporting.har_file import why_not_in_har, write_har
    from glancetape_cassettes.dates import timestamp_of
    from glancetape_cassettes.formats.cassette import load_cassette
    from glancetape_cassettes.imageset.making.whole_file import beside

    collected = Collected()

    def exchanges() -> "Iterator[Exported]":
        if not task.is_set and not task.queries:
            cassette = load_cassette(task.file)
            marks = sum(cassette.is_mark(index) for index in range(len(cassette)))
            if marks:
                collected.left_out["passed through while it was recorded, without an answer"] = (
                    marks
                )
            yield from recorded_in(cassette)
            return
        with _collector(task) as collector:
            at = _newest(task.file) if task.is_set else last_date(load_cassette(task.file))
            found = _collect(task, collector, stubs=False)
            collected.left_out.update(found.left_out)
            yield from dated(found.exchanges, int(max(0, timestamp_of(at))))

    def kept() -> "Iterator[Exported]":
        for one in exchanges():
            if why := why_not_in_har(one):
                collected.left_out[why] += 1
            else:
                task.redact.changed += one.is_redacted
                yield one

    with beside(task.out, force=task.force) as partial, partial.open("wb") as file:
        count = write_har(kept(), file)
    return [f"{task.out}: {counted(count, 'request')}", *collected.lines()]


def _newest(file: Path) -> str:
    from glancetape_cassettes.imageset.image_set import ImageSet

    with ImageSet(file) as images:
        return str(images.image_at(0)["created_at"]) if len(images) else ""


def _write_ndjson(task: _Task) -> list[str]:
    from glancetape.exporting.image_lines import write_images
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.imageset.making.whole_file import beside

    with contextlib.ExitStack() as stack:
        source, notes = task.file, list[str]()
        if not task.is_set:
            folder = stack.enter_context(temporary_folder())
            source, notes = _images_of(task, folder)
        images = stack.enter_context(ImageSet(source))
        partial = stack.enter_context(beside(task.out, force=task.force))
        with partial.open("wb") as file:
            count = write_images(images, file, task.redact.image)
        about = images.about
        dialect = about["dialect"]
    home = f"--dialect {dialect} --home-project {about['home_project']}"
    notes = [*notes, f"import it with {home}"] if about["home_project"] else notes
    return [f"{task.out}: {counted(count, 'image')}", *notes]


def _images_of(task: _Task, folder: Path) -> tuple[Path, list[str]]:
    """An image set of what one caller saw, as `import` makes it, and what is to be said of it."""
    import secrets

    from glancetape_cassettes.deriving.keeping import import_cassette
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers
    from glancetape_cassettes.formats.cassette import load_cassette
    from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction
    from glancetape_cassettes.redaction.policy import RedactionOptions

    options = RedactionOptions(keep_ids=True, sensitive=task.settings.sensitive)
    redact = ImageRedaction(key=secrets.token_bytes(32), options=options)
    callers = RecordedCallers.of([load_cassette(task.file)], task.project, task.settings.key_file)
    dialect = None if task.settings.dialect == "auto" else task.settings.dialect
    out = folder / "kept.images"
    kept = import_cassette(callers, dialect, out, {}, redact=redact, force=False)
    extent = "complete" if kept.complete else "there may be more: no complete walk is recorded"
    return out, [extent, *kept.notes]


_WRITERS: dict[str, Callable[[_Task], Sequence[str]]] = {
    "har": _write_har,
    "wiremock": _write_wiremock,
    "ndjson": _write_ndjson,
}
