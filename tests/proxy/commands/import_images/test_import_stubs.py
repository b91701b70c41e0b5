"""Stubs that `export` wrote for WireMock, and that `import` reads again."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer
from support.clouds.clouds import Caller
from support.clouds.histories import History, write
from support.clouds.recorded import PROJECT_A, get, ok, write_cassette
from support.clouds.small_images import ME, OTHER
from support.clouds.walked_cassettes import MINE, cloud_of, walk
from support.foreign.stubs import Stubs
from support.running.processes import ROOT
from support.sets.set_commands import RECORDS, call

SAMPLES = ROOT / "cassettes" / "samples"
BASE = "http://stub"
TOKEN = {"X-Auth-Token": "any"}
DOCUMENTS = ("/", "/versions", "/v2/")
"""A stub gives them to everybody; a replay to those who ask as they were recorded."""
OTHERS: list[dict[str, str]] = [
    {},
    TOKEN,
    TOKEN | {"X-Api-Version": "Queens"},
    TOKEN | {"Accept": "application/json"},
    TOKEN | {"Accept": "*/*"},
    TOKEN | {"Accept": "text/plain"},
]


def _of_odd_answers(folder: Path) -> Path:
    """Errors in all forms, an empty body, bytes, a redirect, and a version of the API."""
    refused, bad = replace(ok(b"who?"), status=401), replace(ok(b""), status=404)
    queens = replace(
        get("/v2/images?limit=1", PROJECT_A), headers=(PROJECT_A, ("X-Api-Version", "Q"))
    )
    forms: list[Any] = [
        (
            replace(
                get(f"/v2/images?limit={form}", PROJECT_A), headers=(PROJECT_A, ("Accept", form))
            ),
            replace(ok(f"no {form}".encode()), status=400),
        )
        for form in ("application/json", "*/*", "text/plain")
    ]
    return write_cassette(
        folder / "odd.yaml",
        [
            (get("/v2/images?limit=1", PROJECT_A), ok()),
            (queens, ok(b'{"images": [], "first": "/v2/images?limit=1"}')),
            (get("/v2/images?limit=2"), refused),
            (get("/v2/images/gone", PROJECT_A), bad),
            (get("/v2/images/a/file", PROJECT_A), ok(b"\x00\xff")),
            (get("/v2/images?name=a%20%26b&tag=x&tag=y", PROJECT_A), ok()),
            *forms,
        ],
    )


def _of_two_callers(folder: Path) -> Path:
    history = History(cloud_of(), [MINE, Caller(OTHER)])
    walk(history)
    walk(history, "limit=3", Caller(OTHER))
    return write(folder / "two.yaml", history.interactions)


def _of_a_set(folder: Path) -> Path:
    (folder / "three.ndjson").write_text("\n".join(json.dumps(one) for one in RECORDS))
    assert 0 == call("import", folder / "three.ndjson", "--out", folder / "set.images").exit_code
    return folder / "set.images"


SOURCES = {
    "a walk": (lambda _: SAMPLES / "walk.yaml", ()),
    "a list by its query": (
        lambda _: SAMPLES / "walk.yaml",
        ("--query", "__os_type=Windows", "--limit", "2"),
    ),
    "filters": (lambda _: SAMPLES / "filters.yaml", ()),
    "odd answers": (_of_odd_answers, ()),
    "two callers": (_of_two_callers, ("--project", ME)),
    "an image set": (_of_a_set, ("--limit", "1")),
}


@pytest.mark.parametrize(("make", "arguments"), SOURCES.values(), ids=SOURCES)
def test_what_export_writes_import_reads(
    tmp_path: Path, make: Any, arguments: Sequence[str]
) -> None:
    """Every stub answers in a replay as in WireMock, and to nobody else."""
    source, folder, tape = make(tmp_path), tmp_path / "stubs", tmp_path / "again.yaml"
    exported = call("export", source, "--to", "wiremock", "--out", folder, *arguments)
    assert 0 == exported.exit_code, exported.stderr

    imported = call("import", folder, "--out", tape, "--url", BASE, "--keep-ids", "--json")

    assert 0 == imported.exit_code, imported.stderr
    stubs, report = Stubs(folder), json.loads(imported.stdout)
    misses = [one for one in stubs.all if 501 == one["response"]["status"]]
    assert len(stubs.all) - len(misses) == report["interactions"]
    assert all("answers any" in one["reason"] for one in report["left_out"]), report
    with open_session(Settings(replay=(tape,))) as session:
        asked = {target: _headers(stubs, target) for target in _targets(stubs, tape)}
        assert asked
        for target, several in asked.items():
            for headers in several:
                outcome = session.answer(
                    Request("GET", BASE + target, tuple(headers.items())), any_host=True
                )
                status, body = stubs.answer("GET", target, headers)
                if not isinstance(outcome, Answer):
                    assert 501 == status or target in DOCUMENTS, (target, headers, outcome)
                elif 501 == status:  # a replay may derive more for those who have credentials
                    assert headers, (target, body)
                else:
                    answered = (outcome.response.status, outcome.response.body)
                    assert (status, body) == answered, (target, headers)


def _targets(stubs: Stubs, tape: Path) -> Iterator[str]:
    """What the stubs answer: as the cassette has it, and as each page's links have it."""
    cassette = load_cassette(tape)
    for index in range(len(cassette)):
        parts = urlsplit(cassette.request(index).uri)
        yield parts._replace(scheme="", netloc="").geturl()
        _, page = cassette.json_answer(index)
        for link in ("next", "first") if isinstance(page, dict) else ():
            if isinstance(page.get(link), str):
                yield page[link]


def _headers(stubs: Stubs, target: str) -> list[dict[str, str]]:
    """Those of other clients, and those that the stubs for this target name."""
    named = [
        {
            name: each["equalTo"]
            for name, each in one["request"].get("headers", {}).items()
            if "equalTo" in each
        }
        for one in stubs.all
        if one["name"] == f"GET {target}" and "matches" not in str(one["request"].get("headers"))
    ]
    return [*OTHERS, *(one for one in named if one)]
