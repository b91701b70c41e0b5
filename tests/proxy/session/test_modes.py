"""Record modes, misses and ids, over real sockets."""

import gzip
import logging
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import requests

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.processes import BIN, running
from support.running.proxies import recording, replaying
from support.running.upstream import PAGE, Upstream

URL = "/v2/images"


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """Where this test records."""
    return tmp_path / "basic.yaml"


MODES = {
    # mode: (requests that reach the service, answers, interactions in the cassette afterwards)
    "none": (0, ["exact; basic.yaml#1", "miss"], 1),
    "once": (0, ["exact; basic.yaml#1", "miss"], 1),
    "new_episodes": (1, ["exact; basic.yaml#1", "recorded; basic.yaml#2"], 2),
    "all": (2, ["recorded; basic.yaml#2", "recorded; basic.yaml#3"], 2),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_cassette_that_exists_is_treated_as_the_record_mode_says(
    service: Upstream, cassette: Path, mode: str
) -> None:
    """VCR's words and meanings."""
    with recording(cassette, service.url, mode="once") as proxy:
        requests.get(proxy.url + URL, timeout=10)
    service.seen.clear()

    with recording(cassette, service.url, mode=mode) as proxy:
        answers = [
            requests.get(proxy.url + path, timeout=10).headers["X-Glancetape"]
            for path in (URL, f"{URL}?limit=1")
        ]

    assert MODES[mode] == (len(service.seen), answers, len(load_cassette(cassette)))


def test_recording_again_replaces_the_older_recording_of_the_same_question(
    service: Upstream, cassette: Path
) -> None:
    """And keeps what was not asked again."""
    for paths in ((URL, f"{URL}?limit=1"), (f"{URL}?sort_dir=desc",)):
        with recording(cassette, service.url, mode="all") as proxy:
            for path in paths:
                requests.get(proxy.url + path, timeout=10)

    recorded = load_cassette(cassette)
    assert [f"{service.url}{URL}?limit=1", f"{service.url}{URL}?sort_dir=desc"] == [
        recorded.request(index).uri for index in range(len(recorded))
    ]


def test_recording_again_what_did_not_change_leaves_the_file_as_it_was(
    service: Upstream, cassette: Path
) -> None:
    """Another token, another day: nothing to review."""
    texts = []
    for token in ("token-of-monday", "token-of-tuesday"):
        with recording(cassette, service.url, mode="all") as proxy:
            for path in (URL, f"{URL}?limit=1"):
                requests.get(proxy.url + path, headers={"X-Auth-Token": token}, timeout=10)
        texts.append(cassette.read_text())
        if token == "token-of-monday":
            texts = [_of_another_day(texts[0])]
            cassette.write_text(texts[0])

    assert texts[0] == texts[1]


def _of_another_day(text: str) -> str:
    """Give a cassette other dates: `recorded_at`, and the header Date."""
    dated = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "2020-01-06T08:00:00Z", text)
    dated = re.sub(r"\w{3}, \d\d \w{3} \d{4} [0-9:]+ GMT", "Mon, 06 Jan 2020 08:00:00 GMT", dated)
    assert dated != text
    return dated


def test_what_is_sensitive_is_remembered_by_the_cassette(service: Upstream, cassette: Path) -> None:
    """A replay finds the name in the cassette, and shows its value in no message."""
    with recording(cassette, service.url, sensitive=["My-Note"]) as proxy:
        requests.get(f"{proxy.url}{URL}?my_note=hunter2hunter2", timeout=10)

    with replaying(cassette) as proxy:
        answer = requests.get(f"{proxy.url}{URL}?my_note=hunter2hunter2", timeout=10)
    with replaying(cassette, ignore=["my_note"]) as proxy:
        ignoring = requests.get(f"{proxy.url}{URL}?my_note=hunter2hunter2", timeout=10)

    assert "hunter2" not in cassette.read_text()
    assert "hunter2" not in answer.text
    assert "replay with --ignore my_note" in answer.text
    assert "exact; basic.yaml#1" == ignoring.headers["X-Glancetape"]


def test_through_the_proxy_variables_the_real_host_is_kept(
    service: Upstream, cassette: Path
) -> None:
    """Forward proxy: the client names the service itself."""
    with recording(cassette) as proxy:
        requests.get(service.url + URL, proxies={"http": proxy.url}, timeout=10)
    service.seen.clear()

    with replaying(cassette) as proxy:
        same = requests.get(service.url + URL, proxies={"http": proxy.url}, timeout=10)
        other = requests.get("http://other.invalid" + URL, proxies={"http": proxy.url}, timeout=10)
        direct = requests.get(proxy.url + URL, timeout=10)

    assert (PAGE, 501, PAGE) == (same.content, other.status_code, direct.content)
    assert [] == service.seen


