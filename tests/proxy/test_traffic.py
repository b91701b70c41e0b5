"""Recording and replaying over real sockets: every kind of body, every way to break off."""

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
import zstandard

from glancetape_cassettes.cassette import load_cassette
from glancetape_cassettes.errors import GlancetapeError
from proxies import recording, replaying
from upstream import PAGE, Silence, Upstream

URL = "/v2/images"


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """Where this test records."""
    return tmp_path / "basic.yaml"


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 seconds"
        time.sleep(0.02)


def _decoded(response: requests.Response) -> bytes:
    """Give the body; requests itself knows zstd only with a further package."""
    if response.headers.get("Content-Encoding") == "zstd" and PAGE != response.content:
        return zstandard.ZstdDecompressor().decompress(response.content)
    return response.content


BODIES = {
    "a page": ("GET", URL),
    "gzip": ("GET", f"{URL}/gzip"),
    "deflate": ("GET", f"{URL}/deflate"),
    "br": ("GET", f"{URL}/br"),
    "zstd": ("GET", f"{URL}/zstd"),
    "chunked": ("GET", f"{URL}/chunked"),
    "binary": ("GET", f"{URL}/binary"),
    "empty": ("GET", f"{URL}/empty"),
    "204": ("GET", f"{URL}/no-content"),
    "HEAD": ("HEAD", URL),
    "an error": ("GET", f"{URL}/bad"),
    "the version list": ("GET", "/"),
    "versions": ("GET", "/versions"),
    "PATCH": ("PATCH", f"{URL}/x"),
    "DELETE": ("DELETE", f"{URL}/x"),
}


@pytest.mark.parametrize(("method", "path"), BODIES.values(), ids=BODIES.keys())
def test_a_client_gets_the_same_from_the_cassette_as_from_the_service(
    service: Upstream, cassette: Path, method: str, path: str
) -> None:
    """Status, reason, body byte for byte, and headers that are true."""
    with recording(cassette, service.url) as proxy:
        live = requests.request(method, proxy.url + path, timeout=10)
    service.seen.clear()

    with replaying(cassette) as proxy:
        replayed = requests.request(method, proxy.url + path, timeout=10)

    assert [] == service.seen
    assert (live.status_code, live.reason, _decoded(live)) == (
        replayed.status_code,
        replayed.reason,
        replayed.content,
    )
    assert "recorded; basic.yaml#1" == live.headers["X-Glancetape"]
    assert "exact; basic.yaml#1" == replayed.headers["X-Glancetape"]
    assert live.headers.get("Content-Type") == replayed.headers.get("Content-Type")
    assert "Content-Encoding" not in replayed.headers
    if method == "HEAD":
        assert live.headers["Content-Length"] == replayed.headers["Content-Length"]
    elif live.status_code != 204:
        assert str(len(replayed.content)) == replayed.headers["Content-Length"]


def test_an_unknown_coding_is_kept_with_its_header(service: Upstream, cassette: Path) -> None:
    """What we cannot decode we do not touch."""
    with recording(cassette, service.url) as proxy:
        requests.get(f"{proxy.url}{URL}/unknown-coding", timeout=10)

    with replaying(cassette) as proxy:
        replayed = requests.get(f"{proxy.url}{URL}/unknown-coding", timeout=10)

    assert b"\x00\xffnobody knows" == replayed.content
    assert "x-rot13" == replayed.headers["Content-Encoding"]


def test_a_request_with_a_body_is_recorded_with_it_and_played_once(
    service: Upstream, cassette: Path
) -> None:
    """Another body is another question."""
    with recording(cassette, service.url) as proxy:
        for name in ("one", "two"):
            requests.post(proxy.url + URL, json={"name": name}, timeout=10)

    with replaying(cassette) as proxy:
        answers = [
            requests.post(proxy.url + URL, json={"name": name}, timeout=10)
            for name in ("two", "one", "three", "one")
        ]

    assert ["exact; basic.yaml#2", "exact; basic.yaml#1", "miss", "miss"] == [
        answer.headers["X-Glancetape"] for answer in answers
    ]
    assert "played as often" in answers[3].json()["glancetape"]["reason"]
    assert '"name": "two"' in cassette.read_text()


