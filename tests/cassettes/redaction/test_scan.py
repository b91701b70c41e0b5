"""Finding secrets in cassettes of any recorder."""

import gc
import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from glancetape.cli import main
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.imageset.making.importing import import_ndjson
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.writing.writer import CassetteWriter
from support.foreign.har_files import entry, har
from support.sets.changed_sets import tables_changed

URI = "http://glance:9292/v2/images"
PLANTED = "Zq7WkR3xVb9TnM5pLc2H"
STAND_IN = "facade00" + "0a" * 12
HEADERS = {"Content-Type": ["application/json"]}

SECRETS: dict[str, tuple[str, dict[str, Any]]] = {
    "token header": (
        "request header X-Auth-Token",
        {"headers": {"X-Auth-Token": [PLANTED]}},
    ),
    "header in any case": ("request header x-AUTH-token", {"headers": {"x-AUTH-token": [PLANTED]}}),
    "signing": (
        "request header Authorization",
        {"headers": {"Authorization": [f"SDK-HMAC-SHA256 Access=A, Signature={PLANTED}"]}},
    ),
    "cookie": ("request header Cookie", {"headers": {"Cookie": [f"a={PLANTED}"]}}),
    "unknown header": ("request header X-Custom", {"headers": {"X-Custom": [PLANTED]}}),
    "header value": (
        "request header User-Agent",
        {"headers": {"User-Agent": [f"curl token={PLANTED}"]}},
    ),
    "subject token": (
        "response header X-Subject-Token",
        {"answer headers": {"X-Subject-Token": [PLANTED]}},
    ),
    "set-cookie": ("response header Set-Cookie", {"answer headers": {"Set-Cookie": [PLANTED]}}),
    "redirect": (
        "response header Location",
        {"answer headers": {"Location": [f"http://h/?token={PLANTED}"]}},
    ),
    "parameter": ("request uri parameter token", {"uri": f"{URI}?limit=1&token={PLANTED}"}),
    "user-info": ("request uri user-info", {"uri": f"http://joe:{PLANTED}@glance:9292/v2/images"}),
    "path": ("request uri path", {"uri": f"http://glance:9292/v2/images/token={PLANTED}"}),
    "v2.0 token": ("request uri path", {"uri": f"http://k:5000/v2.0/tokens/{PLANTED}"}),
    "fragment": ("request uri fragment", {"uri": f"{URI}#token={PLANTED}"}),
    "password": (
        "request body .auth.identity.password.user.password",
        {
            "uri": "http://k:5000/v3/auth/tokens",
            "body": json.dumps(
                {"auth": {"identity": {"password": {"user": {"password": PLANTED}}}}}
            ),
        },
    ),
    "form": (
        "request body",
        {
            "body": f"password={PLANTED}&a=b",
            "headers": {"Content-Type": ["application/x-www-form-urlencoded"]},
        },
    ),
    "issued token": (
        "response body .access.token.id",
        {
            "uri": "http://k:5000/v2.0/tokens",
            "answer": json.dumps({"access": {"token": {"id": PLANTED}}}),
        },
    ),
    "member": (
        "response body .images[0].admin-pass",
        {"answer": json.dumps({"images": [{"admin-pass": PLANTED}]})},
    ),
    "member name": (
        "response body .password=REDACTED",
        {"answer": json.dumps({f"password={PLANTED}": 1})},
    ),
    "JSON in a string": (
        "response body .meta",
        {"answer": json.dumps({"meta": json.dumps({"sk": PLANTED})})},
    ),
    "swift URL": (
        "response body .direct_url",
        {"answer": json.dumps({"direct_url": f"swift+https://a:{PLANTED}@h/c/o"})},
    ),
    "repeated name": ("response body", {"answer": f'{{"token": "{PLANTED}", "token": ""}}'}),
    "odd layout": ("response body .sk", {"answer": f'{{ "n" : 1e5,"sk":"{PLANTED}"}}'}),
    "deep": ("response body", {"answer": "[" * 300 + f'{{"sk":"{PLANTED}"}}' + "]" * 300}),
    "spaced": (
        "response body",
        {"answer": '[{"a": ' * 500 + f'{{"sk": "{PLANTED}"}}' + "}]" * 500},
    ),
    "link": (
        "response body .next",
        {"answer": json.dumps({"next": f"/v2/images?sk={PLANTED}&limit=1"})},
    ),
    "text": ("response body", {"answer": f"Bad password: {PLANTED}"}),
    "bytes": ("response body", {"answer": b"\xff\x80 password=" + PLANTED.encode()}),
    "private key": (
        "response body .note",
        {"answer": json.dumps({"note": f"-----BEGIN PRIVATE KEY-----\n{PLANTED}"})},
    ),
    "reason": ("response status message", {"reason": f"OK token={PLANTED}"}),
    "echo": (
        "response body .error",
        {
            "headers": {"X-Auth-Token": [PLANTED]},
            "answer": json.dumps({"error": f"no {PLANTED} here"}),
        },
    ),
}


