"""The command generate: images as a preset or a spec describes them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from glancetape.commands.shared_options import (
    ImageSetOptions,
    WholeNumber,
    about_set,
    command,
    force_option,
    image_set_options,
    name_to_store,
    options_as,
    path,
    workers_option,
)
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape, escape_lines
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter, ImageSetError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.lean_process import without_garbage_collection
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import is_same_file

if TYPE_CHECKING:
    from glancetape_generators.spec.spec import Spec

_MOST = 1 << 31
_MOST_IN_CASSETTE = 10_000
_EXPLAINED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is to be made."""

    spec: "Spec"
    count: int
    seed: int
    out: Path
    about: Mapping[str, str]
    force: bool
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _When:
    """The time at which the set is looked at, or two between which it changes."""

    at: str | None
    delta: str | None


_when_options = options_as(
    "when",
    _When,
    click.option(
        "--at",
        metavar="DAY",
        help="Make the set as it was at the beginning of a day, such as 2025-12-01, or at a time. "
        "The default is the end of the spec's time. --count counts all images until that end.",
    ),
    click.option(
        "--delta",
        metavar="DAY..DAY",
        help="Write what changes between two days: NDJSON, one event on each line.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """How the file is made."""

    force: bool
    workers: int | None


_making_options = options_as("making", _Making, force_option, workers_option)


def _complete_spec(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell offers for --spec: presets that begin so, and files."""
    from glancetape_generators.spec.layers import PRESETS

    presets = [CompletionItem(name) for name in PRESETS if name.startswith(incomplete)]
    return [*presets, CompletionItem(incomplete, type="file")]


@command("generate", "Generate an image set, NDJSON or a cassette.")
@click.option(
    "--count",
    type=WholeNumber(1, _MOST),
    metavar="N",
    help=f"Number of images. [required; with --explain {_EXPLAINED:,} by default]",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="S",
    help="Any whole number. The same seed and spec make the same images.",
)
@click.option(
    "--spec",
    default="region",
    show_default=True,
    metavar="FILE|PRESET",
    shell_complete=_complete_spec,
    help="What the images are like: a YAML file, or region, tenant, openstack or edge-cases.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=path,
    help="The file to make. Its ending decides what it is: .images (an image set), .ndjson (one "
    "image on each line) or .yaml (a cassette in which the home project walks through all its "
    "pages). [required]",
)
@_when_options
@click.option("--explain", is_flag=True, help="Print what the images would be like; make nothing.")
@image_set_options(
    default_project="the one with most images that are not public",
    default_dialect="glance for an OpenStack cloud, otherwise ims",
)
@_making_options
def generate(
    *,
    count: int | None,
    seed: int,
    spec: str,
    out: Path | None,
    explain: bool,
    when: _When,
    options: ImageSetOptions,
    making: _Making,
) -> None:
    """Generate an image set, NDJSON or a cassette.

    The images are like those of a region, of a tenant, or of your own spec. The same command makes
    the same bytes, whatever the number of workers, and the images of a smaller count are among
    those of a larger one. The file is written whole or not at all.
    """
    from glancetape_cassettes.imageset.making.workers import free_processors

    with errors_as_sentences(), without_garbage_collection(stays=True):
        if explain:
            _explain(spec, count or _EXPLAINED, seed)
            return
        make, out, count = _check_request(count, out, spec, options)
        if when.delta is not None:
            make = _delta_maker(when.delta, make, when.at)

        from glancetape_generators.spec.layers import PRESETS
        from glancetape_generators.spec.reading import read_spec
        from glancetape_generators.spec.sections.days_and_moments import seen_at

        named = spec if spec in PRESETS else name_to_store(Path(spec))
        source = f"spec {named}, seed {seed}, count {count}"
        read = read_spec(spec)
        if when.at is not None:
            read, source = seen_at(read, _time("--at", when.at)), f"{source}, at {when.at}"
        dialect = options.dialect or read.dialect
        task = _Task(
            spec=read,
            count=count,
            seed=seed,
            out=out,
            about=about_set("generate", source, options._replace(dialect=dialect)),
            force=making.force,
            workers=making.workers or free_processors(),
        )
        _make(task, make)


def _explain(spec: str, count: int, seed: int) -> None:
    from glancetape_generators.realised import realised
    from glancetape_generators.spec.explaining import explain
    from glancetape_generators.spec.reading import read_spec

    read = read_spec(spec)
    click.echo(escape_lines(f"{explain(read, count)}\n{realised(read, count, seed)}"))


def _check_request(
    count: int | None, out: Path | None, spec: str, options: ImageSetOptions
) -> tuple["_Maker", Path, int]:
    """What makes the file, the file and the count. Raises for what cannot be made."""
    if count is None or out is None:
        raise BadParameter(f"Missing option '{'--out' if count else '--count'}'.")
    make = _MAKERS.get(out.suffix)
    if make is None:
        raise BadParameter(f"--out {out} does not end in .images, .ndjson or .yaml.")
    if make is _make_ndjson and options != ImageSetOptions(home_project=None, dialect=None):
        raise BadParameter("--home-project and --dialect go with image sets; NDJSON has neither.")
    if make is _make_cassette and count > _MOST_IN_CASSETTE:
        raise BadParameter(
            f"a cassette holds {_MOST_IN_CASSETTE:,} images at most; for more use .images."
        )
    if is_same_file(out, spec):
        raise ImageSetError(f"{out} is the spec; name another file with --out.")
    return make, out, count


def _make(task: _Task, make: "_Maker") -> None:
    began = time.monotonic()
    with removed_when_ended(), Progress("images") as progress:
        try:
            made = make(task, progress)
        except MemoryError as error:
            raise ImageSetError(
                f"{task.out}: there is not enough memory for {task.count:,} images; make "
                "fewer, or use --workers 1."
            ) from error
    click.echo(escape(f"{task.out}: {made} in {_duration(task.count, began)}"), err=True)


def _make_set(task: _Task, progress: Progress) -> str:
    with without_garbage_collection(stays=True):
        from glancetape_generators.generating import generate_set

    there = generate_set(
        task.spec,
        task.count,
        task.seed,
        task.out,
        task.about,
        force=task.force,
        workers=task.workers,
        progress=progress,
    )
    return counted(there, "image")


def _make_ndjson(task: _Task, progress: Progress) -> str:
    with without_garbage_collection(stays=True):
        from glancetape_generators.generating import generate_ndjson

    there = generate_ndjson(
        task.spec,
        task.count,
        task.seed,
        task.out,
        force=task.force,
        workers=task.workers,
        progress=progress,
    )
    return counted(there, "image")


def _delta_maker(delta: str, make: "_Maker", at: str | None) -> "_Maker":
    """Return what writes the changes between two days."""
    first, dots, second = delta.partition("..")
    if not dots:
        raise BadParameter(f"--delta {delta} is not two days, such as 2025-12-01..2025-12-02.")
    if make is not _make_ndjson:
        raise BadParameter("--delta writes NDJSON; let --out end in .ndjson.")
    if at is not None:
        raise BadParameter("--at and --delta do not go together.")
    times = _time("--delta", first), _time("--delta", second)
    if times[0] > times[1]:
        raise BadParameter(f"--delta {delta}: the second day is before the first.")

    def make_delta(task: _Task, progress: Progress) -> str:
        from glancetape_generators.deltas import generate_delta
        from glancetape_generators.spec.sections.days_and_moments import seen_at

        for one in times:
            seen_at(task.spec, one)  # raises for a time that is outside
        found = generate_delta(
            task.spec, task.count, task.seed, times, task.out, force=task.force, progress=progress
        )
        return ", ".join(f"{number:,} {event}" for event, number in found.items())

    return make_delta


def _time(option: str, text: str) -> int:
    """Read a day, which means its beginning, or a time."""
    from glancetape_cassettes.imageset.image_fields import BadImage, parse_time

    try:
        return parse_time(option, text if "T" in text else f"{text}T00:00:00Z")
    except BadImage:
        raise BadParameter(
            f"{option} {text} is not a day like 2025-12-01 or a time like 2025-12-01T08:00:00Z."
        ) from None


def _make_cassette(task: _Task, progress: Progress) -> str:
    """Make a set in a temporary folder, and record a walk through it."""
    import sqlite3

    from glancetape_cassettes.cloud.walk_cassette import WalkPlan, record_walk
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.imageset.making.whole_file import beside

    service = "glance" if task.about["dialect"] == "glance" else "ims"
    host = f"{service}.{task.spec.region.lower().replace('_', '-')}.example.com"
    walk = WalkPlan(f"https://{host}", task.spec.times.now, task.seed)
    with (
        beside(task.out, force=task.force) as partial,
        temporary_folder() as folder,
    ):
        own = replace(task, out=folder / "walked.images")
        try:
            made = _make_set(own, progress)
        except ImageSetError as error:
            if not isinstance(error.__cause__, OSError | sqlite3.Error):
                raise
            raise ImageSetError(f"{task.out} cannot be written: {error}") from error
        progress("pages", 0, 0)
        with ImageSet(own.out) as images, partial.open("wb") as file:
            walked = record_walk(images, walk, file)
    pages = counted(walked.pages, "page")
    return f"{made}, of which the home project sees {walked.images:,} on {pages},"


_Maker = Callable[[_Task, Progress], str]
"""Makes a file and returns what it holds, in words."""
_MAKERS: Mapping[str, _Maker] = {
    ".images": _make_set,
    ".ndjson": _make_ndjson,
    ".yaml": _make_cassette,
}


def _duration(count: int, began: float) -> str:
    seconds = time.monotonic() - began
    text = f"{seconds:.1f} s"
    return f"{text}, {count / seconds:,.0f} images/s" if seconds > 1 else text
