"""A page of a stranger whose name leads to 127.0.0.1 (DNS rebinding) gets no answers."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import requests

from glancetape.addresses import Address
from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.asgi import App
from glancetape.wire.serving.connection import Patience
from glancetape.wire.serving.server import service_for
from support.clouds.recorded import get, ok, write_cassette
from support.running.proxies import recording, replaying
from support.running.upstream import upstream
from support.wire.direct import connected

STRANGER = "stranger.net:8180"
TOKEN = {"X-Auth-Token": "any"}
LIST = "/v2/images?limit=1"
HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"
CASES: list[tuple[str, str, tuple[str, ...], int]] = [
    (HERE, "127.0.0.1:8180", (), 200),
    (HERE, "localhost:8180", (), 200),
    (HERE, STRANGER, (), 421),
    (HERE, STRANGER, ("stranger.net",), 200),
    (HERE, STRANGER, ("*",), 200),
    (HERE, "other.net", ("stranger.net",), 421),
    ("::1", STRANGER, (), 421),
    (HERE, "ims.cloud.net:8180", (), 200),
    (HERE, "iam.cloud.net:8180", (), 421),
    (EVERYWHERE, "glancetape.load.svc.cluster.local:8180", (), 200),
    ("10.0.0.7", STRANGER, (), 200),
]
"""Where the server listens, the host of the request, `--server-name`, and the status."""


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One list of images, recorded from https://ims.cloud.net."""
    folder = tmp_path_factory.mktemp("hosts")
    recorded = get(LIST, *TOKEN.items(), host="https://ims.cloud.net")
    return write_cassette(folder / "a.yaml", [(recorded, ok())])


@pytest.mark.parametrize(("listen", "host", "allowed", "status"), CASES)
def test_the_direct_server_answers_to_names_of_this_machine(
    cassette: Path, listen: str, host: str, allowed: tuple[str, ...], status: int
) -> None:
    """On another address any name will do: it is meant for others, as in a container."""
    with open_session(Settings(replay=(cassette,), server_name=allowed)) as session:
        where = Address(listen, 8180)
        service = service_for(Answering(session), patience=Patience(), where=where)
        connection, pipe = connected(service)

        connection.data_received(
            f"GET {LIST} HTTP/1.1\r\nHost: {host}\r\nX-Auth-Token: t\r\n\r\n".encode()
        )

        head = pipe.take().partition(b"\r\n\r\n")[0]
        assert f"HTTP/1.1 {status} " == head[:13].decode()
        assert (status == 421) == (b"X-Glancetape: refused" in head)
        assert (status == 421) == (session.counts.other_hosts == 1)


@pytest.mark.parametrize(("listen", "host", "allowed", "status"), CASES)
def test_the_asgi_app_answers_alike(
    cassette: Path, listen: str, host: str, allowed: tuple[str, ...], status: int
) -> None:
    """It knows the server's address from each request."""
    events: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(event: Any) -> None:
        events.append(event)

    path, _, query = LIST.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", host.encode()), (b"x-auth-token", b"t")],
        "server": (listen, 8180),
    }
    app = App(Answering(open_session(Settings(replay=(cassette,), server_name=allowed))))

    asyncio.run(app(scope, receive, send))
    app.close()

    assert status == events[0]["status"]


def test_an_app_behind_a_unix_socket_takes_any_host(cassette: Path) -> None:
    """What is in front of it has chosen who may ask."""
    received: list[Any] = []

    async def send(event: Any) -> None:
        received.append(event)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    app = App(Answering(open_session(Settings(replay=(cassette,)))))
    fields = [(b"host", STRANGER.encode()), (b"x-auth-token", b"t")]
    scope = {"type": "http", "method": "GET", "path": "/v2/images", "query_string": b"limit=1"}

    asyncio.run(app({**scope, "headers": fields, "server": ("/run/s", None)}, receive, send))
    app.close()

    assert 200 == received[0]["status"]


def test_replay_answers_a_stranger_only_as_its_proxy(cassette: Path) -> None:
    """A page cannot ask as a client of a proxy does. A client of ours names the recorded host."""
    with replaying(cassette) as proxy:
        url = proxy.url + LIST
        strange = requests.get(url, headers={"Host": STRANGER, **TOKEN}, timeout=10)
        ours = requests.get(url, headers=TOKEN, timeout=10)
        local = requests.get(url, headers={"Host": "tape.localhost", **TOKEN}, timeout=10)
        through = requests.get(
            f"http://ims.cloud.net{LIST}", headers=TOKEN, proxies={"http": proxy.url}, timeout=10
        )

        assert [421, 200, 200, 200] == [one.status_code for one in (strange, ours, local, through)]
        assert "set --server-name to stranger.net." in strange.json()["error"]["message"]
        assert 1 == proxy.counts.other_hosts


@pytest.mark.parametrize("allowed", [(), ("stranger.net",)])
def test_nothing_of_a_stranger_reaches_the_service_that_is_recorded(
    tmp_path: Path, allowed: tuple[str, ...]
) -> None:
    """Neither is it recorded. A host that is named is."""
    with (
        upstream() as service,
        recording(tmp_path / "new.yaml", service.url, server_name=allowed) as proxy,
    ):
        strange = requests.get(proxy.url + LIST, headers={"Host": STRANGER}, timeout=10)
        ours = requests.get(proxy.url + LIST, headers=TOKEN, timeout=10)

    assert [200 if allowed else 421, 200] == [strange.status_code, ours.status_code]
    assert [f"GET {LIST}"] * (1 + len(allowed)) == service.seen
    assert 1 - len(allowed) == proxy.counts.other_hosts
    assert "refused" == strange.headers["X-Glancetape"] or allowed
