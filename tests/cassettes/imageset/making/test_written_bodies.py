"""Bodies and indexes are written by whoever makes them, one after the other in the file."""

from array import array
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.imageset.checked_file import SECTOR
from glancetape_cassettes.imageset.indexes.part import Part
from glancetape_cassettes.imageset.making import written_bodies
from glancetape_cassettes.imageset.making.blocks import Block
from glancetape_cassettes.imageset.making.data_file import DataFile
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.imageset.making.workers import several
from glancetape_cassettes.imageset.making.written_bodies import write_block, write_part
from support.drawn.examples import examples
from support.sets.changed_sets import write_checked
from support.wire.in_workers import write_empty, write_number


def _block(*bodies: bytes) -> Block:
    count = len(bodies)
    return Block(
        bodies=list(bodies),
        lengths=array("I", map(len, bodies)),
        sums=array("I", bytes(4 * count)),
        stored=array("I", range(count)),
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("ends", [2, 1 << 10])
def test_blocks_that_are_made_at_once_lie_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: int, seed: int
) -> None:
    """With the checksums of one piece of data, whether or not a block fills a sector."""
    monkeypatch.setattr(written_bodies, "_ENDS", ends)
    random, path = Random(seed), tmp_path / "a.images"
    sizes = [1, 5, SECTOR - 1, SECTOR, SECTOR + 1, 3 * SECTOR + 7]
    blocks = [
        _block(*[random.randbytes(random.choice(sizes)) for _ in range(random.randrange(1, 4))])
        for _ in range(12)
    ]
    together = b"".join(body for block in blocks for body in block.bodies)
    wanted, database = BytesIO(), random.randbytes(SECTOR)
    write_checked(wanted, database, BytesIO(together + b"end"))

    data = DataFile(path)
    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(write_block, path, number, block)
            for number, block in enumerate(blocks[:-1])
        ]
        for one in done:
            data.add_bodies(one.result())
    data.add_bodies(blocks[-1])
    data.add(b"end")
    data.finish(database)
    data.close()

    assert wanted.getvalue() == path.read_bytes()


_sizes = st.sampled_from([0, 1, 5, SECTOR - 1, SECTOR, SECTOR + 1, 3 * SECTOR + 7])
_parts = st.tuples(st.booleans(), st.lists(_sizes, max_size=3))


@examples(200)
@given(own=st.lists(_sizes, max_size=3), parts=st.permutations(range(5)), drawn=st.data())
def test_parts_after_the_blocks_lie_in_their_order(
    own: list[int], parts: list[int], drawn: st.DataObject
) -> None:
    """Whoever begins first, and although they begin before this process adds what comes first."""
    random = Random(7)
    made = [drawn.draw(_parts) for _ in parts]
    pieces = [[random.randbytes(size) for size in sizes] for _, sizes in made]
    together, added = b"".join(map(random.randbytes, own)), b"of this process"
    starts = [len(together)]
    together += added
    for (begins_sector, _), some in zip(made, pieces, strict=True):
        together += bytes(-len(together) % SECTOR) if begins_sector else b""
        starts.append(len(together))
        together += b"".join(some)
    wanted, database = BytesIO(), random.randbytes(SECTOR)
    write_checked(wanted, database, BytesIO(together))

    with temporary_folder() as folder, closing(DataFile(folder / "a.images")) as data:
        data.add(together[: starts[0]])
        data.tell_end()
        with ThreadPoolExecutor(len(parts)) as pool:
            begun = {}
            for number in parts:
                part = Part(begins_sector=made[number][0])
                for piece in pieces[number]:
                    part.add(piece)
                place = data.next_part + number
                begun[number] = pool.submit(write_part, data.path, place, part)
            found = [data.add_part(Part(pieces=[added]))]
            data.tell_end()
            for number in range(len(parts)):
                data.take(begun[number].result())
                found.append(begun[number].result().start)
        data.finish(database)
        written = data.path.read_bytes()

    assert starts == found
    assert wanted.getvalue() == written


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_pieces_of_parts_lie_in_their_order(tmp_path: Path, workers: int) -> None:
    """Whoever made them, and whichever was made first; some parts are empty."""
    out, ends = tmp_path / "out", tmp_path / "ends" if workers > 1 else None
    for path in (out, ends or out):
        path.touch()

    with several(workers) as share:
        list(share(write_number, [(out, ends, number) for number in range(40)]))

    assert "".join(f"{number} " * number for number in range(40)) == out.read_text()


@pytest.mark.parametrize(
    ("first", "error"),
    [("full", "No space left"), ("absent", "No such file")],
)
def test_nobody_waits_for_a_block_that_could_not_be_written(
    tmp_path: Path, first: str, error: str
) -> None:
    """Its error is reported, whatever it failed at."""
    (tmp_path / "full").symlink_to("/dev/full")  # the system refuses each byte of it
    (tmp_path / "a.images").touch()
    others = [(tmp_path / "a.images", number) for number in range(1, 6)]

    with pytest.raises(OSError, match=error), several(2) as share:
        list(share(write_empty, [(tmp_path / first, 0), *others]))
