"""Pages never asked before, with random markers and limits, answered by a session in a process.

A set of 1,000,000 images against one of 10,000, and, where its clone is given, this version against
an older one: both with the images that the older one generated, which is asked the same. Each round
asks other pages; what opening and the first look at a list take is in a round that does not count.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from benchmarks.data.made_sets import LARGE, SEED, SMALL, MadeSets, run
from benchmarks.data.unseen import unseen_queries
from benchmarks.figure import Figure, at_most, in_turns
from benchmarks.running.answering_process import AnsweringProcess
from benchmarks.running.children import environment, tool
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.schema import VERSION

_ASKS = 2000  # a round and side
_SEED = 11
_ROOMS = ("proxy", "generators", "cassettes")

SIZES = at_most(1.2)
OLDER = at_most(0.25)


def measure(made: MadeSets, rounds: int, older: Path | None) -> list[Figure]:
    """Ask all sides in turns."""
    with ExitStack() as stack:
        sides = {
            "large": _Side(stack, made.generated(LARGE), made.generated(LARGE)),
            "small": _Side(stack, made.generated(SMALL), made.generated(SMALL)),
        }
        if older is not None:
            theirs = _made_by(older, made)
            converted = _converted(theirs)
            sides["older"] = _Side(stack, theirs, converted, older)
            sides["same"] = _Side(stack, converted, converted)
        asks = {name: side.ask for name, side in sides.items()}
        in_turns(1, asks)
        found = in_turns(rounds, asks)
    name = "page never asked before"
    figures = [Figure(f"{name}, 1M / 10k", "us", found["large"], found["small"], SIZES)]
    if older is not None:
        figures.append(Figure(f"{name}, ours / older", "us", found["same"], found["older"], OLDER))
    return figures


class _Side:
    """A process that answers from a set, with this version or an older one."""

    def __init__(
        self, stack: ExitStack, path: Path, markers_of: Path, version: Path | None = None
    ) -> None:
        with ImageSet(markers_of) as images:  # equal seeds ask all sides of a set the same
            self._queries: Iterator[str] = unseen_queries(images, _SEED)
            self._waiting = next(self._queries)
        self._process = AnsweringProcess(stack, "unseen_pages", path, _environment(version))

    def ask(self) -> float:
        """Return the mean CPU time of a page, in microseconds."""
        return self._process.ask(list(islice(self._queries, _ASKS)))


def _environment(version: Path | None) -> dict[str, str]:
    found = dict(environment())
    if version is not None:
        rooms = [str(version / room) for room in _ROOMS]
        found["PYTHONPATH"] = os.pathsep.join([*rooms, found.get("PYTHONPATH", "")])
    return found


def _made_by(version: Path, made: MadeSets) -> Path:
    """Return the set that an older version generates."""
    path = made.folder / f"{LARGE}-generated-by-{version.name}.images"
    if not path.exists():
        options = ["--count", str(LARGE), "--seed", str(SEED), "--out", str(path)]
        run([sys.executable, "-m", "glancetape", "generate", *options], _environment(version))
    return path


def _converted(theirs: Path) -> Path:
    """Return the same images as a set of this version."""
    path = theirs.with_name(f"{theirs.stem}-v{VERSION}.images")
    if not path.exists():
        run([tool("glancetape"), "import", str(theirs), "--out", str(path)])
    return path
