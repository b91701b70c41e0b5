"""`glancetape serve --workers N`: several processes that answer as one."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from glancetape_cassettes.interaction import Request
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.recorded_lists import listed_image
from support.running.in_process import run
from support.running.processes import Running, glancetape, running
from support.sets.imagesets import ME, OTHER
from support.sets.set_files import make_set

IMAGES = [{**listed_image(number), "owner": ME, "visibility": "private"} for number in range(1, 10)]
PATIENCE = 20.0


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workers") / "some.images"
    make_set(path, IMAGES)
    return path


@pytest.fixture(scope="module")
def served(some: Path) -> Iterator[Running]:
    command = glancetape("serve", some, "--workers", "2", "--listen", "127.0.0.1:0")
    with running(command) as started:
        yield started


def _eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _processes(server: Running) -> dict[str, int]:
    """The last process of each worker."""
    server.wait_for(r"(metrics on)")  # the last line of a start
    found = re.findall(r"worker (\d+) is process (\d+)", server.said)
    return {number: int(process) for number, process in found}


def test_the_first_line_is_the_address(served: Running) -> None:
    """Programs wait for it; what the workers have to say follows."""
    served.wait_for("(9 images)")

    assert served.lines[0] == f"listening on {served.url}"


def _metrics(server: Running) -> dict[str, float]:
    url = server.wait_for(r"metrics on (\S+)")
    lines = requests.get(url, timeout=10).text.splitlines()
    pairs = (one.rsplit(" ", 1) for one in lines if not one.startswith("#"))
    return {name: float(value) for name, value in pairs}


def _ask(server: Running) -> bytes:
    """Ask over a connection of its own, so that either worker may answer."""
    answer = requests.get(f"{server.url}/v2/images", headers={"X-Auth-Token": "t"}, timeout=10)
    assert 200 == answer.status_code
    return answer.content


def test_all_workers_give_the_same_answers_and_are_counted_together(served: Running) -> None:
    before = _metrics(served)['glancetape_requests_total{answer="synthetic"}']

    answers = {_ask(served) for _ in range(30)}

    assert 1 == len(answers)
    counted = 'glancetape_requests_total{answer="synthetic"}'
    _eventually(lambda: before + 30 == _metrics(served)[counted], "the counts of all workers")


def test_a_token_is_accepted_by_all_workers_and_deleted_by_none(served: Running) -> None:
    """What it is for is written into it; that it was deleted would be known to one of them."""
    project = {"id": OTHER}
    password = {"user": {"name": "dana", "domain": {"id": "default"}, "password": "x"}}
    identity = {"methods": ["password"], "password": password}
    login = {"auth": {"identity": identity, "scope": {"project": project}}}
    tokens = f"{served.url}/v3/auth/tokens"
    given = requests.post(tokens, json=login, timeout=10)
    token = given.headers["X-Subject-Token"]
    headers = {"X-Auth-Token": token, "X-Subject-Token": token}

    shown = [requests.get(tokens, headers=headers, timeout=10) for _ in range(20)]
    lists = [
        requests.get(f"{served.url}/v2/images", headers=headers, timeout=10) for _ in range(20)
    ]
    deleted = requests.delete(tokens, headers=headers, timeout=10)

    assert {(200, OTHER)} == {
        (one.status_code, one.json()["token"]["project"]["id"]) for one in shown
    }
    assert {(200, 0)} == {(one.status_code, len(one.json()["images"])) for one in lists}
    assert (501, "refused") == (deleted.status_code, deleted.headers["X-Glancetape"])
    assert "use --workers 1" in deleted.json()["error"]["message"]


def test_a_worker_that_is_killed_is_started_again(served: Running) -> None:
    """What it counted is kept, and clients wait for the new one."""
    first = _processes(served)
    restarts = _metrics(served)["glancetape_worker_restarts_total"]

    os.kill(first["1"], signal.SIGKILL)
    _eventually(lambda: _processes(served)["1"] != first["1"], "a new process")

    assert {1} == {len({_ask(served) for _ in range(10)})}
    said = f"worker 1 (process {first['1']}) ended with signal 9; it is started again"
    assert said in served.said
    assert restarts + 1 == _metrics(served)["glancetape_worker_restarts_total"]
    assert 2 == _metrics(served)["glancetape_workers"]


def _has_ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_at_the_end_all_workers_have_ended_and_what_they_missed_is_listed(some: Path) -> None:
    command = glancetape("serve", some, "--workers", "2", "--listen", "127.0.0.1:0")
    with running(command) as server:
        for _ in range(20):
            requests.get(f"{server.url}/v3/users", timeout=10)
        processes = _processes(server)
        status = server.stop(signal.SIGTERM)

    assert 0 == status
    assert "glancetape: 20 missed" in server.lines
    assert re.search(r"20  GET  127\.0\.0\.1:\d+/v3/users", server.said)
    assert {"1", "2"} == processes.keys()
    assert all(map(_has_ended, processes.values()))


def test_workers_do_not_outlive_the_process_that_started_them(some: Path) -> None:
    """Nobody else would end them, and they would keep the address."""
    command = glancetape("serve", some, "--workers", "2", "--listen", "127.0.0.1:0")
    with running(command) as server:
        processes = _processes(server)
        server.process.kill()

        _eventually(lambda: all(map(_has_ended, processes.values())), "they end")


def test_what_is_the_state_of_a_run_needs_one_worker(some: Path, tmp_path: Path) -> None:
    """Another worker would not see what a client has changed."""
    patch = Request("PATCH", "http://glance:9292/v2/images/1", (), b"[]")
    changes = write_cassette(tmp_path / "a.yaml", [(get("/v2/images/1"), ok()), (patch, ok())])

    writable = run("serve", some, "--writable", "--workers", "2", "--listen", "127.0.0.1:0")
    played = run("serve", changes, "--workers", "2", "--listen", "127.0.0.1:0")

    assert (2, 2) == (writable.returncode, played.returncode)
    assert "--workers 2: what clients change (--writable) is in the memory" in writable.stderr
    assert "--workers 2: a.yaml#2 is a PATCH, which is played once; use one" in played.stderr
