"""Appending to a cassette so that nothing a client has seen can be lost.

One writer at a time holds a lock. What is appended is on the disk (fsync) before `append`
returns; when that fails, the file is cut back to its last complete item.
"""

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

from glancetape_cassettes.errors import CassetteError, CassetteLocked
from glancetape_cassettes.formats import own_layout
from glancetape_cassettes.formats.cassette import OwnCassette, Redaction, check_regular, read_bytes

LOCK_PATIENCE = 2.0
"""Seconds to wait for a writer that is just finishing, as after its recorder was killed."""

# Data and size, without the times of the file; macOS has only the other.
_sync = getattr(os, "fdatasync", os.fsync)

logger = logging.getLogger(__name__)


class CassetteWriter:
    """An open cassette to append to. Not thread-safe: one thread appends."""

    def __init__(self, path: Path, recorder: str, redaction: Redaction) -> None:
        """Open or create the file, take its lock, and set a torn tail aside.

        Raises CassetteError (with the file's name) when it cannot be written, was not written
        by glancetape, or holds stand-ins of another key; CassetteLocked when another recorder
        has it.
        """
        self.path = path
        self.target = Path(os.path.realpath(path))
        """The file itself, where `path` is a symbolic link."""
        self.count = 0
        self._fd, self._is_new = _open_locked(path, self.target)
        self._size, self._was_empty = 0, False
        self._lead = b""
        self._is_torn = False  # a write failed, and what it left has not been cut off
        try:
            self._size = os.fstat(self._fd).st_size
            self._was_empty = not self._size
            if self._size:
                self._adopt(redaction)
            else:
                head = own_layout.header_text(
                    recorder, redaction.key_id or "", redaction.keep_ids, redaction.sensitive
                )
                self._write(head.encode())
                sync_folder(self.target.parent)
        except BaseException:
            self.close()
            raise

    def _adopt(self, redaction: Redaction) -> None:
        text = read_bytes(self.path, self._fd)
        if not own_layout.is_own(text):
            raise CassetteError(
                f"{self.path}: not written by glancetape, so it is not appended to. Record into "
                "another file; replay takes several."
            )
        present = OwnCassette(self.path, text).redaction
        if present != redaction:
            raise CassetteError(
                f"{self.path}: it {present}, but this recording {redaction}; mixed, the same "
                "project would have two names. Use its key (GLANCETAPE_KEY) and options, or record "
                "into another file."
            )
        items = own_layout.find_items(text)
        if items.end < items.torn:
            line = text.count(b"\n", 0, items.end) + 1
            raise CassetteError(
                f"{self.path}, line {line}: the YAML document ends there, so nothing can be "
                "appended; remove that line."
            )
        self.count = len(items.starts)
        if not text[: items.end].endswith(b"\n"):  # edited by hand
            self._lead = b"\n"
        if items.torn < len(text):
            aside = self._set_aside(text[items.torn :])
            logger.warning("%s: the torn tail is kept in %s", self.path, aside)
            self._size, self._is_torn = items.torn, True
            self._write(b"")

    def _set_aside(self, tail: bytes) -> Path:
        for number in range(1, 1000):
            aside = self.target.with_name(f"{self.target.name}.torn-{number}")
            try:
                with aside.open("xb") as file:
                    file.write(tail)
                    file.flush()
                    os.fsync(file.fileno())
                return aside
            except FileExistsError:
                continue
            except OSError as error:
                raise CassetteError(
                    f"{self.path}: its torn tail cannot be kept in {aside.name}: {error.strerror}."
                ) from error
        raise CassetteError(f"{self.path}: too many torn tails beside it; remove some.")

    def append(self, items: Sequence[str]) -> int:
        """Append items (as `emit` writes them) and give the number of the first.

        Returns when they are safely on the disk. Raises CassetteError otherwise, with none of
        them in the file.
        """
        self._write(self._lead + "".join(items).encode())
        self._lead = b""
        first = self.count + 1
        self.count += len(items)
        return first

    def _write(self, data: bytes) -> None:
        try:
            self._cut_back()
            os.lseek(self._fd, self._size, os.SEEK_SET)
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            _sync(self._fd)
        except OSError as error:
            self._is_torn = True
            with contextlib.suppress(OSError):  # else before the next item
                self._cut_back()
            raise CassetteError(f"{self.path}: cannot be written: {error.strerror}.") from error
        self._size += len(data)

    def _cut_back(self) -> None:
        if self._is_torn:
            os.ftruncate(self._fd, self._size)
            self._is_torn = False

    def close(self) -> None:
        """Release the lock; a cassette without items is left as it was found: not there, empty."""
        if self._fd < 0:
            return
        if self._was_empty and not self.count:
            with contextlib.suppress(OSError):  # a header alone does no harm
                if not self._is_new:
                    os.ftruncate(self._fd, 0)
                elif _is_at(self.target, self._fd):
                    self.target.unlink()
        os.close(self._fd)
        self._fd = -1


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as safe as the files; where that cannot be, do without."""
    with contextlib.suppress(OSError):  # a folder that may not be read, a network's file system
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _open_locked(path: Path, target: Path) -> tuple[int, bool]:
    """Open and lock the file that is there now; gives also whether it was made."""
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fd, is_new = _open(path, target)
        except OSError as error:
            raise CassetteError(f"{path}: cannot be written: {error.strerror}.") from error
        try:
            check_regular(path, os.fstat(fd))
            _lock(fd, path, deadline)
            # The writer before may have removed the file, or put another one in its place.
            if _is_at(target, fd):
                return fd, is_new
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _open(path: Path, target: Path) -> tuple[int, bool]:
    while True:
        with contextlib.suppress(FileNotFoundError):
            check_regular(path, target.stat())  # before it is opened: pipes may wait
            return os.open(target, os.O_RDWR | os.O_CLOEXEC), False
        with contextlib.suppress(FileExistsError):
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                return os.open(target, flags, 0o644), True
            except FileNotFoundError as error:
                raise CassetteError(f"{path}: the folder does not exist; make it first.") from error


def _lock(fd: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            raise CassetteLocked(
                f"{path}: another recorder is writing it; stop that one or record into another "
                "file."
            ) from error
        except OSError as error:
            raise CassetteError(f"{path}: cannot be locked: {error.strerror}.") from error
        return


def _is_at(target: Path, fd: int) -> bool:
    try:
        return os.path.samestat(target.stat(), os.fstat(fd))
    except OSError:
        return False
