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
        Figure(f"{name}, peak memory", "MiB", (peak,), bound=PEAK),
        Figure(f"{asked}, private", "MiB", (memory["private"],), bound=PRIVATE),
        Figure(f"{asked}, anonymous", "MiB", (memory["anonymous"],)),
    ]


def _import(ndjson: Path, out: Path, log: Path) -> tuple[float, float, float]:
    """Give the seconds, those of the processor, and the peak of resident memory in MiB."""
    start, before = time.perf_counter(), _processor_time()
    peak = 0
    with log.open("wb") as errors:
        child = subprocess.Popen(
            import_command(ndjson, out), stdout=errors, stderr=errors, env=environment()
        )
        try:
            # Asked of the child while it lives: what is told at its end counts in what this process
            # took when the child was forked.
            while child.poll() is None:
                peak = max(peak, _high_water(child.pid))
                time.sleep(0.02)
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


def _high_water(pid: int) -> int:
    """Give the largest resident memory that a process had, in KiB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
