"""Mixes of queries through the addon and through our command, against a bare addon.

The bare addon gives the very bytes that ours gave when each query was asked for the first time.
"""

import http.client
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data.pages import HEADERS, Page
from benchmarks.figure import Figure, at_least, in_turns
from benchmarks.running.children import (
    ADDON,
    HOST,
    BenchmarkError,
    Children,
    children,
    free_port,
    mitmdump,
    replay_command,
)
from benchmarks.running.load import requests_per_second, write_plan

TARGET = at_least(0.9)
_BARE = Path(__file__).parents[1] / "peers" / "bare_pages_addon.py"
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Mix:
    """What is played, and the targets that are asked for in turns."""

    what: str
    played: Path
    targets: Sequence[str]
    kinds: Sequence[str]
    """Where the answers have to come from, in turns too."""


def measure_mix(folder: Path, mix: Mix, rounds: int, requests: int) -> list[Figure]:
    """Ask and compare."""
    with children(folder) as started:
        ports = {"addon": free_port(), "command": free_port()}
        options = mitmdump(ports["addon"], folder, ADDON, glancetape_replay=mix.played)
        started.serve(options, ports["addon"])
        started.serve(replay_command(ports["command"], folder, mix.played), ports["command"])
        pages = pages_of(ports["addon"], mix.targets, mix.kinds)
        ports["bare"] = _bare(started, folder, pages)
        plan = write_plan(folder / "mix.json", pages, requests)
        sides = {
            side: lambda port=port: requests_per_second(port, plan) for side, port in ports.items()
        }
        in_turns(1, sides)  # to warm up
        found = in_turns(rounds, sides)
    size = sum(len(one.body) for one in pages) / len(pages) / 1000
    named = {"addon": "mitmdump -s addon.py", "command": "glancetape replay -q"}
    return [
        Figure(
            f"{len(pages)} queries of {size:.0f} kB, {mix.what}, {name} / bare addon",
            "req/s",
            found[side],
            found["bare"],
            TARGET,
        )
        for side, name in named.items()
    ]


def _bare(started: Children, folder: Path, pages: Sequence[Page]) -> int:
    port, canned = free_port(), folder / "pages.json"
    canned.write_text(json.dumps({one.target: one.body.decode() for one in pages}))
    started.serve(mitmdump(port, folder, _BARE), port, {"BENCH_PAGES": str(canned)})
    return port


def pages_of(port: int, targets: Sequence[str], kinds: Iterable[str]) -> list[Page]:
    """Ask for each target once. Raises BenchmarkError unless each answer is of its kind."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_PATIENCE)
    pages = []
    for target, kind in zip(targets, itertools.cycle(kinds)):
        connection.request("GET", target, headers=dict(HEADERS))
        answer = connection.getresponse()
        body = answer.read()
        said = answer.headers.get("X-Glancetape", "")
        if answer.status != 200 or said.partition(";")[0] != kind:
            raise BenchmarkError(f"{target} is {answer.status}, {said}, not {kind}: {body[:500]!r}")
        pages.append(Page(target, body))
    connection.close()
    return pages
