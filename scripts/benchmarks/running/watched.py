"""Running a command of ours: how long it took, and the memory of all its processes."""

import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.running.children import BenchmarkError, environment


@dataclass(frozen=True, slots=True)
class Watched:
    """What a command used."""

    seconds: float
    of_processor: float
    """Seconds of the processor, of all its processes."""
    peak: float
    """MiB of all its processes at their most; what they share counts once."""


def watch(command: list[str], log: Path) -> Watched:
    """Run a command to its end. Raises BenchmarkError when it fails."""
    start, before = time.perf_counter(), _processor_time()
    peak = 0
    with log.open("wb") as errors:
        child = subprocess.Popen(command, stdout=errors, stderr=errors, env=environment())
        try:
            while child.poll() is None:
                peak = max(peak, sum(map(_own_memory, _with_children(child.pid))))
                time.sleep(0.1)
        finally:
            child.kill()
            child.wait()
    if child.returncode:
        raise BenchmarkError(f"{command[1]}: {log.read_text(errors='replace')[-1000:]}")
    return Watched(time.perf_counter() - start, _processor_time() - before, peak / 1024)


def _processor_time() -> float:
    """Return the processor's seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _with_children(pid: int) -> list[int]:
    """Return a process and those that it has begun: an import shares its work out."""
    try:
        begun = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *map(int, begun)]


def _own_memory(pid: int) -> int:
    """Return the memory of a process in KiB, its part of what it shares; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
