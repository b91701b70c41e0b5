"""From start to the first answer on 1,000 recorded pages, against vcrpy on the same file.

And opening cassettes that vcrpy wrote: of whole pages, and of many small answers.
"""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.data.pages import (
    HEADERS,
    ORIGIN,
    Page,
    marker_target,
    page,
    recorded_pages,
    write_cassette,
)
from benchmarks.figure import Figure, at_most, in_turns
from benchmarks.running.children import (
    HOST,
    BenchmarkError,
    children,
    environment,
    free_port,
    replay_command,
    tool,
)

TARGET, SERVED = at_most(0.2), at_most(0.3)
FOREIGN = at_most(1.5)
PAGES = 1000
_FOREIGN_PAGES, _SMALL_ANSWERS = 85, 2500  # each is about 2.4 MB
_SMALL = 450  # bytes


def measure(folder: Path, rounds: int) -> list[Figure]:
    """Write the cassette, answer from it in fresh processes, and compare."""
    cassette = folder / "start.yaml"
    write_cassette(cassette, recorded_pages(PAGES))
    port = free_port()
    first, middle = marker_target(0), marker_target(PAGES // 2)
    whole: dict[str, list[float]] = {"glancetape": [], "vcrpy": []}

    def loads(reader: str, target: str) -> Callable[[], float]:
        def run() -> float:
            start = time.perf_counter()
            seconds = first_answer(reader, cassette, target)
            if target == first:
                whole[reader].append(time.perf_counter() - start)
            return seconds

        return run

    sides = {
        "vcrpy": loads("vcrpy", first),
        "first": loads("glancetape", first),
        "middle": loads("glancetape", middle),
        "http": lambda: _first_200(folder, replay_command(port, folder, cassette), port, first),
        "direct": lambda: _first_200(folder, serve_command(port, cassette), port, first),
    }
    found = in_turns(rounds, sides)
    size = f"{cassette.stat().st_size / 1e6:.0f} MB"
    ours, theirs = (tuple(whole[one]) for one in ("glancetape", "vcrpy"))
    rows = [
        (f"start, {size}: load to first page", found["first"], found["vcrpy"], TARGET),
        (f"start, {size}: load to page {PAGES // 2}", found["middle"], found["vcrpy"], TARGET),
        ("start of Python, imports, first page", ours, theirs, None),
        ("start of glancetape replay to first 200", found["http"], theirs, None),
        ("start of glancetape serve to first 200", found["direct"], theirs, SERVED),
    ]
    figures = [Figure(f"{name} / vcrpy", "s", one, other, goal) for name, one, other, goal in rows]
    return [*figures, *_foreign(folder, rounds)]


def _foreign(folder: Path, rounds: int) -> list[Figure]:
    """Open cassettes as vcrpy writes them, in one process by its processor time."""
    whole = [page(marker_target(number), number) for number in range(_FOREIGN_PAGES)]
    members = json.loads(whole[0].body)["images"][0]
    while len(image := json.dumps(members).encode()) > _SMALL:
        members.popitem()
    small = [Page(f"/v2/images/{number}", image) for number in range(_SMALL_ANSWERS)]
    figures = []
    for name, pages in (("whole pages", whole), ("small answers", small)):
        file = folder / "foreign.yaml"
        file.write_text(_as_vcrpy(pages))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.running.opening", str(rounds), str(file)],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise BenchmarkError(f"opening {name}: {done.stderr.strip()[-1000:]}")
        took = json.loads(done.stdout)
        title = f"opening vcrpy's {name}, {file.stat().st_size / 1e6:.1f} MB, CPU / vcrpy"
        ours, theirs = tuple(took["glancetape"]), tuple(took["vcrpy"])
        figures.append(Figure(title, "s", ours, theirs, FOREIGN))
    return figures


def _as_vcrpy(pages: list[Page]) -> str:
    import yaml

    headers = {name: [value] for name, value in HEADERS}
    items = [
        {
            "request": {
                "body": None,
                "headers": headers,
                "method": "GET",
                "uri": ORIGIN + one.target,
            },
            "response": {
                "body": {"string": one.body.decode()},
                "headers": {"Content-Type": ["application/json"], "Server": ["nginx"]},
                "status": {"code": 200, "message": "OK"},
            },
        }
        for one in pages
    ]
    own = json.loads(json.dumps(items))  # no item shares its headers with another, as an alias
    return yaml.dump({"interactions": own, "version": 1}, Dumper=yaml.CDumper)


def first_answer(reader: str, cassette: Path, target: str) -> float:
    """Return the seconds that a fresh process needs to load a cassette and answer from it."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.running.first_answer",
            reader,
            str(cassette),
            ORIGIN + target,
        ],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"{reader}: {done.stderr.strip()[-1000:]}")
    return float(done.stdout)


def serve_command(port: int, cassette: Path) -> list[str]:
    """Write the command line of `glancetape serve`."""
    listen = ["--listen", f"{HOST}:{port}", "--metrics", "off"]
    return [tool("glancetape"), "serve", "-q", *listen, str(cassette)]


def _first_200(folder: Path, command: list[str], port: int, target: str) -> float:
    """Return the time from starting our command to having its first answer over HTTP."""
    with children(folder) as started:
        start = time.perf_counter()
        started.serve(command, port)
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        connection.request("GET", target, headers=dict(HEADERS))
        answer = connection.getresponse()
        answer.read()
        took = time.perf_counter() - start
        connection.close()
    if answer.status != 200:
        raise BenchmarkError(f"glancetape {command[1]} answered {answer.status}")
    return took
