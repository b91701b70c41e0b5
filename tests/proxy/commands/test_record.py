"""`glancetape record`: what it refuses to write over, and when it only replays."""

from pathlib import Path

import requests

from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import glancetape, running
from support.running.upstream import upstream

GOOD_RECORD = ("record", "--upstream", "http://127.0.0.1:9")


def test_recording_into_another_programs_file_is_refused(tmp_path: Path) -> None:
    """Not even a file that cannot be read is replaced."""
    path = tmp_path / "notes.yaml"
    path.write_text("my notes: [\n")

    refused = run(*GOOD_RECORD, "--cassette", path, "--listen", "127.0.0.1:0", "--mode", "all")

    assert 1 == refused.returncode
    assert "notes.yaml: not written by glancetape" in refused.stderr
    assert "my notes: [\n" == path.read_text()


def test_a_cassette_that_another_recorder_writes_is_refused(tmp_path: Path) -> None:
    """The first recorder goes on."""
    with upstream() as service:
        arguments = [
            "record", "--upstream", service.url, "--cassette", tmp_path / "a.yaml",
            "--listen", "127.0.0.1:0",
        ]  # fmt: skip
        with running(glancetape(*arguments)) as first:
            refused = run(*arguments)
            still = requests.get(f"{first.url}/v2/images", timeout=10)

    assert 1 == refused.returncode
    assert "another recorder is writing it" in refused.stderr
    assert "recorded; a.yaml#1" == still.headers["X-Glancetape"]


def test_once_on_an_existing_cassette_warns_that_nothing_is_recorded(tmp_path: Path) -> None:
    """VCR's meaning, which surprises people who wanted to record."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    text = path.read_text()

    command = glancetape(*GOOD_RECORD, "--cassette", path, "--listen", "127.0.0.1:0")
    with running(command, installed=True) as player:
        replayed = requests.get(player.url, timeout=10)
        missed = requests.get(f"{player.url}/v2/images", timeout=10)
        player.stop()

    assert player.lines[0].startswith("listening on ")
    assert "a.yaml is replayed, nothing is recorded: it has 1 interaction and" in player.said
    assert (200, 501) == (replayed.status_code, missed.status_code)
    assert text == path.read_text()
