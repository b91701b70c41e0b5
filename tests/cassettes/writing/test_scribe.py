"""The scribe: what it survives, and what it reports at the end."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.writing import scribe
from glancetape_cassettes.writing.messages import (
    Assignment,
    Closed,
    NotWritten,
    Stored,
    Unpacker,
    pack,
    receive,
)
from glancetape_cassettes.writing.scribe import ScribeProcess, start_scribe
from support.clouds.recorded import RECORDED_AT, get, ok

pytestmark = pytest.mark.usefixtures("started_scribe")


def _assignment(path: Path, replaces: bool = False) -> Assignment:
    return Assignment(
        path=path,
        recorder="glancetape tests",
        key=b"k" * 32,
        redaction=RedactionOptions(keep_ids=True),
        replaces=replaces,
    )


@contextmanager
def _scribe(path: Path, replaces: bool = False) -> Iterator[tuple[socket.socket, ScribeProcess]]:
    scribe = start_scribe(_assignment(path, replaces))
    try:
        with scribe.socket as end:
            yield end, scribe.process
    finally:
        scribe.process.kill()
        scribe.process.wait()


def _ask(end: socket.socket, target: str = "/v2/images?limit=1") -> Any:
    end.sendall(pack(Interaction(get(target), ok(), RECORDED_AT)))
    return receive(end, Unpacker(), 1)[0]


def _finish(end: socket.socket) -> Any:
    end.shutdown(socket.SHUT_WR)
    return receive(end, Unpacker(), 1)[0]


def test_what_is_confirmed_is_in_the_cassette(tmp_path: Path) -> None:
    with _scribe(tmp_path / "a.yaml") as (end, _):
        assert Stored(1, "GET", "http://glance:9292/v2/images?limit=1") == _ask(end)

        assert 1 == len(load_cassette(tmp_path / "a.yaml"))
        assert Closed(0) == _finish(end)


def test_what_comes_together_is_answered_in_its_order_whatever_its_size(tmp_path: Path) -> None:
    """Some of it is passed on together, and what is large alone."""
    sizes = [1, 1, 140_000, 1, 60_000, 60_000, 60_000, 1, 140_000, 140_000, 1]
    asked = [f"/v2/images?limit={number}" for number in range(1, 1 + len(sizes))]
    bodies = [b'{"a": "%s"}' % (b"- " * (size // 2)) for size in sizes]
    sent = [
        Interaction(get(target), Response(200, "OK", (), body), RECORDED_AT)
        for target, body in zip(asked, bodies, strict=True)
    ]
    with _scribe(tmp_path / "a.yaml") as (end, _):
        end.sendall(b"".join(map(pack, sent)))
        answers = receive(end, Unpacker(), len(sent))
        _finish(end)

    assert [(number, one.request.uri) for number, one in enumerate(sent, 1)] == [
        (answer.number, answer.uri) for answer in answers
    ]
    cassette = load_cassette(tmp_path / "a.yaml")
    assert bodies == [cassette.interaction(at).response.body for at in range(len(sent))]


_THIRD = "/v2/images?limit=3"
BROKEN = {
    "laying out": f"""
from glancetape_cassettes.writing import laying_out
why = laying_out.why_lost
laying_out.why_lost = lambda *a, **more: 1 / 0 if a[1].endswith({_THIRD!r}) else why(*a, **more)
""",
    "appending": f"""
from glancetape_cassettes.writing.writer import CassetteWriter as Writer
write = Writer._write
Writer._write = lambda one, data: 1 / 0 if {_THIRD.encode()!r} in data else write(one, data)
""",
    "the size of a file": """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