def vcrpy_item(planted: dict[str, Any]) -> dict[str, Any]:
    return {
        "request": {
            "method": "POST" if planted.get("body") else "GET",
            "uri": planted.get("uri", URI),
            "body": planted.get("body"),
            "headers": HEADERS | planted.get("headers", {}),
        },
        "response": {
            "status": {"code": 200, "message": planted.get("reason", "OK")},
            "headers": HEADERS | planted.get("answer headers", {}),
            "body": {"string": planted.get("answer", '{"images": []}')},
        },
    }


def as_vcrpy(planted: dict[str, Any]) -> str:
    items = [vcrpy_item({}), vcrpy_item(planted)]
    return yaml.safe_dump({"interactions": items, "version": 1})


def as_ruby(planted: dict[str, Any]) -> str:
    item = vcrpy_item(planted)
    request, response = item["request"], item["response"]
    request["method"] = request["method"].lower()
    request["body"] = {"encoding": "UTF-8", "string": request["body"] or ""}
    response["body"]["encoding"] = "UTF-8"
    items = [vcrpy_item({}), {**item, "recorded_at": "Thu, 25 Aug 2016 17:09:02 GMT"}]
    return yaml.safe_dump({"http_interactions": items, "recorded_with": "VCR 3.0.3"})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["scan", *map(str, arguments)])


@pytest.mark.sampled(3)
@pytest.mark.parametrize("write", [as_vcrpy, as_ruby], ids=["vcrpy", "ruby"])
@pytest.mark.parametrize("name", SECRETS)
def test_each_planted_secret_is_found_and_not_shown(name: str, write: Any, tmp_path: Path) -> None:
    position, planted = SECRETS[name]
    path = tmp_path / "foreign.yaml"
    path.write_text(write(planted))

    outcome = run(path)

    assert 1 == outcome.exit_code
    assert position in outcome.output
    assert PLANTED not in outcome.output
    assert {2} == {found.interaction for found in scan(path).findings}


def test_a_finding_names_the_line_of_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "foreign.yaml"
    path.write_text(as_vcrpy(SECRETS["token header"][1]))
    lines = path.read_text().split("\n")

    (found,) = scan(path).findings

    assert PLANTED in lines[found.line - 1]
    assert ("token", len(PLANTED)) == (found.kind, found.length)


