"""`glancetape record`: what it refuses to write over, and when it only replays."""

import sys
from pathlib import Path

import pytest
import requests

from glancetape.checks.logins_alike import notes_on_logins
from glancetape_cassettes.formats.cassette import load_cassette
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import glancetape, running
from support.running.upstream import upstream
from support.sets.set_files import make_set, record

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


FAILURES = {
    "half of an item is written": """
import os
write = os.write
def failing(fd, data):
    if b"limit=3" in bytes(data):
        write(fd, data[: len(data) // 2])
        raise RuntimeError("of a kind that nobody expects: Zq7WkR3xVb9T")
    return write(fd, data)
os.write = failing
""",
    "an answer is not sent": """
import socket
class Failing(socket.socket):
    def sendall(self, data, *more):
        if b"limit=3" in data:
            raise RuntimeError("of a kind that nobody expects: Zq7WkR3xVb9T")
        return super().sendall(data, *more)
if socket.SocketType is not Failing:
    socket.socket = Failing
""",
}


@pytest.mark.parametrize("failing", FAILURES.values(), ids=FAILURES.keys())
def test_a_writing_process_that_fails_in_an_unexpected_way_stores_no_half_item(
    failing: str, tmp_path: Path
) -> None:
    """Its clients get a 500 soon, the log says so, and the command fails at its end."""
    (tmp_path / "sitecustomize.py").write_text(failing)
    cassette = tmp_path / "a.yaml"
    with upstream() as service:
        command = glancetape(
            "record", "--upstream", service.url, "--cassette", cassette, "--listen", "127.0.0.1:0"
        )
        with running(command, PYTHONPATH=str(tmp_path)) as recorder:
            answers = [
                requests.get(f"{recorder.url}/v2/images?limit={limit}", timeout=10)
                for limit in (1, 2, 3)
            ]
            after = requests.get(f"{recorder.url}/v2/images?limit=4", timeout=10)
            status = recorder.stop()

    assert [200, 200, 500] == [answer.status_code for answer in answers]
    assert "not-recorded" in answers[-1].headers["X-Glancetape"]
    assert after.status_code in (200, 500)
    assert 1 == status
    assert "RuntimeError" in recorder.said
    assert "Zq7WkR3xVb9T" not in recorder.said
    recorded = load_cassette(cassette)
    stored = [recorded.request(index).uri.partition("limit=")[2] for index in range(len(recorded))]
    assert stored[:2] == ["1", "2"]
    assert ("4" in stored) == (after.status_code == 200)
    assert cassette.read_text().count("- request:") == len(stored)


LOG_IN = """
import json, sys, urllib.request as http
url, *users = sys.argv[1:]
for user in users:
    named = {"name": user, "domain": {"id": "default"}, "password": "x"}
    identity = {"methods": ["password"], "password": {"user": named}}
    scope = {"project": {"name": "demo", "domain": {"id": "default"}}}
    body = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
    http.urlopen(http.Request(url, body, {"Content-Type": "application/json"}))
"""


def test_several_logins_of_a_kind_are_noted_while_the_key_is_here(tmp_path: Path) -> None:
    """A replay in CI would miss them, and nobody would know before."""
    images = tmp_path / "a.images"
    make_set(images, [record("a")])
    rows = {
        "two": (("dana", "taro"), (), True),
        "one": (("dana", "dana"), (), False),
        "ids": (("dana", "taro"), ("--keep-ids",), False),
        "quiet": (("dana", "taro"), ("-q",), False),
    }
    with running(
        glancetape("serve", "-q", "--listen", "127.0.0.1:0", tmp_path / "a.images")
    ) as set_:
        said = {
            name: run(
                "run", "--record", tmp_path / f"{name}.yaml", *options, "--",
                sys.executable, "-c", LOG_IN, f"{set_.url}/v3/auth/tokens", *users,
            ).stderr
            for name, (users, options, _) in rows.items()
        }  # fmt: skip

    note = "2 logins with password for a project are recorded that differ in their names"
    assert {name: noted for name, (*_, noted) in rows.items()} == {
        name: note in lines for name, lines in said.items()
    }
    assert all("glancetape: 2 recorded" in lines for lines in said.values())
    shown = {name: run("inspect", tmp_path / f"{name}.yaml").stdout for name in rows}
    assert {"two": True, "one": False, "ids": False, "quiet": True} == {
        name: "2 with password for a project differ in their names" in lines
        and "lacks the version document of Keystone" in lines
        and "; without GLANCETAPE_KEY, its login is a miss" in lines
        for name, lines in shown.items()
    }


def test_logins_of_a_large_cassette_are_left_to_inspect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing them takes long, which only a person who asked for it waits for."""
    images = tmp_path / "a.images"
    make_set(images, [record("a")])
    path = tmp_path / "a.yaml"
    with running(glancetape("serve", "-q", "--listen", "127.0.0.1:0", images)) as set_:
        url = f"{set_.url}/v3/auth/tokens"
        run("run", "--record", path, "--", sys.executable, "-c", LOG_IN, url, "dana", "taro")

    monkeypatch.setattr("glancetape.checks.logins_alike.MOST_COMPARED", path.stat().st_size - 1)
    [large] = notes_on_logins(path)
    monkeypatch.undo()
    [small] = notes_on_logins(path)

    assert "2 logins with password for a project" in small
    assert "a.yaml is large" in large
    assert f"`glancetape inspect {path}`" in large
