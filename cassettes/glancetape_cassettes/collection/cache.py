"""Collections that took a while to gather, kept beside the cassette.

A file is found by what it was made of: the contents of the cassettes, and the program. So it is
never out of date, and everything in the folder can be deleted at any time.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

from glancetape_cassettes.cassette import Cassette
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.reading import ImageSet
from glancetape_cassettes.imageset.writing import beside

FOLDER = ".glancetape-cache"
WORTH_KEEPING = 1000
"""Images from which on a collection is kept."""
_FORMAT = 1
_DIGEST = "digest"


def open_collection(
    cassettes: Iterable[Cassette],
    which: str,
    program: str,
    write: Callable[[Path, dict[str, str]], int],
) -> ImageSet:
    """Open a collection of cassettes: the kept one, or a new one.

    `which` tells those of the same cassettes apart. `write` makes one at a path, with what is to
    stand in its table `about`, and gives how many images it has.
    """
    listed = list(cassettes)
    names = "\0".join([*(str(one.path.name) for one in listed), which])
    name = f"{listed[0].path.name}-{_hex(names.encode())}"
    digest = _hex(
        f"{_FORMAT} {program}\0{names}\0".encode(), *(cassette.digest() for cassette in listed)
    )
    folder = listed[0].path.absolute().parent / FOLDER
    kept = folder / f"{name}-{digest}.images"
    found = _open(kept, digest)
    return found if found is not None else _make(kept, name, digest, write)


def _hex(*parts: bytes) -> str:
    hashed = blake2b(digest_size=8)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


def _open(path: Path, digest: str) -> ImageSet | None:
    try:
        images = ImageSet(path)
    except ImageSetError:  # not there, of another version, damaged: it is made again
        return None
    if images.about.get(_DIGEST) == digest:
        return images
    images.close()
    return None


def _make(
    kept: Path, name: str, digest: str, write: Callable[[Path, dict[str, str]], int]
) -> ImageSet:
    with tempfile.TemporaryDirectory(prefix="glancetape-") as folder:
        path = Path(folder) / kept.name
        if write(path, {_DIGEST: digest}) >= WORTH_KEEPING:
            # A folder that cannot be written is no reason to give no answer.
            with contextlib.suppress(OSError, ImageSetError):
                _keep(path, kept, name)
                return ImageSet(kept)
        return ImageSet(path)  # open, it needs no name


def _keep(path: Path, kept: Path, name: str) -> None:
    kept.parent.mkdir(exist_ok=True)
    ignore = kept.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    with beside(kept, force=True) as partial:
        shutil.copyfile(path, partial)
    for older in kept.parent.glob(f"{_literal(name)}-*.images"):
        if older != kept:
            older.unlink(missing_ok=True)


def _literal(name: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)
