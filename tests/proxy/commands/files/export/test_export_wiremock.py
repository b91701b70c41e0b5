"""Stubs for WireMock: the same answers as a replay, and nothing else."""

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer
from support.clouds.clouds import Caller
from support.clouds.histories import History, write
from support.clouds.recorded import PROJECT_A, get, ok, write_cassette
from support.clouds.small_images import ME, OTHER
from support.clouds.walked_cassettes import IMAGES, MINE, cloud_of, recorded, walk
from support.foreign.stubs import Stubs
from support.running.processes import ROOT
from support.sets.set_commands import RECORDS, call
from support.sets.set_files import record, write_ndjson

WALK = ROOT / "cassettes" / "samples" / "walk.yaml"
FILTERS = ROOT / "cassettes" / "samples" / "filters.yaml"
TOKEN = {"X-Auth-Token": "any"}


def exported(source: Path, out: Path, *arguments: str) -> Stubs:
    """Export to a folder and read the stubs."""
    done = call("export", source, "--to", "wiremock", "--out", out, *arguments)
    assert 0 == done.exit_code, done.stderr
    return Stubs(out)


def page(stubs: Stubs, target: str, **headers: str) -> dict[str, Any]:
    """A page that a stub answers with."""
    status, body = stubs.answer("GET", target, TOKEN | headers)
    assert 200 == status, body
    found: dict[str, Any] = json.loads(body)
    return found


@pytest.fixture(scope="module", name="session", params=[WALK, FILTERS], ids=lambda one: one.stem)
def _session(request: pytest.FixtureRequest) -> Iterator[tuple[Path, Session]]:
    with open_session(Settings(replay=(request.param,))) as session:
        yield request.param, session


def test_every_recorded_request_has_the_answer_of_a_replay(
    session: tuple[Path, Session], tmp_path: Path
) -> None:
    """Byte for byte, whatever client asks."""
    source, replay = session
    stubs = exported(source, tmp_path)
    cassette = load_cassette(source)

    for index in range(len(cassette)):
        request = cassette.request(index)
        target = "".join(request.uri.partition(urlsplit(request.uri).netloc)[2:])
        headers = dict(request.headers)
        outcome = replay.answer(
            Request("GET", f"http://stub{target}", request.headers),
            any_host=True,
            base="http://stub",
        )
        assert isinstance(outcome, Answer)
        expected = (outcome.response.status, outcome.response.body)
        assert expected == stubs.answer("GET", target, headers)


def test_links_lead_from_page_to_page(tmp_path: Path) -> None:
    """To the last one, and back to the first."""
    stubs = exported(WALK, tmp_path)
    found, link = [], "/v2/images?limit=7"
    while link:
        shown = page(stubs, link)
        assert page(stubs, shown["first"])["images"]
        found += [image["id"] for image in shown["images"]]
        link = shown.get("next", "")

    assert 25 == len(set(found)) == len(found)
    for image_id in found:
        assert image_id == page(stubs, f"/v2/images/{image_id}")["id"]


@pytest.mark.parametrize(
    "target",
    [
        "/v2/images",
        "/v2/images?limit=7&name=x",
        "/v2/images?limit=7&limit=7",
        "/v2/images?limit=8",
        "/v2/images?Limit=7",
        "/v2/images/?limit=7",
        "/v3/images?limit=7",
        "/x/v2/images?limit=7",
    ],
)
def test_another_request_is_a_miss(target: str, tmp_path: Path) -> None:
    """WireMock alone would ignore a further parameter and give a wrong page."""
    status, body = exported(WALK, tmp_path).answer("GET", target, TOKEN)

    assert (501, "miss") == (status, json.loads(body)["error"]["code"])


def test_a_request_without_credentials_is_a_miss_unless_it_was_recorded(tmp_path: Path) -> None:
    """A version document needs none."""
    refused = (get("/v2/images?limit=2"), replace(ok(b"who?"), status=401))
    path = write_cassette(
        tmp_path / "a.yaml",
        [
            (get("/v2/images?limit=1", PROJECT_A), ok()),
            (get("/v2/images?limit=2", PROJECT_A), ok(b'{"images": [], "first": "x"}')),
            refused,
            (get("/"), ok(b'{"versions": []}')),
        ],
    )
    stubs = exported(path, tmp_path / "stubs")

    assert 501 == stubs.answer("GET", "/v2/images?limit=1", {})[0]
    assert (401, b"who?") == stubs.answer("GET", "/v2/images?limit=2", {})
    assert b'{"images": []}' == stubs.answer("GET", "/v2/images?limit=1", TOKEN)[1]


def test_version_documents_lead_to_the_stub_server(tmp_path: Path) -> None:
    """Not to the cloud that was recorded, where a test would go next."""
    stubs = exported(WALK, tmp_path)
    status, body = stubs.answer("GET", "/", {}, "http://127.0.0.1:8080")

    links = [one["links"][0]["href"] for one in json.loads(body)["versions"]]
    assert 300 == status
    assert links
    for link in links:
        assert link.startswith("http://127.0.0.1:8080/v2/")
    assert page(stubs, "/image/v2/images?limit=7") == page(stubs, "/v2/images?limit=7")


