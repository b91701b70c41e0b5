"""The command that makes images out of nothing: `glancetape generate`."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from glancetape import __version__
from glancetape.terminal.error_sentences import one_sentence
from glancetape.terminal.progress import Progress, clearing_away
from glancetape_cassettes.cloud.dialects import NAMES
from glancetape_cassettes.errors import BadParameter, ImageSetError

if TYPE_CHECKING:
    from glancetape_generators.spec.spec import Spec

_MOST = 1 << 31
_MOST_IN_CASSETTE = 10_000
_EXPLAINED = 10_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line says."""

    count: int | None
    seed: int
    spec: str
    out: Path | None
    explain: bool
    force: bool
    workers: int | None
    project: str | None
    dialect: str | None


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be made."""

    spec: "Spec"
    count: int
    seed: int
    out: Path
    about: Mapping[str, str]
    force: bool
    workers: int


@click.command()
@click.option(
    "--count",
    type=click.IntRange(1, _MOST),
    metavar="N",
    help=f"How many images. [required; with --explain {_EXPLAINED:,} if not given]",
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
    help="What the images are like: a YAML file, or region, tenant or edge-cases.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What to make, by its ending: .images (an image set), .ndjson (an image a line) or .yaml "
    "(a cassette in which the home project walks through all its pages). [required]",
)
@click.option("--explain", is_flag=True, help="Tell what it would be like, and make nothing.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes for many images. [default: the processors, up to 4]",
)
@click.option(
    "--project",
    metavar="ID",
    help="The home project. [default: that with most images that are not public]",
)
@click.option("--dialect", type=click.Choice(NAMES), help="How it answers. [default: ims]")
def generate(**given: Any) -> None:
    """Generate images as a region, a tenant or a spec of yours has them.

    The same command makes the same bytes, with any number of workers, and the images of a smaller
    count are among those of a larger one. The file is there whole or not at all.
    """
    asked = _Asked(**given)
    with one_sentence():
        if asked.explain:
            _explain(asked)
            return
        task, make = _task(asked)
        began = time.monotonic()
        with clearing_away(), Progress("images") as progress:
            try:
                made = make(task, progress)
            except MemoryError as error:
                raise ImageSetError(
                    f"{task.out}: there is not enough memory for {task.count:,} images; make "
                    "fewer, or use --workers 1."
                ) from error
        click.echo(f"{task.out}: {made} in {_taken(task.count, began)}", err=True)


def _explain(asked: _Asked) -> None:
    from glancetape_generators.spec.explaining import explain
    from glancetape_generators.spec.reading import read_spec

    click.echo(explain(read_spec(asked.spec), asked.count or _EXPLAINED))


def _task(asked: _Asked) -> tuple[_Task, "_Make"]:
    """Check what was asked for before anything is made."""
    if asked.count is None or asked.out is None:
        raise BadParameter(f"Missing option '{'--out' if asked.count else '--count'}'.")
    make = _MAKE.get(asked.out.suffix)
    if make is None:
        raise BadParameter(f"--out {asked.out} does not end in .images, .ndjson or .yaml.")
    if make is _make_ndjson and (asked.project is not None or asked.dialect):
        raise BadParameter("--project and --dialect say how a set answers; NDJSON does not.")
    if make is _make_cassette and asked.count > _MOST_IN_CASSETTE:
        raise BadParameter(
            f"a cassette is made of {_MOST_IN_CASSETTE:,} images at most; for more use .images."
        )
    if asked.project is not None and not asked.project.isprintable():
        raise BadParameter("--project is no text.")
    if _is_same(asked.out, asked.spec):
        raise ImageSetError(f"{asked.out} is the spec; name another file with --out.")

    from glancetape_cassettes.imageset.making.workers import processors
    from glancetape_generators.spec.reading import read_spec

    spec = os.fsencode(Path(asked.spec).name).decode(errors="replace")
    about = {
        "made_by": f"glancetape {__version__} generate",
        "made_from": f"spec {spec}, seed {asked.seed}, count {asked.count}",
        "dialect": asked.dialect or "ims",
        **({"home_project": asked.project} if asked.project is not None else {}),
    }
    return _Task(
        read_spec(asked.spec),
        asked.count,
        asked.seed,
        asked.out,
        about,
        asked.force,
        asked.workers or processors(),
    ), make


def _is_same(out: Path, spec: str) -> bool:
    try:
        return out.samefile(spec)
    except (OSError, ValueError):  # one of them is not there, or no name of a file
        return False


def _make_set(task: _Task, progress: Progress) -> str:
    from glancetape_generators.generating import generate_set

    generate_set(
        task.spec,
        task.count,
        task.seed,
        task.out,
        task.about,
        force=task.force,
        workers=task.workers,
        progress=progress,
    )
    return f"{task.count:,} {_plural(task.count, 'image')}"


def _make_ndjson(task: _Task, progress: Progress) -> str:
    from glancetape_generators.generating import generate_ndjson

    generate_ndjson(
        task.spec,
        task.count,
        task.seed,
        task.out,
        force=task.force,
        workers=task.workers,
        progress=progress,
    )
    return f"{task.count:,} {_plural(task.count, 'image')}"


def _make_cassette(task: _Task, progress: Progress) -> str:
    """Make a set where nobody sees it, and record a walk through it."""
    import sqlite3

    from glancetape_cassettes.cloud.walk_cassette import WalkPlan, record_walk
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.imageset.making.set_writer import beside

    walk = WalkPlan(f"https://ims.{task.spec.region}.example.com", task.spec.times.now, task.seed)
    with (
        beside(task.out, force=task.force) as partial,
        TemporaryDirectory(prefix="glancetape-") as folder,
    ):
        own = replace(task, out=Path(folder, "walked.images"))
        try:
            made = _make_set(own, progress)
        except ImageSetError as error:
            if not isinstance(error.__cause__, OSError | sqlite3.Error):
                raise
            raise ImageSetError(f"{task.out} cannot be written: {error}") from error
        progress("pages", 0, 0)
        with ImageSet(own.out) as images, partial.open("wb") as file:
            walked = record_walk(images, walk, file)
    pages = f"{walked.pages:,} {_plural(walked.pages, 'page')}"
    return f"{made}, of which the home project sees {walked.images:,} on {pages},"


_Make = Callable[[_Task, Progress], str]
"""Makes a file and says what is in it."""
_MAKE: Mapping[str, _Make] = {
    ".images": _make_set,
    ".ndjson": _make_ndjson,
    ".yaml": _make_cassette,
}


def _plural(number: int, thing: str) -> str:
    return thing if number == 1 else f"{thing}s"


def _taken(count: int, began: float) -> str:
    seconds = time.monotonic() - began
    text = f"{seconds:.1f} s"
    return f"{text}, {count / seconds:,.0f} images/s" if seconds > 1 else text
