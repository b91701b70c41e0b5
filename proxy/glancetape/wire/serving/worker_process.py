"""One of several processes that serve one address: `worker_process NUMBER LISTEN REPORT`.

`workers` starts it. It gets the plan on standard input, which stays open: when that ends, the
process that started it has gone, and nobody would end this one. What it has to say goes into a
pipe, a line of JSON each: that it is ready, what it has counted, or why it cannot serve.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from glancetape.session.opening import open_session
from glancetape.session.run_state import why_one_process
from glancetape.session.session import Session
from glancetape.terminal.stderr_log import log_to_stderr
from glancetape.wire.saved.recordings import load_recording
from glancetape.wire.serving.one_process import server_of
from glancetape.wire.serving.plan import GRACE, ServePlan, set_log_levels
from glancetape.wire.serving.turns import run
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.lean_process import without_garbage_collection

_EVERY = 0.5
"""Seconds between two reports."""


class WorkerReport:
    """The pipe to the process that started us."""

    def __init__(self, descriptor: int) -> None:
        """Write into an open pipe."""
        self._file = os.fdopen(descriptor, "w", encoding="ascii")
        self._last = ""

    def say(self, **what: Any) -> None:
        """Say something, unless it is what was said last."""
        line = json.dumps(what)
        if line != self._last:
            self._last = line
            self._file.write(line + "\n")
            self._file.flush()

    def counts(self, session: Session, connections: int) -> None:
        """Say what was counted so far."""
        self.say(counts=session.counts.plain(), connections=connections)


def main(number: int, listening: int, reporting: int) -> int:
    """Serve until a signal comes, or until standard input ends; gives the exit status."""
    report = WorkerReport(reporting)
    plan = ServePlan.from_json(sys.stdin.buffer.readline())
    lines = log_to_stderr(quiet=plan.quiet)
    set_log_levels(plan)
    if number > 1:  # the first has said what there is to say about the files
        logging.getLogger("glancetape.session").setLevel(logging.ERROR)
    try:
        with without_garbage_collection(stays=True):  # a search would hold up clients
            session = open_session(plan.settings, load_recording)
        with session:
            if why := why_one_process(session):
                raise BadParameter(f"--workers {plan.workers}: {why}; use one worker.")
            opened = socket.socket(fileno=listening)
            run(_serve(plan, session, opened, report, lines.show))
            report.say(last=session.counts.plain(with_kinds=True))
    except GlancetapeError as error:
        lines.show()
        report.say(error=str(error), is_usage=isinstance(error, BadParameter))
        return 1
    finally:
        lines.finish()
    return 0


async def _serve(
    plan: ServePlan,
    session: Session,
    opened: socket.socket,
    report: WorkerReport,
    speak: Callable[[], None],
) -> None:
    ended = asyncio.Event()

    def hear() -> None:
        """A line means that the address is announced: its line comes before all of ours."""
        if os.read(sys.stdin.fileno(), 4096):
            speak()
        else:
            ended.set()

    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_reader(sys.stdin.fileno(), hear)
    server = server_of(session, plan, plan.listen)
    await server.listen(opened, plan.certificate.context() if plan.certificate else None)
    report.say(ready=True)
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), _EVERY)
        report.counts(session, server.open_connections)
    loop.remove_reader(sys.stdin.fileno())
    await server.end(GRACE)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
