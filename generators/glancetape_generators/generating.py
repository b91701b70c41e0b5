"""Write files of generated images in several processes; the file is the same for any number.

    generate_set     records -> default order -> blocks of BLOCK images -> SetWriter
    generate_ndjson  records in their own order -> lines

A task for a process holds numbers of records only. Each process builds the world of spec and seed
once, and makes the images of its tasks from it.
"""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glancetape_cassettes.imageset.making.listed_images import BLOCK
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.imageset.making.workers import Map, several
from glancetape_cassettes.imageset.making.written_bodies import write_block, write_pieces
from glancetape_cassettes.later import later
from glancetape_generators.columns.candidates import candidates
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.text_columns import TextColumns
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.least_count import check_count
from glancetape_generators.sampling.draws import Ints, Words
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.fixed import record_numbers
from glancetape_generators.world.world import World

if TYPE_CHECKING:
    from glancetape_cassettes.imageset.making import set_writer
    from glancetape_cassettes.imageset.making.blocks import Block
    from glancetape_generators.columns import set_blocks
else:  # NDJSON does without indexes and databases
    set_writer = later("glancetape_cassettes.imageset.making.set_writer")
    set_blocks = later("glancetape_generators.columns.set_blocks")

# At most, records whose parents are looked for together, and whose lines are made together: with
# fewer, NumPy's calls take longer than their work. Any number of lines takes 126 MiB of memory;
# with half as many together it would be 93 MiB, for 6% more time.
_PART = 1 << 15
# Blocks whose columns are made together, for the same reason; more would take more memory.
_BLOCKS_TOGETHER = 2
# For fewer images, starting processes and handing blocks over takes longer than it saves.
_WORTH_SHARING = 200_000

_FOUND: Mapping[str, type[np.signedinteger[Any]]] = {
    "records": np.int64,
    "origins": np.int64,
    "created": np.int64,
    "owners": np.int32,
    "ways": np.int8,
    "systems": np.int32,
}
"""What is found of images before they are made, in default order; the last three are drafted."""
Found = np.ndarray[Any, np.dtype[Any]]

Progress = Callable[[str, int, int], None]
"""Called with the name of the step, how much of it is done, and how much there is (0: unknown)."""


def recipe_of(spec: Spec, seed: int) -> "Recipe":
    """Return the recipe of a spec's images."""
    images = tuple(replace(one, data=None) for one in spec.images)  # data is not sent around
    return Recipe(pickle.dumps(replace(spec, images=images)), seed, len(images))


class Recipe(NamedTuple):
    """What a process needs to make any record: cheap to send, and equal where the world is."""

    spec: bytes
    """The spec, pickled."""
    seed: int
    fixed: int
    """How many fixed images come before the other records."""

    def world(self) -> World:
        """Return the world of the images; a process makes it once."""
        return _world_of(self)

    def records(self, places: Ints) -> Ints:
        """Return the records at some places of NDJSON."""
        return record_numbers(places, self.fixed)

    def images(self, records: Ints) -> Images:
        """Return the images of the records with these numbers."""
        return Images(_world_of(self), records)

    def found(self, columns: Sequence[Found]) -> Images:
        """Return images from the columns of `_FOUND`, which are known."""
        return Images.of_origins(_world_of(self), *columns)


@lru_cache(maxsize=1)
def _world_of(recipe: Recipe) -> World:
    spec = pickle.loads(recipe.spec)  # noqa: S301 - our own, from the process that began this one
    return World(spec, recipe.seed)


class _Part(NamedTuple):
    """Consecutive records of NDJSON: those at the places `start` to before `end`."""

    recipe: Recipe
    start: int
    end: int

    def images(self) -> Images:
        """Return the images of the part."""
        places = np.arange(self.start, self.end, dtype=np.int64)
        return self.recipe.images(self.recipe.records(places))


class _LinesTask(NamedTuple):
    """A part of NDJSON that is to be written."""

    part: _Part
    number: int
    """That of the part in the file, from 0."""
    out: Path
    ends: Path | None
    """Where several processes tell each other where their parts end."""


@dataclass(frozen=True, slots=True)
class _BlocksTask:
    """Records in default order that make some blocks of a set."""

    recipe: Recipe
    columns: Sequence[Found]
    """Those of `_FOUND`."""
    first: int
    """Position of the first one in the set."""
    size: int
    """Images in each block."""
    out: Path
    """The file of the set."""


