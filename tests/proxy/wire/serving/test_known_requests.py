"""A request that is like an earlier one is answered unread, with the same bytes."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from glancetape.addresses import Address
from glancetape.faults.lab import names
from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape.wire.answering import Answering
from glancetape.wire.serving import known_requests
from glancetape.wire.serving.connection import Patience, Service
from glancetape.wire.serving.server import Server, bind, service_for
from glancetape.wire.serving.turns import Turn, run
from glancetape_cassettes.cloud.dialect_names import NAMES
from support.one_image import ME, OTHER, ims_image
from support.sets.imagesets import newest_first
from support.sets.set_files import make_set
from support.wire.direct import Pipe, SocketPipe, connected

IMAGES = [
    *(ims_image(f"public-{number:02d}", min_disk=number % 5) for number in range(40)),
    *(ims_image(f"mine-{number}", owner=ME, visibility="private") for number in range(9)),
    ims_image("others", owner=OTHER, visibility="private"),
    ims_image("gone", owner=ME, status="deleted"),
    ims_image("sp ace", owner=ME),
]
MARKERS = [str(image["id"]).replace(" ", "%20") for image in IMAGES]
TARGETS = (
    "/v2/images?limit=2&marker={marker}",
    "/v2/images?limit=3&marker={marker}",
    "/v2/images?marker={marker}&limit=2",
    "/v2/images?marker={marker}",
    "/v2/images?sort_key=name&sort_dir=asc&limit=4&marker={marker}",
    "/v2/images?hw_marker={marker}&limit=2&marker=mine-1",
    "/v2/images?hw_marker=x&limit=2&marker={marker}",
    "/v2/images?marker=public-01&limit=2&marker={marker}",
    "/v2/images?limit=2&marker={marker}&marker=public-01",
    "/v2/images?limit=2;marker={marker}",
    "/v2/images?limit=2&m%61rker=mine-2&marker={marker}",
    "/v2/images?limit=2&name=marker={marker}",
    "/v2/images?name=a?marker={marker}&limit=2",
    "/v2/images?limit=2&marker={marker}#marker=mine-1",
    "/v2/images/marker={marker}?limit=2",
    "/v2/images&marker={marker}?limit=2",
    "/v2/images/{marker}",
    "http://127.0.0.1:8180/v2/images?limit=2&marker={marker}",
    "/healthz?marker={marker}",
)
STARTS = ("GET {target} HTTP/1.1", "HEAD {target} HTTP/1.1", "GET {target} HTTP/1.0")
HEADERS = (
    "",
    "Host: stranger.net\r\n",
    "X-Marker: marker={marker}\r\n",
    "Accept: application/json\r\n",
    "X-Api-Version: 2.9\r\n",
    f"X-Project-Id: {ME}\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Connection: Upgrade\r\nUpgrade: h2c\r\n",
    "Expect: 100-continue\r\n",
    "Origin: http://localhost:3000\r\n",
    "Origin: http://stranger.net\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 2\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Bad\r\n",
)
TOKENS = ("X-Auth-Token: a-token\r\n", "")
ENDS = ("", "\r\n", "GE", "xx", "0\r\n\r\n")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the set lies."""
    path = tmp_path_factory.mktemp("set") / "some.images"
    make_set(path, newest_first(IMAGES), {"home_project": ME})
    return path


class Side:
    """A session that the direct server answers from, and a client that reconnects when needed."""

    def __init__(
        self,
        session: Session,
        *,
        knows: bool,
        pipe: Callable[[], Pipe] = Pipe,
        turn: Turn | None = None,
    ) -> None:
        self.session = session
        self._new_pipe = pipe
        self._asked = 0
        self.service = service_for(
            Answering(session), patience=Patience(), where=Address("127.0.0.1", 8180)
        )
        answer = self.service.reply

        def count(received: Any) -> Any:
            self.parsed += 1
            return answer(received)

        self.parsed = 0
        self.service.reply = count
        if not knows:
            self.service.known = None
        self.service.turn = turn
        self._connection, self.pipe = connected(self.service, self._new_pipe())

    def connect(self) -> None:
        """Begin a new connection; the one before ends."""
        self.hang_up()
        self._connection, self.pipe = connected(self.service, self._new_pipe())

    def hang_up(self) -> None:
        """End the connection: left to Python, hundreds of sockets would stay open for a while."""
        self._connection.connection_lost(None)
        self.pipe.hang_up()

    def ask(self, *pieces: bytes) -> tuple[bytes, bool]:
        """Send bytes in one turn; return what came back, and whether the connection has ended."""
        for piece in pieces:
            self._connection.data_received(piece)
        if self.service.turn is not None:
            self.service.turn.send()
        return self.pipe.take(), self.pipe.is_closed


