"""The pages of a turn go out together at its end, and nothing overtakes them."""

import asyncio
import os
import select
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from glancetape.addresses import Address
from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.known_lists import OtherPage
from glancetape.wire.serving import turns
from glancetape.wire.serving.connection import Connection, Patience, Service
from glancetape.wire.serving.server import Server, bind, service_for
from glancetape.wire.serving.turns import Turn, run
from support.one_image import ME, ims_image
from support.sets.imagesets import newest_first
from support.sets.set_files import make_set
from support.wire.direct import SocketPipe, connected

IMAGES = [ims_image(f"public-{number:02d}") for number in range(40)]
CLIENTS = 8
RESETS = struct.pack("ii", 1, 0)  # SO_LINGER: closing tells the other side that all is lost


def asked(number: int, fields: str = "") -> bytes:
    """A request for a page; those for other numbers differ in their marker only."""
    target = f"/v2/images?limit=9&marker=public-{number:02d}"
    lines = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:8180\r\nX-Auth-Token: a-token\r\n"
    return f"{lines}{fields}\r\n".encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A set."""
    path = tmp_path / "some.images"
    make_set(path, newest_first(IMAGES), {"home_project": ME})
    return path


@contextmanager
def serving(path: Path) -> Iterator[Service]:
    """A service of a set."""
    with open_session(Settings(replay=(path,))) as session:
        where = Address("127.0.0.1", 8180)
        yield service_for(Answering(session), patience=Patience(), where=where)


def answers_of(service: Service, numbers: range) -> list[bytes]:
    """The answers of a service without turns."""
    connection, pipe = connected(service)
    found = []
    for number in numbers:
        connection.data_received(asked(number))
        found.append(pipe.take())
    connection.connection_lost(None)
    return found


@pytest.fixture
def service(path: Path) -> Iterator[Service]:
    """A service that has been asked for some pages of the list."""
    with serving(path) as service:
        answers_of(service, range(3))
        yield service


@pytest.fixture
def turn(service: Service) -> Iterator[Turn]:
    """A turn of the service, which the test ends."""
    with closing(Turn()) as turn:
        service.turn = turn
        yield turn


@pytest.fixture
def expected(path: Path) -> list[bytes]:
    """The answers for all numbers, of a service that reads each request."""
    with serving(path) as service:
        service.known = None
        return answers_of(service, range(len(IMAGES)))


# -- over TCP


@pytest.mark.parametrize(
    ("most", "order"), [(32, "f" * 8 + "s" * 8), (3, "fffsss" * 2 + "ffss"), (1, "fs" * 8)]
)
def test_pages_are_sent_when_all_of_a_turn_are_found(
    service: Service,
    expected: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    order: str,
) -> None:
    """Or when there are so many that the first clients would wait for long."""
    monkeypatch.setattr(turns, "_MOST", most)
    happened = _watch(service, monkeypatch)

    async def ask(clients: list[socket.socket]) -> list[bytes]:
        _ask_all(service, clients)
        return [await _read(*one) for one in zip(clients, expected[5:13], strict=True)]

    assert expected[5:13] == run(_with_clients(service, ask))
    assert order == "".join(happened)


def _watch(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens from now on: a page is found (f), or sent (s)."""
    happened: list[str] = []

    def noted(letter: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*given: Any) -> Any:
            happened.append(letter)
            return act(*given)

        return noting

    monkeypatch.setattr(service.known, "find", noted("f", service.known.find))  # type: ignore[union-attr]
    monkeypatch.setattr(os, "writev", noted("s", os.writev))
    return happened


def test_a_client_that_sends_no_more_gets_its_page(service: Service, expected: list[bytes]) -> None:
    """The end of its requests may come in the turn of the last one."""

    async def ask(clients: list[socket.socket]) -> bytes:
        clients[0].send(asked(5))
        clients[0].shutdown(socket.SHUT_WR)
        return await _read(clients[0], expected[5] + b"more")

    assert expected[5] == run(_with_clients(service, ask))


