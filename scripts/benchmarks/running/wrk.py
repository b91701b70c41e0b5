"""The load of wrk: one thread, some connections, and each request another target."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.running.children import HOST, BenchmarkError

SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 16
_PATIENT = 64
"""Connections that wait between requests: each for some ten milliseconds, which wrk can count."""
_NEAR_HALF = (0.35, 0.65)
_RESULT = re.compile(r"^result (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk has found."""

    rate: float
    """Answers a second."""
    p99: float
    """Milliseconds; one in a hundred answers took longer."""
    repeated: bool
    """Whether a target was asked more than once."""


def program() -> str:
    """The program. Raises BenchmarkError when it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise BenchmarkError("wrk is not installed; Debian has it: apt-get install wrk")
    return found


def write_targets(file: Path, targets: Sequence[str]) -> Path:
    """Write targets for `load`."""
    file.write_text("".join(f"{target}\n" for target in targets), "utf-8")
    return file


def load(
    port: int, targets: Path, seconds: float, *, connections: int = CONNECTIONS, delay: int = 0
) -> Load:
    """Ask for targets as fast as the answers come. Raises BenchmarkError when one is not a success.

    Each connection waits before a request for `delay` milliseconds, on average.
    """
    done = subprocess.run(
        [
            *(program(), "--threads", "1", "--connections", str(connections)),
            *("--duration", f"{seconds:.0f}s", "--timeout", "30s", "--script", str(SCRIPT)),
            f"http://{HOST}:{port}",
        ],
        env=os.environ | {"BENCH_TARGETS": str(targets), "BENCH_DELAY": str(delay)},
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )
    found = _RESULT.search(done.stdout)
    if found is None:
        raise BenchmarkError(f"wrk: {done.stdout[-500:]} {done.stderr[-500:]}")
    requests, microseconds, errors, p99, asked, count = map(int, found.groups())
    if errors or not requests:
        raise BenchmarkError(f"port {port}: {errors} of {requests} answers failed")
    # wrk prepares some requests that it does not send any more.
    return Load(requests / microseconds * 1e6, p99 / 1000, asked > count + 2 * connections)


def load_at_half(port: int, targets: Path, seconds: float, rate: float) -> Load:
    """Ask at half of a rate. Raises BenchmarkError when it was not about half."""
    delay = round(_PATIENT / (rate / 2) * 1000)
    found = load(port, targets, seconds, connections=_PATIENT, delay=delay)
    low, high = _NEAR_HALF
    if not low <= found.rate / rate <= high:
        raise BenchmarkError(f"{found.rate:.0f} answers a second are not half of {rate:.0f}")
    return found
