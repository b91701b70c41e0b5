"""Recording: requests a second through our addon, against plain mitmproxy passing them on."""

import sys
from pathlib import Path

from benchmarks.data.pages import Page, marker_target, upstream_pages
from benchmarks.figure import Figure, at_least, in_turns
from benchmarks.running.children import (
    ADDON,
    HOST,
    BenchmarkError,
    Children,
    children,
    free_port,
    mitmdump,
)
from benchmarks.running.load import requests_per_second, write_plan
from glancetape_cassettes.formats.cassette import load_cassette

TARGET = at_least(0.75)


def measure(folder: Path, rounds: int, requests: int) -> list[Figure]:
    """Record requests that never repeat into a fresh cassette, and compare."""
    cassette = folder / "record.yaml"
    plans = [_plan(folder, number, requests) for number in range(rounds + 1)]
    with children(folder) as started:
        upstream = _upstream(started)
        ways = {"plain": (None, {}), "ours": (ADDON, _recording_into(cassette))}
        ports = {
            name: _proxy(started, folder, upstream, script, options)
            for name, (script, options) in ways.items()
        }
        waiting = {name: iter(plans) for name in ports}

        def run(name: str) -> float:
            return requests_per_second(ports[name], next(waiting[name]))

        sides = {"plain": lambda: run("plain"), "ours": lambda: run("ours")}
        in_turns(1, sides)  # to warm up
        found = in_turns(rounds, sides)
    recorded = len(load_cassette(cassette))
    if recorded != (rounds + 1) * requests:
        raise BenchmarkError(f"only {recorded} of {(rounds + 1) * requests} were recorded")
    name = "record, mitmdump -s addon.py / plain mitmdump"
    return [Figure(name, "req/s", found["ours"], found["plain"], TARGET)]


def _recording_into(cassette: Path) -> dict[str, object]:
    return {"glancetape_record": cassette, "glancetape_mode": "all"}


def _plan(folder: Path, number: int, requests: int) -> Path:
    bodies = upstream_pages()
    targets = [marker_target(number * requests + one) for one in range(requests)]
    pages = [Page(target, bodies[target[-2:].encode()]) for target in targets]
    return write_plan(folder / f"markers-{number}.json", pages, requests)


def _upstream(started: Children) -> int:
    port = free_port()
    started.serve([sys.executable, "-m", "benchmarks.peers.upstream", str(port)], port)
    return port


def _proxy(
    started: Children,
    folder: Path,
    upstream: int,
    script: Path | None,
    options: dict[str, object],
) -> int:
    port = free_port()
    command = mitmdump(port, folder, script, mode=f"reverse:http://{HOST}:{upstream}", **options)
    started.serve(command, port)
    return port
