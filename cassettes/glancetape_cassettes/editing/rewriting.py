"""Putting a cassette in the place of another one: whole, and never while a recorder has it."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.regular_file import read_bytes
from glancetape_cassettes.writing.writer import locked, sync_folder


def write_cassette(path: Path, parts: Sequence[bytes], *, force: bool) -> None:
    """Write a cassette from its parts. Raises CassetteError, and leaves the file as it was.

    An existing file is replaced only with `force`, and keeps its permissions.
    """
    if path.exists() or path.is_symlink():
        if not force:
            raise CassetteError(f"{path} exists; --force writes over it.")
        with locked(path):
            _replace(path, parts)
        return
    _replace(path, parts)


def rewrite_cassette(path: Path, before: Sequence[bytes], after: Sequence[bytes]) -> None:
    """Replace a cassette that is still as it was read. Raises CassetteError when it is not."""
    with locked(path):
        if not read_bytes(path).startswith(b"".join(before).rstrip(b"\n")):
            raise CassetteError(f"{path} changed while it was read; run the command again.")
        _replace(path, after)


def _replace(path: Path, parts: Sequence[bytes]) -> None:
    target = Path(os.path.realpath(path))  # a symbolic link stays one
    beside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with beside.open("xb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        raise CassetteError(f"{path}: cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    sync_folder(target.parent)
