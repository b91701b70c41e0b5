"""Recording and replaying over real sockets: every kind of body, whoever asks."""

import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import zstandard

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.proxies import recording, replaying
from support.running.upstream import PAGE, Upstream, upstream

URL = "/v2/images"


def _decoded(response: requests.Response) -> bytes:
    """Return the body; requests itself knows zstd only with a further package."""
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
    "the data of an image": ("GET", f"{URL}/1/file"),
    "empty": ("GET", f"{URL}/empty"),
    "204": ("GET", f"{URL}/no-content"),
    "HEAD": ("HEAD", URL),
    "an error": ("GET", f"{URL}/bad"),
    "the version list": ("GET", "/"),
    "versions": ("GET", "/versions"),
    "PATCH": ("PATCH", f"{URL}/x"),
    "DELETE": ("DELETE", f"{URL}/x"),
}


Answers = dict[str, requests.Response]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answers, Answers]:
    """What a client gets for each of BODIES while it is recorded, and from the cassette."""
    cassette = tmp_path_factory.mktemp("traffic") / "basic.yaml"
    with upstream() as service:
        with recording(cassette, service.url) as proxy:
            live = _all_of(proxy.url)
        service.seen.clear()
        with replaying(cassette) as proxy:
            replayed = _all_of(proxy.url)
        assert [] == service.seen
    return live, replayed


def _all_of(url: str) -> Answers:
    return {
        name: requests.request(method, url + path, timeout=10)
        for name, (method, path) in BODIES.items()
    }


@pytest.mark.parametrize(("number", "name"), list(enumerate(BODIES, 1)), ids=BODIES.keys())
def test_a_client_gets_the_same_from_the_cassette_as_from_the_service(
    answers: tuple[Answers, Answers], number: int, name: str
) -> None:
    """Status, reason, body byte for byte, and headers that are true."""
    live, replayed = (one[name] for one in answers)

    assert (live.status_code, live.reason, _decoded(live)) == (
        replayed.status_code,
        replayed.reason,
        replayed.content,
    )
    assert f"recorded; basic.yaml#{number}" == live.headers["X-Glancetape"]
    assert f"exact; basic.yaml#{number}" == replayed.headers["X-Glancetape"]
    assert live.headers.get("Content-Type") == replayed.headers.get("Content-Type")
    assert "Content-Encoding" not in replayed.headers
    if BODIES[name][0] == "HEAD":
        assert live.headers["Content-Length"] == replayed.headers["Content-Length"]
    elif live.status_code != 204:
        assert str(len(replayed.content)) == replayed.headers["Content-Length"]


def test_an_answer_whose_coding_cannot_be_undone_goes_on_and_is_not_recorded(
    service: Upstream, cassette: Path
) -> None:
    """Nobody can search it for secrets."""
    with recording(cassette, service.url) as proxy:
        live = requests.get(f"{proxy.url}{URL}/unknown-coding", timeout=10)

    assert b"\x00\xffnobody knows" == live.content
    assert "x-rot13" == live.headers["Content-Encoding"]
    assert (0, 1) == (proxy.counts.recorded, proxy.counts.not_recorded)
    assert not cassette.exists()


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
    service: Upstream, cassette: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording would stream it past; replay has nowhere to stream it to."""
    monkeypatch.setattr("glancetape.wire.mitmproxy_runner.STREAMED_FROM", "1m")
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)

    with replaying(cassette) as proxy:
        answer = requests.put(f"{proxy.url}{URL}/1/file", data=bytes(2 << 20), timeout=30)

    assert (501, "miss") == (answer.status_code, answer.headers["X-Glancetape"])


def test_a_miss_on_a_path_that_is_never_recorded_names_no_command(
    service: Upstream, cassette: Path
) -> None:
    """Recording it would only pass it through."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)

    with replaying(cassette) as proxy:
        message = requests.get(f"{proxy.url}/servers", timeout=10).json()["error"]["message"]

    assert "Only the image service's paths are recorded." in message
    assert "glancetape record" not in message


def test_a_client_may_know_us_under_a_name_of_ours(service: Upstream, cassette: Path) -> None:
    """Behind another server, or in /etc/hosts: a request to us is a request to us."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)

    with replaying(cassette, server_name=["tape.local"]) as proxy:
        answer = requests.get(proxy.url + URL, headers={"Host": "tape.local:9000"}, timeout=10)

    assert "exact; basic.yaml#1" == answer.headers["X-Glancetape"]


def test_only_the_image_service_is_recorded_and_the_rest_passes_and_is_counted(
    service: Upstream, cassette: Path
) -> None:
    """Keystone's paths unless that is turned off."""
    with recording(cassette, service.url, keystone=False) as proxy:
        for path in ("/v2/images", "/v3/auth/tokens", "/servers/1", "/v2.1/images"):
            assert PAGE == requests.get(proxy.url + path, timeout=10).content

    recorded = load_cassette(cassette)
    assert ["/v2/images", "/v2.1/images"] == [
        urlsplit(recorded.request(index).uri).path for index in range(len(recorded))
    ]
    assert (2, 2) == (proxy.counts.recorded, proxy.counts.passed)


def test_keystone_is_recorded_by_itself(service: Upstream, cassette: Path) -> None:
    """A replay needs the login."""
    with recording(cassette, service.url) as proxy:
        requests.post(f"{proxy.url}/v3/auth/tokens", json={"auth": {}}, timeout=10)

    assert 1 == len(load_cassette(cassette))


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
