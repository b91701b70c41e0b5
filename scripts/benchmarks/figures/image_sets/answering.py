"""Answering from image sets of 10,000 and of 1,000,000 images, in this process.

A kind of query is asked again and again, for the same 64 pages of it; and once of a set that was
just opened and has answered nothing yet. Python has everything imported and warm then, and the file
is in the system's memory. `unseen` asks for pages that were never asked before.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.data.made_sets import LARGE, SMALL, MadeSets
from benchmarks.data.questions import PAGE_SIZE, Kind, ask, kinds_of, paged, pages_of
from benchmarks.figure import Figure, at_most, in_turns, within
from benchmarks.running.children import BenchmarkError
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet

_TINY = 1_000
_ASKS = 256  # a kind, round and side
_FIRST_ASKS = 3  # different queries of a kind

TARGET = at_most(1.5)
AGAIN = within(250, "us")
FIRST = within(2, "ms")
FIRST_SORTED = within(60, "ms")


def measure(made: MadeSets, rounds: int) -> list[Figure]:
    """Ask for every kind of query, repeatedly and for the first time."""
    paths = {"small": made.image_set(SMALL), "large": made.image_set(LARGE)}
    with ImageSet(made.image_set(_TINY)) as tiny:
        lister = Lister(tiny)
        for kind in kinds_of(tiny):
            for page in pages_of(lister, kind):
                ask(lister, kind, page)
    with ImageSet(paths["small"]) as small, ImageSet(paths["large"]) as large:
        listers = {"small": Lister(small), "large": Lister(large)}
        kinds = [
            dict(zip(listers, pair, strict=True))
            for pair in zip(kinds_of(small), kinds_of(large), strict=True)
        ]
        again = [_again(listers, kind, rounds) for kind in kinds]
    for path in paths.values():
        _read(path)
    return again + [_first(paths, kind, rounds) for kind in kinds]


def _again(listers: dict[str, Lister], kinds: dict[str, Kind], rounds: int) -> Figure:
    """Return the median time of repeated asks."""
    kind = kinds["large"]
    found = _asked(listers, kinds, rounds)
    bound = AGAIN if kind.limit == PAGE_SIZE else None
    name = f"repeated, 1M / 10k: {kind.name}"
    return Figure(name, "us", found["large"], found["small"], TARGET, bound)


def _asked(
    listers: dict[str, Lister], kinds: dict[str, Kind], rounds: int
) -> dict[str, tuple[float, ...]]:
    pages = {side: pages_of(listers[side], kind) for side, kind in kinds.items()}
    _check_alike(listers, kinds, pages)

    def run(side: str) -> float:
        return median(_times(listers[side], kinds[side], pages[side]))

    sides: dict[str, Callable[[], float]] = {
        "small": lambda: run("small"),
        "large": lambda: run("large"),
    }
    in_turns(1, sides)  # to warm up
    return in_turns(rounds, sides)


def _times(lister: Lister, kind: Kind, pages: list[str]) -> list[float]:
    times = []
    for number in range(_ASKS):
        page = pages[number % len(pages)]
        start = time.perf_counter()
        ask(lister, kind, page)
        times.append((time.perf_counter() - start) * 1e6)
    return times


def _check_alike(
    listers: dict[str, Lister], kinds: dict[str, Kind], pages: dict[str, list[str]]
) -> None:
    """Raise BenchmarkError unless the pages of both sizes hold as many images, by and large."""
    counts = {
        side: median(ask(listers[side], kinds[side], page).count(b'"checksum":') for page in some)
        for side, some in pages.items()
    }
    if len(set(counts.values())) != 1:
        raise BenchmarkError(f"{kinds['large'].name}: pages of {counts} images are no match")


def _first(paths: dict[str, Path], kinds: dict[str, Kind], rounds: int) -> Figure:
    """Return the time of the first ask ever, the slowest of some queries of a kind."""
    found = in_turns(
        rounds,
        {
            "small": lambda: _first_ask(paths["small"], kinds["small"]),
            "large": lambda: _first_ask(paths["large"], kinds["large"]),
        },
    )
    kind = kinds["large"]
    bound = FIRST_SORTED if kind.sorts else FIRST if kind.limit == PAGE_SIZE else None
    name = f"first ask, 1M / 10k: {kind.name}"
    return Figure(name, "ms", found["large"], found["small"], bound=bound)


def _first_ask(path: Path, kind: Kind) -> float:
    times = []
    for query in kind.queries[:_FIRST_ASKS]:
        page = paged(query, kind.limit)
        with ImageSet(path) as images:
            lister = Lister(images)
            start = time.perf_counter()
            ask(lister, kind, page)
            times.append((time.perf_counter() - start) * 1e3)
    return max(times)


def _read(path: Path) -> None:
    """Bring a file into the system's memory."""
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass
