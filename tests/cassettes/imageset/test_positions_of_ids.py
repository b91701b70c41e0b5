"""Images are found by their id, whatever the ids are."""

import os
import tempfile
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.blocks import make_block
from glancetape_cassettes.imageset.making.listed_images import ListedImage
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.stored import id_table
from support.drawn.examples import examples
from support.sets.set_files import make_set, record

# Pairs with the same CRC-32.
TWINS = ("plumless", "buckeroo", "codding", "gnu")
IDS = st.text(st.sampled_from("a0-é镜\0 ÿ"), min_size=1, max_size=36)


@examples(60)
@given(ids=st.sets(IDS, max_size=60))
def test_every_id_is_found_and_no_other(ids: set[str]) -> None:
    """Of one byte or of a hundred, also with NULs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.images"
        make_set(path, [record(one) for one in ids])

        with ImageSet(path) as images:
            assert sorted(ids, reverse=True) == images.ids()
            for position, one in enumerate(images.ids()):
                assert position == images.position_of(one)
                assert one == images.id_at(position) == images.image_at(position)["id"]
                for other in (one + "a", one[:-1], one + "\xff", one + "\0", one.upper()):
                    assert (other in ids) == (images.position_of(other) is not None)


def test_ids_with_the_same_hash_are_distinguished(tmp_path: Path) -> None:
    """Present or not."""
    assert crc32(b"plumless") == crc32(b"buckeroo")
    for present in ([TWINS[0]], [TWINS[1]], list(TWINS)):
        path = tmp_path / f"{len(present)}{present[0]}.images"
        make_set(path, [record(one) for one in present])
        with ImageSet(path) as images:
            for one in TWINS:
                found = images.position_of(one)
                assert (one if one in present else None) == (
                    None if found is None else images.id_at(found)
                )


@pytest.mark.parametrize("kept", [1, 8, 512])
def test_ids_that_want_one_place_of_the_table_are_all_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """Each goes to the next free place: more of them than are read, or kept, at once."""
    monkeypatch.setattr(id_table, "_KEPT", kept)
    monkeypatch.setattr(id_table, "_SHIFT", kept.bit_length() - 1)
    count, slot = 24, 7
    ids = [
        one
        for one in (f"{number:05}" for number in range(5_000))
        if crc32(one.encode()) * 2 * count >> 32 == slot
    ]
    present, absent = ids[:count], ids[count : 2 * count]
    assert count == len(absent)
    make_set(tmp_path / "a.images", [record(one) for one in present])

    with ImageSet(tmp_path / "a.images") as images:
        assert present == [images.id_at(images.position_of(one) or 0) for one in present]
        assert {None} == {images.position_of(one) for one in absent}


def test_an_id_that_was_asked_for_is_found_without_its_table(tmp_path: Path) -> None:
    """What was read of the table is kept, and only who has the id is read again."""
    path, ids = tmp_path / "a.images", [f"{number:05}" for number in range(2_000)]
    make_set(path, [record(one) for one in ids])
    with ImageSet(path) as images:
        expected = [images.position_of(one) for one in ids]
        read = images._file.checked.pread
        starts: list[int] = []
        images._file.checked.pread = lambda length, at: (starts.append(at), read(length, at))[1]

        found = [images.position_of(one) for one in ids]

    assert expected == found
    assert len(ids) == len(starts) == len(set(starts))


def test_a_shortened_file_has_the_right_position_or_an_error(tmp_path: Path) -> None:
    """Wherever it ends: a marker that is listed is never answered as one that is not."""
    path, ids = tmp_path / "a.images", [f"{number:04}" for number in range(300)]
    make_set(path, [record(one) for one in ids])
    whole, outcomes = path.read_bytes(), set()
    lengths = range(len(whole) - 1, len(whole) // 2, -1009)

    for length in lengths:
        path.write_bytes(whole)
        with ImageSet(path) as images:
            expected = images.ids()
            os.truncate(path, length)
            for one in ("0000", "0150", "0299"):
                try:
                    found = images.position_of(one)
                except ImageSetError:
                    outcomes.add("refused")
                else:
                    assert found is not None
                    assert one == expected[found]
                    outcomes.add("found")
    assert {"found", "refused"} == outcomes


def test_two_images_with_one_id_are_refused(tmp_path: Path) -> None:
    """A set of them would answer differently each time it is asked."""
    image = record("a", tags=[], name=None, size=None, virtual_size=None, min_disk=0, min_ram=0,
                   container_format=None, disk_format=None)  # fmt: skip
    listed = ListedImage(image, b"{}", [], 0, 0)

    with SetWriter(tmp_path / "a.images") as writer:
        writer.add(make_block([listed, listed], 0))
        with pytest.raises(ImageSetError, match="the same id"):
            writer.finish({})
