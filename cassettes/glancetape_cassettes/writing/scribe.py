"""The process that redacts and writes, so that the proxy only has to pass messages on.

Redacting and laying out a page takes about as long as proxying it; in a process of its own it
takes none of the proxy's time. The proxy sends interactions over a socket pair and gets, for each
in turn, the number under which it is on the disk, or why it is not. Whatever waits is appended
together, so many clients share one fsync. When the proxy ends, however it ends, the socket closes,
and the scribe finishes what it got.
"""

import contextlib
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import CassetteError, CassetteLocked
from glancetape_cassettes.formats.cassette import Redaction
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.writing.replace_older import drop_superseded
from glancetape_cassettes.writing.writer import CassetteWriter

_LENGTH = struct.Struct(">I")
_READ = 1 << 18
# A page as text takes over 128 kB, which glibc would map and unmap for every copy: a third of
# the time of a recording. Other C libraries do not read these.
_ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "134217728"}
# Without, `-c` puts the working folder first: a `secrets.py` there would be imported.
_ISOLATED = ("-P",)
# Not `-m`: messages are of this module's types, which would belong to `__main__` there.
_PROGRAM = f"import sys; from {__name__} import main; main(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a scribe writes, and how: sent over the socket, as the key is in it."""

    path: Path
    recorder: str
    key: bytes
    redaction: RedactionOptions
    replaces: bool
    """At the end, drop what was recorded anew (record mode `all`)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The cassette is open and holds so many interactions."""

    count: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An interaction is on the disk under this number; its request as it is written."""

    number: int
    method: str
    uri: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a cassette could not be opened, or an interaction not be written."""

    message: str
    locked: bool = False

    def error(self) -> CassetteError:
        """Make the error that it stands for."""
        return (CassetteLocked if self.locked else CassetteError)(self.message)


@dataclass(frozen=True, slots=True)
class Closed:
    """The cassette is finished; so many older recordings were replaced."""

    replaced: int


def pack(message: object) -> bytes:
    """Write a message as it goes over the socket."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content


class Unpacker:
    """Collects what comes over the socket into messages. Both ends are this program."""

    def __init__(self) -> None:
        """Start empty."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Take what was read; give the messages that are complete."""
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, at)
            end = at + _LENGTH.size + length
            if end > len(self._buffer):
                break
            yield pickle.loads(memoryview(self._buffer)[at + _LENGTH.size : end])  # noqa: S301
            at = end
        del self._buffer[:at]


def start_scribe(assignment: Assignment) -> tuple[socket.socket, "subprocess.Popen[bytes]", int]:
    """Start a scribe; gives the socket to it, its process, and how much was recorded before.

    Raises CassetteError when the cassette cannot be written.
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    process: subprocess.Popen[bytes] | None = None
    try:
        with theirs:
            process = _start(theirs.fileno())
        ours.sendall(pack(assignment))
        (answer,) = receive(ours, Unpacker(), 1)
    except OSError as error:
        ours.close()  # on this the scribe ends
        if process is not None:
            process.wait()
        raise CassetteError(f"{assignment.path}: the writing process did not start.") from error
    if isinstance(answer, Refused):
        ours.close()
        process.wait()
        raise answer.error()
    return ours, process, answer.count


def _start(fd: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, *_ISOLATED, "-c", _PROGRAM, str(fd)],
        pass_fds=[fd],
        stdin=subprocess.DEVNULL,
        env=os.environ | _ALLOCATION,
    )


def receive(end: socket.socket, unpacker: Unpacker, least: int) -> list[Any]:
    """Read until at least so many messages are there. Raises ConnectionError at the end."""
    messages: list[Any] = []
    while len(messages) < least:
        data = end.recv(_READ)
        if not data:
            raise ConnectionError("the other end is closed")
        messages.extend(unpacker.feed(data))
    return messages


# -- in the scribe's own process ------------------------------------------------------------------


def main(fd: int) -> None:
    """Serve one proxy until its end of the socket closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the proxy decides when it ends
    if hasattr(os, "SCHED_BATCH"):  # else Linux stops the proxy each time that it wakes us
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    os.nice(5)  # what all clients wait for is the proxy
    # A proxy that was killed hears no last message.
    with socket.socket(fileno=fd) as end, contextlib.suppress(ConnectionError):
        unpacker = Unpacker()
        (assignment,) = receive(end, unpacker, 1)
        try:
            scribe = _Scribe(assignment)
        except CassetteError as error:
            end.sendall(pack(Refused(str(error), isinstance(error, CassetteLocked))))
            return
        try:
            end.sendall(pack(Opened(scribe.recorded_before)))
            _serve(end, unpacker, scribe)
        finally:
            outcome = scribe.close()
        end.sendall(pack(outcome))


def _serve(end: socket.socket, unpacker: Unpacker, scribe: "_Scribe") -> None:
    try:
        while True:
            answers = scribe.write(receive(end, unpacker, 1))
            end.sendall(b"".join(map(pack, answers)))
    except ConnectionError:
        return


class _Scribe:
    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        stand_ins = StandIns(assignment.key)
        self._redactor = Redactor(stand_ins, assignment.redaction)
        self._writer = CassetteWriter(
            assignment.path,
            assignment.recorder,
            Redaction(
                stand_ins.key_id,
                assignment.redaction.keep_ids,
                assignment.redaction.sensitive_names,
            ),
        )
        self.recorded_before = self._writer.count

    def write(self, batch: list[Interaction]) -> list[Stored | Refused]:
        """Append a batch; gives an answer for each, in order."""
        done: list[tuple[str, str, str] | Refused] = [self._lay_out(one) for one in batch]
        texts = [one[0] for one in done if not isinstance(one, Refused)]
        try:
            number = self._writer.append(texts) if texts else 0
        except CassetteError as error:
            refused = Refused(str(error))
            return [one if isinstance(one, Refused) else refused for one in done]
        answers: list[Stored | Refused] = []
        for one in done:
            if isinstance(one, Refused):
                answers.append(one)
            else:
                answers.append(Stored(number, one[1], one[2]))
                number += 1
        return answers

    def _lay_out(self, interaction: Interaction) -> tuple[str, str, str] | Refused:
        try:
            redacted = self._redactor.interaction(interaction)
            request = redacted.interaction.request
            text = emit(
                redacted.interaction,
                redacted.request_body.readable(),
                redacted.response_body.readable(),
            )
        except Exception as error:  # noqa: BLE001 - what is not redacted is not written
            return Refused(f"{self._assignment.path}: {type(error).__name__} while redacting.")
        return text, request.method, request.uri

    def close(self) -> Closed | Refused:
        """Finish the cassette; what was recorded is safe in any case."""
        replaced = 0
        try:
            if self._assignment.replaces and 0 < self.recorded_before < self._writer.count:
                replaced = drop_superseded(self._assignment.path, self.recorded_before)
        except Exception as error:  # noqa: BLE001 - the proxy is to say it
            why = str(error) if isinstance(error, CassetteError) else f"{type(error).__name__}."
            return Refused(
                f"{why} So no older recordings in {self._assignment.path} were replaced."
            )
        finally:
            self._writer.close()
        return Closed(replaced)