def test_clients_that_have_gone_hold_up_no_other(
    service: Service, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second one goes after the pages of its turn were found."""
    happened = _watch(service, monkeypatch)
    writev = os.writev
    gone: list[socket.socket] = []

    def go_first(descriptor: int, parts: Any) -> int:
        while gone:
            client = gone.pop()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS)
            client.close()
        return writev(descriptor, parts)

    monkeypatch.setattr(os, "writev", go_first)

    async def ask(clients: list[socket.socket]) -> list[bytes]:
        gone.extend(clients[::2])
        _ask_all(service, clients)
        return [await _read(*one) for one in zip(clients[1::2], expected[6:13:2], strict=True)]

    assert expected[6:13:2] == run(_with_clients(service, ask))
    assert "f" * 8 + "s" * 8 == "".join(happened)


def test_a_request_that_fails_while_it_is_read_ends_its_connection_only(
    service: Service,
    expected: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Before the loop has seen it, an error would end the loop."""
    assert service.known is not None
    find = service.known.find

    def fail(data: bytes) -> OtherPage | None:
        if b"public-05" in data:
            raise MemoryError("no room")
        return find(data)

    monkeypatch.setattr(service.known, "find", fail)

    async def ask(clients: list[socket.socket]) -> list[bytes]:
        _ask_all(service, clients)
        assert b"" == await _read(clients[0], b"more")
        return [await _read(*one) for one in zip(clients[1:], expected[6:13], strict=True)]

    assert expected[6:13] == run(_with_clients(service, ask))
    assert "no room" in caplog.text


async def _with_clients(service: Service, ask: Callable[[list[socket.socket]], Any]) -> Any:
    """What a function returns that has some clients of the service."""
    loop, server, clients = asyncio.get_running_loop(), Server(service), []
    opened = bind(Address("127.0.0.1", 0))
    where = opened.getsockname()
    await server.listen(opened)
    try:
        for number in range(CLIENTS):
            clients.append(socket.socket())
            clients[-1].setblocking(False)
            await loop.sock_connect(clients[-1], where)
            while server.open_connections <= number:
                await asyncio.sleep(0)
        return await ask(clients)
    finally:
        for client in clients:
            client.close()
        await server.end(0.0)


def _ask_all(service: Service, clients: list[socket.socket]) -> None:
    """Ask for a page each, so that the loop sees all requests in one turn."""
    for number, client in enumerate(clients, 5):
        client.send(asked(number))
    numbers = [connection._descriptor for connection in service.connections]
    for _ in range(1000):  # outside of the loop
        if len(select.select(numbers, [], [], 0)[0]) == len(numbers):
            return
        time.sleep(0.01)
    raise AssertionError("not all requests arrived within ten seconds")


async def _read(client: socket.socket, expected: bytes) -> bytes:
    """As many bytes as are expected, or fewer if the server hangs up."""
    loop, got = asyncio.get_running_loop(), b""
    while len(got) < len(expected):
        more = await loop.sock_recv(client, len(expected) - len(got))
        if not more:
            break
        got += more
    return got


# -- one client


ACTS: dict[str, Callable[[Connection], Any]] = {
    "another page": lambda one: one.data_received(asked(6)),
    "another request": lambda one: one.data_received(asked(6, "Accept: */*\r\n")),
    "no request": lambda one: one.data_received(b"\x16\x03\r\n\r\n"),
    "half of a request": lambda one: one.data_received(asked(6)[:9]),
    "the end of its requests": Connection.eof_received,
    "the end of the server": Connection.end_when_answered,
    "the end of our patience": lambda one: one.check(float("inf")),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_page_comes_before_what_happens_after_its_request(
    service: Service, turn: Turn, expected: list[bytes], act: Callable[[Connection], Any]
) -> None:
    """Even if all of that happens in one turn."""
    connection, pipe = connected(service, SocketPipe(1 << 20))

    connection.data_received(asked(5))
    before = pipe.take()
    act(connection)

    assert b"" == before
    assert pipe.take().startswith(expected[5])


def test_the_page_of_a_client_that_has_gone_is_sent_to_nobody(service: Service, turn: Turn) -> None:
    """The number of its socket may be that of another client then."""
    connection, pipe = connected(service, SocketPipe(1 << 20))

    connection.data_received(asked(5))
    connection.connection_lost(None)

    assert turn.send()
    assert b"" == pipe.take()


def test_a_client_is_cut_off_when_the_file_is_shortened_before_its_page_is_sent(
    service: Service, turn: Turn, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connection, pipe = connected(service, SocketPipe(1 << 20))

    connection.data_received(asked(5))
    os.truncate(path, 8192)

    assert not turn.send()
    assert pipe.is_aborted
    assert "cut off" in caplog.text


def test_a_page_that_fails_in_an_unexpected_way_ends_its_connection_only(
    service: Service,
    turn: Turn,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At the end of a turn, an error would end the loop."""

    def fail(_: OtherPage) -> None:
        raise MemoryError("no room")

    first, pipe = connected(service, SocketPipe(1))
    other, other_pipe = connected(service, SocketPipe(1 << 20))
    monkeypatch.setattr(OtherPage, "whole", fail)

    first.data_received(asked(5))
    other.data_received(asked(6))

    assert not turn.send()
    assert (True, False) == (pipe.is_aborted, other_pipe.is_aborted)
    assert other_pipe.take().startswith(b"HTTP/1.1 200 OK")
    assert "no room" in caplog.text


# -- the loop


@pytest.mark.parametrize(
    ("are_sent", "waits"), [([], True), ([True, True], True), ([False, True], False)]
)
def test_the_loop_waits_unless_something_is_left_to_do(
    turn: Turn, are_sent: list[bool], waits: bool
) -> None:
    """What could not be sent at once has called the loop, which is to do that next."""
    happened: list[int] = []

    def send(place: int) -> bool:
        happened.append(place)
        return are_sent[place]

    ours, other = socket.socketpair()
    with ours, other:
        turn.register(ours, selectors.EVENT_READ)
        for place in range(len(are_sent)):
            turn.collect(send, place)
        later = threading.Timer(0.5, other.send, (b"a request",))
        later.start()

        found = turn.select(60.0)

        later.join()
    assert waits == bool(found)
    assert [*range(len(are_sent))] == happened


@pytest.mark.parametrize("is_read", [True, False])
def test_the_loop_gets_what_is_not_read_before(turn: Turn, is_read: bool) -> None:
    """And all of it once a connection has ended: the number may be that of another one."""
    ours, other = socket.socketpair()
    with ours, other:
        number = ours.fileno()
        turn.register(number, selectors.EVENT_READ)
        turn.read_by(number, lambda: is_read)
        other.send(b"a request")

        before = [key.fd for key, _ in turn.select(5.0)]
        turn.leave_to_loop(number)

        assert ([] if is_read else [number]) == before
        assert [number] == [key.fd for key, _ in turn.select(5.0)]


def test_a_system_without_epoll_leaves_all_of_it_to_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as macOS."""
    monkeypatch.delattr(selectors, "EpollSelector", raising=False)
    ours, other = socket.socketpair()
    with closing(Turn()) as turn, ours, other:
        turn.register(ours, selectors.EVENT_READ)
        turn.read_by(ours.fileno(), lambda: True)
        other.send(b"a request")

        assert [ours.fileno()] == [key.fd for key, _ in turn.select(5.0)]


OTHERS = [name for name in ("PollSelector", "SelectSelector") if hasattr(selectors, name)]


@pytest.mark.parametrize("name", OTHERS)
def test_only_the_number_of_an_epoll_is_polled_as_one(name: str) -> None:
    """A loop may wait with another selector, also where the system has epoll."""
    with closing(getattr(selectors, name)()) as other:
        assert turns._polled_by(other) is None
