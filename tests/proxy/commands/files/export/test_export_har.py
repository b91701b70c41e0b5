"""HAR files: valid by the rules of HAR 1.2, with the recorded bytes and no secret."""

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.writing.laying_out import Layout
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.recorded import KEPT, PROJECT_A, get, ok, write_cassette
from support.clouds.walked_cassettes import cloud_of, recorded
from support.drawn.examples import examples
from support.running.processes import ROOT
from support.sets.set_commands import RECORDS, call

SAMPLES = [ROOT / "cassettes" / "samples" / name for name in ("walk.yaml", "filters.yaml")]
EXAMPLE = ROOT / "docs" / "example" / "images.yaml"
SECRET = "hunter2-correct-horse"  # what a cassette of another recorder holds

# HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/: the required members and their types.
NAMED = {"name": str, "value": str}
RULES: dict[str, dict[str, Any]] = {
    "log": {"version": str, "creator": dict, "entries": list},
    "creator": {"name": str, "version": str},
    "entry": {
        **{"startedDateTime": str, "time": int, "request": dict, "response": dict},
        **{"cache": dict, "timings": dict},
    },
    "request": {
        **{"method": str, "url": str, "httpVersion": str, "cookies": list, "headers": list},
        **{"queryString": list, "headersSize": int, "bodySize": int},
    },
    "response": {
        **{"status": int, "statusText": str, "httpVersion": str, "cookies": list},
        **{"headers": list, "content": dict, "redirectURL": str, "headersSize": int},
        **{"bodySize": int},
    },
    "content": {"size": int, "mimeType": str},
    "timings": {"send": int, "wait": int, "receive": int},
}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def check(value: dict[str, Any], rule: str) -> None:
    """Compare members and types with the specification."""
    missing = {
        name: kind for name, kind in RULES[rule].items() if not isinstance(value.get(name), kind)
    }
    assert {} == missing


def entries_of(path: Path) -> list[dict[str, Any]]:
    """The entries of a file that HAR allows."""
    log = json.loads(path.read_bytes())["log"]
    check(log, "log")
    check(log["creator"], "creator")
    assert "1.2" == log["version"]
    for entry in log["entries"]:
        check(entry, "entry")
        assert DATE.fullmatch(entry["startedDateTime"])
        for part in ("request", "response", "timings"):
            check(entry[part], part)
        check(entry["response"]["content"], "content")
        named = [*entry["request"]["headers"], *entry["request"]["queryString"]]
        for pair in [*named, *entry["response"]["headers"]]:
            assert NAMED == {name: type(one) for name, one in pair.items()}
        post = entry["request"].get("postData")
        assert post is None or {"mimeType", "text"} == set(post)
    found: list[dict[str, Any]] = log["entries"]
    return found


def body_of(entry: dict[str, Any]) -> bytes:
    """The body of a response, as the specification encodes it."""
    content = entry["response"]["content"]
    text: str = content["text"]
    return base64.b64decode(text) if content.get("encoding") == "base64" else text.encode()


@pytest.mark.parametrize("source", [*SAMPLES, EXAMPLE], ids=lambda one: one.stem)
def test_every_request_is_in_it_in_order_with_its_bytes(source: Path, tmp_path: Path) -> None:
    """Logins too."""
    done = call("export", source, "--to", "har", "--out", tmp_path / "a.har")
    cassette = load_cassette(source)
    entries = entries_of(tmp_path / "a.har")

    assert f"{tmp_path / 'a.har'}: {len(cassette)} requests\n" == done.stderr
    for index, entry in enumerate(entries):
        one = cassette.interaction(index)
        asked = (entry["request"]["method"], entry["request"]["url"])
        assert (one.request.method, one.request.uri) == asked
        assert one.request.body.decode() == entry["request"].get("postData", {}).get("text", "")
        assert one.response.status == entry["response"]["status"]
        assert one.response.body == body_of(entry)
        shown = [(pair["name"], pair["value"]) for pair in entry["response"]["headers"]]
        assert [*one.response.headers] == shown
        assert one.recorded_at[:19] == entry["startedDateTime"][:19]
    assert not scan(tmp_path / "a.har").findings


CODED = ("Content-Encoding", "x-rot13")  # that nobody knows


def test_bytes_and_odd_text_come_back(tmp_path: Path) -> None:
    """Base64 for what is not UTF-8; what HAR cannot hold is left out and counted."""
    octets, odd = bytes(range(256)), "é\u2028\x7f\ud7ff".encode()
    path = write_cassette(
        tmp_path / "a.yaml",
        [
            (get("/v2/images/1/file", PROJECT_A), Response(200, "OK", (), octets)),
            (get("/v2/images?name=%00%C3%A9", PROJECT_A), ok(odd)),
            (
                Request("PUT", "http://glance:9292/v2/images/1/file", (PROJECT_A,), b"\xff"),
                Response(204, "No Content"),
            ),
            (get("/v2/images?tag=1"), Response(200, "OK", (CODED,), b"\x0b\x02\x80\xff\xfe")),
        ],
    )
    done = call("export", path, "--to", "har", "--out", tmp_path / "a.har")

    bodies = [body_of(one) for one in entries_of(tmp_path / "a.har")]
    assert [octets, odd, b"REDACTED"] == bodies  # nobody can search what is compressed so
    assert "left out: the request body is not text, which HAR cannot hold (1)" in done.stderr
    assert "redacted: 1 request" in done.stderr


