"""Faults reach a client alike from mitmproxy and from the server in the process."""

import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire import flows
from glancetape.wire.answering import Answering, Exchange
from glancetape.wire.messages import Received
from glancetape.wire.serving import connection
from glancetape.wire.serving.server_thread import ServerThread
from support.one_image import ME, ims_image
from support.running.proxies import replaying
from support.sets.set_files import make_set
from support.wire.both_faces import Asked, faces

TOKEN = (("X-Auth-Token", "a-token"), ("Accept", "application/json"))
LIST = "/v2/images?limit=3"


@pytest.fixture(scope="module", params=["glance", "ims"])
def images(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of ten images, of both dialects."""
    path = tmp_path_factory.mktemp("faults") / "a.images"
    day = {"created_at": "2018-09-06T14:03:27Z"}
    images = [{**ims_image(f"image-{n}"), **day} for n in range(10)]
    make_set(path, images, {"home_project": ME, "dialect": request.param})
    return path


@pytest.mark.parametrize(
    ("fail", "status", "words"),
    [
        *((f"{n}:100%", n, b"message") for n in (400, 403, 404, 500, 503)),
        ("401:100%", 401, b""),
        ("gateway-401:100%", 401, b"APIGW.0301"),
        ("gateway-403:100%", 403, b"APIGW.0302"),
        ("gateway-404:100%", 404, b"APIGW.0101"),
        ("gateway-429:100%", 429, b"APIGW.0308"),
        ("gateway-502:100%", 502, b"APIGW.0201"),
        ("gateway-503:100%", 503, b"APIGW.0613"),
        ("gateway-504:100%", 504, b"APIGW.0201"),
    ],
)
def test_both_faces_fail_alike(images: Path, fail: str, status: int, words: bytes) -> None:
    """With the same body and headers; X-Glancetape names the rule."""
    with faces(replay=[str(images)], fail=[fail]) as both:
        asked = Asked(LIST.encode(), fields=TOKEN)
        got = both.ask_app(asked)

        assert got == both.ask_addon(asked)
    assert status == got.status
    assert words in got.body
    assert f"fault; {fail}".encode() == dict(got.headers)[b"x-glancetape"]


def test_the_service_words_its_errors_for_its_client(images: Path) -> None:
    """HTML for one that accepts it, as a real Glance does."""
    with faces(replay=[str(images)], fail=["503:100%"]) as both:
        accepts = (("X-Auth-Token", "t"), ("Accept", "*/*"))
        got = both.ask_app(Asked(LIST.encode(), fields=accepts))

    assert got.body.startswith(b"<html>\n <head>\n  <title>503 Service Unavailable</title>")


def test_a_throttled_request_is_told_when_to_come_again(images: Path) -> None:
    """Retry-After is in whole seconds; the first request of a slow rate passes."""
    with faces(replay=[str(images)], throttle="429:0.01rps") as both:
        asked = Asked(LIST.encode(), fields=TOKEN)
        pairs = [(both.ask_app(asked), both.ask_addon(asked)) for _ in range(2)]

    assert [200, 429] == [one.status for one, _ in pairs]
    for one, other in pairs:
        assert one.status == other.status
    waits = [int(dict(one.headers)[b"retry-after"]) for one in pairs[1]]
    assert all(95 <= wait <= 100 for wait in waits)


def test_a_client_that_tries_again_gets_the_answer(images: Path) -> None:
    """The one that it would have had without the fault."""
    asked = Asked(LIST.encode(), fields=TOKEN)
    with faces(replay=[str(images)]) as both:
        plain = both.ask_app(asked)
    with faces(replay=[str(images)], fail=["503:first-2", "gateway-504:first-1"]) as both:
        got = [both.ask_app(asked) for _ in range(5)]

    assert [503, 503, 504, 200, 200] == [one.status for one in got]
    assert plain == got[-1]


def test_who_watches_sees_faults_and_a_rewound_session_begins_again(images: Path) -> None:
    """As the pytest plugin does for each test."""
    seen: list[Exchange] = []
    with open_session(Settings(replay=(images,), fail=("500:first-1",))) as session:
        for _ in range(2):
            answering = Answering(session.rewound(), seen.append)
            for _ in range(2):
                answering.reply(_received(), direct=True)

    assert ["fault", "synthetic"] * 2 == [one.answered for one in seen]
    assert {"500:first-1"} == {one.source for one in seen if one.answered == "fault"}


def _received() -> Received:
    return Received(
        method="GET",
        url="http://localhost" + LIST,
        target=LIST.encode(),
        fields=((b"x-auth-token", b"t"),),
        body=b"",
    )


FACES = ["server", "proxy"]
BROKEN = ("reset:first-1@/v2/schemas", "truncate:first-1@/v2/images", "dribble:first-1@/v3")


@pytest.fixture(params=FACES)
def url(
    request: pytest.FixtureRequest, images: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An endpoint that breaks off answers; what dribbles is quick."""
    monkeypatch.setattr(connection, "DRIBBLE_SECONDS", 0.2)
    monkeypatch.setattr(flows, "DRIBBLE_SECONDS", 0.2)
    settings = {"replay": (images,), "fail": BROKEN, "latency": "10ms"}
    if request.param == "proxy":
        with replaying(images, fail=BROKEN, latency="10ms") as proxy:
            yield proxy.url
        return
    session = open_session(Settings.of(settings))
    server = ServerThread()
    served = server.serve(Answering(session))
    yield served.url
    served.close()
    server.close()
    session.close()


def ask(url: str, target: str) -> bytes:
    """The body; raises what http.client raises for a broken answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", target, headers=dict(TOKEN))
        return connection.getresponse().read()
    finally:
        connection.close()


def test_answers_break_off_and_come_late(url: str) -> None:
    """Closed without a byte, closed in the middle, in pieces, and held back; then all is well."""
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(url, "/v2/schemas/image")
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask(url, LIST)
    begun = time.monotonic()
    dribbled = ask(url, "/v3")
    took = time.monotonic() - begun

    assert took >= 0.2
    whole = ask(url, LIST)
    assert whole.startswith(cut.value.partial)
    assert len(whole) == len(cut.value.partial) + (cut.value.expected or 0)
    assert dribbled == ask(url, "/v3")
    assert ask(url, "/v2/schemas/image").startswith(b'{"name":"image"')


@pytest.mark.parametrize("url", ["server"], indirect=True)
def test_a_body_that_dribbles_comes_in_pieces(url: str) -> None:
    """From our own server; mitmproxy sends it whole at the end."""
    parts = urlsplit(url)
    head = f"GET /v3 HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    came = []
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        client.sendall(head.encode())
        while piece := client.recv(65536):
            came.append(piece)

    assert len(came) > 3
