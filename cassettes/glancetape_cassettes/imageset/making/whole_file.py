"""A file that is written whole or not at all, and what a killed process left of one."""

import contextlib
import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.later import later
from glancetape_cassettes.plain_names import why_not_plain

if TYPE_CHECKING:
    import sqlite3
else:  # NDJSON does without databases
    sqlite3 = later("sqlite3")

_MOST_OF_NAME = 200
"""Bytes of a file's name that are in the name of the new one; file systems allow 255 in all."""
_LOCK = re.compile(r"\.(?P<name>.+)\.\d+-[0-9a-f]{8}\.lock", re.DOTALL)


@contextmanager
def beside(out: Path, *, force: bool) -> Iterator[Path]:
    """Yield the path of a new file beside `out`, which replaces `out` when all goes well.

    A symbolic link stays one, and what it leads to is replaced. Otherwise the new file is removed.
    So are those that killed processes left for the same `out`. Raises ImageSetError when `out`
    exists and `force` is not set, when its name is that of a compressed file, or when it cannot be
    written.
    """
    if why := why_not_plain(out):
        raise ImageSetError(why)
    try:
        _look(out, force)
        target = Path(os.path.realpath(out))
        remove_left(target.parent, _short(target))
        # Created at once, so that a folder that cannot be written fails before any work is done.
        lock, fd = _lock(target)
    except OSError as error:
        raise _not_written(out, error) from error
    partial = lock.with_suffix(".partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        _look(out, force)  # again: making a large set takes a while
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise _not_written(out, error) from error
    finally:
        partial.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)
        os.close(fd)


def remove_left(folder: Path, name: str | None = None) -> None:
    """Remove the new files that killed processes left in a folder, for one name or for all.

    Beside its new file, a process holds the lock of an empty one until it ends, however it ends.
    So what has no lock was left. The lock is not that of the new file itself: on an SMB share that
    would keep it from writing there. Where the file system has no locks, all stay.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for one in found:
            lock = _LOCK.fullmatch(one.name)
            if lock and name in (None, lock["name"]) and one.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    _remove_if_left(Path(one.path))


def _remove_if_left(lock: Path) -> None:
    fd = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)  # over NFS only who may write can lock
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.with_suffix(".partial").unlink(missing_ok=True)
        lock.unlink()
    finally:
        os.close(fd)


def _lock(target: Path) -> tuple[Path, int]:
    """Create and lock the file beside a new one; return its path, and its descriptor."""
    while True:
        lock = target.with_name(f".{_short(target)}.{os.getpid()}-{os.urandom(4).hex()}.lock")
        fd = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_removed = not os.fstat(fd).st_nlink
        except BlockingIOError:
            is_removed = True  # or soon will be: another process took it for one that was left
        except OSError:  # the file system has no locks, so nobody removes it
            is_removed = False
        if not is_removed:
            return lock, fd
        os.close(fd)


def _short(target: Path) -> str:
    return os.fsdecode(os.fsencode(target.name)[:_MOST_OF_NAME])


def _look(out: Path, force: bool) -> None:
    if out.is_dir():
        raise ImageSetError(f"{out} is a folder.")
    if out.exists() and not out.is_file():
        raise ImageSetError(f"{out} is not a regular file; name another one.")
    if out.exists() and not force:
        raise ImageSetError(f"{out} exists; --force writes over it.")


def _not_written(out: Path, error: OSError | sqlite3.Error) -> ImageSetError:
    import tempfile  # most files can be written, and it loads much

    # An OSError names the file beside `out`.
    is_full = (
        getattr(error, "errno", 0) == errno.ENOSPC
        or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
    )
    folder = os.path.dirname(os.path.realpath(out))
    why = (isinstance(error, OSError) and error.strerror) or str(error)
    why = os.strerror(errno.ENOSPC) if is_full else why
    if getattr(error, "errno", 0) == errno.ENOENT and not os.path.isdir(folder):
        why = f"the folder {folder} does not exist; make it first"
    room = f" Temporary files are in {tempfile.gettempdir()}." if is_full else ""
    return ImageSetError(f"{out} cannot be written: {why}.{room}")
