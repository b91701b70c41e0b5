"""What a client gets of an answer that cannot be recorded, and what the cassette has of it."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from mitmproxy import http

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.in_mitmproxy import flow_recording
from glancetape.wire.in_mitmproxy.notes import FLAG
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request
from glancetape_cassettes.writing.messages import Stored
from support.wire.hooked import Hooked, flow_to

GLANCE = b'{"images": [], "schema": "/v2/schemas/images"}'
LARGE = json.dumps({"images": [], "padding": "x y " * 40_000}).encode()
"""Larger than what the small disk has left when it is nearly full."""


def _answer(body: bytes = GLANCE, status: int = 200) -> http.Response:
    return http.Response.make(status, body, {"Content-Type": "application/json", "X-Own": "1"})


def _interactions(path: Path) -> list[Interaction]:
    cassette = load_cassette(path)
    return [cassette.interaction(index) for index in range(len(cassette))]


def _stored(path: Path) -> list[tuple[str, bool]]:
    """Return the requests that a cassette has, and which of them are marks."""
    return [
        (f"{one.request.method} {one.request.uri.partition(':9292')[2]}", one.passed_through)
        for one in _interactions(path)
    ]


# -- bodies that were streamed ------------------------------------------------------------------


def _streamed(body: bytes | None) -> http.HTTPFlow:
    flow = flow_to("/v2/images")
    flow.response = _answer()
    flow.response.stream, flow.response.raw_content = True, body
    return flow


def test_a_streamed_body_that_mitmproxy_kept_is_recorded(hooks: Hooked, tmp_path: Path) -> None:
    """Its client has it already, and no header of ours."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    flow = _streamed(GLANCE)

    hooks.respond(flow)

    assert flow.response is not None
    assert "X-Glancetape" not in flow.response.headers
    assert "glancetape: recorded; new.yaml#1" == flow.comment
    (recorded,) = _interactions(path)
    assert GLANCE == recorded.response.body


