"""Putting a cassette in the place of another one: whole, and never while a recorder has it."""

from collections.abc import Sequence
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.regular_file import read_bytes
from glancetape_cassettes.writing.replace_older import replace_file
from glancetape_cassettes.writing.writer import locked


def write_cassette(path: Path, parts: Sequence[bytes], *, force: bool) -> None:
    """Write a cassette from its parts. Raises CassetteError, and leaves the file as it was.

    An existing file is replaced only with `force`, and keeps its permissions.
    """
    if path.exists() or path.is_symlink():
        if not force:
            raise CassetteError(f"{path} exists; --force writes over it.")
        with locked(path):
            replace_file(path, parts)
        return
    replace_file(path, parts)


def rewrite_cassette(path: Path, before: Sequence[bytes], after: Sequence[bytes]) -> None:
    """Replace a cassette that is still as it was read. Raises CassetteError when it is not."""
    with locked(path):
        if not read_bytes(path).startswith(b"".join(before).rstrip(b"\n")):
            raise CassetteError(f"{path} changed while it was read; run the command again.")
        replace_file(path, after)
