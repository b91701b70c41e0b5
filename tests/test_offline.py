"""Replay reaches no network, shown in three ways."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from support.clouds.recorded import get, ok, write_cassette
from support.running.processes import BIN, ROOT, Running, glancetape, running
from support.running.proxies import recording, replaying
from support.running.upstream import Upstream
from support.wire import offline
from support.wire.offline import (
    OF_A_CASSETTE,
    OF_A_SET,
    PLAYED,
    Answered,
    Question,
    mitmdump,
    replay,
    reverse,
)

_HOOK = """
import os, runpy, sys
SENDING = {"socket.sendto", "socket.sendmsg"}
LOOKING_UP = {"getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo"}
REACHING = {"socket.connect", *SENDING, *(f"socket.{name}" for name in LOOKING_UP)}
def watch(event, arguments):
    if event in REACHING and not (event in SENDING and arguments[-1] is None):
        # One write a line: the program's threads say things on the same pipe meanwhile.
        os.write(1, f"OPENED {event} {arguments}\\n".encode())
sys.addaudithook(watch)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
_TRACED = "trace=connect,sendto,sendmsg,sendmmsg"
_PATIENCE = 20.0

Command = Sequence[str | Path]
Watched = tuple[Running, list[str]]
"""A program that runs, and, when it has ended, what it reached for."""
Watch = Callable[[Command, Path], AbstractContextManager[Watched]]


@contextmanager
def _seen_by_python(command: Command, _: Path) -> Iterator[Watched]:
    """Run a Python program and note its connections and look-ups."""
    reached: list[str] = []
    with running([sys.executable, "-c", _HOOK, *command]) as program:
        yield program, reached
        program.stop()
    reached += [line for line in program.lines if line.startswith("OPENED")]


@contextmanager
def _seen_by_the_system(command: Command, folder: Path) -> Iterator[Watched]:
    """Run a program and note every address that it or a library of it gives to the system."""
    reached: list[str] = []
    log = folder / "strace.log"
    with running([*_strace(log), *command]) as program:
        yield program, reached
        program.stop()
    ended = re.compile(rf"^{program.process.pid} +\+\+\+ exited", re.MULTILINE)
    deadline = time.monotonic() + _PATIENCE
    while not ended.search(log.read_text()):
        assert time.monotonic() < deadline, "strace does not end"
        time.sleep(0.02)
    reached += [line for line in log.read_text().splitlines() if "sa_family=" in line]


def _strace(log: Path) -> list[str | Path]:
    # -D leaves the program our child, so that signals reach it.
    return ["strace", "-D", "-f", "-q", "--seccomp-bpf", "-e", _TRACED, "-o", log]


def _works(command: list[str]) -> bool:
    return not subprocess.run(command, capture_output=True, check=False).returncode


_HAS_STRACE = shutil.which("strace") is not None and _works(
    [*map(str, _strace(Path("/dev/null"))), "true"]
)
_STRACE = pytest.param(
    _seen_by_the_system,
    id="strace",
    marks=pytest.mark.skipif(not _HAS_STRACE, reason="there is no strace that may trace"),
)
# The system sees what Python sees and more: with strace, Python's view is left to --interop.
# There each command plays both files; here two play one each, and both are played.
_WATCHES = (
    pytest.param(_seen_by_python, id="python", marks=[pytest.mark.interop] if _HAS_STRACE else []),
    _STRACE,
)


@pytest.mark.parametrize("watch", _WATCHES)
def test_the_watch_sees_what_recording_opens(
    watch: Watch, service: Upstream, tmp_path: Path
) -> None:
    """Otherwise the next tests could not fail."""
    command = glancetape(
        "record", "--upstream", service.url, "--cassette", tmp_path / "a.yaml",
        "--listen", "127.0.0.1:0",
    )  # fmt: skip

    with watch(command, tmp_path) as (recorder, reached):
        requests.get(f"{recorder.url}/v2/images", timeout=10)

    port = urlsplit(service.url).port
    assert [line for line in reached if "connect" in line and str(port) in line]


@pytest.mark.parametrize("watch", _WATCHES)
def test_the_watch_sees_that_a_name_is_looked_up(watch: Watch, tmp_path: Path) -> None:
    """A connection is not all that leaves the machine."""
    script = tmp_path / "look_up.py"
    script.write_text(
        f"#!{sys.executable}\nimport socket\n"
        "print('listening on 127.0.0.1:1')\n"
        "try:\n    socket.getaddrinfo('ims.example.invalid', 80)\n"
        "except OSError:\n    pass\n"
    )
    script.chmod(0o755)

    with watch([script], tmp_path) as (program, reached):
        program.process.wait(20)

    assert reached


_USUALLY = ((replay, "a.yaml"), (mitmdump, "b.images"))
_COMMANDS_AND_FILES = [
    pytest.param(
        *(command, name, questions),
        id=f"{command.__name__}-{name}",
        marks=() if (command, name) in _USUALLY else pytest.mark.interop,
    )
    for command in (replay, mitmdump, reverse)
    for name, questions in PLAYED
]


