"""The tools that exports are for, started on free ports: WireMock standalone, and mitmdump."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import requests

from support.interop.commands import environment
from support.running.processes import BIN, ROOT, free_port

WIREMOCK = "wiremock@3.13.2"
_FOLDER = ROOT / ".bench" / "wiremock"


def _jar() -> Path:
    """WireMock standalone from npm, installed once."""
    folder = _FOLDER / "node_modules" / "wiremock" / "build"
    if not list(folder.glob("*.jar")):
        npm = shutil.which("npm")
        assert npm, "npm is not installed"
        _FOLDER.mkdir(parents=True, exist_ok=True)
        options = ["--silent", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", _FOLDER]
        subprocess.run([npm, "install", *options, WIREMOCK], check=True, timeout=600)
    return max(folder.glob("wiremock-standalone-*.jar"))


@contextlib.contextmanager
def wiremock(root: Path) -> Iterator[str]:
    """WireMock with the stubs of a folder; its URL."""
    port = free_port()
    options = ["--port", str(port), "--bind-address", "127.0.0.1", "--root-dir", str(root)]
    with _started(["java", "-jar", str(_jar()), *options, "--disable-banner"], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def mitmdump_replaying(har: Path, confdir: Path) -> Iterator[str]:
    """mitmdump as a forward proxy that answers from a HAR file only; its URL."""
    port = free_port()
    command = [sys.executable, str(BIN / "mitmdump"), "-q", "--listen-host", "127.0.0.1"]
    settings = ("server_replay_reuse=true", "server_replay_extra=404", f"confdir={confdir}")
    options = [word for one in settings for word in ("--set", one)]
    with _started([*command, "-p", str(port), "-S", str(har), *options], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _started(command: Sequence[str], port: int) -> Iterator[None]:
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            end = time.monotonic() + 120
            while time.monotonic() < end and process.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            else:
                process.kill()
                raise AssertionError(process.communicate()[0])
            yield
        finally:
            process.terminate()
            process.communicate(timeout=30)


def get(url: str, headers: dict[str, str], proxy: str = "") -> tuple[int, bytes]:
    """Status and body of an answer; redirects are not followed."""
    with requests.Session() as session:
        session.trust_env = False
        done = session.get(
            url,
            headers={"Accept": "", "Accept-Encoding": "", "User-Agent": "", **headers},
            proxies={"http": proxy} if proxy else None,
            allow_redirects=False,
            timeout=30,
        )
        return done.status_code, done.content