def generate_set(
    spec: Spec,
    count: int,
    seed: int,
    out: Path,
    about: Mapping[str, str],
    *,
    force: bool = False,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> int:
    """Write an image set of the first `count` records; return how many images are in it.

    That is all of them, unless the spec deletes some or the set is looked at before its end.

    `about` says how the set was made; it is stored in it. Raises ImageSetError when `out` exists
    and `force` is not set, or when it cannot be written; then `out` is as it was before. More than
    one worker needs what Python's multiprocessing needs, such as a guarded main module.
    """
    recipe = recipe_of(spec, seed)
    check_count(spec, count, recipe.world)
    with (
        beside(out, force=force) as partial,
        set_writer.SetWriter(partial, set_blocks.tables_of(recipe.world())) as writer,
        _sharing(recipe, _worth(workers, count)) as share,
    ):
        order = _default_order(share, recipe, count, progress)
        there = len(order[0])
        together = BLOCK * _BLOCKS_TOGETHER
        tasks = (
            _BlocksTask(
                recipe, [one[first : first + together] for one in order], first, BLOCK, partial
            )
            for first in range(0, there, together)
        )
        blocks = chain.from_iterable(share(_make_blocks, tasks))
        for done, block in enumerate(blocks, 1):
            writer.add(block)
            progress("images", min(done * BLOCK, there), there)
        for image_id, data in _data_of(spec, recipe):
            writer.add_data(image_id, data)
        writer.finish(about, lambda step: progress(step, 0, 0), share)
    return there


def _data_of(spec: Spec, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    """Yield the id of each image whose data the spec gives, and the data."""
    if any(one.data is not None for one in spec.images):
        places = np.arange(len(spec.images), dtype=np.int64)
        images = recipe.images(record_numbers(places, len(places)))
        there, ids = images.lifecycle.is_there, TextColumns(images).id
        for is_there, image_id, one in zip(there, ids.tolist(), spec.images, strict=True):
            if is_there and one.data is not None:
                yield image_id.decode(), one.data


def generate_ndjson(
    spec: Spec,
    count: int,
    seed: int,
    out: Path,
    *,
    force: bool = False,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> int:
    """Write the first `count` records as NDJSON, one image a line; return how many are there.

    Errors and workers are those of `generate_set`.
    """
    recipe, workers, there = recipe_of(spec, seed), _worth(workers, count), 0
    check_count(spec, count, recipe.world)
    with (
        beside(out, force=force) as partial,
        _file_of_ends(workers) as ends,
        _sharing(recipe, workers) as share,
    ):
        tasks = (
            _LinesTask(part, number, partial, ends)
            for number, part in enumerate(_parts(recipe, count))
        )
        for done, written in enumerate(share(_write_lines, tasks), 1):
            there += written
            progress("images", min(done * _size_of_parts(count), count), count)
    return there


def _worth(workers: int, count: int) -> int:
    return workers if count >= _WORTH_SHARING else 1


@contextmanager
def _sharing(recipe: Recipe, workers: int) -> Iterator[Map]:
    """Yield a `map` over processes; those that are forked have the world, and share candidates."""
    candidates(_world_of(recipe))
    with several(workers) as share:
        yield share


@contextmanager
def _file_of_ends(workers: int) -> Iterator[Path | None]:
    """Yield a new file in which several processes tell each other where their parts end."""
    if workers < 2:
        yield None
        return
    with temporary_folder() as folder:
        ends = folder / "ends"
        ends.touch()
        yield ends


def _parts(recipe: Recipe, count: int) -> Iterator[_Part]:
    size = _size_of_parts(count)
    for start in range(0, count, size):
        yield _Part(recipe, start, min(start + size, count))


def _size_of_parts(count: int) -> int:
    """Return how many records are in each part: as many, since a short one takes nearly as long.

    100,000 records are four parts of 25,000, not three of 32,768 and one of 1,696.
    """
    parts = -(-count // _PART)
    return -(-count // parts) if parts else _PART


def _default_order(share: Map, recipe: Recipe, count: int, progress: Progress) -> Sequence[Found]:
    """Return the columns of blocks in default order: created_at descending, then id descending."""
    # All at once, so that a lack of memory is noticed before any work is done.
    columns_of_blocks: list[Found] = [np.empty(count, kind) for kind in _FOUND.values()]
    high, low = np.empty(count, np.uint64), np.empty(count, np.uint64)
    found, end = (*columns_of_blocks, high, low), 0
    for done, columns in enumerate(share(_order_columns, _parts(recipe, count)), 1):
        start, end = end, end + len(columns[0])
        for column, part in zip(found, columns, strict=True):
            column[start:end] = part
        progress("order", min(done * _size_of_parts(count), count), count)
    created = columns_of_blocks[[*_FOUND].index("created")]
    order = _ascending(created[:end], high[:end], low[:end])[::-1]
    return [column.take(order) for column in columns_of_blocks]


def _ascending(created: Ints, high: Words, low: Words) -> Ints:
    """Return the places in ascending order of time, then of the two halves of the id.

    Time and the first digits of the id are one number, and to sort these takes a tenth of the time
    of sorting all three. They are rarely equal.
    """
    half = np.uint64(32)
    keys = created.astype(np.uint64) << half | high >> half
    order: Ints = np.argsort(keys)
    in_order = keys[order]
    if (in_order[1:] == in_order[:-1]).any() or (created >> 32).any():
        order = np.lexsort((low, high, created))
    return order


def _order_columns(part: _Part) -> Sequence[Found]:
    images = part.images().living()
    drafts = images.drafts
    own = images.records, images.origins, images.created, drafts.owner, drafts.way, drafts.system
    narrow = (column.astype(kind) for column, kind in zip(own, _FOUND.values(), strict=True))
    return *narrow, *images.id_words


def _make_blocks(task: _BlocksTask) -> "list[Block]":
    whole = WholeImages(task.recipe.found(task.columns))
    blocks = set_blocks.make_blocks(whole, task.first, task.size)
    return [
        write_block(task.out, number, block)
        for number, block in enumerate(blocks, task.first // task.size)
    ]


def _write_lines(task: _LinesTask) -> int:
    images = task.part.images().living()
    lines = map(b"".join, WholeImages(images).ndjson())
    write_pieces(task.out, task.ends, task.number, lines)
    return len(images)
