"""Opening and asking a damaged set: an error of ours that names the file, never another."""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.checked_file import SECTOR, CheckedFile
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.set_file import check_blocks
from support.drawn.examples import examples
from support.sets.changed_sets import change_body, tables_changed
from support.sets.whole_sets import answers_of, ask_everything


def test_all_of_a_good_set_can_be_asked(tmp_path: Path, whole: bytes) -> None:
    """So that what fails below fails for the damage."""
    (tmp_path / "a.images").write_bytes(whole)

    ask_everything(tmp_path / "a.images")


def test_a_set_that_was_cut_off_is_refused(tmp_path: Path, whole: bytes) -> None:
    """At any length, before anything is asked."""
    path = tmp_path / "a.images"
    lengths = {0, 1, 15, 16, 99, 100, 101, 4096, 8191, 8192, 8193, len(whole) // 2, len(whole) - 1}
    for length in lengths | set(random.Random(2).sample(range(len(whole)), 100)):
        path.write_bytes(whole[:length])
        with pytest.raises(ImageSetError, match=r"cut off|is not an image set"):
            ImageSet(path)


def _zeroed_page(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) // schema.PAGE_SIZE) * schema.PAGE_SIZE
    data[start : start + schema.PAGE_SIZE] = bytes(schema.PAGE_SIZE)


def _flipped_bytes(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice([1, 30, 1000])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _flipped_beginning_of_a_page(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) // schema.PAGE_SIZE) * schema.PAGE_SIZE
    for _ in range(3):
        data[start + chance.randrange(64)] = chance.randrange(256)


DAMAGES = (_zeroed_page, _flipped_bytes, _flipped_beginning_of_a_page)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_an_error_of_ours_or_in_what_was_not_asked(
    tmp_path: Path, whole: bytes, damage: Callable[[bytearray, random.Random], None]
) -> None:
    """Never another exception, and never another answer."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    sound, told = answers_of(path), []
    for seed in range(60):
        data = bytearray(whole)
        damage(data, random.Random(seed))
        path.write_bytes(data)
        try:
            assert sound == answers_of(path)
        except ImageSetError as error:
            told.append(str(error))

    assert len(told) > 20
    assert all(message.startswith(str(path)) for message in told)


@examples(150)
@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, place: int, bit: int
) -> None:
    """By opening the set, or by a check, which names the block."""
    place %= len(whole)
    data = bytearray(whole)
    data[place] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped.images"
    path.write_bytes(data)

    number = place // SECTOR + 1
    blocks = len(whole) // (SECTOR + 4)
    if number <= blocks:
        # The first block has the header of the file, which is read before all else.
        if number > 1:
            assert (blocks, [number]) == check_blocks(path)
        with pytest.raises(ImageSetError, match=rf"block {number} of |{path}"):
            _read_all(path)
    else:
        with pytest.raises(ImageSetError, match=r"cut off|its checksums"):
            check_blocks(path)


@pytest.mark.parametrize("pages", [0, 1, 7, 1 << 20, (1 << 32) - 1])
def test_a_wrong_number_of_pages_is_damage(tmp_path: Path, whole: bytes, pages: int) -> None:
    """Also none: SQLite takes an empty database for a lack of memory."""
    path = tmp_path / "a.images"
    path.write_bytes(whole[:28] + pages.to_bytes(4, "big") + whole[32:])

    with pytest.raises(ImageSetError, match="is damaged"):
        ImageSet(path)


def _read_all(path: Path) -> None:
    """Open a set, and read each of its blocks as an answer would."""
    with ImageSet(path), closing(CheckedFile(path)) as file:
        for number in range(file.sectors):
            file.read(number * SECTOR, 1)


CHANGES = {
    "short bitmaps": "UPDATE property_values SET length = 1",
    "places beyond the end": "UPDATE orders SET places = 1 << 40",
    "positions elsewhere": "UPDATE orders SET positions = 0",
    "no orders": "DELETE FROM orders",
    "no ranges": "DELETE FROM ranges",
    "no last image": "UPDATE sections SET length = length - 16 WHERE name = 'places'",
    "other starts": "UPDATE sections SET start = start + 3 WHERE name = 'places'",
    "other sums": "UPDATE sections SET start = start + 4 WHERE name = 'sums'",
    "no home project": "DELETE FROM about WHERE name = 'home_project'",
    "no table": "DROP TABLE ranges",
    "no rare values": "DELETE FROM sections WHERE name = 'rare_values'",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_damage_with_right_checksums_is_reported_too(
    tmp_path: Path, whole: bytes, statement: str
) -> None:
    """Data that is not where it should be, or names images that do not exist."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    with tables_changed(path) as connection:
        connection.execute(statement)

    with pytest.raises(ImageSetError, match="is damaged"):
        ask_everything(path)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_set_without_checksums_of_images_is_as_safe(
    tmp_path: Path, whole: bytes, damage: Callable[[bytearray, random.Random], None]
) -> None:
    """The first sets of version 2 have none, so their images are checked block by block."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    sound, told = answers_of(path), 0
    with tables_changed(path) as connection:
        connection.execute("DELETE FROM sections WHERE name = 'sums'")
    without = path.read_bytes()

    assert sound == answers_of(path)
    for seed in range(20):
        data = bytearray(without)
        damage(data, random.Random(seed))
        path.write_bytes(data)
        try:
            assert sound == answers_of(path)
        except ImageSetError:
            told += 1
    assert told > 6


def test_an_image_that_is_not_json_is_reported(tmp_path: Path, whole: bytes) -> None:
    """Another program may have written the file."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    change_body(path, 5, b"{")

    with pytest.raises(ImageSetError, match="is damaged"):
        ask_everything(path)
