"""The proxy's end of the conversation with the scribe, and how it ends."""

import asyncio
import logging
import os
import signal
import time
from pathlib import Path

import pytest

from glancetape.session import recorder as recording
from glancetape.session.recorder import Recorder
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.writing.messages import Assignment
from support.clouds.recorded import get, ok


def _recorder(path: Path, replaces: bool = False) -> Recorder:
    return Recorder(
        Assignment(
            path=path,
            recorder="glancetape tests",
            key=b"k" * 32,
            redaction=RedactionOptions(keep_ids=True),
            replaces=replaces,
        )
    )


def _store(recorder: Recorder, target: str = "/v2/images?limit=1") -> None:
    async def store() -> None:
        await recorder.store(get(target), ok())

    asyncio.run(store())


def _pid(recorder: Recorder) -> int:
    return recorder._process.pid


def test_a_good_end_is_no_failure_and_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)

    assert (0, 0) == (recorder.close(), recorder.failed)
    assert [] == caplog.records


def test_a_scribe_that_was_killed_while_idle_is_noticed_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody asked for anything after it; its end is a failure all the same."""
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)
    os.kill(_pid(recorder), signal.SIGKILL)

    assert (0, 1) == (recorder.close(), recorder.failed)
    assert [
        f"{tmp_path}/a.yaml: the writing process ended early. "
        "The cassette holds every interaction that it confirmed."
    ] == [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert 1 == len(load_cassette(tmp_path / "a.yaml"))


def test_a_scribe_that_does_not_answer_is_killed_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped by a debugger, or by a disk that hangs."""
    monkeypatch.setattr(recording, "_PATIENCE", 0.5)
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)
    os.kill(_pid(recorder), signal.SIGSTOP)
    begun = time.monotonic()

    assert (0, 1) == (recorder.close(), recorder.failed)
    assert time.monotonic() - begun < 5
    assert [
        "the writing process did not answer and was killed. "
        "The cassette holds every interaction that it confirmed."
    ] == [one.getMessage().rpartition("a.yaml: ")[2] for one in caplog.records]
    assert 1 == len(load_cassette(tmp_path / "a.yaml"))


def test_older_recordings_that_could_not_be_replaced_are_a_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was recorded is there; what it should have replaced is as well."""
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


def test_what_comes_after_the_end_is_refused_and_not_left_waiting(tmp_path: Path) -> None:
    """An answer may still be under way when somebody changes the cassette in mitmweb."""
    recorder = _recorder(tmp_path / "a.yaml")
    _store(recorder)
    recorder.close()

    with pytest.raises(CassetteError, match="has ended"):
        _store(recorder)

    assert 1 == len(load_cassette(tmp_path / "a.yaml"))
