"""`serve` answers what `replay` answers: the direct server and mitmproxy's addon, side by side."""

import socket
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from glancetape.options import Settings
from glancetape.session.session import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.serving.server_thread import ServerThread
from support.running.both_faces import Asked, Got, faces
from support.running.direct import Direct, read_answers, request_bytes
from support.running.proxies import replaying
from support.running.questions_of_clients import (
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
