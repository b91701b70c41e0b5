"""scripts/load: a set, the direct server in front of it, and Locust's users; ends what it started.

Exits 1 when an answer was wrong or a request failed. It talks to 127.0.0.1 only; --url names a
service that runs there already.
"""

import argparse
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(".load")
LOCUSTFILE = Path("scripts/loading/locustfile.py")
SEED = 7
_LOCAL = ("127.0.0.1", "localhost", "::1")


def main() -> int:
    """Run the load; the exit status of Locust, which is 1 after a failure."""
    asked = _arguments()
    file = asked.file or _generated(asked.count)
    with _serving(file, asked.workers) if not asked.url else _given(asked.url) as url:
        return _locust(url, asked.users, asked.seconds, asked.processes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/load", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000, help="images [%(default)s]")
    parser.add_argument("--file", type=Path, help="a set or a cassette to serve instead")
    parser.add_argument("--url", help="a service on 127.0.0.1 that runs already")
    parser.add_argument("--workers", type=int, default=1, help="of the server [%(default)s]")
    parser.add_argument("--users", type=int, default=20, help="[%(default)s]")
    parser.add_argument("--seconds", type=int, default=20, help="[%(default)s]")
    parser.add_argument("--processes", type=int, default=1, help="of Locust [%(default)s]")
    asked = parser.parse_args()
    if asked.url and urlsplit(asked.url).hostname not in _LOCAL:
        parser.error("--url: a load test talks to 127.0.0.1 only.")
    if not 1 <= asked.seconds <= 600:
        parser.error("--seconds: 1 to 600.")
    return asked


def _generated(count: int) -> Path:
    file = FOLDER / f"region-{count}-{SEED}.images"
    if not file.exists():
        FOLDER.mkdir(exist_ok=True)
        options = ["--count", str(count), "--seed", str(SEED), "--out", str(file)]
        subprocess.run([_command(), "generate", *options], check=True)
    return file


def _command() -> str:
    return str(Path(sys.executable).with_name("glancetape"))


@contextmanager
def _given(url: str) -> Iterator[str]:
    yield url


@contextmanager
def _serving(file: Path, workers: int) -> Iterator[str]:
    """The address of a server that ends with the block."""
    options = ["--listen", "127.0.0.1:0", "--workers", str(workers)]
    server = subprocess.Popen(
        [_command(), "serve", str(file), *options], stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    try:
        lines = []
        for line in server.stderr:
            if line.startswith("listening on "):
                yield line.split()[-1]
                break
            lines.append(line)
        else:
            raise SystemExit("".join(lines))
    finally:
        before = _seconds_of_children()
        server.terminate()
        print(server.communicate(timeout=30)[1], end="", file=sys.stderr)
        taken = _seconds_of_children() - before
        print(f"processor time of the server: {taken:.2f} s", file=sys.stderr)


def _seconds_of_children() -> float:
    """Processor time of the programs that have ended so far, with that of their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _locust(url: str, users: int, seconds: int, processes: int) -> int:
    """A master and its workers, all on this machine, until the time is over."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return subprocess.run(
        [
            *(os.environ["LOCUST"], "-m", "locust", "-f", str(LOCUSTFILE), "--host", url),
            *("--headless", "--only-summary", "--loglevel", "WARNING"),
            *("--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s"),
            *("--processes", str(processes), "--master-bind-host", "127.0.0.1"),
            *("--master-bind-port", port, "--master-port", port, "--stop-timeout", "10"),
        ],
        timeout=seconds + 120,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
