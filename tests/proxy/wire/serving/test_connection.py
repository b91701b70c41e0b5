"""One connection of the direct server: limits, slow clients, and the end of the server."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from glancetape.faults.broken import Broken
from glancetape.wire.messages import Received, Sent
from glancetape.wire.serving.connection import MOST_HEAD, Connection, Patience, Service
from support.wire.direct import Pipe, connected

GET = b"GET /v2/images HTTP/1.1\r\nHost: h\r\n\r\n"
PUT = b"PUT / HTTP/1.1\r\nHost: h\r\n"
PATIENCE = Patience(idle=75, request=60, unsent=30)


@dataclass
class Client:
    """A client of a service that answers each request with its target."""

    now: float = 0.0
    refused: list[str] = field(default_factory=list)
    asked: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = Service(
            reply=self._answer,
            refused=lambda word, _: self.refused.append(word),
            patience=PATIENCE,
            clock=lambda: self.now,
        )
        self.connection: Connection
        self.pipe: Pipe
        self.connection, self.pipe = connected(self.service)

    def _answer(self, received: Received) -> Sent:
        self.asked.append(received)
        length = (b"Content-Length", str(len(received.target)).encode())
        return Sent(status=200, reason=b"OK", fields=(length,), body=received.target)

    def send(self, *pieces: bytes) -> bytes:
        """Send pieces; what came back."""
        for piece in pieces:
            self.connection.data_received(piece)
        return self.pipe.take()

    def wait(self, seconds: float) -> bytes:
        """Let time pass, with a look of the server each second; what came back."""
        for _ in range(int(seconds)):
            self.now += 1
            self.connection.check(self.now)
        return self.pipe.take()

    @property
    def has_ended(self) -> bool:
        return self.pipe.is_closed or self.pipe.is_aborted


@pytest.fixture
def client() -> Client:
    return Client()


def _status(answer: bytes) -> int:
    return int(answer.split()[1])


PHRASES = {
    400: "Bad Request",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    505: "HTTP Version Not Supported",
}
"""RFC 9110, 15, and RFC 6585, 5."""
REFUSED: dict[str, tuple[bytes, int]] = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300), 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a head without end": (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * (MOST_HEAD // 3), 431),
    "a long header": (b"GET / HTTP/1.1\r\nX-A: " + b"a" * MOST_HEAD + b"\r\n\r\n", 431),
    "a URL without end": (b"GET /" + b"a" * MOST_HEAD, 431),
    "a body that is too large": (PUT + b"Content-Length: 99999999\r\n\r\nx", 413),
    "two lengths": (PUT + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
    "a length and pieces": (
        PUT + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a tunnel": (b"CONNECT glance.example:443 HTTP/1.1\r\nHost: glance.example:443\r\n\r\n", 501),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "no host, but in the URL": (b"GET http://glance:9292/ HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400),
    "the same host twice": (b"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400),
    "two hosts in HTTP/1.0": (b"GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n", 400),
    "a URL without a host": (b"GET http:///v2 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a URL with a port that there is not": (
        b"GET http://h:65536/v2 HTTP/1.1\r\nHost: h\r\n\r\n",
        400,
    ),
    "a URL with a user": (b"GET http://u:p@h/v2 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "an unknown version": (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    "a header on two lines": (b"GET / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n", 400),
    "space before a colon": (b"GET / HTTP/1.1\r\nHost: h\r\nX-A : b\r\n\r\n", 400),
    "lines that end in LF": (b"GET / HTTP/1.1\nHost: h\n\n", 400),
    **{
        f"a piece of the length {size!r}": (
            PUT + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\nab\r\n0\r\n\r\n",
            400,
        )
        for size in (b"", b"x", b"-2", b"0x2", b"+2", b"2 3", b"f" * 17)
    },
    **{
        f"the host {host!r}": (b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", 400)
        for host in (
            b"a b",
            b"h/x",
            b"u:p@h",
            b"a, b",
            b"h:x",
            b"h:99999",
            b"[::1",
            b"\xe9",
            b"a\\b",
        )
    },
}


@pytest.mark.parametrize(("sent", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_exceeds_a_limit_or_is_no_request_is_refused(
    client: Client, sent: bytes, status: int
) -> None:
    """With a reason, and the connection ends; what follows is not read."""
    answer = client.send(sent, GET)

    assert answer.startswith(f"HTTP/1.1 {status} {PHRASES[status]}\r\n".encode())
    assert 1 == len(re.findall(rb"HTTP/1\.1 \d{3} ", answer))
    assert b"GLANCETAPE.ERROR" in answer
    assert b"Connection: close" in answer
    word = "too-large" if status in (413, 431) else "refused"
    assert f"X-Glancetape: {word}\r\n".encode() in answer
    assert ([word], []) == (client.refused, client.asked)
    assert client.has_ended


def test_a_body_in_pieces_without_end_is_refused_and_not_kept(client: Client) -> None:
    """It may have no length; 64 MiB are read, and 112 KiB kept for a path that takes no more."""
    head = b"POST /v2/images HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    assert b"" == client.send(head, *[piece] * 64)
    kept = sum(map(len, client.connection._body))

    answer = client.send(piece)

    assert 413 == _status(answer)
    assert kept <= 2 << 20


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(client: Client) -> None:
    """curl does so with a large body."""
    head = PUT + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == client.send(head)
    assert 200 == _status(client.send(b"ab"))
    assert b"ab" == client.asked[0].body


ENDINGS = {
    "HTTP/1.1": (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", False),
    "HTTP/1.1 that ends": (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", True),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", True),
    "HTTP/1.0 that asks to stay": (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    **{
        f"the host {host!r}": (b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", False)
        for host in (b"", b"h", b"a_b.c:", b"127.0.0.1:65535", b"[::1]:80", b"[fe80::1%25eth0]")
    },
    "an upgrade": (
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        False,
    ),
}


@pytest.mark.parametrize(("sent", "ends"), ENDINGS.values(), ids=ENDINGS.keys())
def test_a_connection_is_kept_as_the_client_wants(client: Client, sent: bytes, ends: bool) -> None:
    answer = client.send(sent)

    assert 200 == _status(answer)
    assert (ends, ends) == (b"Connection: close" in answer, client.has_ended)
    assert ends or 200 == _status(client.send(GET))


def test_a_client_that_takes_us_for_its_proxy_names_the_host(client: Client) -> None:
    client.send(b"GET http://glance:9292/v2/images?a=b HTTP/1.1\r\nHost: other\r\n\r\n")
    client.send(b"GET http://glance:9292 HTTP/1.1\r\nHost: other\r\n\r\n", GET)

    assert [
        ("http://glance:9292/v2/images?a=b", b"/v2/images?a=b", True),
        ("http://glance:9292/", b"/", True),
        ("http://h/v2/images", b"/v2/images", False),
    ] == [(one.url, one.target, one.names_host) for one in client.asked]


def _nothing(client: Client) -> None:
    client.send()


def _half_a_head(client: Client) -> None:
    client.send(GET[:-5])


def _half_a_body(client: Client) -> None:
    client.send(PUT + b"Content-Length: 9\r\n\r\nx")


def _one_answered(client: Client) -> None:
    client.send(GET)


SLOW: dict[str, tuple[Callable[[Client], None], float, bytes]] = {
    "sends nothing": (_nothing, PATIENCE.idle, b""),
    "sends half a head": (_half_a_head, PATIENCE.request, b"HTTP/1.1 408"),
    "sends half a body": (_half_a_body, PATIENCE.request, b"HTTP/1.1 408"),
    "asks nothing more": (_one_answered, PATIENCE.idle, b""),
}


@pytest.mark.parametrize(("act", "seconds", "last"), SLOW.values(), ids=SLOW.keys())
def test_a_client_that_is_slow_is_cut_off(
    client: Client, act: Callable[[Client], None], seconds: float, last: bytes
) -> None:
    act(client)

    client.wait(seconds - 1)
    assert not client.has_ended
    answer = client.wait(2)

    assert client.has_ended
    assert answer.startswith(last)
    assert bool(last) == bool(answer)


def test_a_head_that_comes_byte_by_byte_has_no_more_time(client: Client) -> None:
    """A byte a second would hold the connection for ever."""
    for place in range(len(GET)):
        client.send(GET[place : place + 1])
        client.wait(2)
        if client.has_ended:
            break

    assert PATIENCE.request <= client.now <= PATIENCE.request + 3


def test_a_client_that_takes_nothing_is_cut_off(client: Client) -> None:
    """And one that takes something, however slowly, is not."""
    client.pipe.unsent = 1_000_000
    client.connection.pause_writing()
    for _ in range(5):
        client.pipe.unsent -= 1
        client.wait(PATIENCE.unsent - 1)
        assert not client.has_ended

    client.wait(2 * PATIENCE.unsent)

    assert client.pipe.is_aborted


def test_requests_wait_while_the_client_takes_no_answers(client: Client) -> None:
    """Otherwise a client that asks and does not read would fill the memory."""
    client.connection.pause_writing()
    assert b"" == client.send(GET * 3)
    assert client.pipe.is_reading_paused
    assert [] == client.asked

    client.connection.resume_writing()

    assert 3 == client.pipe.take().count(b"200 OK")
    assert not client.pipe.is_reading_paused


def test_a_client_that_has_sent_all_gets_the_answers_that_wait(client: Client) -> None:
    """It has closed its side."""
    client.connection.pause_writing()
    client.send(GET * 2)

    assert client.connection.eof_received()
    client.connection.resume_writing()

    assert 2 == client.pipe.take().count(b"200 OK")
    assert client.has_ended


@pytest.mark.parametrize("end", range(1, len(PUT) + 24))
def test_a_request_that_ends_in_the_middle_is_a_400(client: Client, end: int) -> None:
    """After the answers to those before it, wherever the client stops."""
    whole = PUT + b"Content-Length: 3\r\n\r\nabc"

    answers = client.send(GET + whole[:end])
    assert not client.connection.eof_received()
    answers += client.pipe.take()

    assert 1 == answers.count(b"HTTP/1.1 200 OK")
    assert 1 == answers.count(b"HTTP/1.1 400 Bad Request")
    assert ["refused"] == client.refused
    assert client.has_ended


@pytest.mark.parametrize("broken", [None, Broken.DRIBBLE, Broken.TRUNCATE])
@pytest.mark.parametrize("requests", [1, 2])
def test_a_client_that_has_sent_all_gets_the_answers_that_are_held(
    requests: int, broken: Broken | None
) -> None:
    """A delay and a fault are answers too, for which the client waits with its side closed."""

    def held(received: Received) -> Sent:
        length = (b"Content-Length", str(len(received.target)).encode())
        body = received.target
        return Sent(
            status=200, reason=b"OK", fields=(length,), body=body, delay=0.01, broken=broken
        )

    async def talk() -> Pipe:
        connection, pipe = connected(Service(reply=held))
        connection.data_received(GET * requests)
        assert connection.eof_received()
        while not pipe.is_closed:
            await asyncio.sleep(0.01)
        return pipe

    pipe = asyncio.run(asyncio.wait_for(talk(), 20))

    assert (1 if broken is Broken.TRUNCATE else requests) == pipe.take().count(b"200 OK")


def test_an_error_in_the_server_is_a_500(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Received) -> Sent:
        raise RuntimeError("ours")

    client.service.reply = fail

    assert 500 == _status(client.send(GET))
    assert "failed to read a request" in caplog.text
    assert client.has_ended


def test_at_the_end_idle_clients_go_and_others_get_their_answer() -> None:
    idle, inside, waiting = Client(), Client(), Client()
    inside.send(GET[:-2])
    waiting.connection.pause_writing()
    waiting.send(GET * 2)

    for one in (idle, inside, waiting):
        one.service.is_ending = True
        one.connection.end_when_answered()

    assert [True, False, False] == [one.has_ended for one in (idle, inside, waiting)]
    waiting.connection.resume_writing()
    last = inside.send(GET[-2:]), waiting.pipe.take()
    assert [1, 2] == [one.count(b"200 OK") for one in last]
    assert all(one.count(b"Connection: close") == 1 for one in last)
    assert inside.has_ended
    assert waiting.has_ended


class Reading:
    """Something that a request has to wait for, as asyncio's tasks are waited for."""

    def __init__(self) -> None:
        self.then: list[Callable[[object], object]] = []

    def add_done_callback(self, then: Callable[[object], object]) -> None:
        self.then.append(then)

    def end(self) -> None:
        for one in self.then:
            one(self)


