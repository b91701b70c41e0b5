"""The load test: Locust's users find no fault with our server, and find the faults that it has."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running.processes import ROOT, glancetape, run_process, running

LOAD = ROOT / "scripts" / "load"


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """What the first call installs, which takes minutes on a busy machine."""
    subprocess.run([LOAD, "--help"], stdout=subprocess.DEVNULL, check=True)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of 3,000 images."""
    path = tmp_path_factory.mktemp("load") / "region.images"
    run_process("generate", "--count", "3000", "--seed", "7", "--out", path)
    return path


def load(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """A run that is long enough for every kind of request, also on a busy machine."""
    return subprocess.run(
        [LOAD, "--seconds", "12", "--users", "4", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )


def test_users_check_each_answer_of_a_server_with_workers(region: Path) -> None:
    """Every kind of request was made, and none failed."""
    done = load("--file", region, "--workers", "2")

    assert 0 == done.returncode, done.stdout
    for name in ("walk", "filter", "sort", "look up an id", "look up a name"):
        assert f"GET      {name} " in done.stdout
    assert "Error report" not in done.stdout


@pytest.fixture(params=["page-repeats", "image-deleted"])
def wrong(request: pytest.FixtureRequest, region: Path) -> Iterator[str]:
    """The address of a server whose lists misbehave."""
    command = glancetape("serve", region, "--listen", "127.0.0.1:0", "--lab", request.param)
    with running(command) as server:
        yield server.url


def test_a_wrong_answer_fails_the_run(wrong: str) -> None:
    """It is counted, and named in the report."""
    done = load("--url", wrong)

    assert 1 == done.returncode, done.stdout
    assert "Error report" in done.stdout
    assert "WrongAnswer" in done.stdout
