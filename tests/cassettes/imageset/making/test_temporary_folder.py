"""Folders for temporary files: nothing of them stays, not even of a killed process."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset.making.blocks import Block
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from support.sets.set_files import make_set, record

_USE = """
import sys
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder

with temporary_folder() as folder:
    folder.joinpath("a").write_text("a")
    print(folder, flush=True)
    sys.stdin.read()
"""


@contextmanager
def _using(parent: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Another process with a temporary folder, which it keeps until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", _USE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(parent)},
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert [folder] == [*parent.iterdir()]
        try:
            yield process, folder
        finally:
            process.kill()


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with _using(tmp_path) as (process, _):
        process.kill()
        process.wait()
    assert 1 == len(os.listdir(tmp_path))

    with temporary_folder(tmp_path) as own:
        assert [own] == [*tmp_path.iterdir()]
    assert [] == os.listdir(tmp_path)


def test_what_a_process_uses_stays_until_it_ends(tmp_path: Path) -> None:
    with _using(tmp_path) as (process, other):
        with temporary_folder(tmp_path) as own:
            assert {own, other} == {*tmp_path.iterdir()}
        assert "a" == (other / "a").read_text()
        process.communicate("")

    assert [] == os.listdir(tmp_path)


def test_what_has_another_name_stays(tmp_path: Path) -> None:
    """Nor is a link followed."""
    for name in ("glancetape-a", "a.locked", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "glancetape-b.locked").touch()
    (tmp_path / "glancetape-c.locked").symlink_to(tmp_path / "elsewhere")
    before = {*os.listdir(tmp_path)}

    with temporary_folder(tmp_path):
        pass

    assert before == {*os.listdir(tmp_path)}


def test_without_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (left := tmp_path / "glancetape-a.locked").mkdir()

    def refuse(fd: int, how: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with temporary_folder(tmp_path) as own:
        assert {own, left} == {*tmp_path.iterdir()}

    assert [left] == [*tmp_path.iterdir()]


def test_what_fails_after_another_program_removed_it_names_it(tmp_path: Path) -> None:
    """As a cleaner of old files does; the file that was to be written is not at fault."""

    def write_after_cleaning() -> None:
        with temporary_folder(tmp_path) as folder:
            shutil.rmtree(folder)
            (folder / "a").touch()

    with pytest.raises(GlancetapeError, match="the folder of our temporary files, was removed"):
        write_after_cleaning()


def test_what_fails_otherwise_stays_as_it_is(tmp_path: Path) -> None:
    def write_into_nothing() -> None:
        with temporary_folder(tmp_path) as folder:
            (folder / "none" / "a").touch()

    with pytest.raises(FileNotFoundError):
        write_into_nothing()


def test_a_set_whose_temporary_files_were_removed_is_not_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing of it stays."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    add = SetWriter.add

    def add_after_cleaning(writer: SetWriter, block: Block) -> None:
        for folder in temporary.iterdir():
            shutil.rmtree(folder)
        add(writer, block)

    monkeypatch.setattr(SetWriter, "add", add_after_cleaning)

    with pytest.raises(GlancetapeError, match="the folder of our temporary files, was removed"):
        make_set(tmp_path / "a.images", [record("a")])

    assert not (tmp_path / "a.images").exists()
    assert [] == [*temporary.iterdir()]


def test_a_folder_that_cannot_be_made_was_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is the one of the system."""

    def refuse(folder: Path, new: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(new))

    monkeypatch.setattr(Path, "rename", refuse)

    with pytest.raises(PermissionError), temporary_folder(tmp_path):
        pass

    assert [] == os.listdir(tmp_path)
