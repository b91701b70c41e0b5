"""A 304 that a client's cache answered: its answer is the one that the ETag proves."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.of_service import (
    NOT_MODIFIED,
    NOT_STORED,
    OF_GLANCETAPE,
    why_not_kept,
    with_validated,
)
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response
from support.running.in_process import run

URL = "http://glance:9292/v2/images"
TOKEN = ("X-Auth-Token", "one")
CONDITION = ("If-None-Match", '"a"')


def shown(etag: str | None, body: bytes = b"[1]", status: int = 200, **asked: object) -> Entry:
    """An entry of a list; `asked` changes its request."""
    headers: Headers = (("Date", f"day {status}"), ("Content-Type", "application/json"))
    headers += (("ETag", etag),) if etag is not None else ()
    request = replace(Request("GET", URL, (TOKEN,)), **asked)  # type: ignore[arg-type]
    return Entry(1, Interaction(request, Response(status, "", headers, body)))


def validated(etag: str | None, **asked: object) -> Entry:
    return shown(etag, b"", 304, **asked)


def answers(*entries: Entry | LeftOut) -> list[tuple[int, bytes]]:
    """Status and body of each answer."""
    read = with_validated(iter(entries))
    found = [one.interaction.response for one in read if isinstance(one, Entry)]
    return [(one.status, one.body) for one in found]


def histories() -> Iterator[tuple[list[Entry], bytes | None]]:
    """Entries, and what the last one, a 304, was answered with; None where nothing proves it."""
    seen = {'"a"': b"[1]", '"b"': b"[2]"}
    for first, second, last in product([*seen, None], [*seen, None], [*seen, None]):
        before = [shown(one, seen.get(one or "", b"[3]")) for one in (first, second)]
        known = last is not None and last in (first, second)
        yield [*before, validated(last)], seen[last] if known and last else None


@pytest.mark.parametrize(("entries", "body"), list(histories()))
def test_the_etag_shows_what_the_client_had(entries: list[Entry], body: bytes | None) -> None:
    """Whichever answers are between."""
    assert ((304, b"") if body is None else (200, body)) == answers(*entries)[-1]


NOT_PROVED = {
    "another caller": ([shown('"a"'), validated('"a"', headers=(("X-Auth-Token", "two"),))]),
    "another user with a password": [
        shown('"a"', headers=(("Authorization", "Basic YTpi"),)),
        validated('"a"', headers=(("Authorization", "Basic Yzpk"),)),
    ],
    "another URL": [shown('"a"'), validated('"a"', uri=f"{URL}?limit=1")],
    "another form": [shown('"a"'), validated('"a"', headers=(TOKEN, ("Accept", "text/html")))],
    "a later answer": [validated('"a"'), shown('"a"')],
    "two answers with one tag": [shown('W/"a"'), shown('"a"', b"[2]"), validated('"a"')],
    "an error": [shown('"a"', status=404), validated('"a"')],
    "a condition that is shown": [shown('"a"'), validated('"a"', headers=(TOKEN, CONDITION))],
    "an answer of glancetape": [
        replace(
            shown('"a"'),
            interaction=Interaction(
                Request("GET", URL, (TOKEN,)),
                Response(200, "", (("ETag", '"a"'), ("X-Glancetape", "derived; a.yaml#1")), b"[1]"),
            ),
        ),
        validated('"a"'),
    ],
}


@pytest.mark.parametrize("entries", NOT_PROVED.values(), ids=NOT_PROVED)
def test_what_the_etag_does_not_prove_stays_a_304(entries: list[Entry]) -> None:
    """It is left out later, or is the answer to a request with a condition."""
    assert (304, b"") in answers(*entries)


def test_a_weak_tag_and_newer_headers() -> None:
    """The headers are those of the 304, but for what describes the body."""
    *_, last = with_validated(iter([shown('W/"a"'), validated('"a"')]))

    assert isinstance(last, Entry)
    assert {
        "Date": "day 304",
        "ETag": '"a"',
        "Content-Type": "application/json",
    } == dict(last.interaction.response.headers)
    assert 3 == len(last.interaction.response.headers)


def test_a_304_says_nothing_of_the_body_that_it_validates() -> None:
    """Servers that write `Content-Length: 0` there describe the 304 itself."""
    empty = Response(304, "", (("ETag", '"a"'), ("Content-Type", "a/b"), ("Content-Length", "0")))
    of_304 = Entry(2, Interaction(Request("GET", URL, (TOKEN,)), empty))

    *_, last = with_validated(iter([shown('"a"'), of_304]))

    assert isinstance(last, Entry)
    headers = dict(last.interaction.response.headers)
    assert ("application/json", None) == (headers["Content-Type"], headers.get("Content-Length"))


@pytest.mark.parametrize(
    ("status", "ours", "reason"),
    [
        (200, "not-recorded", None),
        (500, "not-recorded", NOT_STORED),
        (500, "recorded; a.yaml#1", None),
        (200, "exact; a.yaml#1", OF_GLANCETAPE),
        (501, "miss", OF_GLANCETAPE),
        (304, "recorded; a.yaml#1", NOT_MODIFIED),
    ],
)
def test_what_glancetape_added_shows_whether_the_service_answered(
    status: int, ours: str, reason: str | None
) -> None:
    """With --fail-open, and for large bodies, a client gets an answer that was not recorded."""
    answer = Response(status, "", (("X-Glancetape", ours),), b"{}")

    assert reason == why_not_kept(Interaction(Request("GET", URL, (TOKEN,)), answer))


def test_a_cassette_and_an_import_of_it_answer_with_it(tmp_path: Path) -> None:
    """Of another recorder, and after an import."""
    page = '{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
    item = {
        "request": {"method": "GET", "uri": URL, "body": None, "headers": {}},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"ETag": ['"a"'], "Content-Type": ["application/json"]},
            "body": {"string": page},
        },
    }
    hidden = {"status": {"code": 304, "message": ""}, "headers": {"ETag": ['"a"']}, "body": None}
    path, out = tmp_path / "a.json", tmp_path / "b.yaml"
    items = [item, item | {"response": hidden}]
    path.write_text(json.dumps({"version": 1, "interactions": items}))
    assert 0 == run("import", path, "--out", out, "--keep-ids").returncode

    for cassette in map(load_cassette, (path, out)):
        assert [(200, json.loads(page))] * 2 == list(map(cassette.json_answer, range(2)))
