"""Images as pieces of the mapped file: what `joined` returns, or None."""

import os
import random
import re
from pathlib import Path

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import set_file
from glancetape_cassettes.imageset.gathered_reads import GatheredReads, Spans
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.stored import image_bodies
from support.sets.set_files import make_set, record
from support.sets.whole_sets import RECORDS

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="only Linux has files in memory"
)


@pytest.fixture
def path(tmp_path: Path, whole: bytes) -> Path:
    """A set."""
    (tmp_path / "a.images").write_bytes(whole)
    return tmp_path / "a.images"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A set with more images than are checked one by one."""
    make_set(tmp_path / "large.images", [record(f"{number:08}") for number in range(4_000)])
    return tmp_path / "large.images"


def _some(images: ImageSet, seed: int) -> list[int]:
    drawn = random.Random(seed)
    return drawn.choices(range(len(images)), k=drawn.randrange(1, 60))


@pytest.mark.parametrize("seed", range(20))
def test_pieces_are_the_images_with_commas_between_them(path: Path, seed: int) -> None:
    """In the order that was asked for, some of them twice."""
    with ImageSet(path) as images:
        positions = _some(images, seed)
        expected = bytes(images.joined(positions))

        pieces = images.mapped(positions)

        assert pieces is not None
        assert expected == b"".join(pieces)
        del pieces


@pytest.mark.parametrize("first", ["id", "schema", "name"])
def test_an_image_may_begin_with_any_of_its_fields(tmp_path: Path, first: str) -> None:
    """One of IMS begins with its schema."""
    ordered = [{first: one.get(first, "")} | one for one in RECORDS]
    make_set(tmp_path / "b.images", ordered)
    with ImageSet(tmp_path / "b.images") as images:
        assert images.bodies([0])[0].startswith(b'{"%s":' % first.encode())

        pieces = images.mapped([0, 2])

        assert pieces is not None
        assert bytes(images.joined([0, 2])) == b"".join(pieces)
        del pieces


LAST_IDS = {
    "all of them plain": ([f"{number:03}-aB_" for number in range(300)], True),
    "one of them not plain": ([*(f"{number:03}" for number in range(299)), "29 "], False),
    "one of them shorter": ([*(f"{number:03}" for number in range(299)), "z"], False),
    "beyond ASCII": ([f"{number:03}é" for number in range(300)], False),
}


@pytest.mark.parametrize(("ids", "are_pieces"), LAST_IDS.values(), ids=LAST_IDS)
def test_the_id_of_the_last_image_is_a_piece_if_a_link_contains_it_as_it_is(
    tmp_path: Path, ids: list[str], are_pieces: bool
) -> None:
    """A piece or a text, it is that image's, whatever other ids are beside it."""
    make_set(tmp_path / "b.images", [record(one) for one in ids])
    texts = 0
    with ImageSet(tmp_path / "b.images") as images:
        for position, expected in enumerate(images.ids()):
            found = images.mapped_with_last_id([5, position])

            assert found is not None
            last = found[2]
            assert last is not None
            assert expected == (last if isinstance(last, str) else bytes(last).decode())
            assert isinstance(last, str) or re.fullmatch("[0-9A-Za-z_-]+", expected)
            texts += isinstance(last, str)
            del found, last
    assert are_pieces == (texts == 0)


def test_a_damaged_id_is_in_no_link(path: Path) -> None:
    """However often it is asked for."""
    with ImageSet(path) as images:
        place = path.read_bytes().index(b"".join(map(str.encode, images.ids()[:2])))
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"~")
    with ImageSet(path) as images:
        for _ in range(2):
            with pytest.raises(ImageSetError, match="damaged"):
                images.mapped_with_last_id([2, 0])


def _note_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the place of each image that is read from now on."""
    read: list[int] = []
    read_joined = set_file.SetFile.read_joined

    def note(file: set_file.SetFile, spans: Spans) -> bytes:
        read.extend(spans[0])
        return read_joined(file, spans)

    monkeypatch.setattr(set_file.SetFile, "read_joined", note)
    return read


@pytest.mark.parametrize("seed", range(10))
def test_each_image_is_read_and_checked_once_before_it_is_passed_on(
    path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Nobody reads pieces before they are sent."""
    read = _note_reads(monkeypatch)
    with ImageSet(path) as images:
        turns = [list(dict.fromkeys(_some(images, 100 * seed + turn))) for turn in range(5)]
        for asked in turns:
            assert images.mapped(asked) is not None

        assert len(set(read)) == len(read)
        spans = [images._bodies._spans_of(asked) or ((), ()) for asked in turns]
        assert {start for starts, _ in spans for start in starts} == set(read)


