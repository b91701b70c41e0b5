"""Opening a cassette: our own files are read item by item when needed, all others at once.

In our own files each item starts with `- ` in the first column and ends with its `recorded_at`
line, so the items are found without a YAML parser. Whatever follows the last complete item was
cut off while it was written:

    interactions:
    - request:            item 1
      ...
      recorded_at: '...'
    - request:            torn: left out with a warning
        method: GE
"""

import logging
import os
import stat
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.file_kinds import MOST_BYTES
from glancetape_cassettes.formats.later import later
from glancetape_cassettes.interaction import Interaction, Request, Source

if TYPE_CHECKING:
    from glancetape_cassettes.formats import own_layout, recorders, safe_yaml, vcr, vcr_files
else:  # they load a YAML parser, which a session over an image set alone does without
    own_layout = later("glancetape_cassettes.formats.own_layout")
    safe_yaml = later("glancetape_cassettes.formats.safe_yaml")
    recorders = later("glancetape_cassettes.formats.recorders")
    vcr = later("glancetape_cassettes.formats.vcr")
    vcr_files = later("glancetape_cassettes.formats.vcr_files")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Redaction:
    """How a cassette was redacted: with which key, whether ids were kept, more sensitive names.

    The default is a cassette that glancetape did not redact, such as one of another recorder.
    """

    key_id: str | None = None
    keep_ids: bool = False
    sensitive: tuple[str, ...] = ()
    """Names that were sensitive besides the built-in ones; requests are compared with the same."""

    def __str__(self) -> str:
        """Return it in words, as messages show it."""
        if self.key_id is None:
            return "is not redacted"
        names = f"; also sensitive: {', '.join(self.sensitive)}" if self.sensitive else ""
        return f"{'keeps ids' if self.keep_ids else 'has stand-ins'} (key {self.key_id}{names})"


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


_MARK = b"passed_through"
_DATABASE = b"SQLite format 3\0"  # how an image set begins


def load_cassette(path: Path) -> Cassette:
    """Return the interactions in a cassette that glancetape, vcrpy or Ruby VCR wrote.

    Raises CassetteError, which names the file and, if possible, the line.
    """
    text = vcr_files.unzipped(read_bytes(path), path)
    if text.startswith(_DATABASE):
        raise CassetteError(
            f"{path} is a database and not a cassette. If it is an image set, "
            "`glancetape query` reads it."
        )
    if own_layout.is_own(text):
        return OwnCassette(path, text)
    return ForeignCassette(path, text)


_MOST_CHECKED = 2 << 20  # bytes; a fifth of a second for a cassette of another recorder


def check_cassette(path: Path) -> None:
    """Raise what `load_cassette` raises for a file that is no cassette, but soon.

    A large file is not read twice: only whether it is there is checked.
    """
    if path.is_file() and path.stat().st_size > _MOST_CHECKED:
        return
    text = vcr_files.unzipped(read_bytes(path), path)
    if text.startswith(_DATABASE) or not own_layout.is_own(text):
        load_cassette(path)
    else:
        _header(text, own_layout.find_items(text).first, str(path))


def read_bytes(path: Path, fd: int | None = None) -> bytes:
    """Return the content of a file, read through `fd` if it is open. Raises CassetteError."""
    try:
        status = path.stat() if fd is None else os.fstat(fd)
        check_regular(path, status)
        if status.st_size > MOST_BYTES:
            raise CassetteError(f"{path}: larger than {MOST_BYTES >> 20} MiB; split the cassette.")
        with open(path if fd is None else fd, "rb", closefd=fd is None) as file:
            text = file.read()
    except FileNotFoundError as error:
        raise CassetteError(
            f"{path}: no such cassette. Record one: glancetape record --cassette {path}"
        ) from error
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error
    if not text:
        raise CassetteError(f"{path}: the file is empty; record it again or remove it.")
    return text


def check_regular(path: Path, status: os.stat_result) -> None:
    """Raise CassetteError for folders, pipes and devices: reading a pipe may never end."""
    if not stat.S_ISREG(status.st_mode):
        raise CassetteError(f"{path}: not a regular file, so it cannot be a cassette.")


