"""Appending to a cassette, so that nothing a client has seen can be lost.

One writer at a time holds the cassette's lock. `append` returns when the items are on the disk
(fsync). When that fails, the file is cut back to its last complete item.

The lock keeps other recorders away, and nobody else. `git checkout`, an editor and `rm` give the
name to another file or to none, and what is appended to the file that is still open is then lost.
So the file is compared with the one that has the name, before and after each append. Who writes
into the same file without making it longer or shorter changes its time; then it is read again,
since `touch` and some network file systems change the time alone.
"""

import contextlib
import fcntl
import logging
import os
import time
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from glancetape_cassettes.errors import CassetteError, CassetteLocked
from glancetape_cassettes.formats import own_layout
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.formats.regular_file import GZIP, check_merged, check_regular, read_bytes
from glancetape_cassettes.plain_names import why_not_plain

LOCK_PATIENCE = 2.0
"""Seconds to wait for a writer that is finishing, such as one whose proxy was killed."""

# Syncs data and size, without the file's times. macOS has only fsync.
_sync = getattr(os, "fdatasync", os.fsync)

# Appending leaves no hole in a file that was cut between the check of its length and the write.
_FLAGS = os.O_APPEND | os.O_CLOEXEC

_PIECE = 1024 * 1024

logger = logging.getLogger(__name__)


class CassetteWriter:
    """An open cassette to append to. Not thread-safe: one thread appends."""

    def __init__(self, path: Path, recorder: str, redaction: Redaction) -> None:
        """Open or create the file, take its lock, and move a torn tail out of it.

        Raises CassetteLocked when another recorder has the file, and CassetteError when it cannot
        be written, was not written by glancetape, or holds stand-ins made with another key.
        """
        self.path = path
        self.target = Path(os.path.realpath(path))
        """The file that `path` leads to when it is a symbolic link."""
        self.count = 0
        self.is_changed = False
        """Whether an append was refused because another program changed the file."""
        self._fd, self._is_new = _open_locked(path, self.target)
        self._size, self._was_empty = 0, False
        self._written_at = 0  # the time of the file as we left it, in nanoseconds
        self._digest = sha256()  # of what the file has had since; processors have it built in
        self._lead = b""
        self._is_torn = False  # a write failed, and its remains are still in the file
        try:
            self._opened = os.fstat(self._fd)
            self._size, self._written_at = self._opened.st_size, self._opened.st_mtime_ns
            self._was_empty = not self._size
            if self._size:
                self._adopt(redaction)
            elif why := why_not_plain(path):
                raise CassetteError(why)
            else:
                head = own_layout.header_text(
                    recorder, redaction.key_id or "", redaction.keep_ids, redaction.sensitive
                )
                self._write(head.encode())
                self._written_at = os.fstat(self._fd).st_mtime_ns
                sync_folder(self.target.parent)
        except BaseException:
            self.close()
            raise

    def _adopt(self, redaction: Redaction) -> None:
        """Take over a cassette that is there. Raises CassetteError if nothing may be appended."""
        text = read_bytes(self.path, self._fd)
        _check_layout(text, self.path)
        check_merged(text, self.path)
        present = OwnCassette(self.path, text).redaction
        if present != redaction:
            raise CassetteError(
                f"{self.path}: the cassette {present}, but this recording {redaction}. In one "
                "file the same project would have two names. Use the cassette's key "
                "(GLANCETAPE_KEY) and options, or record into another file."
            )
        items = own_layout.find_items(text)
        if items.end < items.torn:
            line = text.count(b"\n", 0, items.end) + 1
            raise CassetteError(
                f"{self.path}, line {line}: the YAML document ends there, so nothing can be "
                "appended. Remove that line."
            )
        self.count = len(items.starts)
        if not text[: items.end].endswith(b"\n"):  # someone edited the end
            self._lead = b"\n"
        if items.torn < len(text):
            aside = self._set_aside(text[items.torn :])
            logger.warning(
                "%s: the last item was cut off while it was written; it is now in %s",
                self.path,
                aside,
            )
            self._size, self._is_torn = items.torn, True
            self._digest.update(text[: self._size])
            self._write(b"")
            self._written_at = os.fstat(self._fd).st_mtime_ns
        else:
            self._digest.update(text)

    def _set_aside(self, tail: bytes) -> Path:
        for number in range(1, 1000):
            aside = self.target.with_name(f"{self.target.name}.torn-{number}")
            try:
                with open(aside, "xb", opener=_private) as file:
                    # Who may not read the cassette may not read a part of it either.
                    os.fchmod(file.fileno(), os.fstat(self._fd).st_mode & 0o666)
                    file.write(tail)
                    file.flush()
                    os.fsync(file.fileno())
                return aside
            except FileExistsError:
                continue
            except OSError as error:
                raise CassetteError(
                    f"{self.path}: the torn tail cannot be kept in {aside.name}: {error.strerror}."
                ) from error
        raise CassetteError(f"{self.path}: there are too many .torn files beside it; remove some.")

    def append(self, items: Sequence[str]) -> int:
        """Append items, as `emit` writes them; return the number of the first one.

        Returns when they are on the disk. Raises CassetteError otherwise; then none of them is in
        the file that has the cassette's name.
        """
        self.check_unchanged()
        self._write(self._lead + "".join(items).encode())
        self._lead = b""
        first = self.count + 1
        self.count += len(items)
        held = self._held()
        if held.st_size < self._size:  # more is for the next append
            raise self._changed("another program changed its length")
        self._written_at = held.st_mtime_ns
        return first

    def check_unchanged(self) -> None:
        """Raise CassetteError unless the cassette is the file we hold, as long as we left it."""
        held = self._held()
        if held.st_size < self._size or (held.st_size > self._size and not self._is_torn):
            raise self._changed("another program changed its length")
        if held.st_mtime_ns != self._written_at and not self._is_torn:
            if not self._has_same_content():
                raise self._changed("another program changed its content")
            self._written_at = held.st_mtime_ns

    def _is_as_we_left_it(self) -> bool:
        return os.fstat(self._fd).st_size == self._size and self._has_same_content()

    def _has_same_content(self) -> bool:
        digest, place = sha256(), 0
        while place < self._size:
            piece = os.pread(self._fd, min(_PIECE, self._size - place), place)
            if not piece:
                return False
            digest.update(piece)
            place += len(piece)
        return digest.digest() == self._digest.digest()

    def _held(self) -> os.stat_result:
        """Return the status of the file that has the name. Raises CassetteError unless we hold it.

        Each call to the system lets the other thread of the scribe run, and then has to wait for
        it; so the open file is not asked too. No other file can have its number meanwhile.
        """
        try:
            held = os.stat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            raise self._changed("it was deleted") from None
        except OSError as error:
            raise self._changed(f"it can no longer be found ({error.strerror})") from None
        if not os.path.samestat(held, self._opened):
            raise self._changed("another file took its place")
        return held

    def _changed(self, what: str) -> CassetteError:
        self.is_changed = True
        return CassetteError(
            f"{self.path}: {what} while glancetape recorded into it, so what was recorded may "
            "be lost. Leave the file alone until glancetape has ended, and record again."
        )

    def _write(self, data: bytes) -> None:
        try:
            self._cut_back()
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            _sync(self._fd)
        except OSError as error:
            self._is_torn = True
            with contextlib.suppress(OSError):  # otherwise before the next item
                self._cut_back()
            raise CassetteError(f"{self.path}: cannot be written: {error.strerror}.") from error
        except BaseException:  # whatever it is, no half item stays
            self._is_torn = True
            with contextlib.suppress(OSError):
                self._cut_back()
            raise
        self._size += len(data)
        self._digest.update(data)

    def _cut_back(self) -> None:
        if self._is_torn:
            if os.fstat(self._fd).st_size > self._size:  # it never becomes longer
                os.ftruncate(self._fd, self._size)
            self._is_torn = False

    def close(self) -> None:
        """Release the lock. A cassette without items is left as it was found: absent or empty."""
        if self._fd < 0:
            return
        # What another program wrote into the file meanwhile is not ours to remove.
        if self._was_empty and not self.count and self._is_as_we_left_it():
            with contextlib.suppress(OSError):  # a header alone does no harm
                if not self._is_new:
                    os.ftruncate(self._fd, 0)
                elif _is_at(self.target, self._fd):
                    self.target.unlink()
        os.close(self._fd)
        self._fd = -1


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of an existing cassette, so that no recorder appends to it.

    Raises CassetteLocked when another recorder has the file.
    """
    fd, _ = _open_locked(path, Path(os.path.realpath(path)))
    try:
        yield
    finally:
        os.close(fd)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder, as fsync does for a file, where the system allows it."""
    with contextlib.suppress(OSError):  # a folder without read permission, a network file system
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _open_locked(path: Path, target: Path) -> tuple[int, bool]:
    """Open and lock the file that has the name now; return also whether it is new."""
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fd, is_new = _open(path, target)
        except OSError as error:
            raise CassetteError(f"{path}: cannot be written: {error.strerror}.") from error
        try:
            check_regular(path, os.fstat(fd))
            _lock(fd, path, deadline)
            # The previous writer may have removed the file, or replaced it with another one.
            if _is_at(target, fd):
                return fd, is_new
        except BaseException as error:
            os.close(fd)
            if is_new and type(error) is CassetteError:  # no locks: nobody else has it open
                target.unlink(missing_ok=True)
            raise
        os.close(fd)