@pytest.mark.parametrize(
    ("added", "kind"),
    [
        (f"# recorded with password={PLANTED}\n", "named secret"),
        (f"recorded_with: eyJhbGciOiJI.{PLANTED}.{PLANTED}\n", "JSON web token"),
        (f"upstream: https://joe:{PLANTED}@glance\n", "user-info in a URL"),
    ],
)
def test_secrets_around_the_interactions_are_found(added: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "foreign.yaml"
    path.write_text(as_vcrpy({}) + added)

    (found,) = scan(path).findings

    assert (0, "text", kind) == (found.interaction, found.position, found.kind)
    assert added == path.read_text().split("\n")[found.line - 1] + "\n"


def redacted_cassette(path: Path) -> Path:
    stand_ins = StandIns(b"a key for these tests")
    writer = CassetteWriter(path, "glancetape tests", Redaction(stand_ins.key_id))
    redactor = Redactor(stand_ins)
    for _, planted in SECRETS.values():
        request, response = vcrpy_item(planted).values()
        body, answer = request["body"] or "", response["body"]["string"]
        before = Interaction(
            Request(
                request["method"],
                request["uri"] + "&owner=" + "a" * 32,
                tuple((name, *value) for name, value in request["headers"].items()),
                body.encode(),
            ),
            Response(
                200,
                response["status"]["message"],
                tuple((name, *value) for name, value in response["headers"].items()),
                answer if isinstance(answer, bytes) else answer.encode(),
            ),
            "2026-11-23T10:00:00Z",
        )
        after = redactor.interaction(before)
        bodies = after.request_body.readable(), after.response_body.readable()
        writer.append([emit(after.interaction, *bodies)])
    writer.close()
    return path


def test_a_redacted_cassette_has_no_findings(tmp_path: Path) -> None:
    """What earlier tests left is freed before: near the limit of recursion that may be reported."""
    path = redacted_cassette(tmp_path / "own.yaml")
    gc.collect()

    outcome = run(path)

    assert f"{path}: no secrets in {len(SECRETS)} interactions\n" == outcome.output
    assert 0 == outcome.exit_code


def test_a_torn_tail_is_searched_too(tmp_path: Path) -> None:
    path = redacted_cassette(tmp_path / "own.yaml")
    with path.open("a") as file:
        file.write(f"- request:\n    uri: http://h/?token={PLANTED}\n")

    (found,) = scan(path).findings

    assert (0, "named secret") == (found.interaction, found.kind)


@pytest.mark.parametrize("more", range(1, 21))
def test_a_redacted_cassette_cut_off_anywhere_has_no_findings(more: int, tmp_path: Path) -> None:
    path = redacted_cassette(tmp_path / "own.yaml")
    lines = path.read_text().split("\n")
    path.write_text("\n".join(lines[: lines.index("- request:") + more]))

    assert () == scan(path).findings


@pytest.mark.parametrize(
    ("added", "line"),
    [
        (f"- request:\n    headers:\n      X-Auth-Token:\n      - {PLANTED}\n", 3),
        ("- request:\n    headers:\n      X-Auth-Token:\n      - standin-token-" + "0" * 20, None),
        ("- response:\n    headers:\n      Vary:\n      - X-Auth-Token\n    body:\n", None),
        (f'- x:\n          "img_signature": "{PLANTED}"\n', None),
        (f'- x:\n          "password": "{PLANTED}"\n', 2),
        (f'- x:\n          "note": "password={PLANTED}"\n', 2),
    ],
)
def test_in_a_torn_tail_only_secrets_are_found(
    added: str, line: int | None, tmp_path: Path
) -> None:
    path = redacted_cassette(tmp_path / "own.yaml")
    path.write_text((before := path.read_text()) + added)

    assert ([before.count("\n") + line] if line else []) == [
        found.line for found in scan(path).findings
    ]


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"nofile\.yaml: no such file\.$"):
        scan(tmp_path / "nofile.yaml")


def test_real_ids_are_counted_and_are_not_findings(tmp_path: Path) -> None:
    path = tmp_path / "foreign.yaml"
    path.write_text(as_vcrpy({"uri": f"{URI}?owner={'a' * 32}"}))

    outcome = run(path)

    assert (
        f"{path}: no secrets in 2 interactions; 1 id or name is not replaced by a stand-in\n"
        == outcome.output
    )
    assert 0 == outcome.exit_code


def test_findings_are_printed_as_json_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "foreign.yaml"
    path.write_text(as_vcrpy(SECRETS["parameter"][1]))

    outcome = run("--json", path)
    (report,) = json.loads(outcome.output)

    assert 1 == outcome.exit_code
    assert "request uri parameter token" == report["findings"][0]["position"]
    assert PLANTED not in outcome.output


def test_a_file_that_is_not_a_cassette_is_reported_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "nothing.yaml"
    path.write_text("just: text\n")

    outcome = run(path)

    assert 1 == outcome.exit_code
    assert outcome.output.startswith("Error: ")
    assert 1 == outcome.output.count("\n")


@pytest.mark.parametrize(
    ("key", "added"),
    [
        ("key meta.login.adminpass", {"meta": {"login": {"adminpass": PLANTED}}}),
        ("key notes[1]", {"notes": ["a", f"password={PLANTED}"]}),
        ("key psk[0]", {"psk": [PLANTED]}),
    ],
)
def test_a_secret_below_an_unknown_key_is_found(
    key: str, added: dict[str, Any], tmp_path: Path
) -> None:
    top, inside, beside = tmp_path / "top.yaml", tmp_path / "inside.yaml", tmp_path / "beside.yaml"
    top.write_text(yaml.safe_dump({"interactions": [vcrpy_item({})], "version": 1} | added))
    item = vcrpy_item({})
    inside.write_text(yaml.safe_dump({"interactions": [item | added], "version": 1}))
    item["request"] |= added
    beside.write_text(yaml.safe_dump({"interactions": [item], "version": 1}))

    for path, number in ((top, 0), (inside, 1), (beside, 1)):
        (found,) = scan(path).findings
        assert PLANTED in path.read_text().split("\n")[found.line - 1]
        assert number == found.interaction
        assert found.position in (key, key.replace("key ", "key request."))


