"""Learning a spec by the real command, and how alike images are that are made from it.

The score of the loop is that of images of the learned spec, compared with those it was learned
from; beside it, in the same round, the score of another seed of the preset.
"""

from pathlib import Path

import orjson

from benchmarks.data.made_sets import run
from benchmarks.figure import Figure, Target, within
from benchmarks.running.children import tool
from benchmarks.running.watched import Watched, watch
from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.scores import compare

COUNT = 25_000
PRESETS = ("tenant", "region", "openstack")
_LESS = 0.01  # of the score: a spec cannot say everything
_FASTEST = within(10, "s")
_SMALLEST = within(500, "MiB")


def measure(folder: Path, rounds: int) -> list[Figure]:
    """Learn from a set of each preset; score the first one in a round for each seed."""
    captures = {
        preset: _generate(preset, 1, folder / f"{preset}.images", folder) for preset in PRESETS
    }
    learned = {
        preset: [_learn(capture, folder, preset, report=report) for report in (False, True)]
        for preset, capture in captures.items()
    }
    figures = [
        figure
        for preset, (plain, reported) in learned.items()
        for figure in (
            Figure(f"learn {COUNT:,} of {preset}", "s", (plain.of_processor,), bound=_FASTEST),
            Figure(f"with --report, {preset}", "s", (reported.of_processor,), bound=_FASTEST),
            Figure(f"with --report, {preset}: peak", "MiB", (reported.peak,), bound=_SMALLEST),
        )
    ]
    for preset in PRESETS:
        scores = [_scores(folder, preset, seed) for seed in range(2, 2 + min(rounds, 3))]
        loop, seeds = zip(*scores, strict=True)
        figures.append(
            Figure(f"score of the loop / two seeds, {preset}", "", loop, seeds, _near(seeds))
        )
    return figures


def _near(seeds: tuple[float, ...]) -> Target:
    least = 1 - _LESS / max(seeds)
    return Target(f">= {least:.3f}", lambda ratio: ratio >= least)


def _generate(spec: str | Path, seed: int, out: Path, folder: Path) -> Path:
    command = [tool("glancetape"), "generate", "--spec", str(spec), "--seed", str(seed)]
    run([*command, "--count", str(COUNT), "--workers", "1", "--out", str(out), "--force"])
    return out


def _learn(capture: Path, folder: Path, preset: str, *, report: bool) -> Watched:
    command = [tool("glancetape"), "learn", str(capture), "--force"]
    command += ["--out", str(folder / f"{preset}.yaml")]
    if report:
        command += ["--report", str(folder / f"{preset}.md")]
    return watch(command, folder / "learn.log")


def _scores(folder: Path, preset: str, seed: int) -> tuple[float, float]:
    """Return the score of images of the learned spec, and of another seed of the preset."""
    lines = [
        _capture(_generate(spec, one, folder / "scored.ndjson", folder))
        for spec, one in ((preset, 1), (folder / f"{preset}.yaml", seed), (preset, seed))
    ]
    return compare(lines[0], lines[1]).score, compare(lines[0], lines[2]).score


def _capture(path: Path) -> Capture:
    with path.open("rb") as file:
        return Capture.of(orjson.loads(line) for line in file)
