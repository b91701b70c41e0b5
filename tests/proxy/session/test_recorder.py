"""The proxy's end of the socket to the scribe, and what it reports when the scribe ends."""

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
