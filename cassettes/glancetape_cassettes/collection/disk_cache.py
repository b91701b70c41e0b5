"""Large collections, kept beside the cassette so that they are gathered once.

The name of a file holds a hash of what it was made from (the cassettes' contents, the program's
version) and a hash of its own content. So an outdated or damaged file is never opened, and
everything in the folder can be deleted at any time.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable
from glob import escape
from hashlib import blake2b, file_digest
from pathlib import Path

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.imageset.making.whole_file import beside, remove_left
from glancetape_cassettes.lean_process import without_garbage_collection

FOLDER = ".glancetape-cache"
WORTH_KEEPING = 1000
"""Smaller collections, in images, are gathered again by each run."""
_FORMAT = 11
_HASH = 8  # bytes
_DIGEST = "digest"


def open_collection(
    cassettes: Iterable[Cassette],
    which: str,
    program: str,
    write: Callable[[Path, dict[str, str]], int],
) -> ImageSet:
    """Return the collection of some cassettes, opened from the cache or gathered.

    `which` names the view and state, as several collections are made from the same cassettes.
    `write(path, about)` gathers one, writes it at `path` with the entries `about`, and returns
    how many images it has.
    """
    listed = list(cassettes)
    names = "\0".join([*(str(one.path.name) for one in listed), which])
    name = f"{listed[0].path.name}-{_hex(os.fsencode(names))}"
    digest = _hex(
        os.fsencode(f"{_FORMAT} {program}\0{names}\0"), *(cassette.digest() for cassette in listed)
    )
    folder = listed[0].path.absolute().parent / FOLDER
    found = _open(folder, f"{name}-{digest}")
    if found is None:
        # A user who may not read a cassette may not read its images here either.
        mode = 0o666
        for cassette in listed:
            with contextlib.suppress(OSError):
                mode &= cassette.path.stat().st_mode
        found = _make(folder, name, digest, mode, write)
    return found


def _hex(*parts: bytes) -> str:
    hashed = blake2b(digest_size=_HASH)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


def _open(folder: Path, name: str) -> ImageSet | None:
    """Open the file kept under a name if its content still has the hash that its name holds."""
    for path in folder.glob(f"{escape(name)}-*.images"):
        with contextlib.suppress(OSError, ImageSetError):  # written by another version, or damaged
            if path == _named(folder, name, path):
                return ImageSet(path)
    return None


def _named(folder: Path, name: str, content: Path) -> Path:
    with content.open("rb") as file:
        hashed = file_digest(file, "sha256").hexdigest()  # where processors help, twice as fast
    return folder / f"{name}-{hashed[: 2 * _HASH]}.images"


def _make(
    folder: Path,
    name: str,
    digest: str,
    mode: int,
    write: Callable[[Path, dict[str, str]], int],
) -> ImageSet:
    with temporary_folder() as temporary:
        path = temporary / "collection.images"
        with without_garbage_collection():  # a page makes thousands of objects and no cycle
            count = write(path, {_DIGEST: digest})
        if count >= WORTH_KEEPING:
            # Without a cache, in a folder that cannot be written, the answers are the same.
            with contextlib.suppress(OSError, ImageSetError):
                return ImageSet(_keep(path, folder, name, digest, mode))
        return ImageSet(path)  # an open file stays readable when its folder is removed


def _keep(path: Path, folder: Path, name: str, digest: str, mode: int) -> Path:
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    remove_left(folder)
    kept = _named(folder, f"{name}-{digest}", path)
    with beside(kept, force=True) as partial:
        partial.chmod(mode)
        shutil.copyfile(path, partial)
    for older in folder.glob(f"{escape(name)}-*.images"):
        if older != kept:
            older.unlink(missing_ok=True)
    return kept