class Both:
    """A server that knows requests, and one that reads each."""

    def __init__(self, ours: Side, plain: Side) -> None:
        self.ours, self.plain = ours, plain
        self.asked = 0

    def ask(self, *pieces: bytes) -> bytes:
        """Ask both the same."""
        expected, got = self.plain.ask(*pieces), self.ours.ask(*pieces)
        assert expected == got, pieces
        assert str(self.plain.session.counts) == str(self.ours.session.counts), pieces
        if got[1]:
            self.connect()
        return got[0]

    def connect(self) -> None:
        """Begin new connections."""
        self.plain.connect()
        self.ours.connect()

    @property
    def unread(self) -> int:
        """How many requests were answered without being read."""
        return self.plain.parsed - self.ours.parsed


@contextmanager
def both(
    path: Path, pipe: Callable[[], Pipe] = Pipe, turn: Turn | None = None, **options: Any
) -> Iterator[Both]:
    """Open a set twice."""
    settings = replace(Settings(replay=(path,)), **options)
    with open_session(settings) as one, open_session(settings) as other:
        yield Both(Side(one, knows=True, pipe=pipe, turn=turn), Side(other, knows=False))


def request(
    marker: str,
    target: str = TARGETS[0],
    headers: str = "",
    start: str = STARTS[0],
    token: str = TOKENS[0],
) -> bytes:
    """A request as it is sent."""
    lines = f"{start}\r\nHost: 127.0.0.1:8180\r\n{token}{headers}\r\n"
    return lines.format(target=target.format(marker=marker), marker=marker).encode()


PIPES: dict[str, Callable[[], Pipe]] = {
    "only a transport": Pipe,
    "a socket": lambda: SocketPipe(1 << 20),
    "a socket with little room": lambda: SocketPipe(1),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dialect", NAMES)
@pytest.mark.parametrize("pipe", PIPES.values(), ids=PIPES)
@pytest.mark.parametrize(("seed", "in_turns"), [(0, False), (1, True)])
def test_all_forms_of_requests_have_the_bytes_that_they_have_when_they_are_read(
    images: Path, dialect: str, pipe: Callable[[], Pipe], seed: int, in_turns: bool
) -> None:
    """Each form several times with other markers: whole, cut anywhere, two at once, or in turn."""
    rng = Random(seed)
    with (
        closing(Turn()) as turn,
        both(images, pipe, turn if in_turns else None, dialect=dialect) as two,
    ):
        for _ in range(120):
            form = {
                "target": rng.choice(TARGETS if rng.random() < 0.5 else TARGETS[:4]),
                "headers": rng.choice(HEADERS if rng.random() < 0.6 else HEADERS[:1]),
                "start": rng.choice(STARTS if rng.random() < 0.2 else STARTS[:1]),
                "token": rng.choice(TOKENS if rng.random() < 0.2 else TOKENS[:1]),
            }
            end = rng.choice(ENDS).encode() if rng.random() < 0.2 else b""
            for _ in range(4):
                markers = [rng.choice([*MARKERS, "nothing", "", "%41", "a" * 300]) for _ in "12"]
                asked = request(markers[0], **form) + end
                if rng.random() < 0.1:
                    asked += request(markers[1], **form)
                cut = rng.randrange(len(asked)) if rng.random() < 0.1 else len(asked)
                following = [request(markers[1], **form)] if rng.random() < 0.1 else []
                two.ask(asked[:cut], asked[cut:], *following)
            if end or form["headers"].startswith(("Content", "Transfer")):
                two.connect()

    assert two.unread > 30


def test_a_walk_is_read_once(images: Path) -> None:
    """The first page has no marker, and the second one is the first that is learned."""
    with both(images) as two:
        for place in range(20):
            two.ask(request(f"public-{place:02d}"))

        assert 19 == two.unread


@pytest.mark.parametrize(
    "value", ["marker=public-00;x", "x?marker=public-00;", "hw_marker=public-00!"]
)
def test_a_value_with_the_bytes_of_the_marker_stays_as_it_is(images: Path, value: str) -> None:
    """The request that is learned has the marker twice, and the others only once."""
    target = f"/v2/images?name={value}&limit=2&marker={{marker}}"
    with both(images) as two:
        for marker in ("public-00", "public-00", "public-01", "public-02", "public-01"):
            two.ask(request(marker, target))


LONG = "/v2/images?limit=40&marker={marker}"


def test_the_system_takes_a_page_from_the_file_once_all_of_it_was_checked(images: Path) -> None:
    """Nothing but its head and its end was in our memory."""
    with both(images, PIPES["a socket"]) as two:
        pipe = two.ours.pipe
        assert isinstance(pipe, SocketPipe)
        for marker in ("public-00", "public-01", "public-02", "public-03"):
            before, answer = pipe.direct, two.ask(request(marker, LONG))

        assert len(answer) == pipe.direct - before


@pytest.mark.parametrize("room", [1, 3_000])
def test_what_the_system_has_no_room_for_comes_after_it(images: Path, room: int) -> None:
    """The client gets each byte once."""
    with both(images, lambda: SocketPipe(room)) as two:
        pipe = two.ours.pipe
        assert isinstance(pipe, SocketPipe)
        for marker in ("public-00", "public-01", "public-02", "public-03"):
            before, answer = pipe.direct, two.ask(request(marker, LONG))

        assert 0 < pipe.direct - before < len(answer)


@pytest.mark.parametrize("run", [asyncio.run, run], ids=["at once", "in turns"])
def test_a_client_that_reads_late_gets_each_byte_once(
    images: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., bytes]
) -> None:
    """Over TCP, with sockets that take less than a page: most of it goes through the transport."""
    asked = [request(f"public-{number % 12:02d}", LONG) for number in range(30)]
    taken: list[bool] = []
    writev = os.writev

    def watched(descriptor: int, parts: Any) -> int:
        sent = writev(descriptor, parts)
        taken.append(sent == sum(map(len, parts)))
        return sent

    monkeypatch.setattr(os, "writev", watched)
    with both(images) as two:
        expected = b"".join(two.plain.ask(one)[0] for one in asked)
        got = run(_ask_and_read_late(two.ours.service, asked, len(expected)))

        assert expected == got
        assert str(two.plain.session.counts) == str(two.ours.session.counts)
    assert False in taken