def test_a_request_that_waits_for_what_is_read_keeps_its_turn(client: Client) -> None:
    """The answers after it come after it, and other connections are served meanwhile."""
    reading = Reading()
    client.service.reads_ahead = lambda one: reading if one.target == b"/slow" else None  # type: ignore[assignment,return-value]
    other, pipe = connected(client.service)

    first = client.send(GET.replace(b"/v2/images", b"/slow"), GET)
    other.data_received(GET)
    late = client.wait(PATIENCE.idle * 3)
    reading.end()

    assert (b"", b"") == (first, late)
    assert pipe.take().endswith(b"/v2/images")
    assert [b"/v2/images", b"/slow", b"/v2/images"] == [one.target for one in client.asked]
    assert [b"/slow", b"/v2/images"] == re.findall(rb"\r\n\r\n(/[a-z0-9/]+)", client.pipe.take())


def test_a_client_that_has_gone_is_not_answered_when_all_is_read(client: Client) -> None:
    reading = Reading()
    client.service.reads_ahead = lambda _: reading  # type: ignore[assignment,return-value]
    client.send(GET)

    client.connection.connection_lost(None)
    reading.end()

    assert [] == client.asked


def test_a_connection_that_was_cut_off_answers_nothing_more(client: Client) -> None:
    """A client would take a further answer for the rest of the one that was cut off."""
    client.connection.cut_off()

    assert b"" == client.send(GET)
    assert not client.asked
