"""A ZIP archive with a HAR file, and beside it the bodies that it names: `recordHar` of Playwright.

    har.har                                       `"content": {"size": 2, "_file": "b1c7....json"}`
    b1c7dd3d6ad1a3f5c6f3e1e0cf1a9d2c7e5d1b0a.json

Nothing is unpacked to the disk, so a name in the archive leads nowhere.
"""

import lzma
import struct
import zipfile
import zlib
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import Entries, ForeignFormat, Unusable
from glancetape_cassettes.formats.foreign.har import NOT_BESIDE, TOO_LARGE, entries_of
from glancetape_cassettes.formats.foreign.sending_order import MOST_DECODED_IN_ALL
from glancetape_cassettes.formats.regular_file import MOST_BYTES
from glancetape_cassettes.formats.vcr import MOST_DECODED

_START = b"PK\x03\x04"
_OF_MACOS = ("__MACOSX/", "._")
"""What the Finder adds to archives: a file with attributes for each one."""
_DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, MemoryError),
    *(lzma.LZMAError, struct.error),  # each a plain Exception
)
"""What zipfile raises for an archive that is damaged, encrypted, or compressed in a new way."""


def _looks_like(head: bytes, path: Path) -> bool:
    if head[:4] != _START:
        return False
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return False
        with zipfile.ZipFile(path) as archive:
            return len(_har_files(archive)) == 1
    except (*_DAMAGED, LookupError, TypeError):
        return False


def _har_files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        one
        for one in archive.infolist()
        if one.filename.endswith(".har")
        and not one.filename.startswith(_OF_MACOS)
        and not one.filename.rpartition("/")[2].startswith(_OF_MACOS)
    ]


def _read(path: Path, _: str | None) -> Entries:
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise CassetteError(f"{path}: a ZIP archive that is damaged; save it again.") from error
    with archive:
        members = _Members(archive, path)
        yield from entries_of(members.har(), path, members.attached)


HAR_ARCHIVE = ForeignFormat(
    name="a ZIP archive with a HAR file", looks_like=_looks_like, read=_read, plays=True
)


class _Members:
    """Files of an archive, each decompressed once, and no more of them than a limit."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        files = _har_files(archive)
        if len(files) != 1:
            raise CassetteError(f"{path}: a ZIP archive with {len(files)} HAR files; unpack it.")
        self._archive = archive
        self._path = path
        self._har = files[0]
        self._left = MOST_DECODED_IN_ALL
        self._folder = "".join(self._har.filename.rpartition("/")[:2])
        self._found: dict[str, bytes] = {}
        self._members: dict[str, list[zipfile.ZipInfo]] = {}
        for one in archive.infolist():
            self._members.setdefault(one.filename, []).append(one)

    def har(self) -> bytes:
        """What the HAR file holds. Raises CassetteError."""
        try:
            return self._read(self._har, self._left)
        except _DAMAGED as error:
            raise CassetteError(
                f"{self._path}: a ZIP archive whose HAR file cannot be read: it is damaged, or has "
                "a password. Save it again."
            ) from error

    def attached(self, name: str) -> bytes:
        """A body that the HAR file names; it is beside the HAR file. Raises Unusable."""
        if name not in self._found:
            members = self._members.get(self._folder + name, ())
            if "/" in name or "\\" in name or len(members) != 1:
                raise Unusable(NOT_BESIDE)
            try:
                self._found[name] = self._read(members[0], MOST_DECODED)
            except _DAMAGED:
                raise Unusable("the file with a body is damaged", is_bad=True) from None
        return self._found[name]

    def _read(self, member: zipfile.ZipInfo, most: int) -> bytes:
        with self._archive.open(member) as file:  # a member may be longer than it says
            content = file.read(min(most, self._left) + 1)
        if len(content) > self._left:
            raise CassetteError(
                f"{self._path}: a ZIP archive whose files have more than "
                f"{MOST_DECODED_IN_ALL >> 20} MiB when decompressed. Save a shorter session, or "
                "only the requests to the image service."
            )
        if len(content) > most:
            raise Unusable(TOO_LARGE)
        self._left -= len(content)
        return content
