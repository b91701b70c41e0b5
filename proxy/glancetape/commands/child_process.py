"""`glancetape run`: a command whose HTTP goes through the proxy."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import certifi

from glancetape_cassettes.errors import GlancetapeError

_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_BYPASS_VARIABLES = ("NO_PROXY", "no_proxy")
_BUNDLE_VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
_CA_FILE = "mitmproxy-ca-cert.pem"


def write_bundle(folder: Path, confdir: Path, environment: Mapping[str, str]) -> Path:
    """Write our CA, the public roots, and what the environment trusts already, into one file.

    Raises GlancetapeError when a file that the environment names cannot be read.
    """
    own = [environment[name] for name in _BUNDLE_VARIABLES if environment.get(name)]
    files = [confdir / _CA_FILE, Path(certifi.where()), *map(Path, dict.fromkeys(own))]
    bundle = folder / "ca-bundle.pem"
    try:
        # A folder of hashed certificates (REQUESTS_CA_BUNDLE may be one) is read file by file.
        parts = [
            part.read_text("utf-8", "replace").rstrip() + "\n"
            for file in files
            for part in (sorted(file.iterdir()) if file.is_dir() else [file])
        ]
    except OSError as error:
        raise GlancetapeError(
            f"{error.filename}: the certificates cannot be read: {error.strerror}."
        ) from error
    bundle.write_text("".join(parts), "utf-8")
    return bundle


def environment_for(proxy: str, bundle: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of the command: all HTTP through the proxy, its CA trusted."""
    return {
        **environment,
        **dict.fromkeys(_PROXY_VARIABLES, proxy),
        **dict.fromkeys(_BYPASS_VARIABLES, ""),
        **dict.fromkeys(_BUNDLE_VARIABLES, str(bundle)),
    }


def run_through(proxy: str, confdir: Path, command: Sequence[str]) -> int:
    """Run a command through the proxy and give its exit status (128 + N when signal N ended it).

    Raises GlancetapeError when it cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="glancetape-") as folder:
        bundle = write_bundle(Path(folder), confdir, os.environ)
        # Before there is a command: a signal in between would end us and leave it behind.
        with _passing_on() as pass_on_to:
            try:
                child = subprocess.Popen(command, env=environment_for(proxy, bundle, os.environ))  # noqa: S603 - it is the user's
            except OSError as error:
                raise GlancetapeError(f"{command[0]}: cannot be run: {error.strerror}.") from error
            pass_on_to(child)
            status = child.wait()
    return status if status >= 0 else 128 - status


@contextmanager
def _passing_on() -> Iterator[Callable[["subprocess.Popen[bytes]"], None]]:
    """Leave it to the command when to end: a terminal's Ctrl-C reaches it by itself.

    Gives a function to name the command's process; signals that came before are passed on then.
    """
    children: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int, _: object) -> None:
        if not children:
            early.append(number)
        for child in children:
            child.send_signal(number)

    def pass_on_to(child: "subprocess.Popen[bytes]") -> None:
        children.append(child)
        while early:
            child.send_signal(early.pop())

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
        signal.SIGHUP: signal.signal(signal.SIGHUP, pass_on),
    }
    try:
        yield pass_on_to
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
