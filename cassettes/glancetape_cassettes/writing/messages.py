"""The messages between the proxy and the scribe, and how they cross the socket.

    proxy  -> Assignment, then an Interaction for each response that is recorded
    scribe -> Opened, then Stored or NotWritten for each of them in turn, and Closed at the end

Each message is its length in four bytes, then the pickled value. Both ends are this program, so
unpickling is safe.
"""

import pickle
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import CassetteError, CassetteLocked, LostBody
from glancetape_cassettes.redaction.policy import RedactionOptions

_LENGTH = struct.Struct(">I")
_READ = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a scribe writes, and how. It crosses the socket, so the key is in no command line."""

    path: Path
    recorder: str
    """The program that the cassette's header names, such as `glancetape 0.1.0`."""
    key: bytes
    """The key for stand-ins."""
    redaction: RedactionOptions
    replaces: bool
    """Whether what is recorded again replaces the older recording (record mode `all`)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The cassette is open; it held `count` interactions before."""

    count: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An interaction is on the disk under this number; method and URI are redacted."""

    number: int
    method: str
    uri: str

    def __reduce__(self) -> tuple[type["Stored"], tuple[object, ...]]:
        """How it crosses to the proxy, as an `Interaction` crosses to the scribe."""
        return Stored, (self.number, self.method, self.uri)


@dataclass(frozen=True, slots=True)
class NotWritten:
    """Why a cassette could not be opened, or an interaction not be stored."""

    message: str
    is_locked: bool = False
    """Whether another recorder has the cassette."""
    is_lost: bool = False
    """Whether redaction left nothing of it that an answer needs; the cassette is well."""

    def error(self) -> CassetteError:
        """Return the error that the scribe raised."""
        if self.is_lost:
            return LostBody(self.message)
        return (CassetteLocked if self.is_locked else CassetteError)(self.message)


@dataclass(frozen=True, slots=True)
class Closed:
    """The cassette is finished, and `replaced` older recordings were removed from it."""

    replaced: int


def pack(message: object) -> bytes:
    """Return the bytes of a message on the socket."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content


class Unpacker:
    """Puts messages together from the pieces in which a socket delivers them."""

    def __init__(self) -> None:
        """Start empty."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Take the bytes of one read, and yield the messages that are now complete."""
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, at)
            end = at + _LENGTH.size + length
            if end > len(self._buffer):
                break
            # Our own, from the other end. The view must be gone before the buffer is cut.
            yield pickle.loads(memoryview(self._buffer)[at + _LENGTH.size : end])  # noqa: S301
            at = end
        del self._buffer[:at]


def receive(end: socket.socket, unpacker: Unpacker, least: int) -> list[Any]:
    """Return at least `least` messages, waiting for them.

    Raises ConnectionError when the other end is closed.
    """
    messages: list[Any] = []
    while len(messages) < least:
        data = end.recv(_READ)
        if not data:
            raise ConnectionError("the other end is closed")
        messages.extend(unpacker.feed(data))
    return messages
