"""Many places of a file in one call: always the bytes that are there, or None."""

import contextlib
import errno
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import gathered_reads, set_file
from glancetape_cassettes.imageset.gathered_reads import GatheredReads, Spans
from glancetape_cassettes.imageset.image_set import ImageSet
from support.one_image import ims_image
from support.sets.imagesets import newest_first
from support.sets.set_files import make_set

_START, _LENGTH = 5000, 3 << 20
_OCTETS = random.Random(1).randbytes(_START + _LENGTH)
_Places = tuple[list[int], list[int]]

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="only Linux has files in memory"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of random bytes."""
    (tmp_path / "file").write_bytes(_OCTETS)
    return tmp_path / "file"


@pytest.fixture
def gathered(path: Path) -> Iterator[GatheredReads]:
    """It, but for its beginning."""
    with path.open("rb") as file, closing(GatheredReads(file.fileno(), _START, _LENGTH)) as opened:
        yield opened


def _places(seed: int, most: int = 40) -> _Places:
    """Some places: far apart, overlapping, one after the other, and empty ones."""
    drawn, starts, ends = random.Random(seed), list[int](), list[int]()
    for _ in range(drawn.randrange(1, most)):
        near = bool(ends) and drawn.random() < 0.3
        start = ends[-1] if near else drawn.randrange(_LENGTH)
        starts.append(start)
        ends.append(min(_LENGTH, start + drawn.choice((0, 1, 36, 900, 5000, 30_000))))
    return starts, ends


def _bytes_at(starts: list[int], ends: list[int]) -> bytes:
    pairs = zip(starts, ends, strict=True)
    return b"".join([_OCTETS[_START + start : _START + end] for start, end in pairs])


def _spans(starts: list[int], ends: list[int]) -> Spans:
    return starts, [end - start for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("seed", range(30))
def test_places_come_one_after_the_other(gathered: GatheredReads, seed: int) -> None:
    """In the order that was asked for."""
    places = _places(seed)

    assert _bytes_at(*places) == gathered.read(_spans(*places))


_CUT = {
    "after its end": ([0, _LENGTH - 10], [10, _LENGTH + 1]),
    "far after its end": ([0, 1 << 50], [10, (1 << 50) + 5]),
}


@pytest.mark.parametrize("places", _CUT.values(), ids=_CUT)
def test_what_is_after_the_end_of_the_file_is_missing(
    gathered: GatheredReads, places: _Places
) -> None:
    """Who checks the bytes notices it."""
    assert _bytes_at(*places) == gathered.read(_spans(*places))


_REFUSED = {
    "too many": ([0] * 1001, [10] * 1001),
    "too long": ([0], [(2 << 20) + 1]),
}


@pytest.mark.parametrize("places", _REFUSED.values(), ids=_REFUSED)
def test_what_cannot_be_read_together_is_none(gathered: GatheredReads, places: _Places) -> None:
    """So the caller reads each alone, and gets an error if that is one."""
    assert gathered.read(_spans(*places)) is None


def test_a_file_that_was_shortened_is_none_and_no_signal(
    gathered: GatheredReads, path: Path
) -> None:
    """The system ends a process that reads mapped bytes after the end of their file."""
    os.truncate(path, _START + 100_000)

    assert gathered.read(_spans([10, 2_000_000], [20, 2_000_010])) is None
    assert _OCTETS[_START + 10 : _START + 20] == gathered.read(_spans([10], [20]))


def test_threads_get_their_own_bytes(gathered: GatheredReads) -> None:
    """They share the memory into which the system copies."""
    with ThreadPoolExecutor(4) as pool:
        asked = [_places(seed, 10) for seed in range(200)]

        found = list(pool.map(lambda places: gathered.read(_spans(*places)), asked))

    assert [_bytes_at(*places) for places in asked] == found


def test_nobody_can_shorten_the_memory_that_is_mapped(gathered: GatheredReads) -> None:
    """Which would end this process when it reads there."""
    gathered.read(_spans([0], [1000]))

    with pytest.raises(PermissionError):
        os.truncate(gathered_reads._memory_of(os.getpid())._file.fileno(), 0)


@pytest.fixture
def theirs(gathered: GatheredReads) -> Iterator[int]:
    """The memory of the parent of a forked process, which has inherited it and bytes in it."""
    gathered.read(_spans([0], [1000]))
    inherited = os.dup(gathered_reads._memory_of(os.getpid())._file.fileno())
    yield inherited
    os.close(inherited)


def test_a_forked_process_gets_its_own_bytes(
    gathered: GatheredReads, theirs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parent goes on to use the memory."""
    number = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: number + 1)  # as it is in the child

    found = gathered.read(_spans([2000], [3000]))

    assert _bytes_at([2000], [3000]) == found
    assert _bytes_at([0], [1000]) == os.pread(theirs, 1000, 0)


