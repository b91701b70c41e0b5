"""Recording: requests a second through our addon, against plain mitmproxy passing them on."""

import sys
from functools import partial
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
    record_command,
)
from benchmarks.running.load import requests_per_second, write_plan
from glancetape_cassettes.formats.cassette import load_cassette

TARGET = at_least(0.75)


def measure(folder: Path, rounds: int, requests: int) -> list[Figure]:
    """Record requests that never repeat into fresh cassettes, and compare."""
    cassettes = {name: folder / f"{name}.yaml" for name in ("addon", "command")}
    plans = [_plan(folder, number, requests) for number in range(rounds + 1)]
    with children(folder) as started:
        upstream = f"http://{HOST}:{_upstream(started)}"
        ports = {name: free_port() for name in ("plain", *cassettes)}
        for name, port in ports.items():
            started.serve(_command(name, port, folder, cassettes.get(name), upstream), port)
        waiting = {name: iter(plans) for name in ports}

        def run(name: str) -> float:
            return requests_per_second(ports[name], next(waiting[name]))

        sides = {name: partial(run, name) for name in ports}
        in_turns(1, sides)  # to warm up
        found = in_turns(rounds, sides)
    for cassette in cassettes.values():
        _check(cassette, (rounds + 1) * requests)
    named = {
        "addon": "record, mitmdump -s addon.py / plain mitmdump",
        "command": "record, glancetape record -q / plain mitmdump",
    }
    return [
        Figure(name, "req/s", found[side], found["plain"], TARGET) for side, name in named.items()
    ]


def _command(name: str, port: int, folder: Path, cassette: Path | None, upstream: str) -> list[str]:
    mode = f"reverse:{upstream}"
    if cassette is None:
        return mitmdump(port, folder, None, mode=mode)
    if name == "command":
        return record_command(port, folder, cassette, upstream)
    recording = {"glancetape_record": cassette, "glancetape_mode": "all"}
    return mitmdump(port, folder, ADDON, mode=mode, **recording)


def _check(cassette: Path, requests: int) -> None:
    recorded = len(load_cassette(cassette))
    if recorded != requests:
        raise BenchmarkError(f"only {recorded} of {requests} were recorded")


def _plan(folder: Path, number: int, requests: int) -> Path:
    bodies = upstream_pages()
    targets = [marker_target(number * requests + one) for one in range(requests)]
    pages = [Page(target, bodies[target[-2:].encode()]) for target in targets]
    return write_plan(folder / f"markers-{number}.json", pages, requests)


def _upstream(started: Children) -> int:
    port = free_port()
    started.serve([sys.executable, "-m", "benchmarks.peers.upstream", str(port)], port)
    return port
