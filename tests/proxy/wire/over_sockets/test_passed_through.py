"""Other services of a cloud beside Glance, through a real proxy: what is stored and shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import yaml

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.in_process import run
from support.running.processes import BIN, ROOT, running
from support.running.proxies import replaying
from support.running.upstream import PAGE, Upstream, upstream

ADDON = ROOT / "proxy" / "glancetape" / "addon.py"
UPLOAD = "/v3/0123456789abcdef0123456789abcdef/volumes/7/action"
SECRET = "hunter2hunter2"


@dataclass(frozen=True)
class Recorded:
    """What mitmdump recorded of two services, and what they are called."""

    cassette: Path
    glance: str
    cinder: str


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """A list, an upload at Cinder, servers of Nova, and the list again, through mitmdump."""
    cassette = tmp_path_factory.mktemp("passed") / "a.yaml"
    with upstream() as glance, upstream() as cinder:
        arguments = [BIN / "mitmdump", "--listen-host", "127.0.0.1", "-p", "0", "-s", ADDON]
        with running([*arguments, "--set", f"glancetape_record={cassette}"]) as dump:
            client = requests.Session()
            client.proxies = {"http": dump.url}
            client.trust_env = False
            client.headers["X-Auth-Token"] = SECRET
            answers = [
                client.get(f"{glance.url}/glance/v2/images?limit=25", timeout=10),
                client.post(f"{cinder.url}{UPLOAD}?q={SECRET}", json={"a": SECRET}, timeout=10),
                client.get(f"{cinder.url}/v2.1/servers", timeout=10),
                client.post(f"{cinder.url}/v2.1/servers", json={"psk": SECRET}, timeout=10),
                client.get(f"{glance.url}/glance/v2/images?limit=25", timeout=10),
            ]
            assert 0 == dump.stop()
        assert [PAGE] * 5 == [answer.content for answer in answers]
        yield Recorded(cassette, glance.url, cinder.url)


def test_other_services_are_not_stored_but_for_a_mark(recorded: Recorded) -> None:
    cassette = load_cassette(recorded.cassette)
    text = recorded.cassette.read_text()

    assert [False, True, False] == [cassette.is_mark(index) for index in range(len(cassette))]
    assert SECRET not in text
    assert "servers" not in text
    mark = cassette.interaction(1)
    assert ("POST", 501, b"", ()) == (
        mark.request.method,
        mark.response.status,
        mark.request.body,
        mark.request.headers,
    )
    assert mark.request.uri.startswith(f"{recorded.cinder}/v3/facade00")
    assert mark.request.uri.endswith("/volumes/7/action")


def test_a_mark_is_plain_vcr_for_other_programs(recorded: Recorded) -> None:
    """They replay a 501, which nobody takes for the service's answer."""
    mark = yaml.safe_load(recorded.cassette.read_text())["interactions"][1]

    assert {"code": 501, "message": "Passed through, not recorded"} == mark["response"]["status"]
    assert {"passed_through": True} == mark["glancetape"]


def test_in_replay_the_marked_request_is_a_miss_and_begins_the_next_state(
    recorded: Recorded,
) -> None:
    with replaying(recorded.cassette) as proxy:
        client = requests.Session()
        client.proxies = {"http": proxy.url}
        client.trust_env = False
        client.headers["X-Auth-Token"] = SECRET
        page = f"{recorded.glance}/glance/v2/images?limit=25"
        before = client.get(page, timeout=10)
        upload = client.post(f"{recorded.cinder}{UPLOAD}", json={}, timeout=10)
        after = client.get(page, timeout=10)

    assert "exact; a.yaml#1" == before.headers["X-Glancetape"]
    assert (501, "miss") == (upload.status_code, upload.headers["X-Glancetape"])
    assert "passed through when a.yaml#2" in upload.json()["glancetape"]["reason"]
    assert "exact; a.yaml#3" == after.headers["X-Glancetape"]


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["", "quiet"])
def test_run_ends_with_what_passed_through_and_with_what_was_missed(
    service: Upstream, tmp_path: Path, quiet: tuple[str, ...]
) -> None:
    """`-q` leaves the lists out, and not the warning about the login."""
    cassette, host = tmp_path / "a.yaml", service.url.removeprefix("http://")
    post = ("curl", "-sS", "-X", "POST", f"{service.url}/v3/auth/tokens")

    recording = run("run", *quiet, "--no-keystone", "--record", cassette, "--", *post)
    cassette.write_text("interactions: []\nversion: 1\n")
    replay = run("run", *quiet, "--replay", cassette, "--", *post)

    line = f"\n  1  POST  {host}/v3/auth/tokens\n"
    assert (line in recording.stderr, line in replay.stderr) == (not quiet, not quiet)
    assert "glancetape: 1 passed through\n" in recording.stderr
    assert "warning: POST /v3/auth/tokens passed through: a replay will miss" in recording.stderr


def test_a_filter_that_is_none_is_refused_by_the_name_of_the_option(tmp_path: Path) -> None:
    refused = run("run", "--record", tmp_path / "a.yaml", "--only", "~x y", "--", "true")

    assert 2 == refused.returncode
    assert "Error: --only: '~x y' is not a filter of mitmproxy." in refused.stderr
    assert not (tmp_path / "a.yaml").exists()
