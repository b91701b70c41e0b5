"""Importing what other tools saved of traffic, against the process that stores a recording."""

import resource
import socket
from pathlib import Path

from benchmarks.data.pages import KEY
from benchmarks.data.traffic import PAGES, interactions, write_flows, write_har
from benchmarks.figure import Figure, at_least, in_turns, within
from benchmarks.running.children import BenchmarkError, tool
from benchmarks.running.watched import Watched, watch
from glancetape import __version__
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.writing.messages import Assignment, Closed, Unpacker, pack, receive
from glancetape_cassettes.writing.scribe import start_scribe

OF_RECORDER = at_least(0.8)
OF_TRAFFIC = within(300, "MiB")


def measure(folder: Path, rounds: int) -> list[Figure]:
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
