"""Replay reaches no network, shown in two ways."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from processes import BIN, glancetape, running
from proxies import recording, replaying
from recorded import get, ok, write_cassette
from upstream import Upstream

_WATCHED = """
import os, sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        # One write a line: the program's threads say things on the same pipe meanwhile.
        os.write(1, f"OPENED {event} {arguments}\\n".encode())
sys.addaudithook(watch)
from glancetape.cli import main
main(sys.argv[1:])
"""


def test_the_watch_sees_what_recording_opens(service: Upstream, tmp_path: Path) -> None:
    """Otherwise the next test could not fail."""
    arguments = [sys.executable, "-c", _WATCHED, "record", "--upstream", service.url]
    options = ["--cassette", tmp_path / "a.yaml", "--listen", "127.0.0.1:0"]

    with running([*arguments, *options]) as recorder:
        requests.get(f"{recorder.url}/v2/images", timeout=10)
        recorder.stop()

    assert "OPENED socket.connect" in recorder.said


def test_replay_opens_no_connection_and_asks_no_dns(service: Upstream, tmp_path: Path) -> None:
    """Hits and misses, plain and through the proxy, CONNECT and raw bytes."""
    cassette = write_cassette(
        tmp_path / "a.yaml", [(get("/v2/images", host="http://ims.example.com"), ok())]
    )
    arguments = [sys.executable, "-c", _WATCHED, "replay", cassette, "--listen", "127.0.0.1:0"]
    with running(arguments) as player:
        proxies = {"http": player.url, "https": player.url}
        statuses = [
            requests.get(f"{player.url}/v2/images", timeout=10).status_code,
            requests.get(
                "http://ims.example.com/v2/images", proxies=proxies, timeout=10
            ).status_code,
            requests.get(f"{service.url}/v2/images", proxies=proxies, timeout=10).status_code,
            requests.get(
                "https://ims.example.com/v2/none", proxies=proxies, timeout=10, verify=False
            ).status_code,
        ]
        _send_raw_bytes_through(player.url, service.url)
        player.stop()

    assert [200, 200, 501, 501] == statuses
    assert [] == service.seen
    assert "OPENED" not in player.said


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


def test_in_a_namespace_without_a_network_replay_answers_all_the_same(tmp_path: Path) -> None:
    """Only the loopback interface is there."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine makes no network namespaces")
    cassette = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    script = (
        "ip link set lo up || exit 9; "
        f"{BIN}/glancetape run --replay {cassette} -- curl -s http://glance:9292/v2/images"
    )

    inside = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ok().body.decode() == inside.stdout, inside.stderr
    assert 0 == inside.returncode


def test_a_connection_is_refused_even_if_something_tries_to_open_one(
    service: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The net below the net: with the answering hook gone, mitmproxy would forward."""
    from glancetape.hooks import Glancetape

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
    assert "No such option" in refused.stderr
