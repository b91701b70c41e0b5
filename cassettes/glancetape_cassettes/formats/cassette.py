"""Reading cassettes: our own by the slice and when needed, all others whole.

Our own files hold one item after the other behind `interactions:`, each starting with `- ` in
the first column and ending with its `recorded_at` line, so finding the items takes no YAML
parser. What follows the last complete item was cut off while it was written.
"""

import logging
import os
import stat
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import orjson

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import own_layout, safe_yaml, vcr
from glancetape_cassettes.interaction import Interaction, Request, Source

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Redaction:
    """How a cassette was redacted: the id of the key of its stand-ins, or ids kept as they are.

    Both None and False: not redacted by glancetape (a cassette of another recorder).
    """

    key_id: str | None = None
    keep_ids: bool = False
    sensitive: tuple[str, ...] = ()
    """Names that were protected beyond our own; requests are compared under the same ones."""

    def __str__(self) -> str:
        """Say it in words."""
        if self.key_id is None:
            return "is not redacted"
        names = f"; also sensitive: {', '.join(self.sensitive)}" if self.sensitive else ""
        return f"{'keeps ids' if self.keep_ids else 'has stand-ins'} (key {self.key_id}{names})"


class Cassette(Protocol):
    """Recorded interactions in their order, read when they are asked for."""

    path: Path
    redaction: Redaction

    def __len__(self) -> int:
        """Count the complete interactions."""
        ...

    def source(self, index: int) -> Source:
        """Tell where the interaction with this index (from 0) stands."""
        ...

    def line(self, index: int) -> int:
        """Tell the line on which it starts."""
        ...

    def request(self, index: int) -> Request:
        """Read one request."""
        ...

    def interaction(self, index: int) -> Interaction:
        """Read one interaction."""
        ...

    def recorded_at(self, index: int) -> str:
        """Tell when one was recorded, as it stands there; "" when it does not."""
        ...

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Give status and JSON value of one response; None for a body that is no JSON."""
        ...

    def digest(self) -> bytes:
        """Give a hash of the whole content."""
        ...


_DATABASE = b"SQLite format 3\0"  # so an image set begins


def load_cassette(path: Path) -> Cassette:
    """Open a cassette of glancetape, vcrpy or Ruby VCR.

    Raises CassetteError that names the file and, where there is one, the line.
    """
    text = read_bytes(path)
    if text.startswith(_DATABASE):
        raise CassetteError(f"{path} is no cassette but a database; `glancetape query` asks a set.")
    if own_layout.is_own(text):
        return OwnCassette(path, text)
    return ForeignCassette(path, text)


def read_bytes(path: Path, fd: int | None = None) -> bytes:
    """Read a whole file, through `fd` when it is open; CassetteError says what is wrong."""
    try:
        status = path.stat() if fd is None else os.fstat(fd)
        check_regular(path, status)
        if status.st_size > safe_yaml.MOST_BYTES:
            raise CassetteError(
                f"{path}: larger than {safe_yaml.MOST_BYTES >> 20} MiB; split the cassette."
            )
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
    """Refuse folders, pipes and devices: reading one may never end."""
    if not stat.S_ISREG(status.st_mode):
        raise CassetteError(f"{path}: not a regular file, so it can be no cassette.")


class OwnCassette:
    """A cassette that glancetape wrote."""

    def __init__(self, path: Path, text: bytes) -> None:
        """Find the items; a tail that was cut off is left out with a warning."""
        self.path = path
        self._text = text
        contents = own_layout.find_items(text)
        self._starts, self._end = contents.starts, contents.end
        self.redaction = _redaction(_header(text, contents.first, str(path)))
        if contents.torn < len(text):
            logger.warning(
                "%s: %d bytes behind interaction %d were cut off while they were written; left out",
                path,
                len(text) - contents.torn,
                len(self._starts),
            )

    def __len__(self) -> int:
        """Count the complete interactions."""
        return len(self._starts)

    def __repr__(self) -> str:
        """Name the file and its length."""
        return f"<OwnCassette {self.path} with {len(self)} interactions>"

    def _slice(self, index: int) -> bytes:
        last = index + 1 == len(self._starts)
        return self._text[self._starts[index] : self._end if last else self._starts[index + 1]]

    def source(self, index: int) -> Source:
        """Tell where an interaction stands."""
        return Source(self.path.name, index + 1)

    def request(self, index: int) -> Request:
        """Read one request, without its response where the layout is as we write it."""
        head = own_layout.read_head(self._slice(index))
        return head if head is not None else self.interaction(index).request

    def interaction(self, index: int) -> Interaction:
        """Read one interaction."""
        try:
            return self._parse(index, 1)
        except CassetteError:  # again, with the line that the message needs
            return self._parse(index, self.line(index))

    def recorded_at(self, index: int) -> str:
        """Tell when one was recorded."""
        found = own_layout.read_date(self._slice(index))
        return self.interaction(index).recorded_at if found is None else found

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Give status and JSON value of one response, without YAML where we wrote it."""
        found = own_layout.read_json_answer(self._slice(index))
        return _json_answer(self.interaction(index)) if found is None else found

    def digest(self) -> bytes:
        """Give a hash of the whole content."""
        return blake2b(self._text, digest_size=16).digest()

    def line(self, index: int) -> int:
        """Tell the line on which an interaction starts; this reads the file up to it."""
        return self._text.count(b"\n", 0, self._starts[index]) + 1

    def _parse(self, index: int, line: int) -> Interaction:
        where = f"{self.path}, interaction {index + 1} (line {line})"
        node, loader = safe_yaml.compose(self._slice(index), str(self.path), line)
        value = safe_yaml.build(node, loader, str(self.path), line)
        if not isinstance(value, list) or len(value) != 1:
            raise CassetteError(f"{where}: not one item of the list 'interactions'.")
        return vcr.interaction_from(value[0], where)