def foreign(path: Path) -> Path:
    """A cassette of vcrpy with a password, a token and a real project id."""
    cloud = cloud_of()
    shown = cloud.show(cloud.images[0]) | {"os_password": SECRET, "owner": "c" * 32}
    body = json.dumps({"images": [shown], "first": "/v2/images", "schema": "/v2/schemas/images"})
    path.write_text(
        "version: 1\ninteractions:\n- request:\n    method: GET\n"
        f"    uri: http://user:{SECRET}@glance:9292/v2/images?limit=1\n    body: null\n"
        f"    headers: {{X-Auth-Token: [{SECRET}], Cookie: [a={SECRET}]}}\n"
        f"  response:\n    status: {{code: 200, message: OK}}\n"
        f"    headers: {{Content-Type: [application/json], X-Secret: [{SECRET}]}}\n"
        f"    body: {{string: '{body}'}}\n"
    )
    return path


@pytest.mark.parametrize("form", ["har", "wiremock", "ndjson"])
def test_a_cassette_of_another_recorder_is_redacted_first(form: str, tmp_path: Path) -> None:
    """As recording does; how much was replaced is printed."""
    source, out = foreign(tmp_path / "a.yaml"), tmp_path / "out"
    arguments = ("--dialect", "glance") if form == "ndjson" else ()
    done = call("export", source, "--to", form, "--out", out, *arguments)

    assert 0 == done.exit_code, done.stderr
    files = [out] if out.is_file() else [one for one in out.rglob("*") if one.is_file()]
    texts = "".join(one.read_text() for one in files) + done.stderr
    assert SECRET not in texts
    assert "c" * 32 not in texts
    assert "redacted: 1 request with secrets or ids" in done.stderr


@pytest.mark.parametrize("kind", ["ours", "foreign", "set"])
@pytest.mark.parametrize("form", ["har", "wiremock"])
def test_no_secret_and_no_id_of_a_file_name_is_exported(
    form: str, kind: str, tmp_path: Path
) -> None:
    """Not in the comments, the stubs or the names of files; what is read stays as it was."""
    token, project = f"gAAAAAB{SECRET}{SECRET}", "0a" * 16
    ending = "images" if kind == "set" else "yaml"
    source, out = tmp_path / f"of_{token}-{project}.{ending}", tmp_path / "out"
    if kind == "foreign":
        foreign(source)
    elif kind == "ours":
        source.write_bytes(SAMPLES[0].read_bytes())
    else:
        assert 0 == call("generate", "--count", "2", "--seed", "1", "--out", source).exit_code
    before = source.read_bytes()
    done = call("export", source, "--to", form, "--out", out)

    assert 0 == done.exit_code, done.stderr
    files = [out] if out.is_file() else [one for one in out.rglob("*") if one.is_file()]
    texts = "".join(f"{one.relative_to(tmp_path)} {one.read_text()}" for one in files)
    assert "of_REDACTED" in texts
    assert SECRET not in texts
    assert project not in texts
    assert before == source.read_bytes()


def test_a_secret_that_was_added_to_our_own_cassette_is_replaced(tmp_path: Path) -> None:
    """The rest keeps its stand-ins."""
    text = SAMPLES[0].read_text()
    more = f'"os_password": "{SECRET}",\n              "name": "'
    (tmp_path / "a.yaml").write_text(text.replace('"name": "', more, 1))
    done = call("export", tmp_path / "a.yaml", "--to", "har", "--out", tmp_path / "a.har")
    exported = (tmp_path / "a.har").read_text()

    assert SECRET not in exported
    assert "redacted: 1 request" in done.stderr
    token = re.findall("standin-token-[0-9a-f]{20}", text)[0]
    assert token in exported


def test_a_list_of_an_image_set_is_exported(tmp_path: Path) -> None:
    """Page by page, dated from its newest image."""
    ndjson = tmp_path / "three.ndjson"
    ndjson.write_text("\n".join(json.dumps(one) for one in RECORDS))
    call("import", ndjson, "--out", tmp_path / "three.images")
    more = ("--limit", "1", "--query", "visibility=public")
    call("export", tmp_path / "three.images", "--to", "har", "--out", tmp_path / "a.har", *more)
    entries = entries_of(tmp_path / "a.har")

    urls = [entry["request"]["url"].partition("?")[2] for entry in entries]
    assert ["visibility=public&limit=1", "visibility=public&limit=1&marker=b"] == urls
    assert ["b"] == [one["id"] for one in json.loads(body_of(entries[0]))["images"]]
    assert "2018-09-06T14:00:03.000Z" == entries[0]["startedDateTime"]


