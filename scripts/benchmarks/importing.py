"""Importing 1,000,000 images by the real command, and the memory of a process that reads them."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.children import BenchmarkError, environment
from benchmarks.figure import Figure, within
from benchmarks.made_sets import MadeSets, import_command, run
from benchmarks.sets import LARGE

SECONDS = within(60, "s")
PEAK = within(1024, "MiB")
PRIVATE = within(200, "MiB")


def measure(folder: Path, made: MadeSets) -> list[Figure]:
    """Import, once; the set that comes out is kept with the others."""
    ndjson, out = made.ndjson(LARGE), made.set_path(LARGE)
    seconds, work, peak = _import(ndjson, out, folder / "import.log")
    line = ndjson.stat().st_size / LARGE
    name = f"import of {LARGE:,} images of {line:.0f} bytes"
    memory = json.loads(run([sys.executable, "-m", "benchmarks.set_memory", str(out)]))
    asked = "memory of a process that answered everything"
    return [
        Figure(name, "s", (seconds,), bound=SECONDS),
        Figure(f"{name}, of the processor", "s", (work,)),
        Figure(f"{name}, peak memory of all processes", "MiB", (peak,), bound=PEAK),
        Figure(f"{asked}, private", "MiB", (memory["private"],), bound=PRIVATE),
        Figure(f"{asked}, anonymous", "MiB", (memory["anonymous"],)),
    ]


def _import(ndjson: Path, out: Path, log: Path) -> tuple[float, float, float]:
    """Give the seconds, those of the processor, and the peak of all its processes in MiB."""
    start, before = time.perf_counter(), _processor_time()
    peak = 0
    with log.open("wb") as errors:
        child = subprocess.Popen(
            import_command(ndjson, out), stdout=errors, stderr=errors, env=environment()
        )
        try:
            while child.poll() is None:
                peak = max(peak, sum(map(_own_memory, _with_children(child.pid))))
                time.sleep(0.1)
        finally:
            child.kill()
            child.wait()
    if child.returncode:
        raise BenchmarkError(f"import: {log.read_text(errors='replace')[-1000:]}")
    return time.perf_counter() - start, _processor_time() - before, peak / 1024


def _processor_time() -> float:
    """Give the processor's seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _with_children(pid: int) -> list[int]:
    """Give a process and those that it has begun: an import shares its work out."""
    try:
        begun = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *map(int, begun)]


def _own_memory(pid: int) -> int:
    """Give the memory of a process in KiB, its part of what it shares; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
