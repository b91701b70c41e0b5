"""The ASGI app: the same answers as from mitmproxy's hooks, for any server, without mitmproxy."""

import asyncio
import gzip
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering, Exchange
from glancetape.wire.asgi import asgi_app, settings_from
from glancetape.wire.serving.server_thread import ServerThread
from glancetape_cassettes.errors import BadParameter, CassetteError
from glancetape_cassettes.interaction import Request, Response
from support.clouds import walked_cassettes
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.recorded_lists import listed_image
from support.oracle.queries import random_queries
from support.running.proxies import replaying
from support.sets.imagesets import ME
from support.sets.set_files import make_set
from support.wire.both_faces import Asked, Faces, Got, faces

TOKEN = (("X-Auth-Token", "a-token"),)
MINE = (("X-Project-Id", ME),)
IMAGES = [listed_image(number) for number in range(1, 30)]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of images."""
    path = tmp_path_factory.mktemp("sets") / "some.images"
    make_set(path, [{**one, "owner": ME} for one in IMAGES])
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, some: Path) -> list[str]:
    """A cassette of answers that are easy to send wrongly, and the set."""
    return [str(_odd(tmp_path_factory.mktemp("odd") / "odd.yaml")), str(some)]


def _odd(path: Path) -> Path:
    length = ("Content-Length", "1234")
    pairs: list[tuple[Request, Response]] = [
        (get("/v2/images/none"), Response(204, "No Content", (("X-A", "1"), ("X-A", "2")))),
        (get("/v2/images/same"), Response(304, "", (("ETag", '"x"'),))),
        (get("/v2/images/odd"), Response(599, "Odd", (("X-Name", "ä"), ("X-Name", "宝塔")), b"\0")),
        (
            get("/v2/images/zip"),
            Response(200, "OK", (("Content-Encoding", "gzip"), length), gzip.compress(b"{}")),
        ),
        (
            get("/v2/images/dated"),
            ok(b"{}", ("Date", "Mon, 01 Jan 2024 00:00:00 GMT"), ("Server", "api-gateway")),
        ),
        (Request("HEAD", "http://glance:9292/v2/images/head"), Response(200, "", (length,))),
        (
            Request("POST", "http://glance:9292/v2/images", (), b'{"name": "a"}'),
            Response(201, "Created", (("Location", "/v2/images/1"),), b'{"id": "1"}'),
        ),
    ]
    return write_cassette(path, pairs)


@pytest.fixture
def both(files: list[str]) -> Iterator[Faces]:
    """Both faces, in the state of the beginning."""
    with faces(replay=files) as opened:
        yield opened


def test_both_faces_answer_hundreds_of_list_queries_alike(tmp_path: Path, some: Path) -> None:
    """Recorded, derived, from a set, refused, and without credentials."""
    recorded = ("visibility=public", "limit=0")
    walk = walked_cassettes.recorded(tmp_path / "walk.yaml", walked_cassettes.cloud_of(), *recorded)
    queries = random_queries([*walked_cassettes.IMAGES, *IMAGES], 400, seed=12)
    provenances: Counter[str] = Counter()

    with faces(replay=[str(walk), str(some)]) as both:
        for number, query in enumerate(["limit=2", *recorded, *queries]):
            target = b"/v2/images?" + query.encode("utf-8", "surrogateescape")
            asked = Asked(target, fields=MINE if number % 9 else ())
            answer = both.ask_addon(asked)
            assert answer == both.ask_app(asked), asked
            provenances[answer.provenance] += 1

    assert provenances["exact"] > 2
    assert provenances["derived"] > 50
    assert provenances["synthetic"] > 50


HUGE = b"/v2/images?" + b"&".join(b"tag=%d" % number for number in range(1001))
ODD = {
    "nothing to send": Asked(b"/v2/images/none"),
    "not modified": Asked(b"/v2/images/same"),
    "an unknown status": Asked(b"/v2/images/odd"),
    "a body in a coding": Asked(b"/v2/images/zip"),
    "headers that servers make": Asked(b"/v2/images/dated"),
    "a recorded HEAD": Asked(b"/v2/images/head", "HEAD"),
    "a HEAD that is a miss": Asked(b"/v2/other", "HEAD"),
    "a HEAD of a set": Asked(b"/v2/images?limit=3&name=x", "HEAD", TOKEN),
    "another path": Asked(b"/v3/auth/tokens", "POST", TOKEN, b'{"auth": {}}'),
    "the root": Asked(b"/"),
    "everything": Asked(b"*", "OPTIONS"),
    "no credentials": Asked(b"/v2/images?sort=name&limit=1"),
    "a change": Asked(b"/v2/images", "POST", (), b'{"name": "a"}'),
    "a change in a coding": Asked(
        b"/v2/images", "POST", (("Content-Encoding", "gzip"),), gzip.compress(b'{"name": "a"}')
    ),
    "a coding that nobody knows": Asked(
        b"/v2/images", "POST", (("Content-Encoding", "rot13"),), b"x"
    ),
    "a body that is damaged": Asked(b"/v2/images", "POST", (("Content-Encoding", "br"),), b"x"),
    "a body that decodes to much": Asked(
        b"/v2/images", "POST", (("Content-Encoding", "gzip"),), gzip.compress(b"0" * 5_000_000)
    ),
    "a body that is large": Asked(b"/v2/images", "POST", (), b"0" * 5_000_000),
    "image data": Asked(
        b"/v2/images/1/file",
        "PUT",
        (("Content-Type", "application/octet-stream"),),
        b"0" * 4_200_000,
    ),
    "a long URL": Asked(b"/v2/images?name=" + b"a" * 70_000),
    "many parameters": Asked(HUGE),
    "bytes that are not UTF-8": Asked(b"/v2/images/\xff\xfe?name=\xff", fields=TOKEN),
    "raw text": Asked('/v2/images?name=é|"{}<>'.encode(), fields=TOKEN),
    "two slashes": Asked(b"//v2//images", fields=TOKEN),
    "escaped slashes": Asked(b"/v2/images/a%2Fb", fields=TOKEN),
    "HTML for an error": Asked(b"/v2/images/none-such", fields=(*TOKEN, ("Accept", "*/*"))),
    "a condition": Asked(b"/v2/images?limit=2", fields=(*TOKEN, ("If-None-Match", "x"))),
    "an API version": Asked(b"/v2/images?limit=2", fields=(*TOKEN, ("X-Api-Version", "2.9"))),
}


@pytest.mark.parametrize("asked", ODD.values(), ids=ODD.keys())
def test_both_faces_answer_odd_requests_alike(both: Faces, asked: Asked) -> None:
    """Twice: the second answer may be one that was kept, or that a change is played once."""
    for _ in range(1 if len(asked.body) > 1_000_000 else 2):
        assert both.ask_addon(asked) == both.ask_app(asked)


def test_what_is_recorded_of_the_odd_ones_is_found(both: Faces) -> None:
    """So that the test above compares answers and not only misses."""
    found = {name: both.ask_app(asked).provenance for name, asked in ODD.items()}

    assert 7 == Counter(found.values())["exact"]
    assert {"exact", "synthetic", "miss", "too-large", "refused"} == set(found.values())


RAW = {  # what a client may write, beside headers: the first line
    "a page": b"GET /v2/images?limit=2 HTTP/1.1",
    "a page again": b"GET /v2/images?limit=2 HTTP/1.1",
    "with raw signs": b'GET /v2/images?name=|"{}<>\\^` HTTP/1.1',
    "with a bare question mark": b"GET /v2/images? HTTP/1.1",
    "with a question mark in the query": b"GET /v2/images?name=a?b HTTP/1.1",
    "below two slashes": b"GET /v2/images//x HTTP/1.1",
    "with an escaped slash": b"GET /v2/images/a%2Fb HTTP/1.1",
    "with dots": b"GET /v2/../v2/images HTTP/1.1",
    "of HTTP/1.0": b"GET /v2/images?limit=2 HTTP/1.0",
    "with a HEAD": b"HEAD /v2/images/head HTTP/1.1",
    "with nothing in it": b"GET /v2/images/none HTTP/1.1",
    "not modified": b"GET /v2/images/same HTTP/1.1",
    "with an unknown status": b"GET /v2/images/odd HTTP/1.1",
    "dated": b"GET /v2/images/dated HTTP/1.1",
    "that is long": b"GET /v2/images?name=%s HTTP/1.1" % (b"a" * 60_000),
    "that is too long": b"GET /v2/images?name=%s HTTP/1.1" % (b"a" * 70_000),
    "that is too long by one": b"GET /v2/images?name=%s HTTP/1.1" % (b"a" * 65_521),
}


def test_on_the_wire_both_faces_send_the_same(files: list[str]) -> None:
    """Read by one client from the server in this process, and from mitmproxy."""
    server = ServerThread()
    served = server.serve(Answering(open_session(Settings.of({"replay": files}))))
    with replaying(*map(Path, files)) as proxy:
        got = {name: (_raw(served.url, line), _raw(proxy.url, line)) for name, line in RAW.items()}
        typed = "GET /v2/images?name=é HTTP/1.1".encode()
        not_uri = _raw(served.url, typed).status, _raw(proxy.url, typed).status
    served.close()
    server.close()

    # The parsers of all ASGI servers refuse a first line that is no URI. No library sends one.
    assert (400, 200) == not_uri
    assert {} == {name: pair for name, pair in got.items() if pair[0] != pair[1]}


def _raw(url: str, first_line: bytes) -> Got:
    parts = urlsplit(url)
    # One host for both, as the text of a miss names it.
    head = (
        b"%s\r\nHost: localhost:9292\r\nX-Auth-Token: t\r\nConnection: close\r\n\r\n" % first_line
    )
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        client.sendall(head)
        answer = HTTPResponse(client, method=first_line.split()[0].decode())
        answer.begin()
        body = answer.read()
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.getheaders()
        if name.lower() != "connection"
    ]
    return Got(answer.status, tuple(sorted(headers)), body)


def _get(url: str, target: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", target, headers=dict(TOKEN))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_apps_of_one_server_have_ports_of_their_own(tmp_path: Path) -> None:
    """And what comes late for one that has ended reaches no other."""
    server = ServerThread()
    seen: list[Exchange] = []
    sessions = [open_session(Settings(replay=(_page(tmp_path, name),))) for name in ("a", "b")]
    served = [server.serve(Answering(one, seen.append)) for one in sessions]

    bodies = [_get(one.url, "/v2/images?limit=1")[1] for one in served]
    served[0].close()

    assert [b"a", b"b"] == bodies
    assert ["a.yaml#1", "b.yaml#1"] == [one.source for one in seen]
    with pytest.raises(ConnectionError):
        _get(served[0].url, "/v2/images?limit=1")
    assert (200, b"b") == _get(served[1].url, "/v2/images?limit=1")
    server.close()


def _page(folder: Path, name: str) -> Path:
    pair = (get("/v2/images?limit=1"), Response(200, "OK", (), name.encode()))
    return write_cassette(folder / f"{name}.yaml", [pair])


def test_an_app_below_a_path_of_another_app_answers(tmp_path: Path) -> None:
    """As Starlette mounts it."""
    with faces(replay=[str(_page(tmp_path, "a"))]) as both:
        scope = {
            "type": "http", "method": "GET", "path": "/glance/v2/images", "root_path": "/glance",
            "query_string": b"limit=1", "headers": [], "server": None,
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(event: Any) -> None:
            sent.append(event)

        asyncio.run(both.app(scope, receive, send))

    assert (200, b"a") == (sent[0]["status"], sent[1]["body"])


def test_the_factory_takes_its_settings_from_the_environment(tmp_path: Path) -> None:
    names = [str(_page(tmp_path, name)) for name in ("a", "b")]

    settings = settings_from(
        {
            "GLANCETAPE_REPLAY": os.pathsep.join(names),
            "GLANCETAPE_MISS_STATUS": "404",
            "GLANCETAPE_CORS": "http://a.example:3000,https://b.example",
            "GLANCETAPE_DIALECT": "ims",
            "GLANCETAPE_FAIL": "503:1%@/v2/images,reset:0.5%",
            "GLANCETAPE_LAB": "locations:equal-names",
            "GLANCETAPE_KEY": "not an option",
            "GLANCETAPE_RECORD": "is not read",
        }
    )

    origins = ["http://a.example:3000", "https://b.example"]
    expected = {
        "replay": names,
        "miss_status": 404,
        "dialect": "ims",
        "cors": origins,
        "fail": ["503:1%@/v2/images", "reset:0.5%"],
        "lab": ["locations", "equal-names"],
    }
    assert Settings.of(expected) == settings


BAD = {
    "no file": ({}, "GLANCETAPE_REPLAY names no file"),
    "a status that is no number": (
        {"GLANCETAPE_REPLAY": "a", "GLANCETAPE_MISS_STATUS": "x"},
        "GLANCETAPE_MISS_STATUS: 'x' is not a number",
    ),
    "a dialect that does not exist": (
        {"GLANCETAPE_REPLAY": "a", "GLANCETAPE_DIALECT": "x"},
        "GLANCETAPE_DIALECT: 'x' is not one of",
    ),
}


@pytest.mark.parametrize(("environment", "why"), BAD.values(), ids=BAD.keys())
def test_a_wrong_variable_is_named(environment: dict[str, str], why: str) -> None:
    with pytest.raises(BadParameter, match=why):
        settings_from(environment)


def test_the_factory_opens_its_files_at_once(tmp_path: Path) -> None:
    """A server that starts and then fails each request would be found late."""
    with pytest.raises(CassetteError, match="no such cassette"):
        asgi_app(Settings(replay=(tmp_path / "missing.yaml",)))
    with pytest.raises(BadParameter, match="only replays"):
        asgi_app(Settings(record=tmp_path / "new.yaml"))


def test_a_server_starts_and_ends_the_app(tmp_path: Path) -> None:
    """The lifespan of ASGI: the set is closed with the server."""
    make_set(tmp_path / "a.images", [IMAGES[0]])
    made = asgi_app(Settings(replay=(tmp_path / "a.images",)))
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return events.pop(0)

    async def send(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(made({"type": "lifespan"}, receive, send))

    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == sent


def test_an_asgi_server_runs_the_app(files: list[str]) -> None:
    """uvicorn, which the documentation names; it starts and ends the app too."""
    config = uvicorn.Config(
        asgi_app(Settings.of({"replay": files})), host="127.0.0.1", port=0, log_config=None
    )
    server = uvicorn.Server(config)
    opened = config.bind_socket()
    opened.listen()  # clients wait until it has started
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
    thread.start()

    answer = _get(f"http://127.0.0.1:{opened.getsockname()[1]}", "/v2/images?limit=2")
    server.should_exit = True
    thread.join(20)

    assert 200 == answer[0]
    assert not thread.is_alive()


def test_the_app_and_its_server_do_without_mitmproxy() -> None:
    """Loading it takes longer than everything else together."""
    code = (
        "import sys, glancetape.wire.serving.server_thread; "
        "print([name for name in ('mitmproxy', 'faker') if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == shown.stdout


def test_a_damaged_block_is_a_500_and_the_log_names_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Never a wrong page; pages from sound blocks are answered."""
    path = tmp_path / "some.images"
    images = [listed_image(number) for number in range(1, 60)]
    make_set(path, [{**one, "owner": ME, "__text": f"{number}" * 5000}
                    for number, one in enumerate(images, 10)])  # fmt: skip
    octets = bytearray(path.read_bytes())
    octets[octets.index(b"14" * 5000) + 5000] ^= 1  # the image that is fifth in the list
    path.write_bytes(octets)
    asked = [
        Asked(f"/v2/images?limit=1&marker={images[number]['id']}".encode(), fields=MINE)
        for number in (5, 30)
    ]

    with faces(replay=[str(path)]) as both:
        damaged, sound = ((both.ask_app(one), both.ask_addon(one)) for one in asked)

    assert [(500, "error")] * 2 == [(answer.status, answer.provenance) for answer in damaged]
    assert [(200, "synthetic")] * 2 == [(answer.status, answer.provenance) for answer in sound]
    assert 2 == caplog.text.count("some.images is damaged (block ")
