"""A folder for temporary files, and what killed processes left of such folders.

A process holds the lock of its folder until it ends, however it ends. So a folder without a lock
was left, and the next process that makes one beside it removes it. Where the file system has no
locks, all stay.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.later import later

if TYPE_CHECKING:
    import shutil
    import tempfile
else:  # most commands need no such folder, and these load much
    shutil, tempfile = later("shutil"), later("tempfile")

_PREFIX, _LOCKED = "glancetape-", ".locked"


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Yield a new folder in `parent`, or where TMPDIR says, which is removed at the end.

    Raises GlancetapeError in place of what fails after another program has removed it.
    """
    parent = parent or Path(tempfile.gettempdir())
    _remove_left(parent)
    new = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)).absolute()
    folder = new.with_name(new.name + _LOCKED)
    fd = os.open(new, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # the file system has no locks, so nobody removes it
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.rename(folder)  # only now: another process removes what has this name and no lock
        yield folder
    except Exception as error:
        if folder.is_dir() or new.is_dir():
            raise
        raise GlancetapeError(
            f"{folder}, the folder of our temporary files, was removed by another program. Run the "
            "command again, or set TMPDIR to another folder."
        ) from error
    finally:
        for one in (folder, new):
            shutil.rmtree(one, ignore_errors=True)
        os.close(fd)


@cache
def _remove_left(parent: Path) -> None:
    """Remove the folders that killed processes of this user left; once in each process."""
    with contextlib.suppress(OSError), os.scandir(parent) as found:
        for one in found:
            if one.name.startswith(_PREFIX) and one.name.endswith(_LOCKED):
                with contextlib.suppress(OSError):
                    _remove_if_left(Path(one.path))


def _remove_if_left(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(fd).st_uid == os.geteuid():
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(fd)
