"""The command that `glancetape run` starts: its environment, its signals, its exit status."""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import certifi

from glancetape.commands.shared_options import DEFAULT_CONFDIR
from glancetape.home_folder import in_home
from glancetape.terminal.error_sentences import ErrorWithStatus
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder

_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_BYPASS_VARIABLES = ("NO_PROXY", "no_proxy")
_BUNDLE_VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
"""Exit statuses that shells use."""
_SWITCHES = {"NODE_USE_ENV_PROXY": "1"}
"""Node's fetch reads the proxy's variables only with this one, from 22.21 and 24 on."""
_CA_FILE = "mitmproxy-ca-cert.pem"
CA_FILES = (_CA_FILE, "mitmproxy-ca.pem", "mitmproxy-dhparam.pem")
"""The files of its own certificate authority, which mitmproxy makes where they are missing."""


class CannotRun(ErrorWithStatus):
    """A command that cannot be started."""

    def __init__(self, program: str, number: int) -> None:
        """Take the program as it was typed, and the system's number of the error."""
        status = _NOT_FOUND if number == errno.ENOENT else _NOT_EXECUTABLE
        super().__init__(f"{program}: cannot be run: {os.strerror(number)}.", status)


def check_command(command: Sequence[str]) -> None:
    """Raise CannotRun when there is no such program, before anything else is started.

    Or when it is a text without `#!`, which the system does not run, although a shell would.
    """
    program = command[0]
    found = shutil.which(program)
    if found is not None:
        if _is_plain_text(Path(found)):
            raise CannotRun(program, errno.ENOEXEC)
        return
    if os.path.dirname(program) and os.path.exists(program):
        raise CannotRun(program, errno.EACCES)
    raise CannotRun(program, errno.ENOENT)


def _is_plain_text(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            start = opened.read(256)
    except OSError:  # a program may be run, and not be read
        return False
    return not start.startswith(b"#!") and b"\0" not in start


@contextmanager
def ca_folder(confdir: str = DEFAULT_CONFDIR) -> Iterator[Path]:
    """The folder of the proxy's CA: `confdir`, or one that is removed where no home can be written.

    Programs that are started here get the CA with their environment, so nobody has to trust it
    before. A folder that the user names is taken as it is.
    """
    folder = in_home(confdir)
    if confdir != DEFAULT_CONFDIR or _may_keep_ca(folder):
        yield folder
        return
    with temporary_folder() as spare:
        yield spare


def _may_keep_ca(folder: Path) -> bool:
    if not folder.is_absolute():  # there is no home
        return False
    if all(os.access(folder / name, os.R_OK) for name in CA_FILES):
        return True
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def write_bundle(folder: Path, confdir: Path, environment: Mapping[str, str]) -> Path:
    """A file with the proxy's CA, the public roots, and what the environment trusts already.

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
    """The command's environment: all HTTP goes through the proxy, and its CA is trusted."""
    return {
        **environment,
        **dict.fromkeys(_PROXY_VARIABLES, proxy),
        **dict.fromkeys(_BYPASS_VARIABLES, ""),
        **dict.fromkeys(_BUNDLE_VARIABLES, str(bundle)),
        **_SWITCHES,
    }


def run_through(proxy: str, confdir: Path, command: Sequence[str]) -> int:
    """The exit status of a command that ran through the proxy; 128 + N when signal N ended it.

    Raises CannotRun when it cannot be started.
    """
    with temporary_folder() as folder:
        bundle = write_bundle(folder, confdir, os.environ)
        # First the handlers: a signal after the start would end us and leave the command running.
        with _passing_on() as pass_on_to:
            try:
                child = subprocess.Popen(command, env=environment_for(proxy, bundle, os.environ))  # noqa: S603 - it is the user's
            except OSError as error:
                raise CannotRun(command[0], error.errno or errno.EACCES) from error
            pass_on_to(child)
            status = child.wait()
    return status if status >= 0 else 128 - status


@contextmanager
def _passing_on() -> Iterator[Callable[["subprocess.Popen[bytes]"], None]]:
    """Let the command decide when to end: signals go to it, and Ctrl-C reaches it by itself.

    Yields a function that takes the command's process and passes on what came before.
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


def run_watched(
    command: Sequence[str],
    environment: Mapping[str, str],
    out: Path,
    err: Path,
    is_over: Callable[[], bool],
) -> int | None:
    """The exit status of a command whose output goes to two files; None when it was ended.

    `is_over` is asked ten times a second; when it is true, the command and what it started are
    ended. Raises CannotRun when it cannot be started.
    """
    with out.open("wb") as output, err.open("wb") as errors:
        try:
            child = subprocess.Popen(  # noqa: S603 - it is the user's
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotRun(command[0], error.errno or errno.EACCES) from error
        try:
            return _watch(child, is_over)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _watch(child: "subprocess.Popen[bytes]", is_over: Callable[[], bool]) -> int | None:
    """The exit status of a process, as shells have it; None if it is over before it ends."""
    while True:
        try:
            status = child.wait(0.1)
        except subprocess.TimeoutExpired:
            if is_over():
                return None
        else:
            return status if status >= 0 else 128 - status