@pytest.mark.parametrize(("command", "name", "questions"), _COMMANDS_AND_FILES)
@pytest.mark.parametrize("watch", _WATCHES)
def test_no_question_makes_replay_open_a_connection_or_look_up_a_name(
    watch: Watch,
    command: Callable[[Path], Command],
    name: str,
    questions: dict[Question, Answered],
    tmp_path: Path,
) -> None:
    """Every kind of answer and of refusal, in every form in which a client can ask."""
    offline.make_files(tmp_path)
    is_reverse = command is reverse

    with watch(command(tmp_path / name), tmp_path) as (player, reached):
        answers = offline.ask(player.url, list(questions), direct_only=is_reverse)

    forms = ["direct"] if is_reverse else ["direct", "http", "https"]
    assert {form: list(questions.values()) for form in forms} == answers
    assert [] == reached


@pytest.mark.parametrize("watch", _WATCHES)
def test_replay_does_not_even_connect_to_a_service_that_is_there(
    watch: Watch, service: Upstream, tmp_path: Path
) -> None:
    """Hits and misses, through CONNECT, and what is neither TLS nor HTTP."""
    cassette = write_cassette(tmp_path / "a.yaml", [(get("/v2/images", host=service.url), ok())])
    secure = service.url.replace("http:", "https:")

    with watch(replay(cassette), tmp_path) as (player, reached):
        statuses = [
            requests.get(
                url, proxies={"http": player.url, "https": player.url}, timeout=10, verify=False
            ).status_code
            for url in (f"{service.url}/v2/images", f"{service.url}/none", f"{secure}/v2/none")
        ]
        _send_raw_bytes_through(player.url, service.url)

    assert [200, 501, 501] == statuses
    assert [] == service.seen
    assert [] == reached


def _send_raw_bytes_through(proxy: str, target: str) -> None:
    """CONNECT, then something that is neither TLS nor HTTP."""
    parts = urlsplit(proxy)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as client:
        client.sendall(f"CONNECT {urlsplit(target).netloc} HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in client.recv(1000)
        client.sendall(b"\x00\x01\x02 hello\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        while client.recv(1000):
            pass


def _without_a_network(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a command in a network namespace of its own."""
    ways = (["unshare", "-rn"], ["unshare", "-n"])  # any user who may; root
    way = next((way for way in ways if shutil.which(way[0]) and _works([*way, "true"])), None)
    if way is None:
        pytest.skip("this machine makes no network namespaces")
    return subprocess.run(
        [*way, *map(str, command)], capture_output=True, text=True, timeout=120, check=False
    )


_ENV = ("env", f"PYTHONPATH={ROOT / 'tests'}")


@pytest.mark.parametrize(
    "command",
    ["replay", *(pytest.param(one, marks=pytest.mark.interop) for one in ("mitmdump", "reverse"))],
)
def test_in_a_namespace_without_a_network_replay_answers_all_the_same(
    tmp_path: Path, command: str
) -> None:
    """Only the loopback interface is there, for the client too."""
    offline.make_files(tmp_path)

    inside = _without_a_network(*_ENV, sys.executable, "-m", offline.__name__, tmp_path, command)

    assert 0 == inside.returncode, inside.stderr
    said = json.loads(inside.stdout)
    assert ["lo"] == said["interfaces"]
    expected = [list(map(list, questions.values())) for questions in (OF_A_CASSETTE, OF_A_SET)]
    forms = ["direct"] if command == "reverse" else ["direct", "http", "https"]
    assert [dict.fromkeys(forms, answers) for answers in expected] == said["found"]


def test_in_a_namespace_without_a_network_a_command_is_run(tmp_path: Path) -> None:
    """Its requests are answered though it cannot resolve any name."""
    cassette = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    script = (
        f"import subprocess, sys; from support.wire import offline; "
        f"offline.bring_loopback_up(); "
        f"sys.exit(subprocess.run([*{[str(BIN / 'glancetape')]}, 'run', '--replay', "
        f"{str(cassette)!r}, '--', 'curl', '-s', 'http://glance:9292/v2/images']).returncode)"
    )

    inside = _without_a_network(*_ENV, sys.executable, "-c", script)

    assert ok().body.decode() == inside.stdout, inside.stderr
    assert 0 == inside.returncode


def test_a_connection_is_refused_even_if_something_tries_to_open_one(
    service: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The net below the net: with the answering hook gone, mitmproxy would forward."""
    from glancetape.wire.addon_hooks import Glancetape

    cassette = tmp_path / "a.yaml"
    with recording(cassette, service.url) as proxy:
        requests.get(f"{proxy.url}/v2/images", timeout=10)
    service.seen.clear()
    monkeypatch.setattr(Glancetape, "request", lambda *_: None)

    with replaying(cassette) as proxy:
        answer = requests.get(f"{service.url}/v2/images", proxies={"http": proxy.url}, timeout=10)

    assert 502 == answer.status_code
    assert [] == service.seen


def test_the_command_line_of_replay_takes_no_upstream() -> None:
    """There is nothing that it could be told to reach."""
    refused = subprocess.run(
        glancetape("replay", "a.yaml", "--upstream", "http://127.0.0.1:1"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert 2 == refused.returncode
    assert "--upstream" in refused.stderr