""",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_comes_with_one_that_fails_is_stored(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They came together, and the third is larger than the file may become."""
    monkeypatch.setattr(scribe, "_PROGRAM", f"{BROKEN[fault]}\n{scribe._PROGRAM}")
    numbers = (1, 2, 3, 4, 5)
    bodies = [b'{"a": "%s"}' % (b"- " * (30_000 if number == 3 else 1)) for number in numbers]
    with _scribe(tmp_path / "a.yaml") as (end, _):
        sent = [
            Interaction(get(f"/v2/images?limit={n}"), Response(200, "OK", (), body), RECORDED_AT)
            for n, body in zip(numbers, bodies, strict=True)
        ]
        end.sendall(b"".join(map(pack, sent)))
        first, second, refused, *others = receive(end, Unpacker(), len(sent))

        assert [1, 2, 3, 4] == [one.number for one in (first, second, *others)]
        assert isinstance(refused, NotWritten)
        assert Closed(0) == _finish(end)

    cassette = load_cassette(tmp_path / "a.yaml")
    del bodies[2]
    assert bodies == [cassette.interaction(at).response.body for at in range(len(cassette))]


_MOVED_AND_BACK = """
import os
from glancetape_cassettes.writing.writer import CassetteWriter as Writer
checked, held = [], Writer._held
def check(one):
    checked.append(one)
    if len(checked) != 2:  # the second time is after the first write
        return held(one)
    os.rename(one.path, f"{one.path}.away")
    try:
        return held(one)
    finally:
        os.rename(f"{one.path}.away", one.path)
Writer._held = check
"""


def test_what_was_written_before_another_program_changed_the_file_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribe, "_PROGRAM", f"{_MOVED_AND_BACK}\n{scribe._PROGRAM}")
    with _scribe(tmp_path / "a.yaml") as (end, _):
        sent = [Interaction(get(f"/v2/images?limit={n}"), ok(), RECORDED_AT) for n in range(3)]
        end.sendall(b"".join(map(pack, sent)))
        refused = receive(end, Unpacker(), len(sent))

        assert all("it was deleted" in one.message for one in refused)
        assert 4 == _ask(end).number
        _finish(end)

    cassette = load_cassette(tmp_path / "a.yaml")
    uris = [cassette.request(at).uri for at in range(len(cassette))]
    assert [*(one.request.uri for one in sent), get("/v2/images?limit=1").uri] == uris


def test_a_token_of_an_earlier_run_is_known_by_its_stand_in(tmp_path: Path) -> None:
    """The cassette holds no token. A service that repeats yesterday's gives nothing away."""
    path, token = tmp_path / "a.yaml", "3f2a9c71d4be4a5f8e0c6b1d2a7f9e55"
    quoted = Response(200, "OK", (), f'{{"a": "was {token}", "b": "x{token}"}}'.encode())
    for asked in (("X-Auth-Token", token), ("X-Auth-Token", "another-token-of-today-1")):
        with _scribe(path) as (end, _):
            end.sendall(pack(Interaction(get("/v2/images", asked), ok(), RECORDED_AT)))
            receive(end, Unpacker(), 1)
            if "today" in asked[1]:
                end.sendall(pack(Interaction(get("/v2/images?name=a"), quoted, RECORDED_AT)))
                receive(end, Unpacker(), 1)
            _finish(end)

    cassette = load_cassette(path)

    # A longer word that only holds one is another token.
    body = cassette.interaction(2).response.body.decode()
    assert f'{{"a": "was REDACTED", "b": "x{token}"}}' == body


ODD = [
    *(Response(status, "") for status in (0, 99, 100, 103, 199, 600, 999)),
    Response(200, "O\r\nK"),
    Response(200, "OK", (("X\nY", ""),)),
    Response(200, "OK", (("X", "a\r\nSet-Cookie: b"),)),
]


