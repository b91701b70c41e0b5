"""The first question that nobody recorded holds up no other client, however much is recorded."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from mitmproxy.test import taddons

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.addon_hooks import Glancetape
from glancetape.wire.asgi import asgi_app
from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.deriving.later_deriver import MOST_READ_AT_ONCE
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.clouds import HOST, Cloud
from support.clouds.recorded import write_cassette
from support.clouds.recorded_lists import MINE, listed_image
from support.wire.hooked import flow_to

CLOUD = Cloud("glance", [listed_image(number) for number in (1, 2, 3)])
RECORDED = "limit=100"
DERIVED = ("sort_key=name&sort_dir=asc&limit=2", "sort_key=size&sort_dir=asc&limit=2")
FEW_READS = 20
Ask = Callable[[str], Coroutine[Any, Any, str]]


def recorded(path: Path, count: int) -> Path:
    """Record a whole list, and others that show a few of its images."""
    queries = [RECORDED, *(f"name=in:name%201,x{number}&limit=100" for number in range(count))]
    return write_cassette(path, [(MINE.request(one), CLOUD.answer(one, "")) for one in queries])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cassette of more lists than are read at once."""
    return recorded(tmp_path_factory.mktemp("large") / "large.yaml", MOST_READ_AT_ONCE)


@dataclass
class Watched:
    """Who derives and who reads recorded lists; threads wait for leave to derive."""

    leave: threading.Event = field(default_factory=threading.Event)
    has_begun: threading.Event = field(default_factory=threading.Event)
    derived: Counter[bool] = field(default_factory=Counter)
    """How often something was derived: in the loop (True), or in another thread."""
    lists_read: Counter[bool] = field(default_factory=Counter)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Look at each call."""
        loop, derive, read = threading.get_ident(), Deriver.derive, OwnCassette.json_answer

        def deriving(deriver: Deriver, lookup: Any) -> Any:
            in_loop = threading.get_ident() == loop
            self.derived[in_loop] += 1
            if not in_loop:
                self.has_begun.set()
                assert self.leave.wait(60)
            return derive(deriver, lookup)

        def reading(cassette: OwnCassette, index: int) -> Any:
            self.lists_read[threading.get_ident() == loop] += 1
            return read(cassette, index)

        patch.setattr(Deriver, "derive", deriving)
        patch.setattr(OwnCassette, "json_answer", reading)

    async def until_begun(self) -> None:
        """Wait until a thread derives."""
        while not self.has_begun.is_set():
            await asyncio.sleep(0.001)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Watch what happens in this test."""
    found = Watched()
    found.install(monkeypatch)
    return found


async def through_app(path: Path, scenario: Callable[[Ask], Awaitable[None]]) -> None:
    """Ask the ASGI app, as clients do that number their requests."""
    numbers = count()
    app = asgi_app(Settings(replay=(path,)))

    async def ask(query: str) -> str:
        sent: list[Any] = []
        parts = urlsplit(MINE.request(query).uri)
        headers = [(b"x-project-id", MINE.project.encode()), (b"accept", b"application/json")]
        headers.append((b"x-openstack-request-id", f"req-{next(numbers)}".encode()))
        scope = {"type": "http", "method": "GET", "path": parts.path, "headers": headers}
        scope |= {"query_string": parts.query.encode(), "server": ("127.0.0.1", 1)}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(event: Any) -> None:
            sent.append(event)

        await app(scope, receive, send)
        return dict(sent[0]["headers"])[b"x-glancetape"].decode().partition(";")[0]

    try:
        await scenario(ask)
    finally:
        app.close()


