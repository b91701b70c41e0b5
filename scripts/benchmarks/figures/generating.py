"""Generating image sets by the real command, against loops that make dicts with Faker and Mimesis.

Those make one dict an image with the fields of a tenant's image, one process each; ours are
finished sets: consistent, indexed, on the disk.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.data.made_sets import run
from benchmarks.figure import Figure, at_least, at_most, in_turns, within
from benchmarks.running.children import tool
from benchmarks.running.watched import watch

LARGE, SMALL = 1_000_000, 100_000
_ROUNDS = 3  # at most: a large set takes a while
PEAK = within(700, "MiB")


def measure(folder: Path, rounds: int) -> list[Figure]:
    """Make sets of both sizes in turns with the loops; memory is watched in a run of its own."""

    def ours(count: int) -> Callable[[], float]:
        def generate() -> float:
            out = _out(folder, count)
            out.unlink(missing_ok=True)  # to free gigabytes takes time that is not ours
            start = time.perf_counter()
            run(_command(out, count))
            return count / (time.perf_counter() - start)

        return generate

    def loop(name: str) -> Callable[[], float]:
        return lambda: float(run([sys.executable, "-m", f"benchmarks.peers.plain_{name}"]))

    rates = in_turns(
        min(rounds, _ROUNDS),
        {
            "faker": loop("faker"),
            "large": ours(LARGE),
            "mimesis": loop("mimesis"),
            "small": ours(SMALL),
        },
    )
    used = watch([*_command(_out(folder, LARGE), LARGE), "--force"], folder / "generate.log")
    name = f"generate {LARGE:,} images"
    costs = [tuple(1e6 / rate for rate in rates[size]) for size in ("large", "small")]
    return [
        Figure(f"{name} / Faker loop", "img/s", rates["large"], rates["faker"], at_least(10)),
        Figure(f"{name} / Mimesis loop", "img/s", rates["large"], rates["mimesis"], at_least(4)),
        Figure(f"{name} / {SMALL:,}, an image", "us", costs[0], costs[1], at_most(1.15)),
        Figure(name, "s", tuple(LARGE / rate for rate in rates["large"])),
        Figure(f"{name}, of the processor", "s", (used.of_processor,)),
        Figure(f"{name}, peak memory of all processes", "MiB", (used.peak,), bound=PEAK),
    ]


def _out(folder: Path, count: int) -> Path:
    return folder / f"{count}.images"


def _command(out: Path, count: int) -> list[str]:
    return [tool("glancetape"), "generate", "--count", str(count), "--out", str(out)]