def test_what_http_forbids_is_never_written(tmp_path: Path) -> None:
    """Nobody could read the cassette again; what comes before and after is stored."""
    with _scribe(tmp_path / "a.yaml") as (end, _):
        assert 1 == _ask(end).number
        for response in ODD:
            end.sendall(pack(Interaction(get("/v2/images"), response, RECORDED_AT)))
            refused = receive(end, Unpacker(), 1)[0]
            assert isinstance(refused, NotWritten)
            assert "a.yaml: not stored: " in refused.message
        assert 2 == _ask(end).number

        assert 2 == len(load_cassette(tmp_path / "a.yaml"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_whole_group_does_not_end_it_before_the_proxy(
    tmp_path: Path, number: int
) -> None:
    """A terminal that closes sends SIGHUP to both."""
    with _scribe(tmp_path / "a.yaml") as (end, process):
        os.kill(process.pid, number)

        assert 1 == _ask(end).number
        assert Closed(0) == _finish(end)
        assert 0 == process.wait(10)


def test_without_a_proxy_it_finishes_and_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No one reads a message then, and a traceback helps no one."""
    with _scribe(tmp_path / "a.yaml") as (end, process):
        end.sendall(pack(Interaction(get("/v2/images"), ok(), RECORDED_AT)))
        end.close()

        assert 0 == process.wait(10)

    assert 1 == len(load_cassette(tmp_path / "a.yaml"))
    assert "" == capfd.readouterr().err


def test_modules_in_the_working_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `secrets.py` of the user must not replace Python's module."""
    for name in ("secrets", "socket", "yaml"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    monkeypatch.chdir(tmp_path)

    with _scribe(tmp_path / "a.yaml") as (end, _):
        assert 1 == _ask(end).number


def test_a_cassette_that_cannot_be_opened_is_an_error_in_the_proxy(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"none/a\.yaml: the folder does not exist"):
        start_scribe(_assignment(tmp_path / "none" / "a.yaml"))


def test_older_recordings_that_cannot_be_replaced_are_reported_at_the_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Mode `all` on a cassette with an older item that an editor broke."""
    path = tmp_path / "a.yaml"
    with _scribe(path) as (end, _):
        _ask(end)
        _ask(end, "/v2/images?limit=2")
        _finish(end)
    path.write_text(path.read_text().replace("    method: GET\n", "    method: [GET\n", 1))

    with _scribe(path, replaces=True) as (end, _):
        assert 3 == _ask(end, "/v2/images?limit=2").number
        last = _finish(end)

    assert isinstance(last, NotWritten)
    assert last.message.startswith(f"{path}, line ")
    assert last.message.endswith(f"The older recordings in {path} were not replaced.")
    assert "" == capfd.readouterr().err
    assert 3 == path.read_text().count("- request:")


def test_older_recordings_behind_a_link_are_replaced_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    for replaced in (0, 1):
        with _scribe(tmp_path / "link.yaml", replaces=True) as (end, _):
            _ask(end)
            assert Closed(replaced) == _finish(end)

    assert os.path.islink(tmp_path / "link.yaml")
    assert 1 == len(load_cassette(tmp_path / "real.yaml"))


@pytest.mark.parametrize("replaces", [False, True])
def test_a_cassette_that_was_deleted_after_the_last_item_is_reported_at_the_end(
    tmp_path: Path, replaces: bool
) -> None:
    """No client asked afterwards, so nothing else would say that the recording is gone."""
    path = tmp_path / "a.yaml"
    with _scribe(path, replaces) as (end, _):
        _ask(end)
        path.unlink()
        last = _finish(end)

    assert isinstance(last, NotWritten)
    assert last.message.startswith(f"{path}: it was deleted while glancetape recorded into it")
    assert [] == os.listdir(tmp_path)


def test_a_cassette_that_was_deleted_before_anything_was_recorded_is_no_failure(
    tmp_path: Path,
) -> None:
    with _scribe(tmp_path / "a.yaml") as (end, _):
        (tmp_path / "a.yaml").unlink()

        assert Closed(0) == _finish(end)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a whole process is nice, no thread")
def test_the_thread_that_clients_wait_for_is_as_urgent_as_the_proxy(tmp_path: Path) -> None:
    """Otherwise it takes the disk's answer only when the next interactions are redacted."""
    with _scribe(tmp_path / "a.yaml") as (end, process):
        _ask(end)

        threads = map(int, os.listdir(f"/proc/{process.pid}/task"))
        nice = {one: os.getpriority(os.PRIO_PROCESS, one) for one in threads}

    proxy = os.getpriority(os.PRIO_PROCESS, 0)
    redacting = nice.pop(process.pid)
    assert [proxy] == list(nice.values())
    assert redacting == min(proxy + 5, 19)
