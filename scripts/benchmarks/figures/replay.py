"""Replay: requests a second of our addon and of our command, against a bare addon."""

from pathlib import Path

from benchmarks.data.pages import Page, page, varied_pages, write_cassette
from benchmarks.figure import Figure, at_least, in_turns
from benchmarks.running.children import (
    ADDON,
    Children,
    children,
    free_port,
    mitmdump,
    replay_command,
)
from benchmarks.running.load import requests_per_second, write_plan

TARGET = at_least(0.9)
_BARE = Path(__file__).parents[1] / "peers" / "bare_addon.py"


def measure(folder: Path, rounds: int, requests: int) -> list[Figure]:
    """Replay one page, and 20 different queries, and compare."""
    one, many = page("/v2/images?limit=25", 1), varied_pages()
    cassette = folder / "replay.yaml"
    write_cassette(cassette, [one, *many])
    with children(folder) as started:
        bare = _bare(started, folder, one)
        addon, command = _addon(started, folder, cassette), _command(started, folder, cassette)
        plan = write_plan(folder / "one.json", [one], requests)
        mix = write_plan(folder / "mix.json", many, requests)
        sides = {
            "bare": lambda: requests_per_second(bare, plan),
            "addon": lambda: requests_per_second(addon, plan),
            "command": lambda: requests_per_second(command, plan),
            "mix": lambda: requests_per_second(addon, mix),
        }
        in_turns(1, sides)  # to warm up
        found = in_turns(rounds, sides)
    named = {
        "addon": "replay, mitmdump -s addon.py / bare addon",
        "command": "replay, glancetape replay -q / bare addon",
        "mix": "replay of 20 queries, addon.py / bare addon",
    }
    return [
        Figure(name, "req/s", found[side], found["bare"], TARGET) for side, name in named.items()
    ]


def _bare(started: Children, folder: Path, one: Page) -> int:
    port, body = free_port(), folder / "body.json"
    body.write_bytes(one.body)
    started.serve(mitmdump(port, folder, _BARE), port, {"BENCH_BODY": str(body)})
    return port


def _addon(started: Children, folder: Path, cassette: Path) -> int:
    port = free_port()
    started.serve(mitmdump(port, folder, ADDON, glancetape_replay=cassette), port)
    return port


def _command(started: Children, folder: Path, cassette: Path) -> int:
    port = free_port()
    started.serve(replay_command(port, folder, cassette), port)
    return port
