"""The scribe: the process that redacts interactions and writes them to the cassette.

To redact and lay out a page takes about as long as to proxy it; a separate process takes that
time from another processor. The scribe answers each interaction in turn with the number under
which it is on the disk, or with the reason why it is not. When the proxy ends, however it ends, the
socket closes, and the scribe finishes what it received.

It has two threads, so that nothing waits for the disk but the clients whose interactions it syncs:

    the first     receives what waits, redacts it and lays it out, a few interactions at a time
    the second    appends what is laid out, with one fsync for all of it, and answers

Clients wait for the second one, so it runs as soon as the disk is done; the first one gives way to
it and to the proxy. Each change from one to the other takes time, and so does each answer: what
comes together is passed on together. Only what is large passes by itself, as it takes long.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol

from glancetape_cassettes.errors import CassetteError, CassetteLocked
from glancetape_cassettes.formats.regular_file import read_bytes
from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.writing.laying_out import LaidOut, Layout
from glancetape_cassettes.writing.messages import (
    Assignment,
    Closed,
    NotWritten,
    Opened,
    Stored,
    Unpacker,
    pack,
    receive,
)
from glancetape_cassettes.writing.replace_older import drop_superseded
from glancetape_cassettes.writing.writer import CassetteWriter

_SEND_BUFFER = 1 << 20
_MOST_TOGETHER = 128 * 1024
"""Bytes of bodies that are passed on together; they take a few milliseconds."""
_SWITCH = 0.0005
"""Seconds after which the thread that redacts lets the other one answer; Python's 5 ms are long."""
_GIVES_WAY = 5
"""How much nicer the redacting thread is. SCHED_BATCH made it wait where a processor was idle."""
# A page as text takes over 128 kB, which glibc would map and unmap for every copy: a third of
# the time of a recording. Other C libraries do not read these.
_ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "134217728"}
# Without it, `-c` puts the working folder first: a `secrets.py` there would be imported.
_ISOLATED = ("-P",)
_PROGRAM = f"import sys; from {__name__} import main; main(int(sys.argv[1]))"


# -- in the proxy ---------------------------------------------------------------------------------


class ScribeProcess(Protocol):
    """What the proxy needs of the scribe's process, with the meanings of `subprocess.Popen`."""

    pid: int

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the status. Raises TimeoutExpired."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


@dataclass(frozen=True, slots=True)
class StartedScribe:
    """A scribe that has opened its cassette: the socket to it, and its process."""

    socket: socket.socket
    process: ScribeProcess
    recorded_before: int
    """The number of interactions that the cassette held."""


def start_scribe(assignment: Assignment) -> StartedScribe:
    """Start a scribe and wait until it has opened the cassette.

    Raises CassetteError when the cassette cannot be written; then no process is left.
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    process: ScribeProcess | None = None
    try:
        with theirs:
            process = start_process(theirs.fileno())
        ours.sendall(pack(assignment))
        (answer,) = receive(ours, Unpacker(), 1)
    except OSError as error:
        ours.close()  # which ends the scribe
        if process is not None:
            process.wait()
        raise CassetteError(f"{assignment.path}: the writing process did not start.") from error
    if isinstance(answer, NotWritten):
        ours.close()
        process.wait()
        raise answer.error()
    return StartedScribe(ours, process, answer.count)


def start_process(fd: int) -> ScribeProcess:
    """Start the process that serves the proxy at the other end of a socket."""
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, *_ISOLATED, "-c", _PROGRAM, str(fd)],
        pass_fds=[fd],
        stdin=subprocess.DEVNULL,
        env=os.environ | _ALLOCATION,
    )


# -- in the scribe's own process ------------------------------------------------------------------


def main(fd: int) -> None:
    """Serve one proxy until its end of the socket closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the proxy decides when the scribe ends
    # A proxy that was killed receives no last message.
    with socket.socket(fileno=fd) as end, contextlib.suppress(ConnectionError):
        unpacker = Unpacker()
        (assignment,) = receive(end, unpacker, 1)
        try:
            scribe = _Scribe(assignment)
        except CassetteError as error:
            end.sendall(pack(NotWritten(str(error), isinstance(error, CassetteLocked))))
            return
        try:
            end.sendall(pack(Opened(scribe.recorded_before)))
            _serve(end, unpacker, scribe)
        except Exception as error:  # noqa: BLE001 - a traceback may quote what was to be stored
            sys.exit(f"{assignment.path}: the writing process ended: {type(error).__name__}.")
        finally:
            outcome = scribe.close()
        end.sendall(pack(outcome))