def test_secrets_in_images_are_found(tmp_path: Path) -> None:
    records, images = tmp_path / "images.ndjson", tmp_path / "images.images"
    arguments = ["generate", "--count", "3", "--out", str(records)]
    assert 0 == CliRunner().invoke(main, arguments).exit_code
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    lines[1] |= {"db_password": PLANTED, "note": f"ghp_{PLANTED}{PLANTED}"}
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    import_ndjson(records, images, {})  # as an older glancetape did: with all secrets

    for path in (records, images):
        outcome = run(path)
        assert {"image .db_password", "image .note"} == {
            found.position for found in scan(path).findings
        }
        assert f"{path}: 2 secrets in 3 images; " in outcome.output
        assert PLANTED not in outcome.output
        assert 1 == outcome.exit_code


@pytest.mark.parametrize(
    "parts",
    [lambda text: [text], lambda text: [text[:9], text[9:]], lambda text: [b"", text]],
    ids=["one file", "two files", "after an empty one"],
)
def test_a_compressed_cassette_is_scanned_like_another(
    tmp_path: Path, parts: Callable[[bytes], list[bytes]]
) -> None:
    path = tmp_path / "foreign.yaml.gz"
    text = as_vcrpy(SECRETS["token header"][1]).encode()
    path.write_bytes(b"".join(map(gzip.compress, parts(text))))

    report = scan(path)

    assert {str(path)} == {report.file, *(finding.file for finding in report.findings)}
    assert "request header X-Auth-Token" in {finding.position for finding in report.findings}


@pytest.mark.parametrize("cut", [20, -9], ids=["in the middle", "at the end"])
def test_a_compressed_cassette_that_is_cut_off_is_an_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "foreign.yaml.gz"
    path.write_bytes(gzip.compress(as_vcrpy(SECRETS["token header"][1]).encode())[:cut])

    with pytest.raises(CassetteError, match=r"foreign\.yaml\.gz"):
        scan(path)


def test_tables_that_are_no_part_of_an_image_set_are_searched(tmp_path: Path) -> None:
    images = tmp_path / "images.images"
    arguments = ["generate", "--count", "3", "--seed", "1", "--out", str(images)]
    assert 0 == CliRunner().invoke(main, arguments).exit_code
    with tables_changed(images) as connection:
        connection.execute("CREATE TABLE notes (id INTEGER, api_key TEXT, text TEXT)")
        connection.execute("INSERT INTO notes VALUES (1, 'a1b2', 'password=hunter2')")
        connection.execute("CREATE VIEW again AS SELECT text FROM notes")
        connection.execute("CREATE TABLE settings (name TEXT, value TEXT)")
        connection.execute("INSERT INTO settings VALUES ('sk', 'a1b2'), ('size', '3')")

    report = scan(images)

    assert {
        "table notes, column api_key", "table notes, column text", "table again, column text",
        "table settings, column value",
    } == {finding.position for finding in report.findings}  # fmt: skip
    assert "hunter2" not in str(report)


def test_json_that_no_client_can_read_is_searched(tmp_path: Path) -> None:
    """A recording of another recorder that is cut off cannot be played, and has its secrets."""
    path = tmp_path / "foreign.yaml"
    cut_off = f'{{"images": [{{"os_password": "{PLANTED}", "na'
    path.write_text(as_vcrpy({"answer": cut_off}))

    assert {"response body"} == {found.position for found in scan(path).findings}


@pytest.mark.parametrize("indent", [None, 2])
def test_secrets_in_a_har_file_are_found_in_all_its_parts(
    tmp_path: Path, indent: int | None
) -> None:
    """In cookies and comments too, which no import reads."""
    one = entry(comment=f"password={PLANTED}", request={"cookies": [{"password": PLANTED}]})
    path = tmp_path / "a.har"
    path.write_text(json.dumps(har([one]), indent=indent))

    found = {finding.position for finding in scan(path).findings}

    assert {
        "image .log.entries[0].comment",
        "image .log.entries[0].request.cookies[0].password",
    } == found


