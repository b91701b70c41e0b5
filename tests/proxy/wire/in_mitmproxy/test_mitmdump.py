"""The addon in mitmproxy's own program."""

import re
from pathlib import Path

import pytest
import requests

from glancetape_cassettes.formats.cassette import load_cassette
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import BIN, ROOT, running
from support.running.upstream import PAGE, Upstream
from support.sets.set_files import make_set, record
from support.wire.hooked import Hooked

ADDON = ROOT / "proxy" / "glancetape" / "addon.py"


def _mitmdump(*options: str) -> list[str | Path]:
    sets = [part for option in options for part in ("--set", option)]
    return [BIN / "mitmdump", "--listen-host", "127.0.0.1", "-p", "0", "-s", ADDON, *sets]


def test_mitmdump_records_and_replays_with_the_addon(service: Upstream, tmp_path: Path) -> None:
    """The same cassette, the same bytes; what mitmproxy saves beside it is imported as the same."""
    cassette, flows, har = (tmp_path / name for name in ("basic.yaml", "a.flows", "a.har"))
    arguments = _mitmdump(f"glancetape_record={cassette}", f"hardump={har}")
    arguments += ["-w", flows, "--mode", f"reverse:{service.url}"]
    with running(arguments, installed=True) as recorder:
        live = requests.get(f"{recorder.url}/v2/images?limit=2", timeout=10)
        assert recorder.stop() == 0
    for source in (flows, har):
        imported = tmp_path / f"{source.name}.yaml"
        done = run("import", source, "--out", imported)
        assert 0 == done.returncode, done
        assert _without_dates(cassette) == _without_dates(imported)

    with running(_mitmdump(f"glancetape_replay={cassette}")) as player:
        replayed = requests.get(f"{player.url}/v2/images?limit=2", timeout=10)
        missed = requests.get(f"{player.url}/v2/images?limit=3", timeout=10)

    assert PAGE == live.content == replayed.content
    assert "exact; basic.yaml#1" == replayed.headers["X-Glancetape"]
    assert 501 == missed.status_code
    assert 1 == len(service.seen)


def test_mitmdump_records_through_the_proxy_of_a_company(service: Upstream, tmp_path: Path) -> None:
    """The second proxy is glancetape's own, in front of the service: both record the same."""
    cassette, beyond = tmp_path / "a.yaml", tmp_path / "beyond.yaml"
    with (
        running(_mitmdump(f"glancetape_record={beyond}")) as company,
        running(
            [*_mitmdump(f"glancetape_record={cassette}"), "--mode", f"upstream:{company.url}"]
        ) as recorder,
    ):
        proxies = {"http": recorder.url}
        live = requests.get(f"{service.url}/v2/images?limit=2", proxies=proxies, timeout=10)
        assert 0 == recorder.stop()
        assert 0 == company.stop()

    assert PAGE == live.content
    for path in (cassette, beyond):
        assert PAGE == load_cassette(path).interaction(0).response.body


def _without_dates(cassette: Path) -> str:
    return re.sub(r"  recorded_at: .*", "", cassette.read_text())


def test_mitmdump_answers_from_an_image_set_with_the_addon(tmp_path: Path) -> None:
    """Beside a cassette, which comes first."""
    images, cassette = tmp_path / "big.images", tmp_path / "a.yaml"
    make_set(images, [record(name) for name in "abc"])
    write_cassette(cassette, [(get("/v2/images?limit=1"), ok())])
    sets = [f"glancetape_replay={path}" for path in (cassette, images)]

    with running(_mitmdump(*sets, "glancetape_dialect=ims")) as player:
        answers = [
            requests.get(f"{player.url}{target}", headers={"X-Auth-Token": "t"}, timeout=10)
            for target in ("/v2/images?limit=1", "/v2/images?limit=2", "/v2/images/a", "/v2/images")
        ]
        assert 0 == player.stop()

    assert [
        "exact; a.yaml#1",
        "derived; a.yaml#1",
        "synthetic; big.images",
        "derived; a.yaml#1",
    ] == [answer.headers["X-Glancetape"] for answer in answers]
    assert "a" == answers[2].json()["id"]
    assert "/v2/images?__isregistered=true" == answers[3].json()["first"]
    lines = re.findall(r"(200 \w+; .*)  token [0-9a-f]{8}  (GET .*)", player.said)
    assert ("200 synthetic; big.images", f"GET {player.url}/v2/images/a") in lines
    assert ("200 derived; a.yaml#1  0 images", f"GET {player.url}/v2/images") in lines


def test_mitmdump_records_what_it_streams_if_it_keeps_the_bodies(
    service: Upstream, tmp_path: Path
) -> None:
    """mitmproxy has this option from 12 on; without it nobody has seen the body."""
    cassette = tmp_path / "basic.yaml"
    keeping = "store_streamed_bodies=true"
    has_option = keeping.partition("=")[0] in Hooked().context.options
    options = [f"glancetape_record={cassette}", "stream_large_bodies=1"]
    arguments = _mitmdump(*options, *([keeping] if has_option else []))
    with running([*arguments, "--mode", f"reverse:{service.url}"]) as recorder:
        live = requests.get(f"{recorder.url}/v2/images?limit=2", timeout=10)
        recorder.stop()

    assert PAGE == live.content
    assert "X-Glancetape" not in live.headers
    if has_option:
        assert PAGE == load_cassette(cassette).interaction(0).response.body
    else:
        assert "not recorded: GET" in recorder.said
        assert "its response body was streamed past the proxy" in recorder.said


def test_what_mitmdump_prints_holds_no_secret(service: Upstream, tmp_path: Path) -> None:
    """Its own line for each flow would show the URL."""
    arguments = _mitmdump(f"glancetape_record={tmp_path / 'a.yaml'}")

    with running([*arguments, "--mode", f"reverse:{service.url}"]) as recorder:
        requests.get(f"{recorder.url}/v2/images?token=hunter2hunter2", timeout=10)
        recorder.stop()

    assert re.search(r"200 recorded; a\.yaml#1  \d+ images?  no credentials  GET ", recorder.said)
    assert "hunter2hunter2" not in recorder.said


WRONG = {
    "an unknown option": ("glancetape_recrod=a.yaml", "unknown option glancetape_recrod"),
    "an unknown mode": ("glancetape_mode=often", "glancetape_mode: 'often' is not one of none"),
    "an unknown dialect": (
        "glancetape_dialect=swift",
        "glancetape_dialect: 'swift' is not one of auto",
    ),
    "a missing set": ("glancetape_replay=no.images", "no.images: no such image set"),
    "a missing cassette": ("glancetape_replay=none.yaml", "none.yaml: no such cassette"),
    "a status that is no error": ("glancetape_miss_status=200", "glancetape_miss_status: 200 is"),
}


@pytest.mark.parametrize(("option", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_option_ends_mitmdump_with_a_message(option: str, message: str) -> None:
    """mitmproxy itself would ignore a misspelt one and go on."""
    with running(_mitmdump(option)) as dump:
        status = dump.process.wait(20)

    assert 1 == status
    assert message in dump.said
    assert "Traceback" not in dump.said
