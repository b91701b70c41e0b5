"""Generating files of images, in several processes; the file is the same for any number of them."""

import pickle
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from glancetape_cassettes.imageset.making.blocks import BLOCK, Block
from glancetape_cassettes.imageset.making.set_writer import SetWriter, beside
from glancetape_cassettes.imageset.making.workers import Map, several
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.set_blocks import make_block
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.sampling.draws import Ints, Words
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.world import World

MOST = 1 << 31
"""Images that a set may have."""
_PART = 1 << 13  # records whose times are worked out in one go: columns that fit in the caches
# Below that a process takes longer to start than it saves.
_WORTH_SHARING = 20_000

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and how much there is."""


def generate_set(  # noqa: PLR0913 - each says one thing, by its name
    spec: Spec,
    count: int,
    seed: int,
    out: Path,
    about: Mapping[str, str],
    *,
    force: bool = False,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> None:
    """Write an image set of the records 0 to `count`.

    `about` says how it was made. Raises ImageSetError when `out` is there and `force` is not set,
    or cannot be written; then it is as it was. More than one worker needs what Python's
    multiprocessing needs, such as a guarded main module.
    """
    recipe = pickle.dumps(spec)
    with (
        beside(out, force=force) as partial,
        SetWriter(partial) as writer,
    ):
        with several(workers if count >= _WORTH_SHARING else 1) as share:
            order = _order(share, recipe, seed, count, progress)
            tasks = (
                (recipe, seed, order[first : first + BLOCK], first)
                for first in range(0, count, BLOCK)
            )
            for done, block in enumerate(share(_make_block, tasks), 1):
                writer.add(block)
                progress("images", min(done * BLOCK, count), count)
        writer.finish(about, lambda step: progress(step, 0, 0))


def generate_ndjson(  # noqa: PLR0913 - as above
    spec: Spec,
    count: int,
    seed: int,
    out: Path,
    *,
    force: bool = False,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> None:
    """Write the records 0 to `count` as NDJSON, in that order; see `generate_set`."""
    recipe = pickle.dumps(spec)
    with (
        beside(out, force=force) as partial,
        several(workers if count >= _WORTH_SHARING else 1) as share,
        partial.open("wb") as file,
    ):
        parts = _parts(recipe, seed, count, BLOCK)
        for done, lines in enumerate(share(_make_lines, parts), 1):
            file.write(lines)
            progress("images", min(done * BLOCK, count), count)


def _parts(
    recipe: bytes, seed: int, count: int, length: int
) -> Iterator[tuple[bytes, int, int, int]]:
    for start in range(0, count, length):
        yield recipe, seed, start, min(start + length, count)


def _order(share: Map, recipe: bytes, seed: int, count: int, progress: Progress) -> Ints:
    """Give the records in default order: created_at descending, then id descending."""
    created = np.empty(count, np.int64)
    high, low = np.empty(count, np.uint64), np.empty(count, np.uint64)
    start = 0
    for one, two, three in share(_find_order, _parts(recipe, seed, count, _PART)):
        end = start + len(one)
        created[start:end], high[start:end], low[start:end] = one, two, three
        progress("order", end, count)
        start = end
    order: Ints = np.lexsort((low, high, created))[::-1]
    return order


@lru_cache(maxsize=1)
def _world(recipe: bytes, seed: int) -> World:
    spec = pickle.loads(recipe)  # noqa: S301 - our own, from the process that began this one
    return World(spec, seed)


def _find_order(part: tuple[bytes, int, int, int]) -> tuple[Ints, Words, Words]:
    recipe, seed, start, end = part
    images = Images(_world(recipe, seed), np.arange(start, end, dtype=np.int64))
    high, low = images.id_words
    return images.created, high, low


def _make_block(task: tuple[bytes, int, Ints, int]) -> Block:
    recipe, seed, records, first = task
    return make_block(WholeImages(Images(_world(recipe, seed), records)), first)


def _make_lines(part: tuple[bytes, int, int, int]) -> bytes:
    recipe, seed, start, end = part
    images = Images(_world(recipe, seed), np.arange(start, end, dtype=np.int64))
    return b"".join(WholeImages(images).lines())
