"""Running a command of ours: how long it took, and the memory of all its processes."""

import os
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
    of_longest: float
    """Seconds of the processor of the command's own process and of its longest child.

    With a free processor for each process it takes no longer. A child is looked at every tenth of a
    second, so the last of them may be missing.
    """


def watch(command: list[str], log: Path) -> Watched:
    """Run a command to its end. Raises BenchmarkError when it fails."""
    start, before = time.perf_counter(), _processor_time()
    peak, of_children = 0, dict[int, float]()
    with log.open("wb") as errors:
        child = subprocess.Popen(command, stdout=errors, stderr=errors, env=environment())
        try:
            while child.poll() is None:
                pids = _with_children(child.pid)
                peak = max(peak, sum(map(_own_memory, pids)))
                of_children |= {pid: used for pid in pids[1:] if (used := _processor_time_of(pid))}
                time.sleep(0.1)
        finally:
            child.kill()
            child.wait()
    if child.returncode:
        raise BenchmarkError(f"{command[1]}: {log.read_text(errors='replace')[-1000:]}")
    seconds, used = time.perf_counter() - start, _processor_time() - before
    own = used - sum(of_children.values())
    return Watched(seconds, used, peak / 1024, own + max(of_children.values(), default=0))


def _processor_time() -> float:
    """Return the processor's seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _processor_time_of(pid: int) -> float:
    """Return the processor's seconds of a process; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
