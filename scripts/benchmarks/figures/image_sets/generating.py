"""Generating by the real command, against loops that make dicts with Faker and Mimesis.

Those make one dict an image with the fields of a tenant's image, one process each; ours are
finished files: consistent, and a set is indexed too. What counts is the processor's time of all
processes, in the system too. Every side of a ratio is measured in the same round, right after the
other, so that what slows the machine slows both. By the clock the same is reported, without a
target: on a machine that others use it depends on them.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.data.made_sets import run
from benchmarks.figure import Figure, at_least, at_most, in_turns, within
from benchmarks.running.children import tool
from benchmarks.running.watched import Watched, watch

LARGE, SMALL = 1_000_000, 100_000
_ROUNDS = 3  # at most: a large file takes a while
PEAK = within(700, "MiB")
FASTER = {"ndjson": at_least(20), "images": at_least(12)}
"""How many times as many images as the Faker loop."""
TWICE = at_most(1.25)
"""Processor time of two workers; more, and two free processors could not give 1.6."""
LONGEST = at_most(1 / 1.6)
"""Processor time of the longest process and of the one that writes."""
ONE = within(0.5, "ms")


def measure(folder: Path, rounds: int) -> list[Figure]:
    """Make files of both sizes, each right after the loops or beside another number of workers."""
    figures = [
        figure for ending in FASTER for figure in _against_loops(folder, rounds, SMALL, ending)
    ]
    for ending in FASTER:
        figures += _by_two(folder, min(rounds, _ROUNDS), ending)
    figures.append(_one_by_one(rounds))
    used = _generate(folder, LARGE, "images", workers=2)
    name = f"generate {LARGE:,}, peak of all processes"
    return [*figures, Figure(name, "MiB", (used.peak,), bound=PEAK)]


def _against_loops(folder: Path, rounds: int, count: int, ending: str) -> list[Figure]:
    made: list[Watched] = []

    def ours() -> float:
        made.append(_generate(folder, count, ending, workers=1))
        return count / made[-1].of_processor

    sides = {"faker": _loop("plain_faker"), "ours": ours, "mimesis": _loop("plain_mimesis")}
    found = in_turns(rounds, sides)
    name = f"generate {count:,} {_KINDS[ending]}"
    return [
        Figure(f"{name} / Faker loop", "img/s", found["ours"], found["faker"], FASTER[ending]),
        Figure(f"{name} / Mimesis loop", "img/s", found["ours"], found["mimesis"]),
        Figure(f"{name}, by the clock", "img/s", tuple(count / one.seconds for one in made)),
    ]


def _one_by_one(rounds: int) -> Figure:
    """Return how long a test waits for an image from our provider for Faker."""
    sides = {"ours": _loop("faker_provider"), "faker": _loop("plain_faker")}
    found = {
        side: tuple(1000 / rate for rate in rates)
        for side, rates in in_turns(rounds, sides).items()
    }
    name = "fake.image() after the first / Faker loop"
    return Figure(name, "ms", found["ours"], found["faker"], bound=ONE)


def _by_two(folder: Path, rounds: int, ending: str) -> list[Figure]:
    """Return what two workers cost and could save; and what an image costs in a large file."""
    made: Mapping[str, list[Watched]] = {"small": [], "one": [], "two": []}

    def generate(side: str, count: int, workers: int) -> Callable[[], float]:
        def side_of_round() -> float:
            made[side].append(_generate(folder, count, ending, workers=workers))
            return made[side][-1].of_processor

        return side_of_round

    found = in_turns(
        rounds,
        {
            "small": generate("small", SMALL, 1),
            "one": generate("one", LARGE, 1),
            "faker": _loop("plain_faker"),
            "two": generate("two", LARGE, 2),
        },
    )
    name = f"generate {LARGE:,} {_KINDS[ending]}"
    large, small = (
        tuple(1e6 * one / count for one in found[side])
        for side, count in (("one", LARGE), ("small", SMALL))
    )
    rates = tuple(LARGE / one for one in found["one"])
    longest = tuple(one.of_longest for one in made["two"])
    clock = {side: tuple(one.seconds for one in made[side]) for side in ("one", "two")}
    return [
        Figure(f"{name} / Faker loop", "img/s", rates, found["faker"]),
        Figure(f"{name} / {SMALL:,}, an image", "us", large, small, at_most(1.15)),
        Figure(f"{name}, two workers / one", "s", found["two"], found["one"], TWICE),
        Figure(f"{name}, longest of two workers / one", "s", longest, found["one"], LONGEST),
        Figure(f"{name}, two workers / one, by the clock", "s", clock["two"], clock["one"]),
    ]


_KINDS = {"ndjson": "NDJSON", "images": ".images"}


def _loop(name: str) -> Callable[[], float]:
    """Images for each second of the processor."""
    return lambda: float(run([sys.executable, "-m", f"benchmarks.peers.{name}"]))


def _generate(folder: Path, count: int, ending: str, *, workers: int) -> Watched:
    out = folder / f"{count}.{ending}"
    command = [tool("glancetape"), "generate", "--count", str(count), "--out", str(out)]
    used = watch([*command, "--workers", str(workers)], folder / "generate.log")
    out.unlink()  # to free gigabytes takes time that is not ours
    return used