async def _ask_and_read_late(service: Service, asked: list[bytes], length: int) -> bytes:
    opened = bind(Address("127.0.0.1", 0))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # its clients inherit that
    server = Server(service)
    await server.listen(opened)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, opened.getsockname())
    reader, writer = await asyncio.open_connection(sock=client, limit=1024)
    first = await _answer_of(reader, writer, asked[0]) + await _answer_of(reader, writer, asked[1])
    for one in asked[2:]:
        writer.write(one)
        await asyncio.sleep(0.001)  # mostly each comes alone; two at once are two all the same
    rest = await reader.readexactly(length - len(first))
    writer.close()
    await server.end(1.0)
    return first + rest


async def _answer_of(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes
) -> bytes:
    """Ask, and read the answer: the first two requests of a list are read, and teach the server."""
    writer.write(asked)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += await reader.readline()
    (length,) = re.findall(rb"Content-Length: (\d+)", head)
    return head + await reader.readexactly(int(length))


def test_a_transport_that_has_something_to_send_sends_it_first(images: Path) -> None:
    """What we wrote past it would come too early."""
    with both(images, PIPES["a socket"]) as two:
        pipe = two.ours.pipe
        assert isinstance(pipe, SocketPipe)
        for marker in ("public-00", "public-01", "public-02"):
            two.ask(request(marker, LONG))
        before, pipe.unsent = pipe.direct, 1

        two.ask(request("public-03", LONG))

        assert before == pipe.direct


@pytest.fixture
def own_images(images: Path, tmp_path: Path) -> Path:
    """A copy of the set, which a test may damage."""
    return Path(shutil.copy(images, tmp_path / "own.images"))


def test_a_page_of_a_file_that_was_shortened_is_an_error_and_no_signal(own_images: Path) -> None:
    """Another program may do that at any time."""
    with open_session(Settings(replay=(own_images,))) as session:
        side = Side(session, knows=True, pipe=PIPES["a socket"])
        for marker in ("public-00", "public-01", "public-02"):
            side.ask(request(marker, LONG))
        os.truncate(own_images, 8192)
        answer, _ = side.ask(request("public-03", LONG))

    assert answer.startswith(b"HTTP/1.1 500 ")


