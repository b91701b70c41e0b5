"""Running `glancetape` and clients as the processes that their users run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

GLANCETAPE = (sys.executable, "-m", "glancetape")
CLIENTS = Path(__file__).parents[2] / "interop" / "clients"
SCRIPTS = Path(__file__).parents[3] / "scripts"
READY = "listening on "
_PROXIES = frozenset(["http_proxy", "https_proxy", "all_proxy", "no_proxy"])


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment without the proxies that it may name."""
    return {
        name: value for name, value in os.environ.items() if name.lower() not in _PROXIES
    } | more


def run(*command: str | Path) -> bytes:
    """Run a command and give its output; AssertionError with what it said when it fails."""
    done = subprocess.run(command, env=environment(), capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def run_through(arguments: Sequence[str | Path], command: Sequence[str | Path]) -> bytes:
    """Run a command below `glancetape run` and give its output."""
    return run(*GLANCETAPE, "run", *arguments, "--quiet", "--", *command)


@contextmanager
def serving(*arguments: str | Path, **variables: str) -> Iterator[str]:
    """Run `glancetape record` or `replay` on a free port; gives its URL, ends it with SIGTERM."""
    command = [*GLANCETAPE, *arguments, "--listen", "127.0.0.1:0", "--quiet"]
    with subprocess.Popen(
        command, env=environment(**variables), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        for line in process.stderr:
            if line.startswith(READY):
                break
            said.append(line)
        else:
            raise AssertionError("".join(said))
        try:
            yield line.removeprefix(READY).strip()
        finally:
            process.send_signal(signal.SIGTERM)
            _, rest = process.communicate(timeout=30)
    assert process.returncode == 0, rest
