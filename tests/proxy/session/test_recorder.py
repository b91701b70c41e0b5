"""The proxy's end of the socket to the scribe, and what it reports when the scribe ends."""

import asyncio
import logging
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from glancetape.session import recorder as recording
from glancetape.session.recorder import Recorder
from glancetape.session.tokens_seen import TokensSeen
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.writing.messages import Assignment
from support.clouds.recorded import get, ok


def _recorder(path: Path, replaces: bool = False, patience: float = recording.PATIENCE) -> Recorder:
    return Recorder(
        Assignment(
            path=path,
            recorder="glancetape tests",
            key=b"k" * 32,
            redaction=RedactionOptions(keep_ids=True),
            replaces=replaces,
        ),
        patience,
    )


def _store(recorder: Recorder, target: str = "/v2/images?limit=1") -> None:
    async def store() -> None:
        await recorder.store(get(target), ok())

    asyncio.run(store())


def _pid(recorder: Recorder) -> int:
    return recorder._process.pid


def test_a_good_end_is_not_a_failure_and_logs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)

    assert (0, 0) == (recorder.close(), recorder.failed)
    assert [] == caplog.records


def test_a_scribe_that_was_killed_while_idle_is_reported_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No client asked for anything afterwards; it is a failure all the same."""
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)
    os.kill(_pid(recorder), signal.SIGKILL)

    assert (0, 1) == (recorder.close(), recorder.failed)
    assert [
        f"{tmp_path}/a.yaml: the writing process ended early. "
        "The cassette holds every interaction that it confirmed."
    ] == [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert 1 == len(load_cassette(tmp_path / "a.yaml"))


def test_a_scribe_that_does_not_answer_is_killed_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A debugger stopped it, or the disk hangs."""
    monkeypatch.setattr(recording, "PATIENCE", 0.5)
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)
    os.kill(_pid(recorder), signal.SIGSTOP)

    assert (0, 1) == (recorder.close(), recorder.failed)
    assert [
        "the writing process did not answer and was killed. "
        "The cassette holds every interaction that it confirmed."
    ] == [one.getMessage().rpartition("a.yaml: ")[2] for one in caplog.records]
    assert 1 == len(load_cassette(tmp_path / "a.yaml"))


def test_older_recordings_that_could_not_be_replaced_are_a_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The new recording is stored, and so is the older one that it should replace."""
    path = tmp_path / "a.yaml"
    recorder = _recorder(path)
    _store(recorder)
    recorder.close()
    path.write_text(path.read_text().replace("    method: GET\n", "    method: [GET\n"))
    again = _recorder(path, replaces=True)
    _store(again)

    assert (0, 1) == (again.close(), again.failed)
    assert [True] == [one.getMessage().endswith("were not replaced.") for one in caplog.records]
    assert 2 == path.read_text().count("- request:")


def test_an_interaction_after_the_end_is_refused_and_does_not_wait(tmp_path: Path) -> None:
    """A response can still be under way when the cassette is changed in mitmweb."""
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)
    recorder.close()

    with pytest.raises(CassetteError, match="has ended"):
        _store(recorder)

    assert 1 == len(load_cassette(tmp_path / "a.yaml"))


def test_clients_of_a_scribe_that_is_stopped_are_refused_after_a_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that wait at that moment; later ones at once; and none after the scribe goes on."""
    recorder = _recorder(tmp_path / "a.yaml", patience=0.5)

    async def store(number: int) -> object:
        try:
            return (await recorder.store(get(f"/v2/images?limit={number}"), ok())).number
        except CassetteError as error:
            return str(error).rpartition("a.yaml: ")[2].partition(" for ")[0]

    async def until_stored(number: int) -> int:
        while not isinstance(stored := await store(number), int):
            await asyncio.sleep(0.05)
        return stored

    async def trial() -> list[object]:
        first = await until_stored(1)  # a slow machine may need more than the patience
        os.kill(_pid(recorder), signal.SIGSTOP)
        outcomes = [*await asyncio.gather(store(2), store(3))]
        monkeypatch.setattr(recorder, "_patience", 3600)  # so that only what is at once ends
        outcomes.append(await store(4))
        os.kill(_pid(recorder), signal.SIGCONT)
        last = await until_stored(5)
        return [*outcomes, last - first]

    silent = "the writing process has not answered"
    # 2 and 3 were on their way when the scribe was stopped.
    assert [silent, silent, silent, 3] == asyncio.run(trial())
    refused = recorder.failed
    assert refused >= 3
    assert (0, refused) == (recorder.close(), recorder.failed)
    cassette = load_cassette(tmp_path / "a.yaml")
    targets = [urlsplit(cassette.request(index).uri).query for index in range(len(cassette))]
    assert ["limit=1", "limit=2", "limit=3", "limit=5"] == list(dict.fromkeys(targets))


def test_a_scribe_that_stays_silent_is_counted_once_for_each_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And does not hold up the end for its whole patience again."""
    monkeypatch.setattr(recording, "_PATIENCE_AFTER_SILENCE", 0.1)
    recorder = _recorder(tmp_path / "a.yaml", patience=0.3)
    os.kill(_pid(recorder), signal.SIGSTOP)

    for _ in range(2):
        with pytest.raises(CassetteError, match="has not answered"):
            _store(recorder)

    assert (0, 2) == (recorder.close(), recorder.failed)
    assert "did not answer and was killed" in caplog.text


LOGIN = Request("POST", "http://keystone/v3/auth/tokens", (), b"{}")


def _login(token: str) -> Response:
    return Response(
        201, "Created", (("X-Subject-Token", token),), b'{"token":{"project":{"id":"p"}}}'
    )


@pytest.mark.parametrize(
    ("tokens", "logins", "count"),
    [
        (("s", "s"), (), 0),
        (("s", "t"), (), 1),
        (("s", "t", "u", "s"), (), 1),
        (("s", "t"), ("s", "t"), 0),
        (("s", "t"), ("t",), 0),
        (("s", "t", "u"), ("t",), 1),
    ],
)
def test_a_second_token_without_a_login_is_warned_of_once(
    tokens: tuple[str, ...], logins: tuple[str, ...], count: int, caplog: pytest.LogCaptureFixture
) -> None:
    """In replay they would be two callers, and nobody would know why."""
    seen = TokensSeen("a.yaml")
    for token in logins:
        seen.see(LOGIN, _login(token))
    for token in tokens:
        seen.see(get("/v2/images", ("X-Auth-Token", token)), ok())

    warned = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert count == len(warned)
    assert all("two tokens are recorded without their logins" in one for one in warned)
    assert not any(token in one.split() for one in warned for token in tokens)


def test_a_recorder_warns_of_two_logins(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While it records, when there is still time to record the logins too."""
    recorder = _recorder(tmp_path / "a.yaml")

    async def store() -> None:
        for token in ("s", "t"):
            await recorder.store(get("/v2/images", ("X-Auth-Token", token)), ok())

    asyncio.run(store())
    recorder.close()

    assert 1 == len([one for one in caplog.records if "two tokens" in one.getMessage()])
