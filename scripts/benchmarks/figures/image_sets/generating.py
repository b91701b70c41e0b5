"""Generating by the real command, against loops that make dicts with Faker and Mimesis.

Those make one dict an image with the fields of a tenant's image, one process each; ours are
finished files: consistent, and a set is indexed too. Of one worker the processor's time counts, of
two the time by the clock, beside one worker in the same round.
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
    """Make files of both sizes in turns with the loops; memory is watched in a run of its own."""

    def alone(count: int, ending: str) -> Callable[[], float]:
        """Images for each second of the processor, by one worker."""

        def generate() -> float:
            out = _out(folder, count, ending)
            command = [*_command(out, count), "--workers", "1"]
            return count / watch(command, folder / "generate.log").of_processor

        return generate

    def by_clock(count: int, workers: int) -> Callable[[], float]:
        """Images for each second."""

        def generate() -> float:
            out = _out(folder, count, "images")
            start = time.perf_counter()
            run([*_command(out, count), "--workers", str(workers)])
            return count / (time.perf_counter() - start)

        return generate

    def loop(name: str) -> Callable[[], float]:
        return lambda: float(run([sys.executable, "-m", f"benchmarks.peers.plain_{name}"]))

    rates = in_turns(
        min(rounds, _ROUNDS),
        {
            "faker": loop("faker"),
            "set": alone(SMALL, "images"),
            "large": alone(LARGE, "images"),
            "ndjson": alone(SMALL, "ndjson"),
            "mimesis": loop("mimesis"),
            "one": by_clock(SMALL, 1),
            "two": by_clock(SMALL, 2),
            "one, large": by_clock(LARGE, 1),
            "two, large": by_clock(LARGE, 2),
        },
    )
    used = watch(_command(_out(folder, LARGE, "images"), LARGE), folder / "generate.log")
    name = f"generate {SMALL:,}"
    costs = [tuple(1e6 / rate for rate in rates[size]) for size in ("large", "set")]
    return [
        Figure(f"{name} .images / Faker loop", "img/s", rates["set"], rates["faker"], at_least(12)),
        Figure(
            f"{name} NDJSON / Faker loop", "img/s", rates["ndjson"], rates["faker"], at_least(20)
        ),
        Figure(f"{name} .images / Mimesis loop", "img/s", rates["set"], rates["mimesis"]),
        Figure(f"generate {LARGE:,} / {SMALL:,}, an image", "us", *costs, at_most(1.15)),
        Figure(f"{name}, two workers / one", "img/s", rates["two"], rates["one"], at_least(0.97)),
        Figure(
            f"generate {LARGE:,}, two workers / one",
            "img/s",
            rates["two, large"],
            rates["one, large"],
            at_least(1.6),
        ),
        Figure(f"generate {LARGE:,}, peak of all processes", "MiB", (used.peak,), bound=PEAK),
    ]


def _out(folder: Path, count: int, ending: str) -> Path:
    out = folder / f"{count}.{ending}"
    out.unlink(missing_ok=True)  # to free gigabytes takes time that is not ours
    return out


def _command(out: Path, count: int) -> list[str]:
    return [tool("glancetape"), "generate", "--count", str(count), "--out", str(out)]