def test_an_existing_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    """And what is read is never replaced."""
    source, out = recorded(tmp_path / "a.yaml", cloud_of()), tmp_path / "a.har"
    out.write_text("mine")
    refused = call("export", source, "--to", "har", "--out", out)
    same = call("export", source, "--to", "har", "--out", source, "--force")

    assert (1, "mine") == (refused.exit_code, out.read_text())
    assert (2, True) == (same.exit_code, source.read_text().startswith("# glancetape"))
    assert 0 == call("export", source, "--to", "har", "--out", out, "--force").exit_code
    assert 4 == len(entries_of(out))


@pytest.mark.parametrize("source", [*SAMPLES, EXAMPLE], ids=lambda one: one.stem)
def test_import_reads_an_export_back(source: Path, tmp_path: Path) -> None:
    """The same requests, answers and dates."""
    har, again = tmp_path / "a.har", tmp_path / "again.yaml"
    call("export", source, "--to", "har", "--out", har)
    done = call("import", har, "--out", again)

    assert 0 == done.exit_code, done.stderr
    before, after = load_cassette(source), load_cassette(again)
    assert len(before) == len(after)
    for index in range(len(before)):
        one, other = before.interaction(index), after.interaction(index)
        assert (one.request.method, one.request.uri) == (other.request.method, other.request.uri)
        assert one.request.body == other.request.body
        assert (one.response.status, one.response.body) == (
            other.response.status,
            other.response.body,
        )
        assert one.recorded_at == other.recorded_at


KINDS = [
    (),
    (("Content-Type", "application/json"),),
    (("content-type", "text/html; charset=UTF-8"),),
]
HEADERS = [(), (("X-Openstack-Request-Id", "req-1"), ("Vary", "a"), ("Vary", "b"))]
BODIES = st.one_of(
    st.sampled_from(
        [b'{"images": []}', b'{"images": [', b"null", b"\xef\xbb\xbf[]", b"[1e5]\n", b" "]
    ),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z", "Cc")), max_size=30).map(
        str.encode
    ),
    st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5).map(
        lambda value: json.dumps({"images": [], "x": value}).encode()
    ),
)
QUERIES = st.dictionaries(
    st.sampled_from(["limit", "name", "tag", "marker", "a b", "\u00e9"]),
    st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), max_size=5),
    max_size=3,
).map(urlencode)
MOMENTS = st.integers(0, 2**31).map(
    lambda one: datetime.fromtimestamp(one, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
)


@st.composite
def _recordings(draw: st.DrawFn) -> list[Interaction]:
    """What a cassette of ours may hold of the image service, in the order of its dates."""
    found = []
    for number, date in enumerate(sorted(draw(st.lists(MOMENTS, min_size=1, max_size=4)))):
        method = draw(st.sampled_from(["GET", "GET", "GET", "PATCH", "DELETE", "HEAD"]))
        status = draw(st.sampled_from([200, 300, 400, 404, 500]))
        body = b"" if method == "HEAD" else draw(BODIES)
        assume(body or status != 200 or method != "GET")  # it would be an empty list
        uri = f"http://glance:9292/v2/images?{draw(QUERIES)}"
        uri = uri if method == "GET" else f"http://glance:9292/v2/images/{number}"
        answer = Response(
            status, "Some", draw(st.sampled_from(KINDS)) + draw(st.sampled_from(HEADERS)), body
        )
        sent = b"[]" if method == "PATCH" else b""
        found.append(Interaction(Request(method, uri, (), sent), answer, date))
    return found


@examples(60)
@given(recorded_before=_recordings())
def test_import_gives_back_what_export_was_given(
    tmp_path_factory: pytest.TempPathFactory, recorded_before: list[Interaction]
) -> None:
    """Bytes, headers and dates of whatever a cloud may send, and nothing left out."""
    folder = tmp_path_factory.mktemp("both", numbered=True)
    writer = CassetteWriter(folder / "a.yaml", "tests", KEPT)
    layout = Layout(b"k" * 32, RedactionOptions(keep_ids=True))
    laid_out = [layout.lay_out(one) for one in recorded_before]
    kept = [one.text for one in laid_out if not one.lost]  # no recorder keeps the others
    assume(kept)
    writer.append(kept)
    writer.close()
    before = load_cassette(folder / "a.yaml")

    done = call("export", folder / "a.yaml", "--to", "har", "--out", folder / "a.har")
    assert 0 == done.exit_code, done.stderr
    entries_of(folder / "a.har")
    done = call("import", folder / "a.har", "--out", folder / "b.yaml", "--keep-ids")
    assert 0 == done.exit_code, done.stderr

    after = load_cassette(folder / "b.yaml")
    assert [before.interaction(one) for one in range(len(before))] == [
        after.interaction(one) for one in range(len(after))
    ]
