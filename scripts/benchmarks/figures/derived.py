"""A recorded walk of 1,000 pages: answers on the wire, the collection, and first answers."""

import json
import shutil
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.data.made_sets import MadeSets, run
from benchmarks.data.mixes import Mix, measure_mix
from benchmarks.data.queries import not_recorded
from benchmarks.data.walked import PAGES, markers_of, write_walk
from benchmarks.figure import Figure, at_most, within
from benchmarks.figures.start import first_answer
from benchmarks.running.children import BenchmarkError
from glancetape_cassettes.collection.disk_cache import FOLDER

SECONDS, PEAK = within(3, "s"), within(300, "MiB")
GATHERED = at_most(2.5)
"""Times what vcrpy needs to load the same cassette and answer one recorded request."""


def measure(folder: Path, made: MadeSets, rounds: int, requests: int) -> list[Figure]:
    """Build the collection and derive the first answers in fresh processes; then ask the proxy."""
    cassette = folder / "walk.yaml"
    pages = write_walk(cassette, made)
    unrecorded = not_recorded(markers_of(pages))
    half = len(unrecorded) // 2
    recorded = [one.target for one in pages[:: PAGES // half]]
    mixed = [target for pair in zip(recorded, unrecorded[::2], strict=True) for target in pair]
    mix = Mix(f"{PAGES:,} pages", cassette, mixed, ["exact", "derived"])
    return [
        *_first(cassette, pages[0].target, unrecorded, folder / "targets.json", rounds),
        *measure_mix(folder, mix, rounds, requests),
    ]


def _first(
    cassette: Path, recorded: str, targets: list[str], plan: Path, rounds: int
) -> list[Figure]:
    plan.write_text(json.dumps(targets))
    command = [sys.executable, "-m", "benchmarks.running.first_derived", str(cassette), str(plan)]
    kept = cassette.with_name(FOLDER)
    built, again, loaded = [], [], []
    for _ in range(rounds):
        shutil.rmtree(kept, ignore_errors=True)
        built.append(json.loads(run(command)))
        if not any(kept.glob("*.images")):
            raise BenchmarkError("the collection is not kept")
        again.append(json.loads(run(command)))
        loaded.append(first_answer("vcrpy", cassette, recorded))

    def values(found: list[dict[str, Any]], name: str) -> tuple[float, ...]:
        return tuple(one[name] for one in found)

    name = f"collection of {PAGES:,} pages"
    each = f"first answer of {len(targets)} derived queries"
    return [
        Figure(f"{name}, built / kept", "s", values(built, "seconds"), values(again, "seconds"),
               bound=SECONDS),
        Figure(f"{name}, {cassette.stat().st_size / 1e6:.0f} MB, built / loaded by vcrpy", "s",
               values(built, "seconds"), tuple(loaded), target=GATHERED),
        Figure(f"{name}, peak memory, built / kept", "MiB", values(built, "peak"),
               values(again, "peak"), bound=PEAK),
        Figure(f"{each}, median", "ms", tuple(median(one["answers"]) for one in again)),
        Figure(f"{each}, slowest", "ms", tuple(max(one["answers"]) for one in again)),
    ]  # fmt: skip
