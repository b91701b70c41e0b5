"""The direct server at full load for ten minutes: it answers right, and takes no more memory.

wrk asks for 100,000 pages of 1,000,000 images in turns, which are more than are kept ready. Beside
it a client asks for 200 other pages again and again, and compares them with its first answers.
"""

import http.client
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from benchmarks.data.made_sets import LARGE, MadeSets
from benchmarks.figure import Figure, at_most
from benchmarks.figures.serving import random_targets, start_serving
from benchmarks.figures.workers import private_memory
from benchmarks.running.children import HOST, BenchmarkError, children
from benchmarks.running.wrk import Load, load, program, write_targets

SECONDS = 600
_PAGES, _COMPARED = 100_000, 200
_FIRST = 60
"""Seconds after which the memory is looked at; a tenth of the time, if that is less."""
_TIMEOUT = 60

GROWTH = at_most(1.05)


def measure(folder: Path, made: MadeSets, seconds: int) -> list[Figure]:
    """Load the server, and look at its memory. Raises BenchmarkError for a wrong answer."""
    program()
    file = made.generated(LARGE)
    targets = random_targets(file, _PAGES + _COMPARED)
    with children(folder) as started, ThreadPoolExecutor(2) as pool:
        port = start_serving(started, file)
        server = started.running[-1].pid
        known = [(target, _answer(port, target)) for target in targets[:_COMPARED]]
        asked = write_targets(folder / "targets", targets[_COMPARED:])
        until = time.monotonic() + seconds
        loaded: Future[Load] = pool.submit(load, port, asked, seconds)
        compared = pool.submit(_compare, port, known, until)
        time.sleep(min(_FIRST, seconds / 10))
        first = private_memory(server)
        count, rate = compared.result(), loaded.result().rate
        last = private_memory(server)
    name = f"serve, {seconds} s at full load"
    return [
        Figure(f"{name}, private memory at the end / at first", "MiB", (last,), (first,), GROWTH),
        Figure(f"{name}, answers without an error", "req/s", (rate,)),
        Figure(f"{name}, answers compared, none wrong", "", (float(count),)),
    ]


def _compare(port: int, known: Sequence[tuple[str, bytes]], until: float) -> int:
    """Ask again for pages until a time; returns how many were compared."""
    count = 0
    while time.monotonic() < until:
        target, expected = known[count % len(known)]
        if _answer(port, target) != expected:
            raise BenchmarkError(f"{target} was answered differently under load")
        count += 1
    return count


def _answer(port: int, target: str) -> bytes:
    connection = http.client.HTTPConnection(HOST, port, timeout=_TIMEOUT)
    connection.request("GET", target, headers={"X-Auth-Token": "bench"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise BenchmarkError(f"{target} was answered {answer.status}")
    return body