def _open(path: Path, target: Path) -> tuple[int, bool]:
    while True:
        with contextlib.suppress(FileNotFoundError):
            check_regular(path, target.stat())  # before it is opened, as opening a pipe may wait
            return os.open(target, os.O_RDWR | _FLAGS), False
        with contextlib.suppress(FileExistsError):
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS
                return os.open(target, flags, 0o644), True
            except FileNotFoundError as error:
                raise CassetteError(f"{path}: the folder does not exist. Make it first.") from error


def _lock(fd: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            raise CassetteLocked(
                f"{path}: another recorder is writing it. Stop that one, or record into another "
                "file."
            ) from error
        except OSError as error:
            raise CassetteError(
                f"{path}: its file system has no locks ({error.strerror}). Record into a file on a "
                "local disk, and move it here afterwards."
            ) from error
        return


def _is_at(target: Path, fd: int) -> bool:
    try:
        return os.path.samestat(target.stat(), os.fstat(fd))
    except OSError:
        return False


def _check_layout(text: bytes, path: Path) -> None:
    """Raise CassetteError for text that glancetape did not write so."""
    if text.startswith(GZIP):
        raise CassetteError(
            f"{path}: compressed with gzip, so nothing is appended to it. Decompress it first, "
            "with gunzip, or record into another file; replay takes several."
        )
    if own_layout.is_own(text):
        return
    if own_layout.is_own(text.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n")):
        raise CassetteError(
            f"{path}: an editor or git has changed its line ends to those of Windows, or put a "
            "byte order mark in front, so nothing is appended to it. Put `*.yaml text eol=lf` "
            "into .gitattributes and check it out again, or record into another file; replay "
            "takes several."
        )
    raise CassetteError(
        f"{path}: {own_layout.why_not_own(text)}, so nothing is appended to it. Record into "
        "another file; replay takes several."
    )