def test_a_miss_says_what_is_closest_and_how_to_record_it(
    service: Upstream, cassette: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In words for people and in members for programs."""
    with recording(cassette, service.url) as proxy:
        requests.get(f"{proxy.url}{URL}?limit=2&name=a", timeout=10)

    with caplog.at_level(logging.WARNING), replaying(cassette) as proxy:
        miss = requests.get(f"{proxy.url}{URL}?limit=3&name=a", timeout=10)

    assert (501, "miss") == (miss.status_code, miss.headers["X-Glancetape"])
    said = miss.json()["glancetape"]
    assert "basic.yaml#1" == said["closest"]["recording"]
    assert [{"what": "parameter limit", "asked": "3", "recorded": "2"}] == said["closest"][
        "differences"
    ]
    assert said["record_with"] == (
        f"glancetape record --upstream {service.url} --cassette {cassette} --mode new_episodes"
    )
    assert "limit=3" in caplog.text


REDACTIONS: dict[str, dict[str, Any]] = {
    "stand-ins": {},
    "kept ids": {"keep_ids": True},
    "sensitive names": {"sensitive": ["note", "two words"]},
    "both": {"keep_ids": True, "sensitive": ["note"]},
}


@pytest.mark.parametrize("kind", [*REDACTIONS, "another recorder", "compressed"])
def test_the_command_that_a_miss_names_records_the_answer(
    service: Upstream, cassette: Path, kind: str
) -> None:
    """As it is printed, into the cassette or into a file beside it; both are replayed then."""
    with recording(cassette, service.url, **REDACTIONS.get(kind, {})) as proxy:
        requests.get(f"{proxy.url}{URL}?limit=2", timeout=10)
    if kind == "another recorder":
        cassette = cassette.rename(cassette.with_name("more.yaml"))
        cassette.write_text(
            re.sub(r"^(recorder|redaction): .*\n", "", cassette.read_text(), flags=re.M)
        )
    if kind == "compressed":
        cassette = cassette.with_name("basic.yaml.gz")
        cassette.write_bytes(gzip.compress(cassette.with_suffix("").read_bytes()))
    with replaying(cassette) as proxy:
        missed = requests.get(f"{proxy.url}{URL}?limit=3&name=a", timeout=10).json()["glancetape"]

    words = shlex.split(missed["record_with"])
    with running([BIN / words[0], *words[1:], "--listen", "127.0.0.1:0"], installed=False) as one:
        answer = requests.get(f"{one.url}{URL}?limit=3&name=a", timeout=10)

    file = Path(words[words.index("--cassette") + 1])
    assert f"recorded; {file.name}#" in answer.headers["X-Glancetape"]
    with replaying(*dict.fromkeys((cassette, file))) as proxy:
        again = requests.get(f"{proxy.url}{URL}?limit=3&name=a", timeout=10)
    assert answer.content == again.content
    assert f"exact; {file.name}#" in again.headers["X-Glancetape"]


def test_the_status_of_a_miss_can_be_chosen(service: Upstream, cassette: Path) -> None:
    """`--miss-status`."""
    with recording(cassette, service.url) as proxy:
        requests.get(proxy.url + URL, timeout=10)

    with replaying(cassette, miss_status=404) as proxy:
        miss = requests.get(f"{proxy.url}{URL}/none", timeout=10)

    assert 404 == miss.status_code


def test_a_client_gets_its_own_project_id_back_though_it_is_not_on_the_disk(
    tmp_path: Path, service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked by header and by query, recorded under a stand-in."""
    mine = "1bed856811654c1cb661a6ca845ebc77"
    body = b'{"images": [{"id": "1", "owner": "%s"}]}' % mine.encode()
    monkeypatch.setattr("support.running.upstream.PAGE", body)
    cassette, ask = tmp_path / "a.yaml", f"{URL}?owner={mine}"
    with recording(cassette, service.url) as proxy:
        live = requests.get(proxy.url + ask, headers={"X-Project-Id": mine}, timeout=10)

    with replaying(cassette) as proxy:
        replayed = requests.get(proxy.url + ask, headers={"X-Project-Id": mine}, timeout=10)

    assert body == live.content == replayed.content
    assert mine not in cassette.read_text()


def test_ids_are_kept_when_asked_for(
    cassette: Path, service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--keep-ids`: byte for byte for everybody, on every machine."""
    mine = "1bed856811654c1cb661a6ca845ebc77"
    body = b'{"images": [{"id": "1", "owner": "%s"}]}' % mine.encode()
    monkeypatch.setattr("support.running.upstream.PAGE", body)
    with recording(cassette, service.url, keep_ids=True) as proxy:
        requests.get(proxy.url + URL, headers={"X-Auth-Token": "secret-token-1"}, timeout=10)
    monkeypatch.setenv("GLANCETAPE_KEY", "another key of another machine")

    with replaying(cassette) as proxy:
        token = {"X-Auth-Token": "a token of another run"}
        replayed = requests.get(proxy.url + URL, headers=token, timeout=10)

    assert body == replayed.content
    assert mine in cassette.read_text()
    assert "secret-token-1" not in cassette.read_text()