async def through_addon(path: Path, scenario: Callable[[Ask], Awaitable[None]]) -> None:
    """Ask the addon, as mitmproxy calls its hooks: it waits for what they return."""
    addon = Glancetape()
    with taddons.context(addon) as context:
        context.configure(addon, glancetape_replay=[str(path)])

        async def ask(query: str) -> str:
            flow = flow_to(MINE.request(query).uri.removeprefix(HOST))
            flow.request.host, flow.request.port = "glance", 9292
            flow.request.headers["X-Project-Id"] = MINE.project
            waited_for = addon.request(flow)
            if waited_for is not None:
                await waited_for
            assert flow.response is not None
            return str(flow.response.headers["X-Glancetape"]).partition(";")[0]

        try:
            await scenario(ask)
        finally:
            addon.done()


DOORS = {"the ASGI app": through_app, "the addon": through_addon}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_other_clients_get_recorded_answers_while_lists_are_read(
    door: Callable[[Path, Callable[[Ask], Awaitable[None]]], Any], large: Path, watched: Watched
) -> None:
    """One thread reads for both questions, and the loop itself reads next to nothing."""

    async def scenario(ask: Ask) -> None:
        watched.lists_read.clear()  # opening has read a few, to recognise the cloud
        first, second = (asyncio.create_task(ask(query)) for query in DERIVED)
        await watched.until_begun()

        assert "exact" == await ask(RECORDED)
        assert not first.done()
        assert not second.done()

        watched.leave.set()
        assert ["derived", "derived"] == [await first, await second]

    asyncio.run(door(large, scenario))

    assert 1 == watched.derived[False]
    assert watched.lists_read[False] > MOST_READ_AT_ONCE
    assert watched.lists_read[True] < FEW_READS


def test_what_was_read_once_is_not_read_in_a_thread_again(large: Path, watched: Watched) -> None:
    watched.leave.set()

    async def scenario(ask: Ask) -> None:
        for query in (*DERIVED, *DERIVED, "sort_key=id&sort_dir=asc&limit=1"):
            assert "derived" == await ask(query)

    asyncio.run(through_app(large, scenario))

    assert 1 == watched.derived[False]


def test_a_request_is_looked_up_once_for_what_is_read_ahead_and_for_its_answer(
    large: Path, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.leave.set()
    look_up, asked = RecordedAnswers.look_up, list[str]()

    def counted(recorded: RecordedAnswers, request: Request, *, any_host: bool = False) -> Lookup:
        asked.append(request.uri.partition("?")[2])
        return look_up(recorded, request, any_host=any_host)

    monkeypatch.setattr(RecordedAnswers, "look_up", counted)

    async def scenario(ask: Ask) -> None:
        assert "exact" == await ask(RECORDED)
        assert "derived" == await ask(DERIVED[0])

    asyncio.run(through_app(large, scenario))

    assert [RECORDED, DERIVED[0]] == asked


def test_a_small_recording_needs_no_thread(tmp_path: Path, watched: Watched) -> None:
    small = recorded(tmp_path / "small.yaml", 10)

    async def scenario(ask: Ask) -> None:
        assert "derived" == await ask(DERIVED[0])

    asyncio.run(through_app(small, scenario))

    assert 0 == watched.derived[False]


def test_what_fails_while_it_is_read_fails_where_it_is_answered(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gets a 500 that says so, once, and is not kept waiting."""

    def fail(*_: object) -> None:
        raise ValueError("damaged")

    monkeypatch.setattr(Deriver, "derive", fail)

    async def scenario(ask: Ask) -> None:
        assert "error" == await asyncio.wait_for(ask(DERIVED[0]), 60)

    asyncio.run(through_app(large, scenario))


@pytest.mark.parametrize("any_host", [False, True])
def test_asking_what_takes_long_plays_nothing(large: Path, *, any_host: bool) -> None:
    session = open_session(Settings(replay=(large,)))
    with session:
        assert session.what_takes_long(MINE.request(RECORDED), any_host=any_host) is None
        read = session.what_takes_long(MINE.request(DERIVED[0]), any_host=any_host)
        assert read is not None
        read()

        assert session.what_takes_long(MINE.request(DERIVED[1]), any_host=any_host) is None
        assert 0 == session.changes_played
        assert isinstance(session.answer(MINE.request(DERIVED[1]), any_host=any_host), Answer)