def test_one_of_several_callers_is_chosen(tmp_path: Path) -> None:
    """A stub cannot tell them apart: the ids of the client are not those of the recording."""
    history = History(cloud_of(), [MINE, Caller(OTHER)])
    walk(history)
    walk(history, "limit=3", Caller(OTHER))
    path = write(tmp_path / "a.yaml", history.interactions)

    refused = call("export", path, "--to", "wiremock", "--out", tmp_path / "none")
    stubs = exported(path, tmp_path / "stubs", "--project", ME)

    assert 1 == refused.exit_code
    assert "choose one with --project" in refused.stderr
    assert not (tmp_path / "none").exists()
    assert 2 == len(page(stubs, "/v2/images?limit=2")["images"])
    assert 501 == stubs.answer("GET", "/v2/images?limit=3", TOKEN)[0]
    named = {"X-Project-Id": OTHER}
    assert 3 == len(page(stubs, "/v2/images?limit=3", **named)["images"])


def test_what_depends_on_a_change_is_left_out_and_said(tmp_path: Path) -> None:
    """A stub has no state, so it answers as before the first change."""
    history = History(cloud_of(), [MINE])
    history.ask(MINE, "limit=2")
    history.keep_change(cloud_of(), IMAGES[0]["id"])
    history.cloud.images.pop()
    history.ask(MINE, "limit=2")
    history.ask(MINE, "limit=3")
    path = write(tmp_path / "a.yaml", history.interactions)

    done = call("export", path, "--to", "wiremock", "--out", tmp_path / "stubs")
    stubs = Stubs(tmp_path / "stubs")

    assert "left out: changes, which a replay plays once (1)" in done.stderr
    assert "left out: answers that a change before them leads to (1)" in done.stderr
    body = json.loads(history.interactions[0].response.body)
    assert body["images"] == page(stubs, "/v2/images?limit=2")["images"]
    assert 501 == stubs.answer("GET", "/v2/images?limit=3", TOKEN)[0]


def test_a_list_that_is_named_is_exported_as_it_is_derived(tmp_path: Path) -> None:
    """With all its pages, of whatever length."""
    source = recorded(tmp_path / "a.yaml", cloud_of())
    named = ("--query", "sort_key=name&tag=x&visibility=public", "--limit", "1")
    stubs = exported(source, tmp_path / "stubs", *named)
    found, link = [], "/v2/images?tag=x&limit=1&visibility=public&sort_key=name"
    while link:
        shown = page(stubs, link)
        found += shown["images"]
        link = shown.get("next", "")

    asked = "sort_key=name&tag=x&visibility=public"
    assert json.loads(cloud_of().answer(asked, ME).body)["images"] == found
    assert 501 == stubs.answer("GET", "/v2/images?limit=2", TOKEN)[0]


def test_a_list_that_nothing_proves_is_an_error(tmp_path: Path) -> None:
    """No stub is written."""
    arguments = ("--query", "visibility=community", "--out", tmp_path / "stubs")
    done = call("export", WALK, "--to", "wiremock", *arguments)

    assert 1 == done.exit_code
    assert "nothing answers the list /v2/images?visibility=community" in done.stderr
    assert not (tmp_path / "stubs").exists()


def test_an_image_set_becomes_stubs(tmp_path: Path) -> None:
    """What its home project sees: every page, every image, and the documents."""
    ndjson = tmp_path / "three.ndjson"
    ndjson.write_text("\n".join(json.dumps(one) for one in RECORDS))
    assert 0 == call("import", ndjson, "--out", tmp_path / "three.images").exit_code
    stubs = exported(tmp_path / "three.images", tmp_path / "stubs", "--limit", "1")

    first = page(stubs, "/v2/images?limit=1")
    second = page(stubs, first["next"])
    assert ["b", "a"] == [one["images"][0]["id"] for one in (first, second)]
    assert [] == page(stubs, second["next"])["images"]
    assert "a" == page(stubs, "/v2/images/a")["id"]
    assert 501 == stubs.answer("GET", "/v2/images/c", TOKEN)[0]
    assert 200 == stubs.answer("GET", "/v2/schemas/images", TOKEN)[0]
    _, versions = stubs.answer("GET", "/", {}, "http://127.0.0.1:8080")
    assert b"http://127.0.0.1:8080/v2/" in versions


def test_stubs_of_several_exports_lie_beside_each_other(tmp_path: Path) -> None:
    """A second export of the same file needs --force, and leaves the others alone."""
    exported(WALK, tmp_path)
    exported(FILTERS, tmp_path)
    before = (tmp_path / "mappings" / "walk.json").read_bytes()
    refused = call("export", WALK, "--to", "wiremock", "--out", tmp_path)
    exported(WALK, tmp_path, "--force", "--query", "limit=7")

    assert 1 == refused.exit_code
    assert "walk.json exists; --force writes over it." in refused.stderr
    assert before != (tmp_path / "mappings" / "walk.json").read_bytes()
    names = {one.name for one in tmp_path.rglob("*")}
    assert {"mappings", "__files", "walk", "filters", "walk.json", "filters.json"} <= names
    assert not [name for name in names if name.startswith(".")]


def test_a_full_disk_leaves_no_folder(tmp_path: Path, small_disk: Path) -> None:
    """Neither the one that was named, nor those above it; what was there before stays."""
    source = write_ndjson(
        tmp_path / "a.ndjson",
        (record(f"{number:036d}", name=f"{number}" * 60) for number in range(3_000)),
    )
    call("import", source, "--out", tmp_path / "a.images")
    (small_disk / "mine").mkdir()

    for out in ("stubs", "mine/deep/stubs", "mine"):
        done = call("export", tmp_path / "a.images", "--to", "wiremock", "--out", small_disk / out)
        assert (1, True) == (done.exit_code, os.strerror(errno.ENOSPC) in done.stderr)

    assert [small_disk / "mine"] == [*small_disk.rglob("*")]
