"""What vcrpy records plays here, and what is recorded here plays in vcrpy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr

from support.running.proxies import recording, replaying
from support.running.upstream import Upstream, upstream

ANSWERS = {
    "a page": "/v2/images?limit=25&name=in:a,b",
    "a page compressed with gzip": "/v2/images/gzip",
    "a page compressed with deflate": "/v2/images/deflate",
    "a page in chunks": "/v2/images/chunked",
    "an error in plain text": "/v2/images/bad",
    "an empty body": "/v2/images/empty",
    "no content": "/v2/images/no-content",
    "bytes that are no text": "/v2/images/1/file",
}
every_answer = pytest.mark.parametrize("target", ANSWERS.values(), ids=ANSWERS.keys())


@pytest.fixture(name="service")
def _service() -> Iterator[Upstream]:
    """A real image service on a free port."""
    with upstream() as server:
        yield server


def use_cassette(path: Path, record_mode: str) -> Any:
    """Let vcrpy record or play all requests of a `with` block; it has no types of its own."""
    return vcr.use_cassette(str(path), record_mode=record_mode)


def get(url: str, **more: Any) -> requests.Response:
    return requests.get(url, timeout=10, **more)


Answers = dict[str, requests.Response]


@pytest.fixture(scope="module")
def replayed_here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answers, Answers]:
    """What vcrpy recorded of each of ANSWERS, and what we replay from its cassette."""
    path = tmp_path_factory.mktemp("vcrpy") / "vcrpy.yaml"
    with upstream() as service:
        with use_cassette(path, "once"):
            live = {target: get(service.url + target) for target in ANSWERS.values()}
        service.seen.clear()
        with replaying(path) as proxy:
            proxies = {"http": proxy.url}
            replayed = {target: get(service.url + target, proxies=proxies) for target in live}
        assert [] == service.seen
    return live, replayed


@every_answer
def test_what_vcrpy_recorded_is_replayed_byte_for_byte(
    replayed_here: tuple[Answers, Answers], target: str
) -> None:
    live, replayed = (one[target] for one in replayed_here)

    assert live.status_code == replayed.status_code
    assert live.reason == replayed.reason
    assert live.content == replayed.content
    assert live.headers.get("Content-Type") == replayed.headers.get("Content-Type")
    number = list(replayed_here[0]).index(target) + 1
    assert f"exact; vcrpy.yaml#{number}" == replayed.headers["X-Glancetape"]


@pytest.fixture(scope="module")
def recorded_here(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, Upstream, Answers]]:
    """A cassette of ours with each of ANSWERS, the service, and what it answered."""
    path = tmp_path_factory.mktemp("ours") / "ours.yaml"
    with upstream() as service:
        with recording(path) as proxy:
            proxies = {"http": proxy.url}
            live = {one: get(service.url + one, proxies=proxies) for one in ANSWERS.values()}
        service.seen.clear()
        yield path, service, live


@every_answer
def test_what_was_recorded_here_plays_in_vcrpy(
    recorded_here: tuple[Path, Upstream, Answers], target: str
) -> None:
    path, service, answers = recorded_here
    live = answers[target]

    with use_cassette(path, "none") as cassette:
        replayed = get(service.url + target)

    assert [] == service.seen
    assert 1 == cassette.play_count
    assert live.status_code == replayed.status_code
    if live.content.startswith(b"{"):
        assert live.json() == replayed.json()
    else:
        assert live.content == replayed.content


def test_a_whole_session_of_vcrpy_plays_here_changes_in_their_order(
    service: Upstream, tmp_path: Path
) -> None:
    """Reads may be repeated, a change is played once, and none before those it rests on."""
    path = tmp_path / "vcrpy.yaml"
    image = f"{service.url}/v2/images/x"
    patch = [{"op": "add", "path": "/a", "value": "b"}]
    with use_cassette(path, "once"):
        get(f"{service.url}/v2/images")
        requests.patch(image, json=patch, timeout=10)
        requests.delete(image, timeout=10)

    with replaying(path) as proxy:
        proxies = {"http": proxy.url}
        first = get(f"{service.url}/v2/images", proxies=proxies)
        second = get(f"{service.url}/v2/images", proxies=proxies)
        too_early = requests.delete(image, proxies=proxies, timeout=10)
        changed = requests.patch(image, json=patch, proxies=proxies, timeout=10)
        deleted = requests.delete(image, proxies=proxies, timeout=10)
        again = requests.delete(image, proxies=proxies, timeout=10)

    answers = (first, second, too_early, changed, deleted, again)
    assert [
        "exact; vcrpy.yaml#1",
        "exact; vcrpy.yaml#1",
        "miss",
        "exact; vcrpy.yaml#2",
        "exact; vcrpy.yaml#3",
        "miss",
    ] == [one.headers["X-Glancetape"] for one in answers]
