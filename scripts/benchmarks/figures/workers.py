"""The direct server in several processes: what a request costs, and what each process takes.

One worker against two, under wrk, with pages of 1,000,000 images that were never asked before. The
processor time is that of all processes of a server; private memory is what no other process and no
file has.
"""

import os
from pathlib import Path

from benchmarks.data.made_sets import LARGE, MadeSets
from benchmarks.figure import Figure, at_most, in_turns, within
from benchmarks.figures.serving import A_ROUND, SECONDS, Unasked, random_targets, start_serving
from benchmarks.running.children import children
from benchmarks.running.wrk import program

_WARM_UP = 3
"""Rounds. A process checks each image once, and of two each gets half of the requests."""
COST = at_most(1.1)
MEMORY = within(80, "MiB")


def measure(folder: Path, made: MadeSets, rounds: int) -> list[Figure]:
    """Load both servers in turns, and look at the workers' memory after each round."""
    program()
    file = made.generated(LARGE)
    targets = random_targets(file, 2 * A_ROUND * (rounds + _WARM_UP))
    unasked = Unasked(folder / "targets", targets)
    memory: list[float] = []
    with children(folder) as started:
        ports, processes = {}, {}
        for workers in (1, 2):
            ports[workers] = start_serving(started, file, "--workers", str(workers))
            processes[workers] = started.running[-1].pid

        def cost(workers: int) -> float:
            before = _processor_time(processes[workers])
            answers = unasked.rate(ports[workers]) * SECONDS
            if workers > 1:
                memory.append(max(map(private_memory, _begun_by(processes[workers]))))
            return (_processor_time(processes[workers]) - before) / answers * 1e6

        sides = {"one": lambda: cost(1), "two": lambda: cost(2)}
        in_turns(_WARM_UP, sides)
        memory.clear()
        found = in_turns(rounds, sides)
    name = "serve --workers 2, random pages"
    return [
        Figure(f"{name}, CPU of a request / 1 worker", "us", found["two"], found["one"], COST),
        Figure(f"{name}, private memory of a worker", "MiB", tuple(memory), bound=MEMORY),
    ]


def _begun_by(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _processor_time(pid: int) -> float:
    """Return the processor's seconds of a process and those that it has begun."""
    ticks = 0
    for one in (pid, *_begun_by(pid)):
        # After the name, which may hold blanks, the 12th and 13th are user and system time.
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def private_memory(pid: int) -> float:
    """Return the MiB of a process that no other one shares and no file has.

    What it has mapped of the set is the system's: it takes that back when it needs the memory.
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1024
