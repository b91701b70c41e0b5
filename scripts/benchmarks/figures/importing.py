"""Importing by the real command: 1,000,000 images, and what other tools saved of traffic."""

import json
import resource
import socket
import sys
from pathlib import Path

from benchmarks.data.made_sets import MadeSets, import_command, run
from benchmarks.data.pages import KEY
from benchmarks.data.traffic import PAGES, interactions, write_flows, write_har
from benchmarks.figure import Figure, at_least, in_turns, within
from benchmarks.figures.sets import LARGE
from benchmarks.running.children import BenchmarkError, tool
from benchmarks.running.watched import Watched, watch
from glancetape import __version__
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.writing.messages import Assignment, Closed, Unpacker, pack, receive
from glancetape_cassettes.writing.scribe import start_scribe

SECONDS = within(60, "s")
PEAK = within(1024, "MiB")
PRIVATE = within(200, "MiB")
OF_RECORDER = at_least(0.8)
OF_TRAFFIC = within(300, "MiB")


def measure(folder: Path, made: MadeSets) -> list[Figure]:
    """Import, once; the set that comes out is kept with the others."""
    ndjson, out = made.ndjson(LARGE), made.set_path(LARGE)
    used = watch(import_command(ndjson, out), folder / "import.log")
    line = ndjson.stat().st_size / LARGE
    name = f"import of {LARGE:,} images of {line:.0f} bytes"
    memory = json.loads(run([sys.executable, "-m", "benchmarks.running.set_memory", str(out)]))
    asked = "memory of a process that answered everything"
    return [
        Figure(name, "s", (used.seconds,), bound=SECONDS),
        Figure(f"{name}, of the processor", "s", (used.of_processor,)),
        Figure(f"{name}, peak memory of all processes", "MiB", (used.peak,), bound=PEAK),
        Figure(f"{asked}, private", "MiB", (memory["private"],), bound=PRIVATE),
        Figure(f"{asked}, anonymous", "MiB", (memory["anonymous"],)),
    ]


def measure_traffic(folder: Path, rounds: int) -> list[Figure]:
    """Import a HAR file and a flow file, and let a recorder's process store the same."""
    sources = {"HAR": write_har(folder / "a.har"), "flow": write_flows(folder / "a.flows")}
    size = sum(len(one.response.body) for one in interactions()) / 1e6
    peaks: dict[str, list[float]] = {name: [] for name in sources}

    def imported(name: str) -> float:
        used = _import(sources[name], folder)
        peaks[name].append(used.peak)
        return size / used.of_processor

    sides = {name: lambda name=name: imported(name) for name in sources}
    found = in_turns(rounds, {**sides, "recorder": lambda: size / _recorded(folder)})
    figures = []
    for name in sources:
        what = f"import of a {name} file of {size:.0f} MB"
        rate = f"{what} / the recorder's own process, by processor time"
        figures += [
            Figure(rate, "MB/s", found[name], found["recorder"], OF_RECORDER),
            Figure(f"{what}, peak memory", "MiB", tuple(peaks[name]), bound=OF_TRAFFIC),
        ]
    return figures


def _import(source: Path, folder: Path) -> Watched:
    key = folder / "key"
    key.write_text(KEY)
    out = folder / "imported.yaml"
    command = [tool("glancetape"), "import", str(source), "--out", str(out), "--force"]
    return watch([*command, "--key-file", str(key)], folder / "import.log")


def _recorded(folder: Path) -> float:
    """Return the seconds of the processor that a recorder's process takes for the traffic."""
    path = folder / "recorded.yaml"
    path.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    scribe = start_scribe(
        Assignment(
            path=path,
            recorder=f"glancetape {__version__}",
            key=KEY.encode(),
            redaction=RedactionOptions(),
            replaces=False,
        )
    )
    with scribe.socket as end:
        unpacker = Unpacker()
        for one in interactions():
            end.sendall(pack(one))
            receive(end, unpacker, 1)
        end.shutdown(socket.SHUT_WR)
        if receive(end, unpacker, 1) != [Closed(0)]:
            raise BenchmarkError(f"not all of {PAGES} pages were recorded")
    scribe.process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
