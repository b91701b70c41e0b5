"""`serve` answers what `replay` answers: the direct server and mitmproxy's addon, side by side."""

import contextlib
import re
import socket
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import requests

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.serving.server_thread import ServerThread
from support.running.processes import ROOT
from support.running.proxies import replaying
from support.wire.both_faces import Asked, Got, faces
from support.wire.direct import Direct, read_answers, request_bytes
from support.wire.questions_of_clients import (
    MINE,
    SameChance,
    comparable,
    files,
    made_id,
    provenances,
    questions,
)

EVERY_ANSWER = {"exact", "derived", "synthetic", "miss", "too-large"}


def test_hundreds_of_questions_are_answered_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network; over one connection, whose bytes arrive in pieces cut anywhere."""
    found, chance = files(tmp_path), SameChance(monkeypatch)
    settings = {"replay": found, "writable": True}
    direct = Direct(Settings.of(settings))
    last, answers = "nothing", []
    with faces(**settings) as both:
        for number, question in enumerate(questions(300, seed=3)):
            asked = question(last)
            chance.begin(number)
            expected = both.ask_addon(asked)
            chance.begin(number)
            (got,) = direct.ask(asked)
            assert comparable(expected) == comparable(got), asked
            last = made_id(asked, got) or last
            answers.append(got)
    direct.close()

    counts = provenances(answers)
    assert EVERY_ANSWER == counts.keys()
    assert min(counts["exact"], counts["derived"], counts["miss"]) > 8, counts
    assert last != "nothing"


def test_questions_that_are_sent_at_once_are_answered_in_their_order(tmp_path: Path) -> None:
    """Pipelining: the next request comes before the answer to the last."""
    found = files(tmp_path)
    direct, one_by_one = (
        Direct(Settings.of({"replay": found})),
        Direct(Settings.of({"replay": found})),
    )
    asked = [Asked(b"/v2/images?limit=%d" % number, fields=MINE) for number in range(1, 20)]

    assert [one_by_one.ask(one)[0] for one in asked] == direct.ask(*asked)
    direct.close()
    one_by_one.close()


class _Client:
    """One that keeps its connection, and makes a new one when that has ended."""

    def __init__(self, url: str) -> None:
        self._where = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._socket: socket.socket | None = None
        self._file: Any = None

    def ask(self, *asked: Asked) -> list[Got]:
        for is_second in (False, True):
            if self._socket is None:
                self._socket = socket.create_connection(self._where, timeout=20)
                self._file = self._socket.makefile("rb")
            try:
                self._socket.sendall(b"".join(map(request_bytes, asked)))
                return read_answers(cast(BufferedReader, self._file), asked)
            except (ConnectionError, OSError):  # it was closed after an earlier answer
                self.close()
                if is_second:
                    raise
        raise AssertionError

    def close(self) -> None:
        if self._socket is not None:
            self._file.close()
            self._socket.close()
        self._socket = None


@pytest.fixture
def on_the_wire(tmp_path: Path) -> Iterator[tuple[_Client, _Client]]:
    """A client of a real mitmproxy, and one of the direct server, over loopback."""
    found = files(tmp_path)
    server = ServerThread()
    with (
        open_session(Settings.of({"replay": found, "writable": True})) as session,
        replaying(*map(Path, found), writable=True) as proxy,
    ):
        served = server.serve(Answering(session))
        clients = _Client(proxy.url), _Client(served.url)
        yield clients
        for one in clients:
            one.close()
        served.close()
        server.close()


@pytest.mark.interop
def test_2000_questions_are_answered_alike_over_the_wire(
    on_the_wire: tuple[_Client, _Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep-alive and pipelining: lists come three at a time, at once."""
    proxy, server = on_the_wire
    chance, last, waiting = SameChance(monkeypatch), "nothing", []
    answers: list[Got] = []
    for number, question in enumerate(questions(2000, seed=4)):
        waiting.append(question(last))
        if waiting[-1].method == "GET" and not waiting[-1].body and len(waiting) < 3:
            continue
        asked, waiting = waiting, []
        chance.begin(number)
        expected = proxy.ask(*asked)
        chance.begin(number)
        got = server.ask(*asked)
        assert list(map(comparable, expected)) == list(map(comparable, got)), asked
        last = made_id(asked[-1], got[-1]) or last
        answers += got

    assert len(answers) > 1990
    assert EVERY_ANSWER == provenances(answers).keys()


_ASKED = b"GET /v2/images?limit=7 HTTP/1.1\r\nHost: here\r\nX-Auth-Token: t\r\n\r\n"
_CHUNKED = _ASKED.replace(b"GET", b"POST")[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
OTHERWISE = {  # docs/serving.md has this table
    "a damaged chunk": (_CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", ["400"], []),
    "trailers": (_CHUNKED + b"2\r\n{}\r\n0\r\nX-T: 1\r\n\r\n", ["501"], []),
    "a line break before it": (b"\r\n" + _ASKED, ["200"], []),
    "no beginning of a request": (b"*1\r\n$4\r\nPING\r\n", ["400"], []),
    "a handshake of TLS": (b"\x16\x03\x01\0\xc4\1\0\0\xc0\3\3" + bytes(200), ["400"], []),
    "a header without a colon": (_ASKED[:-2] + b"no colon\r\n\r\n", ["400"], ["400"]),
    "two lengths": (_ASKED[:-2] + b"Content-Length: 2\r\n" * 2 + b"\r\n{}", ["400"], ["400"]),
}


@pytest.mark.parametrize(("sent", "served", "replayed"), OTHERWISE.values(), ids=OTHERWISE)
def test_of_what_is_no_request_mitmproxy_says_less(
    sent: bytes, served: list[str], replayed: list[str]
) -> None:
    """It ends or keeps the connection; the next client has its answer from both."""
    walk = ROOT / "cassettes" / "samples" / "walk.yaml"
    thread = ServerThread()
    try:
        with open_session(Settings(replay=(walk,))) as session, replaying(walk) as proxy:
            url = thread.serve(Answering(session)).url

            assert served == _statuses(url, sent)
            assert replayed == _statuses(proxy.url, sent, may_stay_open=not replayed)
            for one in (url, proxy.url):
                assert (
                    200
                    == requests.get(
                        f"{one}/v2/images?limit=7", headers={"X-Auth-Token": "t"}
                    ).status_code
                )
    finally:
        thread.close()


def _statuses(url: str, sent: bytes, *, may_stay_open: bool = False) -> list[str]:
    """The statuses of all answers, until the server hangs up: nothing more is sent.

    mitmproxy 12 stays connected after a handshake of TLS that it cannot read.
    """
    where = urlsplit(url)
    got = b""
    borne = (ConnectionError, TimeoutError) if may_stay_open else (ConnectionError,)
    with (
        socket.create_connection((where.hostname, where.port), timeout=10) as client,
        contextlib.suppress(*borne),
    ):
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        while piece := client.recv(1 << 16):
            got += piece
    return re.findall(r"HTTP/1\.1 (\d{3}) ", got.decode("latin-1"))