def test_a_client_is_cut_off_when_the_file_is_shortened_within_its_page(
    own_images: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It has the head already, so that it sees that the rest is missing."""
    writev = os.writev

    def shorten(descriptor: int, parts: Any) -> int:
        sent = writev(descriptor, parts)
        os.truncate(own_images, 8192)
        return sent

    with open_session(Settings(replay=(own_images,))) as session:
        side = Side(session, knows=True, pipe=PIPES["a socket with little room"])
        for marker in ("public-00", "public-01", "public-02"):
            side.ask(request(marker, LONG))
        monkeypatch.setattr(os, "writev", shorten)
        answer, _ = side.ask(request("public-03", LONG))

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert side.pipe.is_aborted
    assert "cut off" in caplog.text


def test_two_requests_at_once_are_two(images: Path) -> None:
    """Even if they, as bytes, are like two that came before."""
    with both(images) as two:
        for place in range(4):
            two.ask(request(f"public-{place:02d}") + request("public-00"))


def test_a_client_learns_nothing_from_the_requests_of_another_caller(images: Path) -> None:
    """Each has other bytes; so a private image is shown to nobody else."""
    with both(images) as two:
        for _ in range(3):
            for headers in ("", f"X-Project-Id: {OTHER}\r\n", f"X-Project-Id: {ME}\r\n"):
                for marker in ("mine-1", "others", "public-03"):
                    two.ask(request(marker, headers=headers))
                    two.ask(request(marker, headers=headers, token=""))

        assert two.unread > 0


def test_a_page_that_is_asked_for_again_is_kept_as_before(images: Path) -> None:
    """And then it too is answered unread."""
    with both(images) as two:
        for _ in range(4):
            for place in range(5):
                two.ask(request(f"public-{place:02d}"))

        # The second time is read, because the answer is kept then.
        assert 4 + 5 + 5 == two.unread


@pytest.mark.parametrize(
    "options",
    [
        {"writable": True},
        {"own_project": OTHER},
        {"fail": ["503:0.001%"]},
        {"lab": names()[:1]},
    ],
)
def test_where_more_than_the_bytes_decide_every_request_is_read(
    images: Path, options: dict[str, Any]
) -> None:
    """Changes, an id in the place of another, faults and a lab."""
    settings = Settings.of({"replay": [str(images)], **options})
    with open_session(settings) as session:
        side = Side(session, knows=True)
        for place in range(5):
            side.ask(request(f"public-{place:02d}"))

    assert 5 == side.parsed


def test_a_failure_is_an_answer_and_is_logged(
    images: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as a damaged file: the request is then read, and fails as any other."""
    with open_session(Settings(replay=(images,))) as session:
        side = Side(session, knows=True)
        for place in range(3):
            side.ask(request(f"public-{place:02d}"))
        assert session.player is not None

        def fail(*_: object) -> None:
            raise MemoryError("no room")

        monkeypatch.setattr(session.player.images, "joined_with_last_id", fail)
        answer, _ = side.ask(request("public-07"))

    assert answer.startswith(b"HTTP/1.1 500 ")
    assert "no room" in caplog.text
    assert 1 == session.counts.failed


def test_requests_without_end_take_no_memory_without_end(
    images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client may send other headers for ever, and long ones."""
    monkeypatch.setattr(known_requests, "_MOST", 8)
    with both(images) as two:
        for number in range(40):
            for place in range(2):
                two.ask(request(f"public-{place:02d}", headers=f"X-Number: {number}\r\n"))
        assert two.ours.service.known is not None
        assert 0 < len(two.ours.service.known._pages) <= 8
        assert 40 == two.unread
        for place in range(4):
            two.ask(request(f"public-{place:02d}", headers=f"X-Long: {'a' * 9000}\r\n"))
        assert 40 == two.unread


def test_a_server_that_ends_hangs_up_after_its_answer(images: Path) -> None:
    """Also after a request that it knows."""
    with both(images) as two:
        for place in range(4):
            two.ask(request(f"public-{place:02d}"))
        for side in (two.ours, two.plain):
            side.service.is_ending = True

        assert b"Connection: close" in two.ask(request("public-09"))