PLACES_IN_HAR: dict[str, dict[str, Any]] = {
    "a parameter": {"url": f"http://glance:9292/v2/images?api_key={PLANTED}"},
    "a fragment": {"url": f"http://glance:9292/v2/images#password={PLANTED}"},
    "a header": {"request": {"headers": [{"name": "X-Auth-Token", "value": PLANTED}]}},
    "a header of no service": {"response": {"headers": [{"name": "x-api-key", "value": PLANTED}]}},
    "what was sent": {
        "request": {"method": "POST", "postData": {"text": f'{{"password": "{PLANTED}"}}'}}
    },
    "a form": {
        "request": {
            "method": "POST",
            "postData": {
                "mimeType": "application/x-www-form-urlencoded",
                "params": [{"name": "password", "value": PLANTED}],
            },
        }
    },
    "an answer": {"text": f'{{"os_password": "{PLANTED}"}}'},
    "an answer of another service": {
        "url": "http://shop.example/cart",
        "text": f'{{"token": "{PLANTED}"}}',
    },
    "an answer without a body": {"text": f"password={PLANTED}", "response": {"status": 204}},
    "an entry that failed": {"text": f"password={PLANTED}", "response": {"status": 0}},
    "a cookie": {"response": {"cookies": [{"name": "session", "value": PLANTED}]}},
    "a comment on a stand-in": {
        "request": {"headers": [{"name": "x", "value": STAND_IN, "comment": f"token={PLANTED}"}]}
    },
    "the name of a stand-in": {
        "response": {"headers": [{"name": f"password={PLANTED}", "value": STAND_IN}]}
    },
    "a member called like a header": {"text": f'{{"a header b": {{"password": "{PLANTED}"}}}}'},
    "a parameter called like a header": {
        "url": f"http://glance:9292/v2/images?a header password={PLANTED}"
    },
    "what is around chunks": {
        "text": f"2;password={PLANTED}\r\n{{}}\r\n0\r\n\r\n",
        "response": {"headers": [{"name": "Transfer-Encoding", "value": "chunked"}]},
    },
    "a text that is none, beside a form": {
        "request": {
            "method": "POST",
            "postData": {
                "mimeType": "application/x-www-form-urlencoded",
                "text": {"password": PLANTED},
                "params": [{"name": "a", "value": "b"}],
            },
        }
    },
}