_Batch = list[LaidOut | NotWritten]
_Queue = SimpleQueue[_Batch | None]
"""What is laid out and waits to be appended; None comes last."""


def _serve(end: socket.socket, unpacker: Unpacker, scribe: "_Scribe") -> None:
    """Store what comes in until the proxy closes its end of the socket."""
    sys.setswitchinterval(_SWITCH)
    laid_out: _Queue = SimpleQueue()
    with ThreadPoolExecutor(1) as thread:
        appending = thread.submit(_append_all, end, scribe, laid_out)
        os.nice(_GIVES_WAY)  # on Linux this thread alone, so the other one has to run already
        try:
            while True:
                for batch in _batches(receive(end, unpacker, 1)):
                    laid_out.put([scribe.lay_out(one) for one in batch])
        except ConnectionError:
            pass
        finally:
            laid_out.put(None)
        appending.result()  # raises what ended it


def _batches(received: list[Interaction]) -> Iterator[list[Interaction]]:
    """Yield what came together in batches, so that nothing waits for a body after it."""
    batch: list[Interaction] = []
    size = 0
    for one in received:
        length = len(one.request.body) + len(one.response.body)
        if batch and size + length > _MOST_TOGETHER:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += length
    yield batch


def _append_all(end: socket.socket, scribe: "_Scribe", laid_out: _Queue) -> None:
    """Append what is laid out, and answer it, until there is no more."""
    try:
        is_last = False
        while not is_last:
            waiting = [laid_out.get() for _ in range(max(1, laid_out.qsize()))]
            is_last = waiting[-1] is None
            answers = scribe.append([one for batch in waiting if batch for one in batch])
            with contextlib.suppress(ConnectionError):  # a proxy that was killed reads no answer
                end.sendall(b"".join(map(pack, answers)))
    finally:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RD)  # the other thread waits for no more


class _Scribe:
    """An open cassette, with the redactor for what is appended to it."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._layout = Layout(assignment.key, assignment.redaction)
        self._writer = CassetteWriter(assignment.path, assignment.recorder, self._layout.redaction)
        self.recorded_before = self._writer.count
        if self.recorded_before:
            self._layout.know_tokens_of(read_bytes(assignment.path))

    def lay_out(self, interaction: Interaction) -> LaidOut | NotWritten:
        """Return an interaction redacted and as text, or why it is not stored."""
        try:
            laid_out = self._layout.lay_out(interaction)
        except Exception as error:  # noqa: BLE001 - those that came with it are stored
            is_said = isinstance(error, CassetteError)
            why = str(error) if is_said else f"{type(error).__name__} while laying it out."
            return NotWritten(f"{self._assignment.path}: {why}")
        if laid_out.lost:
            return NotWritten(laid_out.lost, is_lost=True)
        return laid_out

    def append(self, batch: _Batch) -> list[Stored | NotWritten]:
        """Append a batch with one fsync; return an answer for each interaction, in order.

        If that fails, each is appended by itself: one alone may be what could not be written. Where
        another program changed the file, they may be in it.
        """
        texts = [one.text for one in batch if isinstance(one, LaidOut)]
        try:
            number = self._writer.append(texts) if texts else 0
        except Exception as error:  # noqa: BLE001 - its clients and the log learn of it
            if len(texts) > 1 and not self._writer.is_changed:
                return [answer for one in batch for answer in self.append([one])]
            why = f"{self._assignment.path}: {type(error).__name__} while writing."
            refused = NotWritten(str(error) if isinstance(error, CassetteError) else why)
            return [one if isinstance(one, NotWritten) else refused for one in batch]
        answers: list[Stored | NotWritten] = []
        for one in batch:
            if isinstance(one, NotWritten):
                answers.append(one)
            else:
                answers.append(Stored(number, one.method, one.uri))
                number += 1
        return answers

    def close(self) -> Closed | NotWritten:
        """Finish the cassette; what was recorded is safe unless another program changed it."""
        assigned, writer = self._assignment, self._writer
        replaced = 0
        try:
            # After an append was refused for a change, clients and log have the reason.
            if writer.count > self.recorded_before and not writer.is_changed:
                writer.check_unchanged()
                if assigned.replaces and self.recorded_before:
                    replaced = drop_superseded(assigned.path, self.recorded_before)
        except Exception as error:  # noqa: BLE001 - the proxy reports it
            why = str(error) if isinstance(error, CassetteError) else f"{type(error).__name__}."
            if assigned.replaces and self.recorded_before:
                why += f" The older recordings in {assigned.path} were not replaced."
            return NotWritten(why)
        finally:
            writer.close()
        return Closed(replaced)
