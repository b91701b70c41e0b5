"""Opening a cassette: our own files are read item by item when needed, all others at once."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.opened.head import Redaction, read_head
from glancetape_cassettes.formats.regular_file import (
    IMAGE_SET,
    check_merged,
    is_ndjson,
    read_bytes,
    refuse_ndjson,
    unzipped,
)
from glancetape_cassettes.interaction import Headers, Interaction, Request, Source
from glancetape_cassettes.later import later
from glancetape_cassettes.plain_names import word_of

if TYPE_CHECKING:
    from glancetape_cassettes.formats import own_layout
    from glancetape_cassettes.formats.foreign import recognising
    from glancetape_cassettes.formats.opened import (
        foreign_cassette,
        own_cassette,
        recording_of_others,
    )
else:  # a session over an image set alone does without them
    own_layout = later("glancetape_cassettes.formats.own_layout")
    recognising = later("glancetape_cassettes.formats.foreign.recognising")
    foreign_cassette = later("glancetape_cassettes.formats.opened.foreign_cassette")
    own_cassette = later("glancetape_cassettes.formats.opened.own_cassette")
    recording_of_others = later("glancetape_cassettes.formats.opened.recording_of_others")


class Cassette(Protocol):
    """The interactions of one file, in their order. Indexes count from 0."""

    path: Path
    redaction: Redaction

    def __len__(self) -> int:
        """Return the number of complete interactions."""
        ...

    def source(self, index: int) -> Source:
        """Return where an interaction is: file name, and number counted from 1."""
        ...

    def line(self, index: int) -> int:
        """Return the line on which an interaction starts."""
        ...

    def request(self, index: int) -> Request:
        """Return the request of an interaction."""
        ...

    def interaction(self, index: int) -> Interaction:
        """Return an interaction."""
        ...

    def recorded_at(self, index: int) -> str:
        """Return when an interaction was recorded, as the file has it; "" when it has not."""
        ...

    def answer_date(self, index: int) -> str:
        """Return the header Date of a response; "" when it has none."""
        ...

    def answer_headers(self, index: int) -> Headers:
        """Return the headers of a response."""
        ...

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response; the value is None unless the body is JSON."""
        ...

    def status(self, index: int) -> int:
        """Return the status of a response."""
        ...

    def is_mark(self, index: int) -> bool:
        """Return whether an interaction is the mark of a request that was not recorded."""
        ...

    def digest(self) -> bytes:
        """Return a hash of the whole file."""
        ...


def load_cassette(path: str | Path, *, is_searched: bool = False) -> Cassette:
    """Return the interactions in a cassette that glancetape, vcrpy or Ruby VCR wrote.

    A HAR file and what clients print are read too. Raises CassetteError, which names the file and,
    if possible, the line. A key that someone added to a cassette of ours a second time is refused
    when its interaction is read, and so is JSON of another recorder that is cut off or packed.
    `is_searched` reads both all the same, as `scan` does, which looks into all that is there.
    """
    path = Path(path)
    text = unzipped(read_bytes(path), path)
    if text.startswith(IMAGE_SET):
        raise CassetteError(
            f"{path} is a database and not a cassette. If it is an image set, "
            "`glancetape query` reads it."
        )
    check_merged(text, path)
    if own_layout.is_own(text):
        return own_cassette.OwnCassette(path, text, is_searched=is_searched)
    found = recognising.recognised(text[: recognising.HEAD], path)
    if found is None:
        recognising.refuse_others(text[: recognising.HEAD], path)
        if is_ndjson(text):
            refuse_ndjson(path)
        return foreign_cassette.ForeignCassette(path, text, is_searched=is_searched)
    if found.read is None or not found.plays:
        raise CassetteError(
            f"{path}: {found.name}, which has to become a cassette first: "
            f"glancetape import {word_of(path)} --out {word_of(path.with_suffix('.yaml'))}"
            f"{' --url URL' if found.needs_url else ''}"
        )
    return recording_of_others.RecordingOfOthers(path, found.read(path, None))


_MOST_CHECKED = 2 << 20  # bytes; a fifth of a second for a cassette of another recorder


def check_cassette(path: Path) -> None:
    """Raise what `load_cassette` raises for a file that is not a cassette, but soon.

    A large file is not read twice: only whether it is there is checked.
    """
    if os.path.isfile(path) and path.stat().st_size > _MOST_CHECKED:
        return
    text = unzipped(read_bytes(path), path)
    if text.startswith(IMAGE_SET) or not own_layout.is_own(text):
        load_cassette(path)
    else:
        check_merged(text, path)
        read_head(text, own_layout.find_items(text).first, str(path))
