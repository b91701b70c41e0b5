"""Appending to a cassette so that nothing a client has seen can be lost.

One writer at a time holds a lock. What is appended is on the disk (fsync) before `append`
returns; when that fails, the file is cut back to its last complete item.
"""

import fcntl
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

from glancetape_cassettes import layout
from glancetape_cassettes.cassette import OwnCassette, Redaction, read_bytes
from glancetape_cassettes.errors import CassetteError, CassetteLocked

LOCK_PATIENCE = 2.0
"""Seconds to wait for a writer that is just finishing, as after its recorder was killed."""

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
        self.count = 0
        self._fd = _open_locked(path)
        try:
            self._size = os.fstat(self._fd).st_size
            if self._size:
                self._adopt(redaction)
            else:
                head = layout.header_text(recorder, redaction.key_id or "", redaction.ids_kept)
                self._write(head.encode())
                _sync_folder(path.parent)
            self._header_size = self._size if not self.count else 0
        except BaseException:
            os.close(self._fd)
            raise

    def _adopt(self, redaction: Redaction) -> None:
        text = read_bytes(self.path)
        if not layout.is_own(text):
            raise CassetteError(
                f"{self.path}: not written by glancetape, so it is not appended to. Record into "
                "another file; replay takes several."
            )
        present = OwnCassette(self.path, text).redaction
        if present != redaction:
            raise CassetteError(
                f"{self.path}: it {present}, but this recording {redaction}; mixed, the same "
                "project would have two names. Record into another file."
            )
        items = layout.find_items(text)
        self.count = len(items.starts)
        if items.end < len(text):
            aside = self._set_aside(text[items.end :])
            logger.warning("%s: the torn tail is kept in %s", self.path, aside)
            os.ftruncate(self._fd, items.end)
            self._size = items.end

    def _set_aside(self, tail: bytes) -> Path:
        for number in range(1, 1000):
            aside = self.path.with_name(f"{self.path.name}.torn-{number}")
            try:
                with aside.open("xb") as file:
                    file.write(tail)
                    file.flush()
                    os.fsync(file.fileno())
                return aside
            except FileExistsError:
                continue
        raise CassetteError(f"{self.path}: too many torn tails beside it; remove some.")

    def append(self, items: Sequence[str]) -> int:
        """Append items (as `emit` writes them) and give the number of the first.

        Returns when they are safely on the disk. Raises CassetteError otherwise, with none of
        them in the file.
        """
        self._write("".join(items).encode())
        first = self.count + 1
        self.count += len(items)
        return first

    def _write(self, data: bytes) -> None:
        try:
            os.lseek(self._fd, self._size, os.SEEK_SET)
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            os.fsync(self._fd)
        except OSError as error:
            os.ftruncate(self._fd, self._size)
            raise CassetteError(f"{self.path}: cannot be written: {error.strerror}.") from error
        self._size += len(data)

    def close(self) -> None:
        """Release the lock; a cassette that this writer began and left empty is removed."""
        if self._fd < 0:
            return
        if self._size == self._header_size:
            self.path.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = -1


def _open_locked(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileNotFoundError as error:
        raise CassetteError(f"{path}: the folder does not exist; make it first.") from error
    except OSError as error:
        raise CassetteError(f"{path}: cannot be written: {error.strerror}.") from error
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            os.close(fd)
            raise CassetteLocked(
                f"{path}: another recorder is writing it; stop that one or record into another "
                "file."
            ) from error
        return fd


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
