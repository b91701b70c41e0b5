"""The direct server's connection without a network: bytes in, answers out."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from http.client import HTTPResponse
from io import BufferedReader, BytesIO
from random import Random
from typing import Any, cast

from glancetape.addresses import Address
from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.serving.connection import Connection, Patience, Service
from glancetape.wire.serving.server import service_for
from support.wire.both_faces import Asked, Got


class Pipe(asyncio.Transport):
    """A client's end of a connection, which takes what it gets at once or when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        """What the server has written."""
        self.unsent = 0
        """What the client has not taken, as the server is told."""
        self.is_closed = self.is_aborted = self.is_reading_paused = False

    def write(self, data: Any) -> None:
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.is_closed = True

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_aborted = True

    def pause_reading(self) -> None:
        self.is_reading_paused = True

    def resume_reading(self) -> None:
        self.is_reading_paused = False

    def hang_up(self) -> None:
        """Free what a client has open."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self.sent)
        self.sent.clear()
        return taken


class SocketPipe(Pipe):
    """One with a socket, as asyncio's transports have: the server may write into that too."""

    def __init__(self, room: int) -> None:
        """The socket takes about so many bytes that the client has not read."""
        super().__init__()
        self._ours, self._theirs = socket.socketpair()
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self.direct = 0
        """Bytes that did not go through the transport."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._ours if name == "socket" else default

    def write(self, data: Any) -> None:
        self._read()
        super().write(data)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while read := self._theirs.recv(1 << 20):
                self.sent += read
                self.direct += len(read)

    def take(self) -> bytes:
        self._read()
        return super().take()

    def hang_up(self) -> None:
        self._ours.close()
        self._theirs.close()

    def __del__(self) -> None:
        self.hang_up()


def connected(service: Service, pipe: Pipe | None = None) -> tuple[Connection, Pipe]:
    """A client of a service."""
    connection, pipe = Connection(service), pipe or Pipe()
    connection.connection_made(pipe)
    return connection, pipe


class Direct:
    """A session behind the direct server; each client sends its requests over one connection."""

    def __init__(self, settings: Settings) -> None:
        self._session = open_session(settings)
        self._service = service_for(
            Answering(self._session), patience=Patience(), where=Address("0.0.0.0", 8180)
        )
        self._connection, self._pipe = connected(self._service)
        self._rng = Random(7)

    def ask(self, *asked: Asked) -> list[Got]:
        """Ask some questions at once; the bytes arrive in pieces that are cut anywhere."""
        if self._pipe.is_closed:
            self._connection.connection_lost(None)
            self._connection, self._pipe = connected(self._service)
        text = b"".join(map(request_bytes, asked))
        while text:
            cut = self._rng.randint(1, len(text))
            self._connection.data_received(text[:cut])
            text = text[cut:]
        return read_answers(BufferedReader(cast(Any, BytesIO(self._pipe.take()))), asked)

    def close(self) -> None:
        """Close the session."""
        self._session.close()


def request_bytes(asked: Asked) -> bytes:
    """A request as HTTP/1.1 has it."""
    head = [b"%s %s HTTP/1.1" % (asked.method.encode(), asked.target)]
    head += [b"%s: %s" % field for field in asked.headers]
    return b"\r\n".join([*head, b"", asked.body])


class _Socket:
    """As much of a socket as http.client needs to read from it."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file

    def makefile(self, _: str) -> "_Unclosed":
        return _Unclosed(self._file)


class _Unclosed:
    """A file that stays open for the next answer."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """Leave it open."""


def read_answers(file: BufferedReader, asked: Sequence[Asked]) -> list[Got]:
    """The answers that lie in a file one after the other."""
    return list(_answers(file, asked))


def _answers(file: BufferedReader, asked: Sequence[Asked]) -> Iterator[Got]:
    for one in asked:
        answer = HTTPResponse(cast(Any, _Socket(file)), method=one.method)
        answer.begin()
        body = answer.read()
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.getheaders()
            if name.lower() not in ("connection", "transfer-encoding")
        ]
        yield Got(answer.status, tuple(sorted(headers)), body)
