"""A process that answers queries from a file and says how long they took."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.running.children import BenchmarkError, environment


class AnsweringProcess:
    """Runs `benchmarks.running.MODULE FILE` until a stack of contexts ends."""

    def __init__(
        self, stack: ExitStack, module: str, file: Path, env: Mapping[str, str] | None = None
    ) -> None:
        """Start it, and wait until it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.running.{module}", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env or environment(),
        )
        stack.callback(self._end)
        self._line()

    def ask(self, queries: Sequence[str]) -> float:
        """Return the mean CPU time of an answer, in microseconds."""
        assert self._process.stdin
        self._process.stdin.write("\n".join([str(len(queries)), *queries, ""]))
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise BenchmarkError("a process that answers queries has ended")
        return line

    def _end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
