"""Child processes: started, waited for until they listen, and ended by their own ids."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.data.pages import KEY

HOST = "127.0.0.1"
ADDON = Path(__file__).parents[3] / "proxy/glancetape/addon.py"
_PATIENCE = 60.0


class BenchmarkError(Exception):
    """The measurement itself went wrong."""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def tool(name: str) -> str:
    """Name a command of the environment that runs this."""
    return str(Path(sys.executable).with_name(name))


def mitmdump(port: int, folder: Path, script: Path | None, **options: object) -> list[str]:
    """Write the command line that all mitmproxies here have in common."""
    command = [tool("mitmdump"), "-q", "--listen-host", HOST, "--listen-port", str(port)]
    if script is not None:
        command += ["-s", str(script)]
    for name, value in {"confdir": folder / "mitmproxy", **options}.items():
        command += ["--set", f"{name}={value}"]
    return command


def replay_command(port: int, folder: Path, cassette: Path) -> list[str]:
    """Write the command line of `glancetape replay`."""
    listen = ["--listen", f"{HOST}:{port}", "--confdir", str(folder / "mitmproxy")]
    return [tool("glancetape"), "replay", "-q", *listen, str(cassette)]


def record_command(port: int, folder: Path, cassette: Path, upstream: str) -> list[str]:
    """Write the command line of `glancetape record` in record mode `all`."""
    listen = ["--listen", f"{HOST}:{port}", "--confdir", str(folder / "mitmproxy")]
    what = ["--upstream", upstream, "--mode", "all", "--cassette", str(cassette)]
    return [tool("glancetape"), "record", "-q", *listen, *what]


@dataclass(slots=True)
class Children:
    """Starts processes; all of them end with the `with` block of `children`."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, command: list[str], env: Mapping[str, str] | None = None) -> int:
        """Start a process that says what goes wrong in a file of `folder`; gives its number."""
        log = self.folder / f"child-{len(self.running)}.log"
        with log.open("wb") as errors:
            self.running.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    env=environment(env),
                )
            )
        return len(self.running) - 1

    def serve(
        self,
        command: list[str],
        port: int,
        env: Mapping[str, str] | None = None,
        patience: float = _PATIENCE,
    ) -> int:
        """Start a server and wait until it listens; gives its number."""
        number = self.start(command, env)
        self.wait_for(number, port, patience)
        return number

    def wait_for(self, number: int, port: int, patience: float = _PATIENCE) -> None:
        """Wait until a started server takes connections."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
                return
            if self.running[number].poll() is not None:
                break
            time.sleep(0.005)
        log = (self.folder / f"child-{number}.log").read_text(errors="replace")
        raise BenchmarkError(f"{self.running[number].args!r} does not listen: {log[-2000:]}")

    def stop(self, number: int) -> None:
        """End one process and wait for it."""
        child = self.running[number]
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextlib.contextmanager
def children(folder: Path) -> Iterator[Children]:
    """Return a starter of processes that ends them all."""
    started = Children(folder)
    try:
        yield started
    finally:
        for number in reversed(range(len(started.running))):
            started.stop(number)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of every child: the same key, no proxy, our modules."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    kept.pop("CI", None)
    top = Path(__file__).parents[3]
    paths = os.pathsep.join(str(top / name) for name in ("scripts", "tests"))
    return {**kept, "GLANCETAPE_KEY": KEY, "PYTHONPATH": paths, **(more or {})}
