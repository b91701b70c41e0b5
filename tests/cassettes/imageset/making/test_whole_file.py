"""Files that appear whole or not at all, and what a killed process left of them."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.imageset.making.whole_file import beside, remove_left

_MAKE = """
import sys
from pathlib import Path
from glancetape_cassettes.imageset.making.whole_file import beside

with beside(Path(sys.argv[1]), force=True) as new:
    new.write_text("half")
    print("begun", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _making(out: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that makes a file, and waits in the middle until it is let on."""
    with subprocess.Popen(
        [sys.executable, "-c", _MAKE, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "begun\n" == process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def _write(out: Path) -> None:
    with beside(out, force=True) as new:
        new.write_text("whole")


def test_what_a_killed_process_left_is_removed_by_the_next_for_the_same_file(
    tmp_path: Path,
) -> None:
    for name in ("a.images", "b.images"):
        with _making(tmp_path / name) as process:
            process.kill()
            process.wait()
    assert 4 == len(os.listdir(tmp_path))

    _write(tmp_path / "a.images")

    *left, made = sorted(os.listdir(tmp_path))
    assert [".lock", ".partial"] == [Path(one).suffix for one in left]
    assert all(one.startswith(".b.images.") for one in left)
    assert "a.images" == made


def test_a_file_that_another_process_makes_is_left_alone(tmp_path: Path) -> None:
    """Whoever is ready last has made the file."""
    out = tmp_path / "a.images"
    with _making(out) as process:
        _write(out)
        remove_left(tmp_path)
        assert "whole" == out.read_text()
        process.communicate()
        assert 0 == process.returncode

    assert "half" == out.read_text()
    assert ["a.images"] == os.listdir(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_without_locks_a_file_is_written_and_none_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """As on some network file systems: whose file it is cannot be known there."""
    left = tmp_path / ".a.images.1-0123abcd.lock"
    left.write_text("half")

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)

    _write(tmp_path / "a.images")

    assert {left.name, "a.images"} == set(os.listdir(tmp_path))


def test_a_new_file_that_is_taken_for_one_that_was_left_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process finds it before it has its lock."""
    real, refusals = fcntl.flock, 0

    def flock(fd: int, how: int) -> None:
        nonlocal refusals
        if not refusals:
            refusals += 1
            (new,) = tmp_path.iterdir()
            with new.open("rb+") as other:  # its lock ends with the file
                real(other, how)
                new.unlink()
                real(fd, how)
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", flock)

    _write(tmp_path / "a.images")

    assert 1 == refusals
    assert ["a.images"] == os.listdir(tmp_path)


NAMES = st.one_of(
    st.from_regex(r"\.[a-c.]{1,4}\.[0-9]{1,3}-[0-9a-fA-F]{7,9}\.lock", fullmatch=True),
    st.sampled_from(["a.images", ".a.images", ".a.images.lock", "a.1-0123abcd.lock", ".git"]),
)


@given(name=NAMES, kind=st.sampled_from(["file", "folder", "link", "pipe"]))
def test_nothing_else_is_removed(
    tmp_path_factory: pytest.TempPathFactory, name: str, kind: str
) -> None:
    """The name of a lock: a dot, the file's name, digits, eight hexadecimal digits, an ending."""
    folder = tmp_path_factory.mktemp("folder")
    path = folder / name
    match kind:
        case "file":
            path.touch()
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(folder)
        case _:
            os.mkfifo(path)
    first, _, end = name.removesuffix(".lock").rpartition("-")
    whose, _, number = first.removeprefix(".").rpartition(".")
    is_ours = (
        name.startswith(".")
        and name.endswith(".lock")
        and bool(whose)
        and number.isdecimal()
        and len(end) == 8
        and set(end) <= set("0123456789abcdef")
    )

    remove_left(folder)

    assert (is_ours and kind == "file") != os.path.lexists(path)


def test_a_new_file_that_is_about_to_be_removed_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process has its lock, and removes it only when this one goes on."""
    real = fcntl.flock
    taken: list[Path] = []

    def flock(fd: int, how: int) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            raise BlockingIOError
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", flock)

    with beside(tmp_path / "a.images", force=True) as new:
        new.write_text("whole")
        taken[0].unlink()

    assert ["a.images"] == os.listdir(tmp_path)
