"""The files of an import: what is read and written over, and that nothing is left of a failure."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import ndjson
from glancetape_cassettes.imageset.making.importing import import_ndjson
from support.sets.set_files import make_set, record, to_line, write_ndjson


def test_nothing_is_written_over_without_force(tmp_path: Path) -> None:
    """With it the old set stays until the new one is whole."""
    out = tmp_path / "a.images"
    make_set(out, [record("a")])

    with pytest.raises(ImageSetError, match=r"a\.images exists; --force writes over it"):
        make_set(out, [record("b")])
    with ImageSet(out) as old:
        make_set(out, [record("b")], force=True)
        assert ["a"] == [image["id"] for image in old]

    with ImageSet(out) as images:
        assert ["b"] == [image["id"] for image in images]
    assert ["a.images", "a.ndjson"] == sorted(os.listdir(tmp_path))


def test_a_file_that_comes_up_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    """Two may import at once."""
    out = tmp_path / "a.images"

    with pytest.raises(ImageSetError, match="exists; --force"):
        make_set(out, [record("a")], progress=lambda *_: out.write_bytes(b"another's"))

    assert b"another's" == out.read_bytes()
    assert ["a.images", "a.ndjson"] == sorted(os.listdir(tmp_path))


def test_the_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    """A temporary file is its owner's alone, a set is for all."""
    old = os.umask(0o027)
    try:
        make_set(tmp_path / "a.images", [record("a")])
    finally:
        os.umask(old)

    assert 0o640 == (tmp_path / "a.images").stat().st_mode & 0o777


def _append(source: Path) -> None:
    with source.open("ab") as file:
        file.write(to_line(record("new")) + b"\n")


def _rename(source: Path) -> None:
    kept = source.stat()
    source.write_bytes(source.read_bytes().replace(b'"bbb"', b'"ccc"'))
    os.utime(source, ns=(kept.st_atime_ns, kept.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a line more": _append,
    "cut off": lambda source: os.truncate(source, 100),
    "empty": lambda source: source.write_bytes(b""),
    "other bytes of the same length and time": _rename,
    "touched": lambda source: os.utime(source, (0, 0)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_source_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    """It is read twice, and what was checked is what has to be written."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("aaa"), record("bbb")])

    def after_reading(step: str, done: int, total: int) -> None:
        if step == "reading" and done == total:
            change(source)

    with pytest.raises(ImageSetError, match="changed while it was read; import it again"):
        import_ndjson(source, tmp_path / "a.images", {}, progress=after_reading)

    assert ["a.ndjson"] == os.listdir(tmp_path)


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    """The sentence names the source."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    holder = os.open(tmp_path / "pipe", os.O_RDWR)  # so that opening it does not wait

    for name, why in (
        ("missing", os.strerror(errno.ENOENT)),
        ("folder", "is a folder"),
        ("pipe", "is not a regular file, and it has to be read twice"),
        ("x" * 300, os.strerror(errno.ENAMETOOLONG)),
    ):
        with pytest.raises(ImageSetError, match=f"{name}.*{why}"):
            import_ndjson(tmp_path / name, tmp_path / "a.images", {})

    os.close(holder)
    assert ["folder", "pipe"] == sorted(os.listdir(tmp_path))


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    """The sentence names the file asked for, not the one beside it."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])
    (tmp_path / "folder").mkdir()

    for name, why in (
        ("missing/a.images", f"cannot be written: the folder {tmp_path}/missing does not exist"),
        ("a.ndjson/a.images", f"cannot be written: {os.strerror(errno.ENOTDIR)}"),
        ("folder", "is a folder"),
        ("x" * 300, f"cannot be written: {os.strerror(errno.ENAMETOOLONG)}"),
    ):
        with pytest.raises(ImageSetError, match=f"{name} {why}"):
            import_ndjson(source, tmp_path / name, {}, force=True)

    assert ["a.ndjson", "folder"] == sorted(os.listdir(tmp_path))


def test_a_database_is_not_read_as_lines(tmp_path: Path) -> None:
    """Such as a set that was made before."""
    make_set(tmp_path / "a.images", [record("a")])

    with pytest.raises(ImageSetError, match="is an image set or a database; NDJSON is required"):
        import_ndjson(tmp_path / "a.images", tmp_path / "b.images", {})


def test_only_files_are_written_over(tmp_path: Path) -> None:
    """A device or a pipe stays what it is, whatever is forced."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ImageSetError, match="pipe is not a regular file"):
        import_ndjson(source, tmp_path / "pipe", {}, force=True)

    assert (tmp_path / "pipe").is_fifo()


def test_a_file_that_got_shorter_is_refused(tmp_path: Path) -> None:
    """Its parts cannot be cut."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])

    with pytest.raises(ImageSetError, match="changed while it was read"):
        ndjson.parts_of(source, source.stat().st_size + 1000)
