"""Text from outside never controls the terminal, whatever command shows it."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import requests

from glancetape.cli import SECTIONS
from glancetape_cassettes.interaction import Response
from support.clouds.histories import History, write
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.walked_cassettes import IMAGES, MINE, cloud_of, edited, walk, walked_image
from support.running.in_process import run
from support.running.processes import glancetape, running
from support.running.pty_screen import run_in_terminal
from support.sets.set_files import make_set, record, write_ndjson

HOSTILE = "\x1b[2J\x9b31m\x07\x7f\u202e\u2066\r\nError: forged"
NAMED = "\x1b[2J\u009b31m\u202e\nforged"
"""The same without what no file name or argument may hold."""
_RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _check(done: "subprocess.CompletedProcess[str]", *, status: int) -> None:
    """Nothing raw and no forged line is printed, and something of the text is shown."""
    assert status == done.returncode, done
    for shown in (done.stdout, done.stderr):
        assert [] == _RAW.findall(shown), shown
        assert not re.search("^(Error: )?forged", shown, re.MULTILINE), shown
    assert "forged" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """An image set in which every text is hostile."""
    one = record(
        f"id{HOSTILE}",
        name=HOSTILE,
        owner=f"owner{HOSTILE}",
        visibility="private",
        tags=[HOSTILE],
        **{f"__x{HOSTILE}": HOSTILE, "__isregistered": "true"},
    )
    path = tmp_path / f"a{NAMED}.images"
    make_set(path, [one])
    return path


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """A recording in which ids, names, a reason and a header are hostile."""
    one = walked_image(8, id=f"id{HOSTILE}", name=HOSTILE, disk_format="iso", owner=HOSTILE)
    history = History(cloud_of(images=[*IMAGES, one]), [MINE])
    history.ask(MINE, "disk_format=iso&limit=2")
    history.interactions[0] = edited(history.interactions[0], images=[])
    walk(history)
    return write(tmp_path / f"a{NAMED}.yaml", history.interactions)


@pytest.mark.parametrize("options", [(), ("--json",), ("--validate",), ("--validate", "--json")])
def test_inspect_escapes_names_values_and_projects(images: Path, options: tuple[str, ...]) -> None:
    """In text and in JSON, which has the same values."""
    done = run("inspect", images, *options)

    _check(done, status=1 if "--validate" in options else 0)
    if options == ("--json",):
        assert f"__x{HOSTILE}" in json.loads(done.stdout)["properties"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_inspect_escapes_what_a_cassette_holds(cassette: Path, options: tuple[str, ...]) -> None:
    """Its queries, callers and paths."""
    _check(run("inspect", cassette, *options), status=0)


def test_inspect_escapes_the_name_of_a_page(images: Path) -> None:
    """And that of the set."""
    _check(run("inspect", images, "--html", f"{images}{NAMED}.html"), status=0)


def test_query_escapes_what_it_prints_to_a_terminal(images: Path) -> None:
    """JSON and its headers."""
    command = glancetape("query", images, "--include", "--color", "never")

    status, shown = run_in_terminal(command)

    assert 0 == status
    text = shown.decode().replace("\r\n", "\n")
    assert [] == _RAW.findall(text), text
    head, _, body = text.partition("\n\n")
    assert head.startswith("HTTP/1.1 200 OK\n")
    assert HOSTILE == json.loads(body)["images"][0]["name"]


def test_query_prints_the_exact_bytes_to_anything_else(cassette: Path) -> None:
    """A program wants what the cloud sent."""
    page = json.dumps({"images": [], "x": "\x9b\u202e"}, ensure_ascii=False).encode()
    path = write_cassette(cassette.with_name("b.yaml"), [(get("/v2/images"), ok(page))])

    done = subprocess.run(
        glancetape("query", path, ""), capture_output=True, timeout=60, check=True
    )

    assert page + b"\n" == done.stdout


def test_query_escapes_where_an_answer_comes_from(cassette: Path) -> None:
    """The provenance has the name of the file."""
    done = run("query", cassette, "limit=2")

    assert "X-Glancetape: exact; a\\x1b[2J\\x9b31m\\u202e\\nforged.yaml#2\n" == done.stderr
    assert 0 == done.returncode


def test_query_escapes_recorded_headers_and_reasons(tmp_path: Path) -> None:
    """With --include they are printed as lines. HTTP allows the characters above 127."""
    odd = Response(200, "OK\x9b2J", (("X-Odd", "\x9b31m\x85 forged"),), b"{}")
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), odd)])

    _check(run("query", path, "", "--include"), status=0)


@pytest.mark.parametrize(
    "odd",
    [
        Response(200, "OK\x1b[2J forged", (), b"{}"),
        Response(200, "OK", (("X-Odd", "\r\nError: forged\x07"),), b"{}"),
    ],
    ids=["reason", "header"],
)
def test_a_recording_that_http_forbids_is_refused_in_escaped_words(
    tmp_path: Path, odd: Response
) -> None:
    """The refusal quotes what it refuses."""
    path = write_cassette(tmp_path / f"a{NAMED}.yaml", [(get("/v2/images"), odd)])

    _check(run("query", path, "", "--include"), status=1)


def test_query_escapes_a_miss(tmp_path: Path) -> None:
    """The request is as it was typed; the cassette is named."""
    path = write_cassette(tmp_path / f"a{NAMED}.yaml", [(get("/v2/images"), ok())])

    _check(run("query", path, f"name={NAMED}"), status=1)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_verify_escapes_ids_names_and_requests(cassette: Path, options: tuple[str, ...]) -> None:
    """A difference shows what was recorded."""
    _check(run("verify", cassette, "--dialect", "glance", *options), status=1)


def _foreign(path: Path, header: str) -> Path:
    """Write a cassette of another recorder, with a secret under a name in YAML's own escapes."""
    path.write_text(
        'interactions:\n- request: {method: GET, uri: "http://g/", body: null,\n'
        f'    headers: {{"{header}": [hunter2hunter2]}}}}\n'
        '  response: {status: {code: 200, message: OK}, headers: {}, body: {string: ""}}\n'
        "version: 1\n"
    )
    return path


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_scan_escapes_names_of_files_and_headers(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Of a cassette that another recorder wrote."""
    path = _foreign(tmp_path / f"a{NAMED}.yaml", "X-\\x9b2J\\u202Eforged-Token")

    done = run("scan", path, *options)

    _check(done, status=1)
    assert "request header X-" in done.stdout


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_scan_names_a_header_that_http_forbids_in_escaped_words(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """The file cannot be read, so the check fails."""
    path = _foreign(tmp_path / f"a{NAMED}.yaml", "X-\\e[2J\\u202E\\nforged-Token")

    done = run("scan", path, *options)

    _check(done, status=1)
    assert "the request header 'X-" in done.stderr


def test_import_escapes_what_it_skips(tmp_path: Path) -> None:
    """The reason quotes a line; the file has a name."""
    bad = record(f"id{HOSTILE}", status=HOSTILE)
    source = write_ndjson(tmp_path / f"a{NAMED}.ndjson", [record("good"), bad, {HOSTILE: 1}])

    done = run("import", source, "--skip-bad", "--out", tmp_path / f"b{NAMED}.images")

    _check(done, status=0)


def test_import_escapes_a_line_that_ends_it(tmp_path: Path) -> None:
    """In the error."""
    source = write_ndjson(tmp_path / f"a{NAMED}.ndjson", [{HOSTILE: 1}])

    _check(run("import", source, "--out", tmp_path / "b.images"), status=1)


def test_import_escapes_the_views_of_a_cassette(tmp_path: Path) -> None:
    """Each on a line of its own when there are several."""
    page = b'{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
    pairs = [
        (get("/v2/images", ("X-Project-Id", f"{one}\x9b\u202eforged")), ok(page)) for one in "ab"
    ]
    path = write_cassette(tmp_path / "a.yaml", pairs)

    done = run("import", path, "--out", tmp_path / "a.images", "--dialect", "glance")

    _check(done, status=1)


def test_generate_escapes_its_spec_and_its_file(tmp_path: Path) -> None:
    """A spec may come from anywhere."""
    spec = tmp_path / f"a{NAMED}.yaml"
    spec.write_text('like: region\n"\\e[2J\\u202E\\x9Bforged": 1\n')

    _check(run("generate", "--explain", "--spec", spec), status=1)
    out = tmp_path / f"b{NAMED}.ndjson"
    _check(run("generate", "--count", "1", "--out", out), status=0)


MISSING = f"missing{NAMED}.yaml"
WITHOUT_FILE: dict[str, tuple[str, ...]] = {
    "record": ("--cassette", f"missing{NAMED}/a.yaml", "--listen", "127.0.0.1:0"),
    "replay": (MISSING,),
    "run": ("--replay", MISSING, "--", "true"),
    "serve": (MISSING,),
    "generate": ("--count", "1", "--spec", MISSING, "--out", "a.images"),
    "learn": (MISSING, "--out", "a.yaml"),
    "import": (MISSING, "--out", "a.images"),
    "query": (MISSING,),
    "inspect": (MISSING,),
    "merge": (MISSING, "b.yaml", "--out", "c.yaml"),
    "prune": (MISSING, "--keep", "~u limit=2$"),
    "export": (MISSING, "--to", "har", "--out", "a.har"),
    "verify": (MISSING,),
    "scan": (MISSING,),
    "lab": ("--replay", MISSING, "--", "true"),
}
"""Arguments of each command that name a file, which does not exist."""


@pytest.mark.parametrize("command", [name for names in SECTIONS.values() for name in names])
def test_a_file_that_is_missing_is_named_without_control_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """In one line, by each command."""
    monkeypatch.chdir(tmp_path)

    _check(run(command, *WITHOUT_FILE[command]), status=1)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((NAMED,), 2),
        (("replay", f"--{NAMED}"), 2),
        (("inspect", "a", NAMED), 2),
        (("record", "--listen", NAMED), 2),
        (("record", "--mode", NAMED), 2),
        (("verify", "a.yaml", "--against", f"http://{NAMED}/x"), 2),
        (("generate", "--count", "1", "--out", NAMED), 2),
        (("query", "a.images", f"/{NAMED}"), 2),
        (("run", "--replay", "a.yaml", NAMED), 127),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else str(one),
)
def test_wrong_usage_is_shown_without_control_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], status: int
) -> None:
    """Arguments may come from a script's input."""
    monkeypatch.chdir(tmp_path)
    write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    make_set(tmp_path / "a.images", [record("a")])

    done = run(*arguments)

    assert status == done.returncode, done
    assert [] == _RAW.findall(done.stderr), done.stderr
    assert not re.search("^forged", done.stderr, re.MULTILINE), done.stderr


def test_a_replay_logs_requests_and_files_escaped(cassette: Path) -> None:
    """Clients and names of files may be hostile."""
    with running(glancetape("replay", cassette, "--listen", "127.0.0.1:0")) as player:
        requests.get(f"{player.url}/v2/images?limit=2", headers={"X-Project-Id": "x"}, timeout=10)
        requests.get(f"{player.url}/v2/images?{NAMED.encode().hex()}=%1b%9b", timeout=10)
        requests.get(
            f"{player.url}/v2/images?limit=3",
            headers={"X-Project-Id": "\x9b31m".encode(), "X-Api-Version": "\x9b\xadM".encode()},
            timeout=10,
        )
        player.stop()

    assert [] == _RAW.findall(player.said), player.said
    assert "warning: Not recorded: GET" in player.said
    assert "\n  " in player.said, player.said
    assert not re.search("^forged", player.said, re.MULTILINE), player.said


def test_a_run_prints_its_files_escaped(cassette: Path) -> None:
    """The recorded service and the cassette are named in the log."""
    done = run("run", "--replay", cassette, "curl", "-s", "http://glance/v2/images?limit=2")

    assert [] == _RAW.findall(done.stderr), done.stderr
    assert not re.search("^forged", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.parametrize("form", ["har", "wiremock", "ndjson"])
def test_an_export_escapes_names_of_files(form: str, cassette: Path, tmp_path: Path) -> None:
    """Its files hold the texts as JSON."""
    out = tmp_path / f"out{NAMED}"
    done = run("export", cassette, "--to", form, "--out", out, "--dialect", "glance")

    _check(done, status=0)
    for path in (out, *out.rglob("*")):
        if path.is_file() and path.suffix in ("", ".json", ".har", ".ndjson"):
            assert not set(path.read_text("utf-8")) & {"\x1b", "\x07"}


@pytest.mark.parametrize("command", ["merge", "prune"])
def test_a_diff_escapes_what_is_in_a_cassette(command: str, cassette: Path, tmp_path: Path) -> None:
    """Each line of it is one line."""
    other = write_cassette(tmp_path / f"b{NAMED}.yaml", [(get("/v2/images?limit=9"), ok())])
    arguments: tuple[str | Path, ...] = (cassette, "--keep", "~u limit=2$")
    if command == "merge":
        arguments = (other, cassette, "--out", tmp_path / f"c{NAMED}.yaml")
    done = run(command, *arguments, "--dry-run")

    _check(done, status=0)
    assert done.stdout.startswith("--- ")
