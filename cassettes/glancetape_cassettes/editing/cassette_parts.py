"""A cassette of ours taken apart: its header, and the text of each interaction."""

from dataclasses import dataclass
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import own_layout
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.formats.regular_file import GZIP, IMAGE_SET, read_bytes, unzipped
from glancetape_cassettes.plain_names import word_of


@dataclass(frozen=True, slots=True)
class Parts:
    """The texts that make a file: all of them one after the other are its content."""

    cassette: OwnCassette
    header: bytes
    items: tuple[bytes, ...]
    """Each with the comments after it; the first also with those before it."""

    def with_items(self, items: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The texts of a file with this header and other interactions."""
        return (self.header, *items)

    @property
    def all(self) -> tuple[bytes, ...]:
        """The texts of this file."""
        return self.with_items(self.items)


def take_apart(path: Path) -> Parts:
    """Return the header and the interactions of a cassette that glancetape recorded.

    Raises CassetteError for any other file, and for an interaction that cannot be read: its text
    would be passed on without being looked at.
    """
    text = unzipped(read_bytes(path), path)
    if text.startswith(IMAGE_SET):
        raise CassetteError(f"{path}: an image set, and not a cassette; it has no interactions.")
    if not own_layout.is_own(text):
        made = word_of(f"{path.stem}-imported.yaml")
        raise CassetteError(
            f"{path}: {own_layout.why_not_own(text)}, so its text cannot be cut. Import it first: "
            f"glancetape import {word_of(path)} --out {made}"
        )
    found = own_layout.find_items(text)
    if found.torn < len(text):
        raise CassetteError(
            f"{path}: the last interaction is incomplete. If a recorder is writing it, wait until "
            "that has ended; otherwise record into it again, which moves the incomplete part away."
        )
    starts = [found.first, *found.starts[1:]]
    ends = [*found.starts[1:], found.end]
    items = tuple(
        _with_newline(text[start:end])
        for start, end in zip(starts[: len(found.starts)], ends, strict=False)
    )
    cassette = OwnCassette(path, text)
    for index in range(len(cassette)):
        cassette.interaction(index)
    return Parts(cassette, text[: found.first], items)


def check_uncompressed(path: Path) -> None:
    """Raise CassetteError for a compressed file: its text is not changed in its place."""
    if read_bytes(path).startswith(GZIP):
        raise CassetteError(
            f"{path}: compressed with gzip, and only plain text is changed. Decompress it first: "
            f"gunzip {word_of(path)}"
        )


def _with_newline(text: bytes) -> bytes:
    """Someone may have edited the end of a file."""
    return text if text.endswith(b"\n") else text + b"\n"
