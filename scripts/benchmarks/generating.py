"""Generating image sets by the real command, against loops that make dicts with Faker and Mimesis.

Those make one dict an image with the fields of a tenant's image, one process each; ours are
finished sets: consistent, indexed, on the disk.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.children import tool
from benchmarks.figure import Figure, at_least, at_most, in_turns, within
from benchmarks.made_sets import run
from benchmarks.watched import Watched, watch

LARGE, SMALL = 1_000_000, 100_000
_ROUNDS = 3  # at most: a large set takes a while
PEAK = within(700, "MiB")


def measure(folder: Path, rounds: int) -> list[Figure]:
    """Make sets of both sizes in turns with the loops."""
    used: dict[int, list[Watched]] = {LARGE: [], SMALL: []}

    def ours(count: int) -> Callable[[], float]:
        def generate() -> float:
            out = folder / f"{count}.images"
            command = [tool("glancetape"), "generate", "--count", str(count), "--out", str(out)]
            used[count].append(watch([*command, "--force"], folder / "generate.log"))
            return count / used[count][-1].seconds

        return generate

    def loop(name: str) -> Callable[[], float]:
        return lambda: float(run([sys.executable, "-m", f"benchmarks.plain_{name}"]))

    rates = in_turns(
        min(rounds, _ROUNDS),
        {
            "faker": loop("faker"),
            "large": ours(LARGE),
            "mimesis": loop("mimesis"),
            "small": ours(SMALL),
        },
    )
    name = f"generate {LARGE:,} images"
    costs = [tuple(1e6 / rate for rate in rates[size]) for size in ("large", "small")]
    return [
        Figure(f"{name} / Faker loop", "img/s", rates["large"], rates["faker"], at_least(10)),
        Figure(f"{name} / Mimesis loop", "img/s", rates["large"], rates["mimesis"], at_least(4)),
        Figure(f"{name} / {SMALL:,}, an image", "us", costs[0], costs[1], at_most(1.15)),
        Figure(name, "s", tuple(one.seconds for one in used[LARGE])),
        Figure(f"{name}, of the processor", "s", tuple(one.of_processor for one in used[LARGE])),
        Figure(
            f"{name}, peak memory of all processes",
            "MiB",
            (max(one.peak for one in used[LARGE]),),
            bound=PEAK,
        ),
    ]