def test_a_large_upload_in_replay_is_a_miss_like_any_other(
    service: Upstream, cassette: Path
) -> None:
    """Recording would stream it past; replay has nowhere to stream it to."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)

    with replaying(cassette) as proxy:
        answer = requests.put(f"{proxy.url}{URL}/1/file", data=b"x" * (65 << 20), timeout=30)

    assert (501, "miss") == (answer.status_code, answer.headers["X-Glancetape"])


def test_a_path_that_is_never_recorded_is_not_said_to_be_recordable(
    service: Upstream, cassette: Path
) -> None:
    """Recording it would only pass it through."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)

    with replaying(cassette) as proxy:
        message = requests.get(f"{proxy.url}/servers", timeout=10).json()["error"]["message"]

    assert "Only the image service's paths are recorded." in message
    assert "glancetape record" not in message


def test_a_client_may_know_us_under_any_name(service: Upstream, cassette: Path) -> None:
    """In a container network, behind a mapped port: a request to us is a request to us."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)

    with replaying(cassette) as proxy:
        answer = requests.get(proxy.url + URL, headers={"Host": "tape.local:9000"}, timeout=10)

    assert "exact; basic.yaml#1" == answer.headers["X-Glancetape"]


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


def test_only_the_image_service_is_recorded_and_the_rest_passes_and_is_counted(
    service: Upstream, cassette: Path
) -> None:
    """Keystone's paths only when asked for."""
    with recording(cassette, service.url) as proxy:
        for path in ("/v2/images", "/v3/auth/tokens", "/servers/1", "/v2.1/images"):
            assert PAGE == requests.get(proxy.url + path, timeout=10).content

    recorded = load_cassette(cassette)
    assert ["/v2/images", "/v2.1/images"] == [
        urlsplit(recorded.request(index).uri).path for index in range(len(recorded))
    ]
    assert (2, 2) == (proxy.counts.recorded, proxy.counts.passed)


def test_keystone_is_recorded_when_asked_for(service: Upstream, cassette: Path) -> None:
    """`--keystone`."""
    with recording(cassette, service.url, keystone=True) as proxy:
        requests.post(f"{proxy.url}/v3/auth/tokens", json={"auth": {}}, timeout=10)

    assert 1 == len(load_cassette(cassette))


BROKEN = {
    "cut in the middle": f"{URL}/cut",
    "cut between chunks": f"{URL}/cut-chunks",
}


@pytest.mark.parametrize("path", BROKEN.values(), ids=BROKEN.keys())
def test_an_upstream_that_breaks_off_is_reported_and_not_recorded(
    service: Upstream, cassette: Path, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """No half answer is stored, and the client is not told that it was whole."""
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
            client.sendall(f"GET {URL}/slow HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            _wait_for(lambda: len(service.seen) == 2)
        _wait_for(lambda: proxy.counts.not_recorded == 1)
        service.release.set()

    assert 1 == len(load_cassette(cassette))
    assert f"not recorded: GET {service.url}{URL}/slow" in caplog.text


def test_an_unreachable_upstream_is_a_502_and_is_said(
    cassette: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And leaves no cassette behind."""
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
    monkeypatch.setattr("glancetape.runner.STREAMED_FROM", "1m")

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


def test_the_answer_waits_until_it_is_on_the_disk(service: Upstream, cassette: Path) -> None:
    """While the writer stands still, the client has nothing."""
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
    from glancetape_cassettes.recording import Recording

    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)
    service.seen.clear()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Recording, "answer", broken)
    with recording(cassette, service.url, mode="new_episodes") as proxy:
        live = requests.get(f"{proxy.url}{URL}?limit=1", timeout=10)

    assert (500, "error") == (live.status_code, live.headers["X-Glancetape"])
    assert [] == service.seen


def test_when_the_cassettes_cannot_be_opened_nothing_is_let_through(
    service: Upstream, cassette: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when the reason is a fault of ours; mitmproxy would go on without us."""

    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("glancetape.hooks.open_session", broken)

    with (
        pytest.raises(GlancetapeError, match="could not be opened: ZeroDivisionError"),
        recording(cassette, service.url),
    ):
        pytest.fail("the proxy started")

    assert not cassette.exists()


def test_many_clients_record_at_once_and_each_answer_is_stored_once(
    service: Upstream, cassette: Path
) -> None:
    """They share the disk's time."""

    def client(number: int) -> None:
        for page in range(5):
            requests.get(f"{proxy.url}{URL}?limit={number}&marker={page}", timeout=10)

    with recording(cassette, service.url) as proxy:
        threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    recorded = load_cassette(cassette)
    uris = {recorded.request(index).uri for index in range(len(recorded))}
    assert (40, 40) == (len(recorded), len(uris))