class ForeignCassette:
    """A cassette of vcrpy, Ruby VCR, or of a person with an editor: read whole."""

    def __init__(self, path: Path, text: bytes) -> None:
        """Read everything; CassetteError for what is no cassette or of another version."""
        self.path = path
        self._digest = blake2b(text, digest_size=16).digest()
        node, loader = safe_yaml.compose(text, str(path))
        top = safe_yaml.members(node)
        listing = next((top[key] for key in vcr.LIST_KEYS if key in top), None)
        nodes = safe_yaml.items(listing)
        if nodes is None:
            raise CassetteError(
                f"{path}: no list 'interactions' or 'http_interactions'; not a VCR cassette."
            )
        rest = {
            key: safe_yaml.build(value, loader, str(path))
            for key, value in top.items()
            if value is not listing
        }
        self.redaction = _redaction(_check_version(rest, str(path)))
        self._lines = [item.start_mark.line + 1 for item in nodes]
        self._interactions = [
            vcr.interaction_from(
                safe_yaml.build(item, loader, str(path)),
                f"{path}, interaction {number} (line {item.start_mark.line + 1})",
            )
            for number, item in enumerate(nodes, start=1)
        ]

    def __len__(self) -> int:
        """Count the interactions."""
        return len(self._interactions)

    def __repr__(self) -> str:
        """Name the file and its length."""
        return f"<ForeignCassette {self.path} with {len(self)} interactions>"

    def source(self, index: int) -> Source:
        """Tell where an interaction stands."""
        return Source(self.path.name, index + 1)

    def line(self, index: int) -> int:
        """Tell the line on which an interaction starts."""
        return self._lines[index]

    def request(self, index: int) -> Request:
        """Give one request."""
        return self._interactions[index].request

    def interaction(self, index: int) -> Interaction:
        """Give one interaction."""
        return self._interactions[index]

    def recorded_at(self, index: int) -> str:
        """Tell when one was recorded."""
        return self._interactions[index].recorded_at

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Give status and JSON value of one response."""
        return _json_answer(self._interactions[index])

    def digest(self) -> bytes:
        """Give a hash of the whole content."""
        return self._digest


def _json_answer(interaction: Interaction) -> tuple[int, Any]:
    try:
        return interaction.response.status, orjson.loads(interaction.response.body)
    except ValueError:
        return interaction.response.status, None


def _header(text: bytes, first: int, where: str) -> dict[str, Any]:
    node, loader = safe_yaml.compose(text[:first], where)
    value = safe_yaml.build(node, loader, where)
    return _check_version(value if isinstance(value, dict) else {}, where)


def _check_version(header: dict[str, Any], where: str) -> dict[str, Any]:
    version = header.get("version", vcr.VERSION)
    if version != vcr.VERSION:
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