def test_a_forked_process_without_room_writes_nothing_into_its_parents_memory(
    gathered: GatheredReads, theirs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no number left for a file: then it reads alone, each time, until it has one."""
    number = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: number + 1)  # as it is in the child
    with monkeypatch.context() as patch:
        patch.setattr(os, "memfd_create", _no_room)

        assert [None, None] == [gathered.read(_spans([2000], [3000])) for _ in range(2)]

    assert _bytes_at([2000], [3000]) == gathered.read(_spans([2000], [3000]))
    assert _bytes_at([0], [1000]) == os.pread(theirs, 1000, 0)


def test_a_set_in_use_holds_two_files_open_and_all_sets_share_a_third(
    tmp_path: Path, whole: bytes
) -> None:
    """A process may have many sets open, and clients besides; Python's `mmap` holds the second."""
    (tmp_path / "a.images").write_bytes(whole)
    opened = []
    with contextlib.ExitStack() as closing:
        for _ in range(3):
            images = closing.enter_context(ImageSet(tmp_path / "a.images"))
            images.joined(range(len(images)))
            opened.append(len(os.listdir("/proc/self/fd")))

    assert opened[2] - opened[0] <= 2 * 2
    assert opened[0] - len(os.listdir("/proc/self/fd")) <= 2


def _no_room(*_: object) -> int:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_what_is_closed_is_none(path: Path) -> None:
    """Also while another thread still has a piece."""
    with path.open("rb") as file:
        gathered = GatheredReads(file.fileno(), _START, _LENGTH)
        gathered.close()

    assert gathered.read(_spans([0], [1])) is None


def test_a_set_is_the_same_where_the_system_cannot_gather(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as macOS: each place is read alone."""
    (tmp_path / "a.images").write_bytes(whole)
    drawn = random.Random(3)
    with ImageSet(tmp_path / "a.images") as images:
        asked = [drawn.choices(range(len(images)), k=drawn.randrange(1, 60)) for _ in range(50)]
        expected = [(images.joined_with_last_id(some), images.bodies(some)) for some in asked]

    def refused(*_: int) -> GatheredReads:
        raise OSError("no files in memory")

    monkeypatch.setattr(set_file, "GatheredReads", refused)
    with ImageSet(tmp_path / "a.images") as images:
        found = [(images.joined_with_last_id(some), images.bodies(some)) for some in asked]

    assert expected == found
    for (joined, _), bodies in found:
        assert b",".join(bodies) == joined


@pytest.mark.parametrize("last", ['an "id"', "a\\b", "später", "plain"])
@pytest.mark.parametrize("is_first", [True, False])
def test_the_id_of_the_last_image_is_its_own(tmp_path: Path, last: str, *, is_first: bool) -> None:
    """Wherever it is written in the image, and however."""
    others = {name: value for name, value in ims_image(last).items() if name != "id"}
    image = {"id": last, **others} if is_first else {**others, "id": last}
    make_set(tmp_path / "a.images", newest_first([ims_image("one"), image]))
    with ImageSet(tmp_path / "a.images") as images:
        joined, found = images.joined_with_last_id([0, 1])

        assert (images.joined([0, 1]), last) == (joined, found)


def test_a_set_that_was_shortened_is_an_error_of_ours(tmp_path: Path, whole: bytes) -> None:
    """And not the end of the process."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    with ImageSet(path) as images:
        everything = range(len(images))
        images.joined(everything)
        os.truncate(path, 8192)

        with pytest.raises(ImageSetError, match="cut off"):
            images.joined(everything)
