"""Opening and asking a damaged set: an error of ours that names the file, never another."""

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.image_set import ImageSet
from support.sets.whole_sets import ask_everything


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


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_an_error_of_ours_or_goes_unnoticed(
    tmp_path: Path, whole: bytes, damage: Callable[[bytearray, random.Random], None]
) -> None:
    """Never another exception: whoever serves a set tells its user that the file is at fault."""
    path = tmp_path / "a.images"
    told = []
    for seed in range(60):
        data = bytearray(whole)
        damage(data, random.Random(seed))
        path.write_bytes(data)
        try:
            ask_everything(path)
        except ImageSetError as error:
            told.append(str(error))

    assert len(told) > 20
    assert all(message.startswith(str(path)) for message in told)


def _bitmaps(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE property_values SET positions = x'00'")


def _orders(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE orders SET places = zeroblob(8)")


def _far(connection: sqlite3.Connection) -> None:
    far = (600).to_bytes(4, "little") * 600
    connection.execute("UPDATE orders SET places = ?", (far,))


def _no_orders(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM orders")


def _no_ranges(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM ranges")


def _no_last_image(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM images WHERE position = 599")


def _no_image(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM images WHERE position = 5")


def _bad_json(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE images SET json = x'7b' WHERE position = 5")


def _no_home(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM about WHERE name = 'home_project'")


def _no_table(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE rare_values")


CHANGES = (
    _bitmaps, _orders, _far, _no_orders, _no_ranges, _no_last_image, _no_image, _bad_json,
    _no_home, _no_table,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_damage_that_sqlite_cannot_notice_is_reported_too(
    tmp_path: Path, whole: bytes, change: Callable[[sqlite3.Connection], None]
) -> None:
    """Bytes that are not a bitmap, an order or an index that names images that do not exist."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        change(connection)
        connection.commit()

    with pytest.raises(ImageSetError, match="is damaged"):
        ask_everything(path)
