"""The command line: what is wrong is said in one sentence, with the right exit status."""

import errno
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import glancetape, running
from support.running.upstream import upstream

GOOD_RECORD = ("record", "--upstream", "http://127.0.0.1:9")
USAGE = {
    "no cassette to replay": (("replay",), "FILE"),
    "certificates that are none": (
        (*GOOD_RECORD, "--upstream-ca", "a.yaml", "--listen", "127.0.0.1:0"),
        "--upstream-ca: a.yaml holds no certificates",
    ),
    "a port that is none": (("replay", "a.yaml", "--listen", "127.0.0.1:99999"), "--listen"),
    "no port": (("replay", "a.yaml", "--listen", "localhost:"), "--listen: 'localhost:' is not"),
    "an unknown mode": ((*GOOD_RECORD, "--mode", "often"), "--mode"),
    "a status that is no error": (("replay", "a.yaml", "--miss-status", "200"), "miss_status"),
    "an upstream without a scheme": (("record", "--upstream", "glance:9292"), "--upstream"),
    "an upstream with a path": (
        ("record", "--upstream", "http://glance:9292/v2"),
        "name only the root, http://glance:9292",
    ),
    "credentials in the upstream": (
        ("record", "--upstream", "http://admin:hunter2@glance:9292"),
        "leave user and password out",
    ),
    "an unknown option": (("replay", "a.yaml", "--frobnicate"), "--frobnicate"),
    "an unknown command": (("rewind",), "rewind"),
}


@pytest.mark.parametrize(("arguments", "message"), USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_ends_with_2_and_names_the_parameter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    """Nothing is made or changed."""
    monkeypatch.chdir(tmp_path)
    write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])

    refused = run(*arguments)

    assert (2, "") == (refused.returncode, refused.stdout)
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hunter2" not in refused.stderr
    assert ["a.yaml"] == os.listdir(tmp_path)


FILES = {
    "missing": (None, "no such cassette"),
    "empty": (b"", "the file is empty"),
    "binary": (os.urandom(3000).replace(b"\n", b"\x00"), "not a cassette"),
    "not YAML": (b"interactions: [\n", "line 2: not a cassette"),
    "another version": (b"interactions: []\nversion: 9\n", "cassette version 9"),
    "a Python object": (b"interactions:\n- !!python/object:os.system {}\n", "line 2"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES.keys())
def test_a_cassette_that_cannot_be_read_ends_with_1_and_names_the_file(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    """One line, and the file is as it was."""
    path = tmp_path / "bad.yaml"
    if content is not None:
        path.write_bytes(content)

    refused = run("replay", path, "--listen", "127.0.0.1:0")

    assert 1 == refused.returncode
    assert message in refused.stderr
    assert "bad.yaml" in refused.stderr
    assert 1 == refused.stderr.count("\n"), refused.stderr
    assert content == (path.read_bytes() if path.exists() else None)


def test_recording_over_what_is_no_cassette_of_ours_is_refused(tmp_path: Path) -> None:
    """Not even a file that cannot be read is written over."""
    path = tmp_path / "notes.yaml"
    path.write_text("my notes: [\n")

    refused = run(*GOOD_RECORD, "--cassette", path, "--listen", "127.0.0.1:0", "--mode", "all")

    assert 1 == refused.returncode
    assert "notes.yaml: not written by glancetape" in refused.stderr
    assert "my notes: [\n" == path.read_text()


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    """With the way out."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        refused = run("replay", path, "--listen", address)

    assert 1 == refused.returncode
    assert f"cannot listen on {address}: {os.strerror(errno.EADDRINUSE)}" in refused.stderr
    assert "--listen" in refused.stderr


def test_a_cassette_that_another_recorder_writes_is_said(tmp_path: Path) -> None:
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


def test_the_first_line_tells_where_it_listens_and_ctrl_c_ends_it_with_a_summary(
    tmp_path: Path,
) -> None:
    """On standard error; exit status 0."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    with running(glancetape("replay", path, "--listen", "127.0.0.1:0")) as player:
        requests.get(player.url, timeout=10)
        status = player.stop()

    assert player.lines[0] == f"listening on {player.url}"
    assert player.lines[-1] == "glancetape: 1 replayed"
    assert 0 == status


def test_once_on_a_cassette_that_exists_says_that_nothing_is_recorded(tmp_path: Path) -> None:
    """VCR's meaning, which surprises people who wanted to record."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    text = path.read_text()

    with running(glancetape(*GOOD_RECORD, "--cassette", path, "--listen", "127.0.0.1:0")) as player:
        replayed = requests.get(player.url, timeout=10)
        missed = requests.get(f"{player.url}/v2/images", timeout=10)
        player.stop()

    assert player.lines[0].startswith("listening on ")
    assert "a.yaml exists and mode is once: it is replayed (1 interactions)" in player.said
    assert (200, 501) == (replayed.status_code, missed.status_code)
    assert text == path.read_text()


@pytest.mark.parametrize("listen", ["[::1]:0", ":0", "0"])
def test_it_listens_where_it_is_told(tmp_path: Path, listen: str) -> None:
    """A port alone means this machine only."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])

    with running(glancetape("replay", path, "--listen", listen)) as player:
        answer = requests.get(player.url, timeout=10)
        player.stop()

    assert 200 == answer.status_code
    assert player.url.startswith("http://[::1]:" if "::1" in listen else "http://127.0.0.1:")


def test_a_folder_that_cannot_hold_the_ca_is_said(tmp_path: Path) -> None:
    """As in a container whose user has no home."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])

    refused = run("replay", path, "--confdir", path / "below")

    assert 1 == refused.returncode
    assert "Name another folder with --confdir." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("reader", ["reads one line", "closes the pipe"])
def test_nobody_has_to_read_what_it_says(tmp_path: Path, reader: str) -> None:
    """A program that waits for the first line and reads no more does not stop the proxy."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    process = subprocess.Popen(
        glancetape("replay", path, "--listen", "127.0.0.1:0"), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        url = process.stderr.readline().split()[-1]
        if reader == "closes the pipe":
            process.stderr.close()
        with requests.Session() as session:
            for number in range(60):  # each is logged; a pipe holds 64 KiB
                long = f"{url}/v2/images?limit=25&unknown={number}{'x' * 8000}"
                assert 501 == session.get(long, timeout=10).status_code
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(20)
    finally:
        process.kill()
        process.wait()
