"""A recorded walk of 1,000 pages: answers on the wire, the collection, and first answers."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.data.made_sets import MadeSets, run
from benchmarks.data.mixes import Mix, measure_mix
from benchmarks.data.pages import Page
from benchmarks.data.queries import MIX, not_recorded, page_after
from benchmarks.data.walked import PAGES, ids_of, markers_of, write_walk
from benchmarks.figure import Figure, at_least, at_most, in_turns, within
from benchmarks.figures.start import first_answer
from benchmarks.running.answering_process import AnsweringProcess
from benchmarks.running.children import BenchmarkError, tool
from glancetape_cassettes.collection.disk_cache import FOLDER

SECONDS, PEAK = within(3, "s"), within(300, "MiB")
RATE = at_least(0.7)
_ASKS, _SEED = 4000, 5
_LIMITS = range(16, 26)
"""No page of the walk is longer, so no larger limit is known."""
_MISSES = re.compile("updated_at&|disk_format:|key=(size|name)")
"""Sorts in which a few pages are misses: of one second, after no size, or of names that databases
order differently."""
PROVED = tuple(query for query in MIX if not _MISSES.search(query))
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
        _rate(cassette, pages, rounds),
        *_first(cassette, pages[0].target, unrecorded, folder / "targets.json", rounds),
        *measure_mix(folder, mix, rounds, requests),
    ]


def _rate(cassette: Path, pages: Sequence[Page], rounds: int) -> Figure:
    """Ask for pages after random images, none of them twice: from the cassette, and from a set.

    The set has the same images. Neither is asked over a network.
    """
    images = cassette.with_suffix(".images")
    run([tool("glancetape"), "import", str(cassette), "--out", str(images)])
    asked = _unasked(ids_of(pages), rounds + 1)
    with ExitStack() as stack:
        sides = {
            name: AnsweringProcess(stack, "known_pages", file)
            for name, file in (("derived", cassette), ("set", images))
        }

        def rate_of(side: AnsweringProcess) -> Callable[[], float]:
            left = iter(asked)
            return lambda: 1e6 / side.ask(next(left))

        asks = {name: rate_of(side) for name, side in sides.items()}
        in_turns(1, asks)  # the first look at each list
        found = in_turns(rounds, asks)
    name = f"pages derived from a walk of {PAGES:,} pages / those of an image set"
    return Figure(name, "req/s", found["derived"], found["set"], RATE)


def _unasked(ids: Sequence[str], rounds: int) -> list[list[str]]:
    """Return the queries of each round, none of them twice."""
    rng, found = Random(_SEED), dict[str, None]()
    while len(found) < rounds * _ASKS:
        target = page_after(rng.choice(PROVED), rng.choice(_LIMITS), rng.choice(ids))
        found[target.partition("?")[2]] = None
    queries = list(found)
    return [queries[start : start + _ASKS] for start in range(0, len(queries), _ASKS)]


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