def test_a_damaged_image_is_never_in_pieces(path: Path) -> None:
    """However often it is asked for, and whatever was asked for before."""
    with ImageSet(path) as images:
        place = path.read_bytes().index(images.bodies([3])[0])
    with path.open("r+b") as file:
        file.seek(place + 20)
        file.write(b"\0")
    with ImageSet(path) as images:
        assert images.mapped([2, 4]) is not None
        for _ in range(2):
            with pytest.raises(ImageSetError, match="damaged"):
                images.mapped([2, 3])
            with pytest.raises(ImageSetError, match="damaged"):
                images.joined([2, 3])


def _few_in_pieces(images: ImageSet, seed: int) -> None:
    """Ask for pages until each further one checks images beside its own."""
    drawn = random.Random(seed)
    while images._bodies._checked_by_pages <= image_bodies._FEW_CHECKED:
        images.mapped([drawn.randrange(500, len(images)) for _ in range(25)])


@pytest.mark.parametrize("seed", range(3))
def test_after_some_pages_images_are_checked_together_with_those_beside_them(
    large: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Those that are checked together follow each other, and later pages check nothing."""
    with ImageSet(large) as images:
        _few_in_pieces(images, seed)
        read = _note_reads(monkeypatch)

        for position in range(0, len(images), 64):
            images.mapped([position])
        assert read
        read.clear()
        for position in range(len(images)):
            expected = images.joined([position])
            read.clear()
            pieces = images.mapped([position])

            assert not read
            assert pieces is not None
            assert bytes(expected) == b"".join(pieces)
            del pieces


@pytest.mark.parametrize("damaged", [0, 63, 64, 100, 499])
def test_a_damaged_image_fails_no_page_without_it(large: Path, damaged: int) -> None:
    """It is checked with those beside it; whatever is asked first, only its own pages fail."""
    with ImageSet(large) as images:
        place = large.read_bytes().index(images.bodies([damaged])[0])
    with large.open("r+b") as file:
        file.seek(place + 20)
        file.write(b"\0")
    with ImageSet(large) as images:
        _few_in_pieces(images, damaged)

        for position in random.Random(damaged).choices(range(500), k=1500):
            if position == damaged:
                with pytest.raises(ImageSetError, match="damaged"):
                    images.mapped([position])
            else:
                assert images.mapped([position]) is not None


def test_an_image_that_the_set_does_not_have_is_damage(path: Path) -> None:
    """An index has named it; `joined` says the same."""
    with ImageSet(path) as images:
        for read in (images.mapped, images.joined):
            with pytest.raises(ImageSetError, match="damaged"):
                read([0, 1 << 40])


_NO_PIECES = {"none": [], "too many": [0] * 201}


@pytest.mark.parametrize("positions", _NO_PIECES.values(), ids=_NO_PIECES)
def test_what_is_no_page_has_no_pieces(path: Path, positions: list[int]) -> None:
    """The system takes only so many pieces at once."""
    with ImageSet(path) as images:
        images.joined([0])

        assert images.mapped(positions) is None


def test_a_file_that_was_shortened_or_closed_has_no_pieces(path: Path) -> None:
    """Who touches them after that is ended by a signal."""
    with ImageSet(path) as images:
        images.joined([0, 1])
        os.truncate(path, path.stat().st_size - 1)
        assert images.mapped([0, 1]) is None
    assert images.mapped([0, 1]) is None


def test_a_system_that_cannot_map_a_file_has_no_pieces(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as macOS."""

    def refused(*_: int) -> GatheredReads:
        raise OSError("no files in memory")

    monkeypatch.setattr(set_file, "GatheredReads", refused)
    with ImageSet(path) as images:
        images.joined([0, 1])

        assert images.mapped([0, 1]) is None


@pytest.mark.parametrize(("name", "value"), [("LONGEST", 1023), ("LONGEST", 0), ("NARROW", 0)])
def test_images_that_are_long_or_far_away_are_what_they_are(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    """Those of more than 16 MiB, some or all of a page, or in more than 4 GiB of data."""
    with ImageSet(path) as images:
        asked = [_some(images, seed) for seed in range(20)]
        expected = [_as_bytes(images, some) for some in asked]
    monkeypatch.setattr(image_bodies, name, value)
    with ImageSet(path) as images:
        found = [_as_bytes(images, some) for some in asked]
        pieces = [images.mapped(some) for some in asked]
        passed_on = [one and b"".join(one) for one in pieces]
        del pieces

    assert expected == found
    assert (name, value) == ("LONGEST", 1023) or (None in passed_on) == (name == "LONGEST")
    for one, (_, joined, _) in zip(passed_on, expected, strict=True):
        assert one in (None, joined)


def _as_bytes(images: ImageSet, some: list[int]) -> tuple[list[bytes], bytes, tuple[bytes, str]]:
    joined, last = images.joined_with_last_id(some)
    return images.bodies(some), bytes(images.joined(some)), (bytes(joined), last)
