"""Recording when something breaks off or fails: nothing half is stored, nothing is let through."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.formats.cassette import load_cassette
from support.running.proxies import recording
from support.running.upstream import PAGE, Silence, Upstream

URL = "/v2/images"


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 seconds"
        time.sleep(0.02)


def test_after_the_end_nothing_is_let_through(service: Upstream, cassette: Path) -> None:
    """An answer that comes while the proxy ends would otherwise pass unrecorded."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)
        late = threading.Thread(
            target=lambda: answers.append(requests.get(f"{proxy.url}{URL}/slow", timeout=10))
        )
        answers: list[requests.Response] = []
        late.start()
        _wait_for(lambda: len(service.seen) == 2)
        hooks: Any = proxy._master.addons.get("glancetape")
        hooks.done()
        service.release.set()
        late.join()

    assert [(500, "error")] == [
        (answer.status_code, answer.headers["X-Glancetape"]) for answer in answers
    ]
    assert 1 == len(load_cassette(cassette))


BROKEN = {
    "cut in the middle": f"{URL}/cut",
    "cut between chunks": f"{URL}/cut-chunks",
}


@pytest.mark.parametrize("path", BROKEN.values(), ids=BROKEN.keys())
def test_an_upstream_that_breaks_off_is_reported_and_not_recorded(
    service: Upstream, cassette: Path, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """No half answer is stored, and the client does not take it for a whole one."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)
        live = requests.get(proxy.url + path, timeout=10)

    assert 502 == live.status_code
    assert 1 == len(load_cassette(cassette))
    assert 1 == proxy.counts.not_recorded
    assert f"not recorded: GET {service.url}{path}" in caplog.text


def test_a_client_that_hangs_up_is_reported_and_nothing_half_is_stored(
    service: Upstream, cassette: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It never saw the answer."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)
        parts = urlsplit(proxy.url)
        with socket.create_connection((parts.hostname, parts.port)) as client:
            client.sendall(f"GET {URL}/slow HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            _wait_for(lambda: len(service.seen) == 2)
        _wait_for(lambda: proxy.counts.not_recorded == 1)
        service.release.set()

    assert 1 == len(load_cassette(cassette))
    assert f"not recorded: GET {service.url}{URL}/slow" in caplog.text


def test_an_unreachable_upstream_is_a_502_and_is_logged(
    cassette: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And leaves no cassette."""
    nobody = f"http://127.0.0.1:{Silence().port}"

    with recording(cassette, nobody) as proxy:
        live = requests.get(proxy.url + URL, timeout=10)

    assert 502 == live.status_code
    assert f"not recorded: GET {nobody}{URL}" in caplog.text
    assert not cassette.exists()


def test_a_body_that_is_streamed_past_is_reported_as_not_recorded(
    service: Upstream,
    cassette: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Image files go through without being held in memory."""
    monkeypatch.setattr("glancetape.wire.mitmproxy_runner.STREAMED_FROM", "1m")

    with recording(cassette, service.url) as proxy:
        live = requests.get(f"{proxy.url}{URL}/large", timeout=10)

    assert 2_000_000 == len(live.content)
    assert not cassette.exists()
    assert "streamed past" in caplog.text


def _scribe() -> int:
    """Find the process that writes for this one."""
    listed = subprocess.run(
        ["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    found = [line.split(None, 2) for line in listed.splitlines()]
    (pid,) = [
        int(pid) for pid, parent, what in found if int(parent) == os.getpid() and "scribe" in what
    ]
    return pid


@pytest.mark.usefixtures("started_scribe")
def test_the_answer_waits_until_it_is_on_the_disk(service: Upstream, cassette: Path) -> None:
    """While the writer is stopped, the client has nothing."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)
        os.kill(_scribe(), signal.SIGSTOP)
        parts = urlsplit(proxy.url)
        client = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=1)
        client.request("GET", f"{URL}?limit=1")

        with pytest.raises(TimeoutError):
            client.getresponse()

        assert 2 == len(service.seen)
        os.kill(_scribe(), signal.SIGCONT)
        _wait_for(lambda: proxy.counts.recorded == 2)

    assert 2 == len(load_cassette(cassette))


@pytest.mark.usefixtures("started_scribe")
def test_when_the_writer_is_gone_answers_are_not_passed_on(
    service: Upstream, cassette: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A client must not take for recorded what is not."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)
        os.kill(_scribe(), signal.SIGKILL)
        refused = [requests.get(f"{proxy.url}{URL}?limit={n}", timeout=10) for n in range(3)]

    assert {(500, "not-recorded")} == {
        (one.status_code, one.headers["X-Glancetape"]) for one in refused
    }
    assert "the writing process has ended" in refused[0].json()["error"]["message"]
    assert not [one for one in refused if PAGE in one.content]
    assert (3, 1) == (proxy.storing_failed, len(load_cassette(cassette)))
    assert "the writing process has ended" in caplog.text


def test_a_failure_of_our_own_is_a_500_and_never_goes_upstream(
    service: Upstream, cassette: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mitmproxy would log the exception and forward the request."""
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)
    service.seen.clear()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(RecordedAnswers, "find", broken)
    with recording(cassette, service.url, mode="new_episodes") as proxy:
        live = requests.get(f"{proxy.url}{URL}?limit=1", timeout=10)

    assert (500, "error") == (live.status_code, live.headers["X-Glancetape"])
    assert [] == service.seen


def test_when_the_cassettes_cannot_be_opened_nothing_is_let_through(
    service: Upstream, cassette: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when the reason is a fault of ours; mitmproxy would go on without us."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("glancetape.wire.addon_hooks.open_session", broken)

    with (
        pytest.raises(GlancetapeError, match="could not be opened: ZeroDivisionError"),
        recording(cassette, service.url),
    ):
        pytest.fail("the proxy started")

    assert not cassette.exists()
