"""A set is the same file, whatever the file system can do, and appears at once."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.imageset.checked_file import SECTOR
from glancetape_cassettes.imageset.making import data_file, growing_file
from glancetape_cassettes.imageset.making.growing_file import (
    grow_at_beginning,
    name_file,
    open_unnamed,
)
from glancetape_cassettes.imageset.making.importing import import_ndjson
from support.sets.set_files import write_ndjson
from support.sets.varied import varied_images


def _refuse(*_: Any, **__: Any) -> Any:
    raise OSError("this file system cannot")


_LACKS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "nothing": lambda _: None,
    "files without a name": lambda patch: patch.setattr(growing_file, "_UNNAMED", None),
    "room before data": lambda patch: patch.setattr(
        data_file, "grow_at_beginning", lambda *_: False
    ),
    "fallocate": lambda patch: patch.setattr(growing_file, "_fallocate", lambda: None),
    "names for files without one": lambda patch: patch.setattr(os, "link", _refuse),
}


@pytest.mark.parametrize("lacks", _LACKS)
def test_a_set_is_the_same_whatever_the_file_system_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    """Byte for byte, with the rights of any new file, and nothing beside it."""
    source = write_ndjson(tmp_path / "a.ndjson", varied_images(50, seed=9))
    with monkeypatch.context() as copied:  # as on a file system that can do nothing
        for change in _LACKS.values():
            change(copied)
        import_ndjson(source, tmp_path / "copied.images", {"made_by": "a test"})
    _LACKS[lacks](monkeypatch)

    import_ndjson(source, tmp_path / "b.images", {"made_by": "a test"})

    made = tmp_path / "b.images"
    assert (tmp_path / "copied.images").read_bytes() == made.read_bytes()
    assert source.stat().st_mode == made.stat().st_mode
    assert {"a.ndjson", "b.images", "copied.images"} == {one.name for one in tmp_path.iterdir()}


@pytest.mark.parametrize("length", [0, 1, SECTOR, 5 * SECTOR + 7])
def test_a_file_grows_at_its_beginning_or_stays_as_it_is(tmp_path: Path, length: int) -> None:
    """An empty one has no beginning to grow at."""
    data = os.urandom(length)
    with open_unnamed(tmp_path) as file:
        file.write(data)

        has_grown = grow_at_beginning(file, SECTOR)

        file.seek(SECTOR if has_grown else 0)
        assert data == file.read()
        assert [] == list(tmp_path.iterdir())


def test_a_file_that_gets_a_name_replaces_another_one(tmp_path: Path) -> None:
    """Or that one stays as it was."""
    path = tmp_path / "a"
    path.write_bytes(b"before")
    with open_unnamed(tmp_path) as file:
        file.write(b"after")

        is_named = name_file(file, path)

    assert (b"after" if is_named else b"before") == path.read_bytes()
    assert stat.S_ISREG(path.stat().st_mode)
    assert [path] == list(tmp_path.iterdir())
