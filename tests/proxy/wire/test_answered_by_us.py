"""In replay every request gets an answer of ours, and none of mitmproxy's own."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from support.clouds.recorded import get, ok, write_cassette
from support.running.proxies import replaying


@pytest.mark.parametrize("host", ["mitm.it", "mitm.it:80", "MITM.it"])
@pytest.mark.parametrize("target", ["/", "/cert/pem", "/v2/images?limit=1"])
def test_the_host_of_mitmproxys_own_pages_is_a_host_like_any_other(
    tmp_path: Path, host: str, target: str
) -> None:
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?limit=1"), ok())])
    with replaying(path) as proxy:
        through = requests.get(f"http://{host}{target}", proxies={"http": proxy.url}, timeout=10)
        direct = requests.get(proxy.url + target, headers={"Host": host}, timeout=10)

    assert "miss" == through.headers["X-Glancetape"]
    assert ("images" in target) == direct.headers["X-Glancetape"].startswith("exact")


def _raw(url: str, *pieces: bytes) -> bytes:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        for piece in pieces:
            client.sendall(piece)
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("headers", [b"", b"Accept: */*\r\n", b"X-Forwarded-Host: a\r\n"])
@pytest.mark.parametrize(
    ("target", "source"), [(b"/v2/images?limit=1", b"exact; a.yaml#1"), (b"/v2/tasks", b"miss")]
)
def test_http_1_0_without_a_host_is_answered(
    tmp_path: Path, headers: bytes, target: bytes, source: bytes
) -> None:
    """As some health checks and old clients send it."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?limit=1"), ok())])
    with replaying(path) as proxy:
        answer = _raw(proxy.url, b"GET " + target + b" HTTP/1.0\r\n" + headers + b"\r\n")

    assert b"x-glancetape: " + source in answer.lower()