@pytest.mark.parametrize("place", PLACES_IN_HAR)
def test_a_secret_is_found_wherever_an_entry_of_a_har_file_has_it(
    place: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.har"
    path.write_text(json.dumps(har([entry(), entry(**deepcopy(PLACES_IN_HAR[place])), entry()])))

    assert scan(path).findings


def test_a_token_that_another_entry_repeats_is_found_there(tmp_path: Path) -> None:
    sent = entry(request={"headers": [{"name": "X-Auth-Token", "value": PLANTED}]})
    path = tmp_path / "a.har"
    path.write_text(json.dumps(har([sent, entry(text=f'{{"note": "{PLANTED}"}}')])))

    assert "response body .note" in {finding.position for finding in scan(path).findings}


def test_real_ids_of_a_har_file_are_those_of_its_bodies_and_urls(tmp_path: Path) -> None:
    """The same id in two entries is one."""
    owner, other = "0123456789abcdef" * 2, "fedcba9876543210" * 2
    path = tmp_path / "a.har"
    shown = [entry(text=json.dumps({"images": [{"id": "a", "owner": owner}]}))] * 2
    path.write_text(json.dumps(har([*shown, entry(f"http://glance:9292/v2/images?owner={other}")])))

    assert scan(path).real_ids == 2


FURTHER: dict[str, tuple[str, str]] = {
    "by its name": (f"password: {PLANTED}", "password"),
    "by its form": (f"note: password={PLANTED}", "note"),
    "below": (f"cookies: {{session: {PLANTED}}}", "cookies.session"),
    "in a list": (f"notes: [a, 'password={PLANTED}']", "notes[1]"),
    "in a list of pairs": (f"psk: [{{x: {PLANTED}}}]", "psk[0].x"),
    "beside its name": (f"notes: [{{name: sk, value: {PLANTED}}}]", "notes[0].value"),
    "after an option": (f"argv: [tool, --password, {PLANTED}]", "argv[2]"),
    "in a JSON patch": (f"patch: [{{path: /os_password, value: {PLANTED}}}]", "patch[0].value"),
    "beside a mark": (f"jwk: {{kty: oct, k: {PLANTED}}}", "jwk.k"),
    "before the same key": (f"note: password={PLANTED}\nnote: none", "note"),
    "in a merged mapping": (f"<<: {{psk: {PLANTED}}}", "<<.psk"),
    "in a key": (f"'password={PLANTED}': a", "password=REDACTED"),
}
PLACES: dict[str, tuple[str, str]] = {
    "top": ("recorder: ", ""),
    "item": ("  recorded_at: ", ""),
    "request": ("  response:\n", "request."),
    "response": ("    body:\n", "response."),
    "status": ("      code: ", "response.status."),
    "body": ("      string: ", "response.body."),
    "end": ("", ""),
}
"""The line before which a key is put, and what is above it in the finding's position."""
INDENTS = {"top": 0, "item": 2, "request": 4, "response": 4, "status": 6, "body": 6, "end": 0}


def one_of_ours(path: Path, body: str) -> Path:
    """A cassette with two interactions, as it is recorded."""
    stand_ins = StandIns(b"a key for these tests")
    writer = CassetteWriter(path, "glancetape tests", Redaction(stand_ins.key_id))
    before = Interaction(
        Request("GET", URI, (("Accept", "*/*"),)),
        Response(200, "OK", (("Content-Type", "application/json"),), body.encode()),
        "2026-11-23T10:00:00Z",
    )
    after = Redactor(stand_ins).interaction(before)
    bodies = after.request_body.readable(), after.response_body.readable()
    writer.append([emit(after.interaction, *bodies)] * 2)
    writer.close()
    assert () == scan(path).findings
    return path


@pytest.mark.sampled(4)
@pytest.mark.parametrize("body", ['{"images": []}', "no JSON"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", FURTHER)
def test_a_secret_below_a_further_key_of_our_own_cassette_is_found(
    name: str, place: str, body: str, tmp_path: Path
) -> None:
    """In the second interaction, so that lines are counted from the first line of the file."""
    path = one_of_ours(tmp_path / "own.yaml", body)
    added, key = FURTHER[name]
    anchor, above = PLACES[place]
    text = path.read_text()
    at = text.rindex(anchor) if anchor else len(text)
    indented = "".join(" " * INDENTS[place] + line + "\n" for line in added.split("\n"))
    path.write_text(text[:at] + indented + text[at:])

    found = scan(path).findings

    assert found
    assert PLANTED not in str(found)
    assert {PLANTED in path.read_text().split("\n")[one.line - 1] for one in found} == {True}
    if place != "end":  # after the list, scan looks for forms of secrets before it looks at keys
        assert f"key {above}{key}" in [one.position for one in found]
        assert {0 if place == "top" else 2} == {one.interaction for one in found}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("recorder: glancetape", f"recorder: glancetape password={PLANTED}"),
        ("'2026-11-23T10:00:00Z'", f"'2026 password={PLANTED}'"),
        ("interactions:\n", f"interactions:\n# password={PLANTED}\n"),
        ("ids: stand-ins", f"ids: stand-ins, note: password={PLANTED}"),
        ("ids: stand-ins", f"ids: stand-ins, psk: {PLANTED}"),
        ("ids: stand-ins", f"ids: stand-ins, sensitive: ['password={PLANTED}']"),
    ],
)
def test_a_secret_in_a_known_key_of_our_own_cassette_is_found(
    old: str, new: str, tmp_path: Path
) -> None:
    path = one_of_ours(tmp_path / "own.yaml", '{"images": []}')
    path.write_text(path.read_text().replace(old, new, 1))

    (found,) = scan(path).findings

    assert PLANTED in path.read_text().split("\n")[found.line - 1]


def test_names_that_were_sensitive_are_no_findings(tmp_path: Path) -> None:
    path = one_of_ours(tmp_path / "own.yaml", '{"images": []}')
    names = '["password", "my_token", "psk"]'
    path.write_text(path.read_text().replace("ids: stand-ins", f"ids: kept, sensitive: {names}"))

    assert () == scan(path).findings
