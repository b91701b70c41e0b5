"""Importing 1,000,000 images by the real command, and the memory of what answers from them."""

import json
import sys
from pathlib import Path

from benchmarks.data.made_sets import LARGE, MadeSets, import_command, run
from benchmarks.figure import Figure, within
from benchmarks.running.watched import watch

SECONDS = within(60, "s")
PEAK = within(1024, "MiB")
PRIVATE = within(200, "MiB")


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
