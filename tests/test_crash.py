"""A recorder that is killed, or whose disk is full, loses nothing that a client has seen."""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.kills import kill_repeatedly
from support.running.processes import glancetape, running
from support.running.upstream import PAGE, Upstream, upstream


@pytest.fixture(scope="module")
def service() -> Iterator[Upstream]:
    """A real image service on a free port."""
    with upstream() as server:
        yield server


def test_a_recorder_killed_under_load_has_stored_every_response_that_a_client_got(
    service: Upstream, tmp_path: Path
) -> None:
    """Three times on the same cassette, each time after the one that was killed before."""
    killed = kill_repeatedly(service, tmp_path, 3)

    assert (3, 0, 0) == (killed.kills, killed.lost, killed.damaged)
    assert killed.received > killed.kills


@pytest.mark.interop
def test_a_recorder_killed_at_fifty_random_moments_has_stored_every_response(
    service: Upstream, tmp_path: Path
) -> None:
    """The same, fifty times."""
    killed = kill_repeatedly(service, tmp_path, 50)

    assert (50, 0, 0) == (killed.kills, killed.lost, killed.damaged)
    assert killed.received > killed.kills


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_a_clear_error_and_leaves_a_usable_cassette(
    service: Upstream, small_disk: Path
) -> None:
    """A response that reached the client is recorded, and one that is not recorded is a 500."""
    cassette = small_disk / "full.yaml"
    arguments = glancetape(
        "record", "--upstream", service.url, "--cassette", cassette, "--listen", "127.0.0.1:0"
    )
    with running(arguments) as recorder:
        answers = [
            requests.get(f"{recorder.url}/v2/images?marker={number}", timeout=10)
            for number in range(80)
        ]
        status = recorder.stop()

    passed = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 500]
    recorded = load_cassette(cassette)
    assert 80 == len(passed) + len(refused)
    assert len(passed) == len(recorded) > 0
    assert all(PAGE == recorded.interaction(n).response.body for n in range(len(recorded)))
    assert {"not-recorded"} == {answer.headers["X-Glancetape"] for answer in refused}
    assert f"full.yaml: cannot be written: {os.strerror(errno.ENOSPC)}" in recorder.said
    assert 1 == status


def test_a_full_disk_keeps_no_answer_from_a_client_with_fail_open(
    service: Upstream, small_disk: Path
) -> None:
    """Each answer says whether it is recorded, and the end says how many are not."""
    cassette = small_disk / "full.yaml"
    arguments = glancetape(
        "record", "--fail-open", "--upstream", service.url, "--cassette", cassette, "--listen",
        "127.0.0.1:0",
    )  # fmt: skip
    with running(arguments) as recorder:
        answers = [
            requests.get(f"{recorder.url}/v2/images?marker={number}", timeout=10)
            for number in range(80)
        ]
        status = recorder.stop()

    said = [answer.headers["X-Glancetape"].partition(";")[0] for answer in answers]
    assert {(200, PAGE)} == {(answer.status_code, answer.content) for answer in answers}
    assert len(load_cassette(cassette)) == said.count("recorded") > 0
    assert said.count("not-recorded") == 80 - said.count("recorded") > 0
    assert f"{said.count('not-recorded')} not recorded" in recorder.said
    assert 1 == status


def _replaced_as_an_editor_does(cassette: Path) -> None:
    beside = cassette.with_name("beside")
    beside.write_bytes(cassette.read_bytes())
    beside.replace(cassette)


def _checked_out(cassette: Path) -> None:
    """`git checkout` brings back the content that was committed, as a new file."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", cassette.parent]
    for arguments in (
        ["init", "-q"],
        ["add", cassette.name],
        ["commit", "-q", "-m", "a cassette"],
    ):
        subprocess.run([*git, *arguments], check=True)
    os.utime(cassette, (0, 0))
    with cassette.open("ab") as file:
        file.write(b"# the work of another program\n")
    subprocess.run([*git, "checkout", "-q", "--", cassette.name], check=True)


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (Path.unlink, "it was deleted"),
    "checked out": (_checked_out, "another file took its place"),
    "replaced by an editor": (_replaced_as_an_editor_does, "another file took its place"),
    "truncated": (
        lambda cassette: os.truncate(cassette, 100),
        "another program changed its length",
    ),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("later", [0, 3], ids=["no request later", "requests later"])
@pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=CHANGES.keys())
def test_a_cassette_that_another_program_changes_is_an_error_and_nothing_is_called_recorded(
    service: Upstream, tmp_path: Path, change: Callable[[Path], object], why: str, later: int
) -> None:
    """Each answer after the change is a 500 and counted, and the exit status is not 0."""
    cassette = tmp_path / "a.yaml"
    arguments = glancetape(
        "record", "--upstream", service.url, "--cassette", cassette, "--listen", "127.0.0.1:0"
    )
    with running(arguments) as recorder:
        first = requests.get(f"{recorder.url}/v2/images", timeout=10)
        change(cassette)
        answers = [
            requests.get(f"{recorder.url}/v2/images?marker={number}", timeout=10)
            for number in range(later)
        ]
        status = recorder.stop()

    assert "recorded; a.yaml#1" == first.headers["X-Glancetape"]
    assert [(500, "not-recorded")] * later == [
        (answer.status_code, answer.headers["X-Glancetape"]) for answer in answers
    ]
    assert all(why in answer.json()["error"]["message"] for answer in answers)
    assert f"a.yaml: {why} while glancetape recorded into it" in recorder.said
    assert f"answers and marks that could not be recorded: {later or 1}." in recorder.said
    assert 1 == status