class OwnCassette:
    """A cassette that glancetape wrote."""

    def __init__(self, path: Path, text: bytes) -> None:
        """Find the items; a torn item at the end is left out with a warning."""
        self.path = path
        self._text = text
        contents = own_layout.find_items(text)
        self._starts, self._end = contents.starts, contents.end
        self._may_have_marks = _MARK in text
        self.redaction = _redaction(_header(text, contents.first, str(path)))
        if contents.torn < len(text):
            logger.warning(
                "%s: left out %d bytes after interaction %d: recording was interrupted there, and "
                "the next interaction is incomplete",
                path,
                len(text) - contents.torn,
                len(self._starts),
            )

    def __len__(self) -> int:
        """Return the number of complete interactions."""
        return len(self._starts)

    def __repr__(self) -> str:
        """Return the file's name and number of interactions."""
        return f"<OwnCassette {self.path} with {len(self)} interactions>"

    def _span(self, index: int) -> tuple[int, int]:
        last = index + 1 == len(self._starts)
        return self._starts[index], self._end if last else self._starts[index + 1]

    def _slice(self, index: int) -> bytes:
        start, end = self._span(index)
        return self._text[start:end]

    def source(self, index: int) -> Source:
        """Return where an interaction is."""
        return Source(self.path.name, index + 1)

    def request(self, index: int) -> Request:
        """Return a request; in our own layout its response is not read."""
        head = own_layout.read_head(self._text, *self._span(index))
        return head if head is not None else self.interaction(index).request

    def interaction(self, index: int) -> Interaction:
        """Return an interaction."""
        try:
            return self._parse(index, 1)
        except CassetteError:  # parsed again with the line, which takes time to find
            return self._parse(index, self.line(index))

    def recorded_at(self, index: int) -> str:
        """Return when an interaction was recorded."""
        found = own_layout.read_date(self._slice(index))
        return self.interaction(index).recorded_at if found is None else found

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response; our own layout needs no YAML parser."""
        found = own_layout.read_json_answer(self._slice(index))
        return _json_answer(self.interaction(index)) if found is None else found

    def status(self, index: int) -> int:
        """Return the status of a response; our own layout needs no YAML parser."""
        found = own_layout.read_status(self._slice(index))
        return self.interaction(index).response.status if found is None else found

    def is_mark(self, index: int) -> bool:
        """Return whether an interaction is the mark of a request that was not recorded."""
        if not self._may_have_marks:
            return False
        return _MARK in self._slice(index) and self.interaction(index).passed_through

    def digest(self) -> bytes:
        """Return a hash of the whole file."""
        return blake2b(self._text, digest_size=16).digest()

    def line(self, index: int) -> int:
        """Return the line on which an interaction starts; this reads the file up to it."""
        return self._text.count(b"\n", 0, self._starts[index]) + 1

    def _parse(self, index: int, line: int) -> Interaction:
        where, item = f"{self.path}, interaction {index + 1} (line {line})", self._slice(index)
        if (quickly := own_layout.read_item(item)) is not None:
            return vcr.interaction_from(quickly, where)
        node, loader = safe_yaml.compose(item, str(self.path), line)
        value = safe_yaml.build(node, loader, str(self.path), line)
        if not isinstance(value, list) or len(value) != 1:
            raise CassetteError(f"{where}: not an item of the list 'interactions'.")
        return vcr.interaction_from(value[0], where)


class ForeignCassette:
    """A cassette that vcrpy, Ruby VCR or a person wrote; it is read at once."""

    def __init__(self, path: Path, text: bytes) -> None:
        """Read all interactions. Raises CassetteError for another format or version."""
        self.path = path
        self._digest = blake2b(text, digest_size=16).digest()
        file = vcr_files.read_vcr_file(text, str(path))
        values = [item.read() for item in file.items]
        is_of_go_vcr = any(map(recorders.is_of_go_vcr, values[:1]))
        versions = recorders.GO_VCR_VERSIONS if is_of_go_vcr else (vcr.VERSION,)
        self.redaction = _redaction(_check_version(file.rest, str(path), versions))
        self._lines = [item.line for item in file.items]
        self._interactions = [
            vcr.interaction_from(
                recorders.as_vcrpy(value), f"{path}, interaction {number} (line {line})"
            )
            for number, (value, line) in enumerate(zip(values, self._lines, strict=True), start=1)
        ]

    def __len__(self) -> int:
        """Return the number of interactions."""
        return len(self._interactions)

    def __repr__(self) -> str:
        """Return the file's name and number of interactions."""
        return f"<ForeignCassette {self.path} with {len(self)} interactions>"

    def source(self, index: int) -> Source:
        """Return where an interaction is."""
        return Source(self.path.name, index + 1)

    def line(self, index: int) -> int:
        """Return the line on which an interaction starts."""
        return self._lines[index]

    def request(self, index: int) -> Request:
        """Return the request of an interaction."""
        return self._interactions[index].request

    def interaction(self, index: int) -> Interaction:
        """Return an interaction."""
        return self._interactions[index]

    def recorded_at(self, index: int) -> str:
        """Return when an interaction was recorded."""
        return self._interactions[index].recorded_at

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response."""
        return _json_answer(self._interactions[index])

    def status(self, index: int) -> int:
        """Return the status of a response."""
        return self._interactions[index].response.status

    def is_mark(self, index: int) -> bool:
        """Return whether an interaction is the mark of a request that was not recorded."""
        return self._interactions[index].passed_through

    def digest(self) -> bytes:
        """Return a hash of the whole file."""
        return self._digest


def _json_answer(interaction: Interaction) -> tuple[int, Any]:
    try:
        return interaction.response.status, orjson.loads(interaction.response.body)
    except ValueError:
        return interaction.response.status, None


def _header(text: bytes, first: int, where: str) -> dict[str, Any]:
    value = own_layout.read_header(text[:first])
    if value is None:
        node, loader = safe_yaml.compose(text[:first], where)
        value = safe_yaml.build(node, loader, where)
    return _check_version(value if isinstance(value, dict) else {}, where)


def _check_version(
    header: dict[str, Any], where: str, versions: tuple[int, ...] = (vcr.VERSION,)
) -> dict[str, Any]:
    version = header.get("version", vcr.VERSION)
    if version not in versions:
        raise CassetteError(
            f"{where}: cassette version {version!r}, but this release reads version "
            f"{vcr.VERSION}; upgrade glancetape or record again."
        )
    return header


def _redaction(header: dict[str, Any]) -> Redaction:
    value = header.get("redaction")
    if not isinstance(value, dict):
        return Redaction()
    key_id, names = value.get("key_id"), value.get("sensitive")
    return Redaction(
        str(key_id) if key_id else None,
        value.get("ids") == "kept",
        tuple(map(str, names)) if isinstance(names, list) else (),
    )
