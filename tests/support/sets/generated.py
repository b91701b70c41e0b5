"""Generate some records of a spec for a test: as lines, objects or files."""

import json
import pickle
from collections.abc import Iterable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.fixed import record_numbers
from glancetape_generators.world.world import World
from support.sets.changed_sets import data_of, tables_of_file

SEED = 7

Image = dict[str, Any]
Table = tuple[str, list[Any]]


def made(world: World, records: Iterable[int]) -> WholeImages:
    """Make some records of a world, in that order."""
    return WholeImages(Images(world, np.array(list(records), np.int64)))


# Tests compare many sets with the same one; a world takes longer than a hundred images of it.
@lru_cache(maxsize=8)
def _world(spec: bytes, seed: int) -> World:
    return World(pickle.loads(spec), seed)


@lru_cache(maxsize=16)
def _lines_of(spec: bytes, count: int, seed: int) -> tuple[bytes, ...]:
    world = _world(spec, seed)
    records = record_numbers(np.arange(count), len(world.fixed))
    return tuple(made(world, records.tolist()).lines())


def lines_of(spec: Spec, count: int, seed: int = SEED) -> list[bytes]:
    """Make the first records of a spec, as lines of NDJSON."""
    return list(_lines_of(pickle.dumps(spec), count, seed))


def images_of(spec: Spec, count: int, seed: int = SEED) -> list[Image]:
    """Make the first records of a spec; shared ones have their members."""
    return [json.loads(line) for line in lines_of(spec, count, seed)]


def texts_of(octets: "np.ndarray[Any, np.dtype[np.bytes_]]") -> list[str]:
    """Read texts that are kept as bytes."""
    return [text.decode() for text in octets.tolist()]


def tables_of(path: Path) -> dict[str, Table]:
    """Return all tables of an image set except `about`, and the data that they name."""
    with closing(tables_of_file(path)) as connection:
        named = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name != 'about'"
        ).fetchall()
        found: dict[str, Table] = {
            name: (sql, connection.execute(f"SELECT * FROM {name}").fetchall())
            for name, sql in named
        }
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
        ).fetchall()
    return {**found, "indexes": ("", indexes), "data": ("", [data_of(path)])}
