"""Secrets in every place of real traffic: none of them may be stored or shown.

The upstream here answers with planted secrets. `support.secrets.leaks` looks for them.
"""

import logging
import socket
import socketserver
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from glancetape.addresses import Address
from glancetape.cli import main
from glancetape.options import Settings
from glancetape.wire.mitmproxy_runner import Plan, ProxyThread
from support.secrets.leaks import PIECE, leaks, pieces, values
from support.secrets.planted import PLACES
from support.secrets.planting import Exchange, Planter

# -- the wire ---------------------------------------------------------------------------------


class Upstream(socketserver.ThreadingTCPServer):
    """Answers each connection with the next of `answers`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[bytes] = deque()
        self.host = f"127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Upstream)
        length = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        self.rfile.read(length)
        if line:
            self.wfile.write(self.server.answers.popleft())


@contextmanager
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def send(proxy: str, request: bytes) -> bytes:
    host, _, port = proxy.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def plan(server: Upstream | None = None, **settings: object) -> Plan:
    upstream = (f"http://{server.host}",) if server else ()
    return Plan(
        settings=Settings.of(settings | {"upstream": upstream}),
        listen=Address("127.0.0.1", 0),
        confdir=str(Path("~/.mitmproxy").expanduser()),
    )


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLANCETAPE_KEY", "a key for the tests of secrets")


# -- tests ------------------------------------------------------------------------------------


# The places in turns through a reverse and a forward proxy; each through both with --interop.
_THROUGH = [
    pytest.param(
        *(form, place),
        id=f"{form}-{place.__name__}",
        marks=() if (number % 2 == 0) == (form == "reverse") else pytest.mark.interop,
    )
    for form in ("reverse", "forward")
    for number, place in enumerate(PLACES)
]


@pytest.mark.parametrize(("form", "place"), _THROUGH)
def test_no_secret_is_stored_or_shown(
    place: Callable[[Planter], Iterator[Exchange]],
    form: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    plant = Planter()
    exchanges = list(place(plant))
    cassette = tmp_path / "planted.yaml"
    caplog.set_level(logging.DEBUG)

    with upstream() as server:
        prefix = f"http://{server.host}" if form == "forward" else ""
        requests = [(one, one.request(server.host, prefix)) for one in exchanges]
        recording = plan(
            None if prefix else server, record=str(cassette), keystone=True, mode="all"
        )
        with ProxyThread(recording) as recorder:
            for one, request in requests:
                server.answers.append(one.response())
                send(recorder.url, request)
            recorded = recorder.counts.recorded
    with ProxyThread(plan(replay=[str(cassette)])) as replayer:
        replayed = "".join(send(replayer.url, sent).decode("latin-1") for _, sent in requests)
        for one in exchanges:
            more = ("&" if "?" in one.target else "?") + "page=2"
            missed = one.request("other.example", more=more)
            replayed += send(replayer.url, missed).decode("latin-1")

    text = cassette.read_text()
    assert len(exchanges) == recorded
    assert [] == leaks(text, plant.planted)
    assert [] == leaks(values(text), plant.planted)
    assert [] == leaks(caplog.text + "".join(capfd.readouterr()), plant.planted)
    assert [] == leaks(replayed, plant.planted)
    assert 0 == CliRunner().invoke(main, ["scan", str(cassette)]).exit_code


@pytest.mark.parametrize(
    "line",
    [
        "GET http://joe:{}@127.0.0.1/v2/images HTTP/1.1",
        "GET /v2/images?token={} x HTTP/1.1",
        "GET http://[::1/v2/images?token={} HTTP/1.1",
        "CONNECT joe:{}@h:443 HTTP/1.1",
        "GET http://glance.invalid/v2/images?token={} HTTP/1.1",
    ],
)
def test_a_failing_request_shows_no_secret(
    line: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    plant = Planter()
    request = line.format(plant(line))
    caplog.set_level(logging.DEBUG)

    cassette = tmp_path / "failing.yaml"
    with ProxyThread(plan(record=str(cassette), keystone=True)) as recorder:
        send(recorder.url, f"{request}\r\nHost: glance.invalid\r\n\r\n".encode())

    assert not cassette.exists()
    assert [] == leaks(caplog.text + "".join(capfd.readouterr()), plant.planted)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=%s\r\nContent-Length: 99\r\n\r\ncut off",
        b"HTTP/1.1 200 OK\r\nX-Auth-Token %s\r\n\r\n",
        b"HTTP/1.1 %s OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
        b"token=%s",
    ],
)
def test_a_response_that_breaks_off_shows_no_secret(
    answer: bytes,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    plant = Planter()
    caplog.set_level(logging.DEBUG)

    cassette = tmp_path / "failing.yaml"
    with (
        upstream() as server,
        ProxyThread(plan(server, record=str(cassette))) as recorder,
    ):
        server.answers.append(answer % plant("answer").encode())
        send(recorder.url, b"GET /v2/images HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

    assert not cassette.exists()
    assert [] == leaks(caplog.text + "".join(capfd.readouterr()), plant.planted)


def test_a_piece_of_a_secret_anywhere_in_a_text_is_a_leak() -> None:
    """The search finds what it looks for, at each place of a longer or shorter text."""
    secret = Planter()("here")
    for piece in pieces(secret):
        for before in range(9):
            assert ["here"] == leaks("-" * before + piece, {"here": secret, "there": "x" * 30})
    assert [] == leaks(secret[: PIECE - 1] + "." * 20, {"here": secret})
    assert [] == leaks("", {"here": secret})


def test_enough_secrets_are_planted() -> None:
    plant = Planter()
    for place in PLACES:
        list(place(plant))

    assert len(plant.planted) >= 150
    assert len(plant.planted) == len(set(plant.planted.values()))
