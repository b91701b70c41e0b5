"""An image set of 1,000,000 images on the wire: a mix of queries, against a bare addon."""

from pathlib import Path

from benchmarks.data.made_sets import LARGE, MadeSets
from benchmarks.data.mixes import Mix, measure_mix
from benchmarks.data.queries import not_recorded
from benchmarks.data.walked import markers_of, walk
from benchmarks.figure import Figure
from glancetape_cassettes.imageset.image_set import ImageSet

_PAGES = 100


def measure(folder: Path, made: MadeSets, rounds: int, requests: int) -> list[Figure]:
    """Play the set and compare."""
    path = made.generated(LARGE)
    with ImageSet(path) as images:
        targets = not_recorded(markers_of(list(walk(images, _PAGES))))
    mix = Mix(f"set of {LARGE:,}", path, targets, ["synthetic"])
    return measure_mix(folder, mix, rounds, requests)
