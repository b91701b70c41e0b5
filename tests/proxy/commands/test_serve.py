"""`glancetape serve`: where it listens, what it prints, and how it ends."""

import re
import resource
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import Running, glancetape, running

ANY_PORT = ("--listen", "127.0.0.1:0")


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cassette(tmp_path_factory.mktemp("serve") / "a.yaml", [(get("/"), ok())])


@pytest.fixture
def server(cassette: Path) -> Iterator[Running]:
    with running(glancetape("serve", cassette, *ANY_PORT)) as started:
        yield started


def test_the_first_line_has_the_address_and_ctrl_c_ends_it_with_a_summary(cassette: Path) -> None:
    """On standard error; exit status 0."""
    with running(glancetape("serve", cassette, *ANY_PORT), installed=True) as server:
        answer = requests.get(server.url, timeout=10)
        requests.get(f"{server.url}/other", timeout=10)
        status = server.stop()

    assert (200, "exact; a.yaml#1") == (answer.status_code, answer.headers["X-Glancetape"])
    assert server.lines[0] == f"listening on {server.url}"
    assert "glancetape: 1 replayed, 1 missed" in server.lines
    assert 0 == status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_ends_it_well(server: Running, number: int) -> None:
    assert 0 == server.stop(number)
    assert "glancetape: no requests" == server.lines[-1]


def test_what_was_answered_is_counted_for_prometheus(server: Running) -> None:
    """On a port of its own, so that no path of the cloud is taken."""
    for path in ("/", "/", "/other"):
        requests.get(server.url + path, timeout=10)

    shown = requests.get(server.wait_for(r"metrics on (\S+)"), timeout=10)
    health = requests.get(f"{server.url}/healthz", timeout=10)

    assert shown.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    counted = dict(line.rsplit(" ", 1) for line in shown.text.splitlines() if line[0] != "#")
    assert {"exact": "2.0", "miss": "1.0", "derived": "0.0"}.items() <= {
        name.split('"')[1]: value for name, value in counted.items() if '"' in name
    }.items()
    assert (200, "ok\n") == (health.status_code, health.text)
    assert 501 == requests.get(f"{server.url}/metrics", timeout=10).status_code


HEAD = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
OF_EVERY_WORD = {
    "an answer": b"GET /" + HEAD + b"\r\n",
    "a miss": b"GET /other" + HEAD + b"\r\n",
    "a long URL": b"GET /?" + b"a" * (64 << 10) + HEAD + b"\r\n",
    "a long header": b"GET /" + HEAD + b"X-A: " + b"a" * (256 << 10) + b"\r\n\r\n",
    "a large body": b"PUT /" + HEAD + b"Content-Length: 99999999\r\n\r\n",
    "a larger body than is looked up": (
        b"POST /" + HEAD + b"Content-Length: 200000\r\n\r\n" + bytes(200_000)
    ),
    "a coding that is not known": (
        b"POST /" + HEAD + b"Content-Encoding: x\r\nContent-Length: 1\r\n\r\nx"
    ),
    "another host": b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "no HTTP": b"hello\r\n",
    "TLS": b"\x16\x03\x01\x02\x00",
    "HTTP/2": b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
    "a tunnel": b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\n\r\n",
}


def _word(url: str, sent: bytes) -> str:
    """The first word of X-Glancetape in the answer to what is sent."""
    where = (urlsplit(url).hostname, urlsplit(url).port)
    with socket.create_connection(where, timeout=30) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    found = re.search(rb"X-Glancetape: ([a-z-]+)", answer)
    assert found, answer[:300]
    return found[1].decode()


def test_each_answer_is_counted_under_the_word_that_the_client_gets(server: Running) -> None:
    """Also what was refused before it was read; each refusal is one line of the log."""
    words = Counter(_word(server.url, sent) for sent in OF_EVERY_WORD.values())

    shown = requests.get(server.wait_for(r"metrics on (\S+)"), timeout=10).text
    server.stop()
    counted = re.findall(r'requests_total\{answer="(\S+)"\} ([0-9.]+)', shown)
    assert {"exact", "miss", "too-large", "refused"} == words.keys()
    assert words == Counter({word: int(float(number)) for word, number in counted})
    refused = words["refused"] + words["too-large"]
    assert refused == sum(line.startswith("warning: refused ") for line in server.lines)
    assert "`--tls` serves HTTPS" in server.said


def test_answers_are_logged_only_when_asked_for(cassette: Path) -> None:
    """A line for each would take as long as the answer."""
    logs = []
    for options in ([], ["--access-log"]):
        command = glancetape("serve", cassette, *ANY_PORT, "--metrics", "off", *options)
        with running(command) as server:
            requests.get(server.url, timeout=10)
            server.stop()
        logs.append([line for line in server.lines if line.startswith("200 exact")])

    assert [0, 1] == list(map(len, logs))


@pytest.mark.interop
def test_thousands_of_clients_that_are_idle_are_no_harm(cassette: Path) -> None:
    """10,000, or as many as this system lets a process open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Other tests in this process may have left files open.
    count = min(10_000, (hard if hard > 0 else 10_000) - 4000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 4000, hard))
    idle: list[socket.socket] = []
    try:
        with running(glancetape("serve", cassette, *ANY_PORT, "--metrics", "off")) as server:
            where = (urlsplit(server.url).hostname, urlsplit(server.url).port)
            for _ in range(count):
                idle.append(socket.create_connection(where, timeout=30))
            answers = [requests.get(server.url, timeout=30).status_code for _ in range(20)]
            idle[0].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            of_an_idle_one = idle[0].recv(100)
            status = server.stop()
    finally:
        for one in idle:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert count > 5000
    assert [200] * 20 == answers
    assert of_an_idle_one.startswith(b"HTTP/1.1 200 OK")
    assert 0 == status


REFUSED = {
    "no file": (("missing.yaml",), 1, "missing.yaml: no such cassette"),
    "no address": (("a.yaml", "--listen", "nowhere:"), 2, "--listen: 'nowhere:' is not HOST:PORT"),
    "no address for metrics": (("a.yaml", "--metrics", "x"), 2, "--metrics: 'x' is not HOST:PORT"),
}


@pytest.mark.parametrize(("words", "status", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_served_is_one_sentence(
    cassette: Path, words: tuple[str, ...], status: int, why: str
) -> None:
    refused = run("serve", *(str(cassette) if one == "a.yaml" else one for one in words))

    assert status == refused.returncode
    assert why in refused.stderr