def test_a_streamed_request_that_mitmproxy_kept_is_recorded(hooks: Hooked, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    flow = flow_to("/v2/images", "POST")
    flow.request.stream, flow.request.raw_content = True, b'{"name": "x"}'
    flow.response = _answer(status=201)

    hooks.respond(flow)

    (recorded,) = _interactions(path)
    assert {"name": "x"} == json.loads(recorded.request.body)


def test_a_streamed_body_that_cannot_be_stored_is_not_shown_as_refused(
    hooks: Hooked, tmp_path: Path
) -> None:
    """The client has it: mitmproxy would show a 500 that nobody got."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    hooks.passed("/v2/images", _answer())
    path.unlink()
    flow = _streamed(GLANCE)

    hooks.respond(flow)

    assert flow.response is not None
    assert (200, None) == (flow.response.status_code, flow.is_replay)
    assert flow.comment.startswith("glancetape: not-recorded; ")


# -- answers that cannot be stored ----------------------------------------------------------------


def _full_disk(hooks: Hooked, folder: Path) -> http.HTTPFlow:
    (folder / "filler").write_bytes(bytes(900_000))
    return hooks.passed("/v2/images?a", _answer(LARGE))


def _deleted(hooks: Hooked, folder: Path) -> http.HTTPFlow:
    (folder / "new.yaml").unlink()
    return hooks.passed("/v2/images?a", _answer())


def _replaced(hooks: Hooked, folder: Path) -> http.HTTPFlow:
    (folder / "new.yaml").rename(folder / "old.yaml")
    (folder / "new.yaml").write_text("another file\n")
    return hooks.passed("/v2/images?a", _answer())


def _killed(hooks: Hooked, folder: Path) -> http.HTTPFlow:
    assert hooks.addon.session is not None
    assert hooks.addon.session.recorder is not None
    process = hooks.addon.session.recorder._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return hooks.passed("/v2/images?a", _answer())


def _unwritable(hooks: Hooked, folder: Path) -> http.HTTPFlow:
    """No cassette can hold the status."""
    return hooks.passed("/v2/images?a", _answer(status=99))


def _fault_of_ours(hooks: Hooked, folder: Path) -> http.HTTPFlow:
    def fail(_: object) -> None:
        raise ZeroDivisionError("hunter2hunter2")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow_recording, "response_of", fail)
        return hooks.passed("/v2/images?a", _answer())


FAILURES = {
    "the disk is full": _full_disk,
    "the cassette was deleted": _deleted,
    "another file took its name": _replaced,
    "the writing process was killed": _killed,
    "no cassette can hold it": _unwritable,
    "a fault of ours": _fault_of_ours,
}


CLOSED_IN_TEST_CRASH = ("the cassette was deleted", "another file took its name")


@pytest.mark.parametrize(
    ("fail", "is_open"),
    [
        pytest.param(fail, is_open, id=f"{'open' if is_open else 'closed'}, {name}")
        for name, fail in FAILURES.items()
        for is_open in (False, True)
        if is_open or name not in CLOSED_IN_TEST_CRASH
    ],
)
def test_an_answer_that_cannot_be_stored(
    hooks: Hooked, small_disk: Path, fail: Callable[[Hooked, Path], http.HTTPFlow], is_open: bool
) -> None:
    """The client gets a 500 of ours, or with fail_open the service's bytes; flagged in both."""
    path = small_disk / "new.yaml"
    hooks.configure(record=str(path), fail_open=is_open)
    hooks.passed("/v2/images", _answer())

    flow = fail(hooks, small_disk)

    answer = flow.response
    assert answer is not None
    assert FLAG == flow.marked
    if is_open:
        assert ("1", None) == (answer.headers.get("X-Own"), flow.is_replay)
        assert answer.content in (GLANCE, LARGE)
        assert ["not-recorded"] == answer.headers.get_all("X-Glancetape")
    else:
        assert (500, "response") == (answer.status_code, flow.is_replay)
        word = "error" if fail is _fault_of_ours else "not-recorded"
        assert word == answer.headers["X-Glancetape"]
        assert "X-Own" not in answer.headers
    assert hooks.addon.session is not None
    assert hooks.addon.session.counts.recorded == 1
    assert "hunter2" not in flow.comment
    hooks.addon.done()
    assert all("?a" not in file.read_text() for file in small_disk.iterdir())


@pytest.mark.parametrize("coding", ["identity", "br"])
def test_a_secret_beside_bytes_that_are_not_utf_8_changes_nothing(
    hooks: Hooked, tmp_path: Path, caplog: pytest.LogCaptureFixture, coding: str
) -> None:
    """Recorded or not: when its log line fails, the answer is neither labelled nor refused."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    flow = flow_to("/v2/images")
    flow.request.data.path = b"/v2/images?name=\xffpassword=hunter2hunter2"
    flow.response = _answer()
    flow.response.headers["Content-Encoding"] = coding

    hooks.respond(flow)
    hooks.addon.done()

    word = "recorded; new.yaml#1" if coding == "identity" else "not-recorded"
    assert word == flow.response.headers["X-Glancetape"]
    assert "hunter2" not in caplog.text
    assert path.exists() == (coding == "identity")


@pytest.mark.parametrize("is_open", [False, True])
def test_a_fault_of_ours_that_nothing_else_catches_is_a_500(
    hooks: Hooked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_open: bool
) -> None:
    """mitmproxy would log it and pass the answer on, as if it were recorded."""
    hooks.configure(record=str(tmp_path / "new.yaml"), fail_open=is_open)

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(flow_recording.FlowRecording, "record", broken)
    answer = hooks.pass_on("/v2/images", _answer())

    assert (200 if is_open else 500) == answer.status_code
    assert answer.headers.get("X-Glancetape") == (None if is_open else "error")


def test_a_scribe_that_is_silent_holds_an_open_recorder_up_for_seconds(tmp_path: Path) -> None:
    """And not for a minute, after which its client has gone."""
    settings = {"record": str(tmp_path / "new.yaml"), "fail_open": True}

    with open_session(Settings.of(settings)) as session:
        assert session.recorder is not None
        assert session.recorder._patience <= 5


@pytest.mark.parametrize("is_open", [False, True])
def test_what_cannot_be_redacted_is_passed_on_and_never_written(
    hooks: Hooked, tmp_path: Path, is_open: bool
) -> None:
    """A body that nobody can search for secrets; the client sees that it was not recorded."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path), fail_open=is_open)
    answer = _answer()
    answer.headers["Content-Encoding"] = "x-rot13"
    answer.raw_content = b"hunter2hunter2"

    flow = hooks.passed("/v2/images", answer)

    assert flow.response is not None
    assert b"hunter2hunter2" == flow.response.raw_content
    assert ["not-recorded"] == flow.response.headers.get_all("X-Glancetape")
    assert "could not be undone" in flow.comment
    hooks.addon.done()
    assert not path.exists() or "hunter2" not in path.read_text()


UNSEARCHABLE = b"7z\xbc\xaf\x27\x1c" + bytes(200)


def test_data_of_which_redaction_would_leave_nothing_reaches_its_client_only(
    hooks: Hooked, tmp_path: Path
) -> None:
    """A replay would give other data. An upload leaves a mark; what was refused is recorded."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))

    data = hooks.passed("/v2/images/a/file", _answer(UNSEARCHABLE))
    upload = flow_to("/v2/images/a/file", "PUT")
    upload.request.content, upload.response = UNSEARCHABLE, _answer(b"", 204)
    hooks.respond(upload)
    hooks.passed("/v2/images/b/file", _answer(UNSEARCHABLE, 502))

    assert data.response is not None
    assert upload.response is not None
    assert (200, UNSEARCHABLE) == (data.response.status_code, data.response.content)
    assert 204 == upload.response.status_code
    for flow in (data, upload):
        assert flow.response is not None
        assert ["not-recorded"] == flow.response.headers.get_all("X-Glancetape")
        assert "cannot be searched for one" in flow.comment
    assert hooks.addon.session is not None
    assert hooks.addon.session.recorder is not None
    assert 2 == hooks.addon.session.counts.not_recorded
    assert 0 == hooks.addon.session.recorder.failed
    hooks.addon.done()
    assert [("PUT /v2/images/a/file", True), ("GET /v2/images/b/file", False)] == _stored(path)


def test_what_was_not_recorded_is_asked_for_again(hooks: Hooked, tmp_path: Path) -> None:
    """Mode new_episodes has nothing to replay for it, so the service answers in each run."""
    path, target = tmp_path / "new.yaml", "/v2/images/a/file"
    hooks.configure(record=str(path), mode="new_episodes")
    hooks.passed("/v2/images", _answer())
    for _ in range(2):
        flow = hooks.passed(target, _answer(UNSEARCHABLE))
        assert flow.response is not None
        assert UNSEARCHABLE == flow.response.content
        hooks.configure(record=str(path), mode="new_episodes")
        assert hooks.answered("/v2/images").response is not None

    assert [("GET /v2/images", False)] == _stored(path)


@pytest.mark.parametrize(
    ("word", "status", "is_recorded"),
    [
        ("miss", 501, False),
        ("error", 500, False),
        ("refused", 421, False),
        ("not-recorded", 500, False),
        ("not-recorded", 200, True),
        ("exact; a.yaml#1", 200, True),
        ("recorded; a.yaml#1", 500, True),
    ],
)
def test_what_another_glancetape_has_no_answer_for_is_no_answer_of_a_service(
    hooks: Hooked, tmp_path: Path, word: str, status: int, is_recorded: bool
) -> None:
    """A miss of a replay behind this recorder would be replayed as the cloud's own 501."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    answer = _answer(status=status)
    answer.headers["X-Glancetape"] = word

    flow = hooks.passed("/v2/images", answer)
    hooks.addon.done()

    assert flow.response is not None
    (said,) = flow.response.headers.get_all("X-Glancetape")
    assert said.startswith("recorded" if is_recorded else "not-recorded")
    assert (status, GLANCE) == (flow.response.status_code, flow.response.content)
    assert is_recorded == path.exists()
    assert not is_recorded or word not in path.read_text()


def test_an_open_recorder_refuses_no_request_that_exceeds_a_limit(
    hooks: Hooked, tmp_path: Path
) -> None:
    """It goes to its service, and is not recorded."""
    path = tmp_path / "new.yaml"
    target = f"/v2/images?{'a&' * 1001}"
    hooks.configure(record=str(path))
    refused = hooks.answered(target)
    hooks.configure(fail_open=True)

    passed = hooks.passed(target, _answer())

    assert refused.response is not None
    assert 414 == refused.response.status_code
    assert passed.response is not None
    assert 200 == passed.response.status_code
    assert "not-recorded; The URL has " in passed.comment
    hooks.addon.done()
    assert not path.exists()


# -- marks ----------------------------------------------------------------------------------------


def _refusing(hooks: Hooked, patch: pytest.MonkeyPatch, *, marks: bool) -> None:
    """Let the disk be full for a while."""
    session = hooks.addon.session
    assert session is not None
    assert session.recorder is not None

    async def refuse(*_: object) -> None:
        raise CassetteError("no space left")

    patch.setattr(session.recorder, "store", refuse)
    if marks:
        patch.setattr(session.recorder, "mark", refuse)


@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_a_change_that_could_not_be_recorded_is_marked_before_anything_else(
    hooks: Hooked, tmp_path: Path, is_open: bool
) -> None:
    """What is recorded after it would otherwise prove what is no longer true."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path), fail_open=is_open)
    hooks.passed("/v2/images", _answer())
    with pytest.MonkeyPatch.context() as patch:
        _refusing(hooks, patch, marks=True)
        hooks.passed("/v2/images/a", _answer(b"", 204), "DELETE")
        hooks.passed("/v2/images/a", _answer(b"", 204), "DELETE")
        hooks.passed("/v2/images/b", _answer(b"", 403), "DELETE")
        hooks.passed("/v3/p/volumes/7/action?secret=1", _answer(b"", 202), "POST")
        hooks.passed("/v2/images?limit=3", _answer())

    hooks.passed("/v2/images?limit=4", _answer())
    hooks.addon.done()

    assert [
        ("GET /v2/images", False),
        ("DELETE /v2/images/a", True),
        ("POST /v3/p/volumes/7/action", True),
        ("GET /v2/images?limit=4", False),
    ] == _stored(path)


@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
@pytest.mark.parametrize("target", ["/v2/images/a", "/v3/p/volumes/7/action"])
def test_what_is_neither_recorded_nor_marked_is_reported_once(
    hooks: Hooked, tmp_path: Path, caplog: pytest.LogCaptureFixture, is_open: bool, target: str
) -> None:
    """The disk is full for both: a second message would say nothing new."""
    hooks.configure(record=str(tmp_path / "new.yaml"), fail_open=is_open)
    with pytest.MonkeyPatch.context() as patch:
        _refusing(hooks, patch, marks=True)
        hooks.passed(target, _answer(b"", 204), "POST")

    assert [f"not recorded: POST http://glance:9292{target}: no space left"] == caplog.messages


@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_what_passes_unrecorded_and_unmarked_is_reported_with_both_reasons(
    hooks: Hooked, tmp_path: Path, caplog: pytest.LogCaptureFixture, is_open: bool
) -> None:
    """A body that nobody can decode, of a change of which the disk takes no mark."""
    hooks.configure(record=str(tmp_path / "new.yaml"), fail_open=is_open)
    coded = _answer(b"\1\2")
    coded.headers["Content-Encoding"] = "unknown"
    with pytest.MonkeyPatch.context() as patch:
        _refusing(hooks, patch, marks=True)
        flow = hooks.passed("/v2/images/a", coded, "POST")

    line = "POST http://glance:9292/v2/images/a"
    assert [
        f"not recorded: {line}: the content coding of its response body could not be undone",
        f"not marked yet: {line}: no space left",
    ] == caplog.messages
    assert flow.response is not None
    assert (200 if is_open else 500) == flow.response.status_code


def test_a_change_that_is_made_again_while_its_mark_is_stored_gets_another(
    hooks: Hooked, tmp_path: Path
) -> None:
    """A list may have been answered between the two."""
    hooks.configure(record=str(tmp_path / "new.yaml"), fail_open=True)
    session, loop = hooks.addon.session, hooks.master.event_loop
    assert session is not None
    assert session.recorder is not None
    marked: list[Request] = []
    goes_on = asyncio.Event()

    are_under_way = asyncio.Event()

    async def refuse(*_: object) -> None:
        await are_under_way.wait()
        raise CassetteError("no space left")

    async def mark(request: Request) -> Stored:
        marked.append(request)
        await goes_on.wait()
        return Stored(len(marked), request.method, request.uri)

    def deleted() -> http.HTTPFlow:
        flow = flow_to("/v2/images/a", "DELETE")
        flow.response = _answer(b"", 204)
        return flow

    async def trial() -> None:
        both = [asyncio.create_task(hooks.addon.response(deleted())) for _ in range(2)]
        await asyncio.sleep(0)
        are_under_way.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        goes_on.set()
        await asyncio.gather(*both)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.recorder, "store", refuse)
        patch.setattr(session.recorder, "mark", mark)
        loop.run_until_complete(trial())

    assert 2 == len(marked)


def test_after_too_many_changes_without_a_mark_nothing_is_recorded(
    hooks: Hooked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_recording, "_MOST_UNMARKED", 3)
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path), fail_open=True)
    hooks.passed("/v2/images", _answer())
    with pytest.MonkeyPatch.context() as patch:
        _refusing(hooks, patch, marks=True)
        for number in range(4):
            hooks.passed(f"/v2/images/{number}", _answer(b"", 204), "DELETE")

    flow = hooks.passed("/v2/images?limit=4", _answer())
    hooks.addon.done()

    assert "more than 3 changes could not be recorded" in flow.comment
    assert [("GET /v2/images", False)] == _stored(path)
