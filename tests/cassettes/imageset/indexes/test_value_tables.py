"""The images of each value, from the rows of tables: compared with adding them block by block."""

import pickle
from array import array
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap

from glancetape_cassettes.imageset.indexes.bitmaps import Numbers, from_flags, to_bytes
from glancetape_cassettes.imageset.indexes.value_tables import TableRows


@dataclass
class _Table:
    """A table of one field, each row with another value, and a row without."""

    count: int
    fields: list[str] = field(default_factory=lambda: ["os"])

    @property
    def values(self) -> dict[str, tuple[Numbers, list[str]]]:
        return {"os": (np.arange(-1, self.count - 1), [f"os {n}" for n in range(self.count - 1)])}

    def __len__(self) -> int:
        return self.count

    def numbers(self, field: str, null: int) -> Numbers:
        raise NotImplementedError

    def words(self, field: str) -> list[str | None]:
        raise NotImplementedError


@pytest.mark.parametrize("share", [0, 1e-5, 0.001, 0.0625, 0.07, 0.5, 1])
@pytest.mark.parametrize("count", [1, 5, 65_535, 65_536, 65_537, 200_001])
def test_flags_make_the_bitmap_of_their_positions(count: int, share: float) -> None:
    """Byte for byte, with few and many positions in each chunk."""
    flags = np.random.default_rng(3).random(count) < share

    assert to_bytes(BitMap(np.flatnonzero(flags).tolist())) == to_bytes(from_flags(flags))


@pytest.mark.parametrize("rows", [2, 5, 40])
@pytest.mark.parametrize("longest", [1, 3, 5000])
@pytest.mark.parametrize("seed", range(4))
def test_bitmaps_are_as_if_blocks_were_added_in_turn(
    tmp_path: Path, rows: int, longest: int, seed: int
) -> None:
    """Byte for byte, also where images that follow each other have the same value.

    So they are after another process has sent them.
    """
    random = np.random.default_rng(seed)
    runs = random.integers(1, longest + 1, 4 + 40_000 // longest)
    of_images = np.repeat(random.integers(0, rows, len(runs)), runs)
    edges = [*range(0, len(of_images), 8192), len(of_images)]
    table_rows = TableRows({"systems": _Table(rows)}, tmp_path)
    for start, end in pairwise(edges):
        table_rows.add({"systems": of_images[start:end].astype(np.int8)}, end - start)

    found = dict(table_rows.bitmaps("os"))
    sent = pickle.loads(pickle.dumps(found))

    table_rows.close()
    expected = _in_turn(of_images, edges, rows)
    assert expected == {value: to_bytes(bitmap) for value, bitmap in found.items()}
    assert expected == {value: to_bytes(bitmap) for value, bitmap in sent.items()}


def _in_turn(of_images: Numbers, edges: list[int], rows: int) -> dict[str, bytes]:
    expected = {}
    for row in range(1, rows):
        bitmap = BitMap()
        for start, end in pairwise(edges):
            some = (np.flatnonzero(of_images[start:end] == row) + start).tolist()
            if some and some[-1] - some[0] == len(some) - 1:
                bitmap.add_range(some[0], some[-1] + 1)
            else:
                bitmap.update(array("I", some))
        if bitmap:
            expected[f"os {row - 1}"] = to_bytes(bitmap)
    return expected
