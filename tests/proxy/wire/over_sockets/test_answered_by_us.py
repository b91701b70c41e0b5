"""In replay every request gets an answer of ours, and none of mitmproxy's own."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from mitmproxy.addons.next_layer import NextLayer as MitmproxysChoice
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.proxy import context, events, layer
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode
from mitmproxy.proxy.layers.modes import HttpProxy
from mitmproxy.test import taddons, tflow

from glancetape.wire.addon_hooks import Glancetape
from support.clouds.recorded import get, ok, write_cassette
from support.running.proxies import replaying


@pytest.mark.parametrize("host", ["mitm.it", "mitm.it:80", "MITM.it"])
@pytest.mark.parametrize("target", ["/", "/cert/pem", "/v2/images?limit=1"])
def test_the_host_of_mitmproxys_own_pages_is_a_host_like_any_other(
    tmp_path: Path, host: str, target: str
) -> None:
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?limit=1"), ok())])
    with replaying(path, server_name=["mitm.it"]) as proxy:
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


_TO_US, _TO_A_PROXY = b"GET /v2/images HTTP/1.", b"GET http://h/v2/images HTTP/1."
HEADS = {
    "without a host": (_TO_US + b"0\r\nAccept: */*\r\n\r\n", HTTPMode.transparent, True),
    "with a host": (_TO_US + b"0\r\nHost: h\r\n\r\n", HTTPMode.regular, True),
    "of HTTP/1.1": (_TO_US + b"1\r\nHost: h\r\n\r\n", HTTPMode.regular, True),
    "to a proxy": (_TO_A_PROXY + b"1\r\nHost: h\r\n\r\n", HTTPMode.regular, False),
}
Offline = tuple[Glancetape, taddons.context]


@pytest.fixture(scope="module")
def offline(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Offline]:
    """The addon behind mitmproxy's own choice of layers, as in a real proxy."""
    path = tmp_path_factory.mktemp("heads") / "a.yaml"
    write_cassette(path, [(get("/v2/images"), ok())])
    addon, choice = Glancetape(), MitmproxysChoice()
    with taddons.context(Proxyserver(), choice, addon) as hooked:
        hooked.configure(addon, glancetape_replay=[str(path)])
        yield addon, hooked
        addon.done()


@pytest.mark.parametrize(("head", "mode", "is_direct"), HEADS.values(), ids=HEADS.keys())
def test_a_head_may_come_in_any_packets(
    offline: Offline, head: bytes, mode: HTTPMode, is_direct: bool
) -> None:
    """Cut in two at each place, and byte by byte."""
    addon, hooked = offline
    splits = [[head[:at], head[at:]] for at in range(1, len(head))]
    for pieces in [[head], [bytes([one]) for one in head], *splits]:
        client = tflow.tclient_conn()
        client.sockname = ("127.0.0.1", 8180)
        place = context.Context(client, hooked.options)
        HttpProxy(place)
        asking = layer.NextLayer(place)
        for piece in pieces:
            if asking.layer is None:
                asking.events.append(events.DataReceived(client, piece))
                for one in hooked.master.addons.chain:
                    if hasattr(one, "next_layer"):
                        one.next_layer(asking)
        chosen = asking.layer
        assert isinstance(chosen, HttpLayer)
        assert (mode, is_direct) == (chosen.mode, addon._is_client_direct[client.id])
        addon.client_disconnected(client)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """mitmproxy would read it whole, whatever its length."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    head = b"PUT /v2/images/a/file HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (1 << 40)
    with replaying(path) as proxy:
        answer = _raw(proxy.url, head)

    assert answer.startswith(b"HTTP/1.1 413")
    assert 1 == proxy.counts.too_large
