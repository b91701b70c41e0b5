"""While a test replays, no connection leaves the machine unless its host is allowed."""

import asyncio
import socket
import urllib.request

import pytest
import requests

from glancetape.pytest_plugin.network import NetworkBlocked, blocked_network
from support.running.user_project import Project

pytest_plugins = ["pytester"]

OUTSIDE = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"]  # addresses of documentation
LOCAL = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost", "LOCALHOST", ""]


def _connect(host: str, port: int = 9) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(0.01)
        client.connect((host, port))


@pytest.mark.parametrize("host", OUTSIDE)
def test_an_address_outside_is_blocked(host: str) -> None:
    with blocked_network([]) as guard, pytest.raises(NetworkBlocked, match="blocked"):
        _connect(host)

    assert [f"{host}:9"] == guard.blocked


@pytest.mark.parametrize("host", LOCAL)
def test_the_machine_itself_is_not(host: str) -> None:
    with blocked_network([]) as guard:
        guard.check(host, 9)

    assert [] == guard.blocked


def test_a_name_is_not_looked_up() -> None:
    """The question alone would leave the machine."""
    with blocked_network([]), pytest.raises(NetworkBlocked, match=r"example\.com:443"):
        socket.getaddrinfo("example.com", 443)


def test_asyncio_is_blocked_too() -> None:
    async def connect() -> None:
        await asyncio.open_connection("192.0.2.1", 9)

    with blocked_network([]), pytest.raises(NetworkBlocked):
        asyncio.run(connect())


@pytest.mark.parametrize("allowed", ["glance.example", "*.example", "GLANCE.EXAMPLE"])
def test_an_allowed_name_is_reached_at_its_addresses(
    allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with blocked_network([allowed]) as guard:
        assert found == socket.getaddrinfo("glance.example", 80)
        guard.check("192.0.2.7", 80)
        with pytest.raises(NetworkBlocked):
            guard.check("192.0.2.8", 80)


def test_afterwards_everything_is_as_before() -> None:
    before = (socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo)

    with blocked_network([]), blocked_network([]):
        assert socket.socket.connect is not before[0]

    assert before == (socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo)
    assert "connect" not in vars(socket.socket)


def test_only_tests_that_replay_are_offline(project: Project) -> None:
    """And hosts may be allowed by the marker or by the configuration."""
    project.pytester.makeini("[pytest]\nglancetape_allowed_hosts = 192.0.2.1 192.0.2.2")
    project.test(
        """
def reach(host):
    with socket.socket() as client:
        client.setblocking(False)
        return client.connect_ex((host, 9))

@pytest.mark.glancetape(images=[{}], allowed_hosts="192.0.2.3")
def test_offline(glancetape):
    with pytest.raises(OSError, match="192.0.2.9:9: the test replays"):
        reach("192.0.2.9")
    for host in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        reach(host)

def test_online():
    reach("192.0.2.9")
"""
    )
    project.passes(passed=2)


PROXY = "http://proxy.example:3128"
COMPANIES = {
    "a proxy": {"http_proxy": PROXY},
    "in upper case": {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY},
    "for everything": {"ALL_PROXY": PROXY},
    "with exceptions": {"http_proxy": PROXY, "no_proxy": "intranet.example"},
    "with other exceptions": {"HTTP_PROXY": PROXY, "NO_PROXY": " intranet.example , "},
    "no proxy": {},
}
_ASKS = """
import requests

BEFORE = {{name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}}
CODE = "import sys, requests; sys.exit(requests.get(sys.argv[1]).status_code != 300)"

@pytest.mark.glancetape(images=[{{"name": "a"}}]{more})
def test_it(glancetape):
    assert names(glancetape) == ["a"]
    assert requests.get(glancetape.url + "/v2/images", headers=glancetape.headers).ok
    env = {{**os.environ, **glancetape.env}}
    assert 0 == subprocess.call([sys.executable, "-c", CODE, glancetape.url + "/"], env=env)
    assert [requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
            for url in ("http://intranet.example/", "http://out.example/")] == {asked!r}

def test_later():
    assert BEFORE == {{name: os.environ.get(name) for name in BEFORE}}
"""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("more", ["", ", env=True"])
@pytest.mark.parametrize("company", COMPANIES)
def test_the_proxy_of_a_company_does_not_come_between(
    project: Project, monkeypatch: pytest.MonkeyPatch, company: str, more: str
) -> None:
    """Other hosts are asked as the variables say, which are as before after the test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for spelt in (name, name.upper()):
            monkeypatch.delenv(spelt, raising=False)
    for name, value in COMPANIES[company].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(urllib.request, "_opener", None)  # it keeps the proxies of its first use
    asked = [
        requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
        for url in ("http://intranet.example/", "http://out.example/")
    ]
    project.test(_ASKS.format(more=more, asked=asked))

    project.passes(passed=2)
