"""`glancetape replay`: where it listens, what it prints, and files that it cannot read."""

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


def test_a_port_in_use_ends_with_1(tmp_path: Path) -> None:
    """The message names the option that helps."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        refused = run("replay", path, "--listen", address)

    assert 1 == refused.returncode
    assert f"cannot listen on {address}: {os.strerror(errno.EADDRINUSE)}" in refused.stderr
    assert "--listen" in refused.stderr


def test_the_first_line_has_the_address_and_ctrl_c_ends_it_with_a_summary(
    tmp_path: Path,
) -> None:
    """On standard error; exit status 0."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    command = glancetape("replay", path, "--listen", "127.0.0.1:0")
    with running(command, installed=True) as player:
        requests.get(player.url, timeout=10)
        status = player.stop()

    assert player.lines[0] == f"listening on {player.url}"
    assert player.lines[-1] == "glancetape: 1 replayed"
    assert 0 == status


@pytest.mark.parametrize("listen", ["[::1]:0", ":0", "0"])
def test_listen_takes_a_host_and_a_port_or_a_port(tmp_path: Path, listen: str) -> None:
    """A port alone means this machine only."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])

    with running(glancetape("replay", path, "--listen", listen)) as player:
        answer = requests.get(player.url, timeout=10)
        player.stop()

    assert 200 == answer.status_code
    assert player.url.startswith("http://[::1]:" if "::1" in listen else "http://127.0.0.1:")


def test_a_folder_that_cannot_hold_the_ca_ends_with_1(tmp_path: Path) -> None:
    """As in a container whose user has no home."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])

    refused = run("replay", path, "--listen", "127.0.0.1:0", "--confdir", path / "below")

    assert 1 == refused.returncode
    assert "Name another folder with --confdir." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.sampled(2)
@pytest.mark.parametrize("reader", ["closes the pipe", "reads one line"])
def test_a_reader_that_stops_reading_does_not_stop_the_proxy(tmp_path: Path, reader: str) -> None:
    """A program may wait for the first line and read no more."""
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
            for number in range(20):  # each is logged; a pipe holds 64 KiB
                long = f"{url}/v2/images?limit=25&unknown={number}{'x' * 8000}"
                assert 501 == session.get(long, timeout=10).status_code
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(20)
    finally:
        process.kill()
        process.wait()
