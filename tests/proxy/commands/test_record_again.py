"""Single interactions are recorded again: the others keep their text and their place."""

import gzip
import re
import sys
from pathlib import Path

import pytest
import requests

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.in_process import run
from support.running.processes import glancetape, running
from support.running.proxies import recording
from support.running.upstream import Upstream

QUERIES = ("limit=1", "limit=2", "limit=3")
TOKEN = {"X-Auth-Token": "any"}


def ask(url: str, *queries: str) -> None:
    """Ask for lists."""
    for query in queries:
        requests.get(f"{url}/v2/images?{query}", headers=TOKEN, timeout=10)


def texts(path: Path) -> dict[str, str]:
    """The text of each interaction, by its query, in the order of the file."""
    cassette = load_cassette(path)
    items = path.read_text().split("- request:")[1:]
    uris = [cassette.request(index).uri.partition("?")[2] for index in range(len(cassette))]
    return dict(zip(uris, items, strict=True))


@pytest.fixture(name="known")
def _known(cassette: Path, service: Upstream) -> dict[str, str]:
    """Three recorded lists, two of which have changed at the service since."""
    with recording(cassette, service.url) as proxy:
        ask(proxy.url, *QUERIES)
    text = cassette.read_text()
    cassette.write_text(text.replace('"CentOS 镜像"', '"older"'))
    return texts(cassette)


def test_only_what_the_filter_matches_is_recorded_again(
    cassette: Path, service: Upstream, known: dict[str, str]
) -> None:
    """The rest passes through; its recordings stay byte for byte."""
    with recording(cassette, service.url, mode="all", only="~u limit=2") as proxy:
        ask(proxy.url, *QUERIES)
    found = texts(cassette)

    assert ["limit=1", "limit=3", "limit=2"] == list(found)
    assert known["limit=1"] == found["limit=1"]
    assert known["limit=3"] == found["limit=3"]
    assert '"older"' in known["limit=2"]
    assert '"CentOS 镜像"' in found["limit=2"]
    assert '"older"' not in found["limit=2"]
    assert (1, 2) == (proxy.counts.recorded, proxy.counts.passed)


def test_what_passes_is_said_to_be_missed_only_if_it_is_not_recorded(
    cassette: Path, service: Upstream, known: dict[str, str]
) -> None:
    """`--only` leaves recorded answers as they are; no message names a copy of the cassette."""
    code = (
        "import sys, urllib.request as of\n"
        "for one in sys.argv[1:]:\n"
        "    of.urlopen(of.Request(one, headers={'X-Auth-Token': 'any'}))"
    )
    uris = [f"{service.url}/{one}" for one in ("v2/images?limit=2", "v2/images?limit=3", "else")]
    again = ("--mode", "all", "--only", "~u limit=2", "--dry-run")
    said = run("run", "--record", cassette, *again, "--", sys.executable, "-c", code, *uris).stderr
    missed, _, kept = said.partition("passed through; the cassette keeps what it has of them:\n")

    host = service.url.removeprefix("http://")
    assert f"passed through; a replay will miss them:\n  1  GET  {host}/else\n" in missed
    assert f"  1  GET  {host}/v2/images\n" == kept
    assert known.keys() <= texts(cassette).keys()
    assert f"{cassette}: older recordings replaced: 1" in said
    assert "glancetape-" not in said


@pytest.mark.parametrize("damage", ["compressed", "cut off", "of another recorder"])
def test_a_dry_run_refuses_at_once_what_has_no_diff(damage: str, cassette: Path) -> None:
    """Before the command runs, and with the cassette's own name."""
    text = "# glancetape cassette (VCR YAML)\nversion: 1\ninteractions:\n- request:\n"
    cassette.write_bytes(
        {
            "compressed": gzip.compress(text.encode()),
            "cut off": text.encode(),
            "of another recorder": b"interactions: []\nversion: 1\n",
        }[damage]
    )
    done = run("run", "--record", cassette, "--dry-run", "--", "echo", "it ran")

    assert (1, "") == (done.returncode, done.stdout)
    assert f"Error: {cassette}: " in done.stderr


@pytest.mark.parametrize("command", ["record", "run"])
def test_a_dry_run_prints_the_diff_and_changes_nothing(
    command: str, cassette: Path, service: Upstream, known: dict[str, str]
) -> None:
    """Clients get what the service answers now."""
    before = cassette.read_bytes()
    again = ("--mode", "all", "--only", "~u limit=2", "--dry-run")
    if command == "record":
        listen = ("--listen", "127.0.0.1:0", "--upstream", service.url)
        started = glancetape("record", "--cassette", cassette, *listen, *again)
        with running(started) as recorder:
            ask(recorder.url, *QUERIES)
            recorder.stop()
        shown = recorder.said
    else:
        target = f"{service.url}/v2/images?limit=2"
        curl = ("curl", "-s", "-o", "/dev/null", "-H", "X-Auth-Token: any", target)
        shown = run("run", "--record", cassette, *again, "--", *curl).stdout

    assert before == cassette.read_bytes()
    assert f"--- {cassette}" in shown
    assert re.search(r'^\+ +"name": "CentOS 镜像"', shown, re.MULTILINE)
    assert re.search(r'^- +"name": "older"', shown, re.MULTILINE)
    assert known == texts(cassette)


def test_a_dry_run_of_a_new_cassette_makes_none(cassette: Path, service: Upstream) -> None:
    """Every line is new."""
    target = f"{service.url}/v2/images?limit=2"
    curl = ("curl", "-s", "-o", "/dev/null", "-H", "X-Auth-Token: any", target)
    done = run("run", "--record", cassette, "--dry-run", "--", *curl)

    assert "+# glancetape cassette (VCR YAML)" in done.stdout
    assert not cassette.exists()


def test_a_dry_run_goes_with_recording(cassette: Path) -> None:
    done = run("run", "--replay", cassette, "--dry-run", "--", "true")

    assert 2 == done.returncode
    assert "--dry-run goes with --record" in done.stderr
