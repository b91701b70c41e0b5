"""Cassettes from logs, output of curl, pages, folders and stubs: choice, redaction, report."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from support.foreign.text_files import (
    HOST,
    JSON,
    curl_i,
    curl_v,
    exchange,
    log_of,
    page,
    stub,
)
from support.running.in_process import run
from support.secrets.planted import PLACES
from support.secrets.planting import Planter

PAGES = [
    page("/v2/images?limit=1", next="/v2/images?limit=1&marker=a"),
    page("/v2/images?limit=1", count=0),
]
WALK = [
    exchange("/v2/images?limit=1", json.dumps(PAGES[0])),
    exchange("/v2/images?limit=1&marker=a", json.dumps(PAGES[1])),
]
ASKED = [f"{HOST}/v2/images?limit=1", f"{HOST}/v2/images?limit=1&marker=a"]


def _folder(path: Path) -> Path:
    for one, name in zip(PAGES, ("limit=1", "limit=1/marker=a"), strict=True):
        file = path / "GET/v2/images" / name / "response.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(one))
    return path


def _written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


FILES: dict[str, tuple[Callable[[Path], Path], bool]] = {
    "a log": (lambda folder: _written(folder / "a.log", log_of(WALK)), False),
    "curl -i": (
        lambda folder: _written(folder / "a.txt", curl_i([one.response for one in WALK])),
        True,
    ),
    "curl -v": (lambda folder: _written(folder / "a.txt", curl_v(WALK)), False),
    "pages": (lambda folder: _written(folder / "a.json", json.dumps(PAGES)), True),
    "a folder": (lambda folder: _folder(folder / "tree"), True),
    "stubs": (
        lambda folder: _written(
            folder / "a.json", json.dumps({"mappings": [stub(one) for one in WALK]})
        ),
        True,
    ),
}


@pytest.mark.parametrize(("make", "needs_url"), FILES.values(), ids=FILES)
def test_a_walk_is_imported_and_replayed(
    tmp_path: Path, make: Callable[[Path], Path], needs_url: bool
) -> None:
    """The URL is only asked for where the file does not have it."""
    source, out = make(tmp_path), tmp_path / "tape.yaml"
    url = ["--url", HOST] if needs_url else []

    done = run("import", source, "--out", out, *url)

    assert (0, "") == (done.returncode, done.stdout), done
    assert done.stderr.startswith(f"{out}: 2 interactions from {source}, "), done
    cassette = load_cassette(out)
    assert ASKED == [cassette.request(index).uri for index in range(len(cassette))]
    assert PAGES == [cassette.json_answer(index)[1] for index in range(len(cassette))]


@pytest.mark.parametrize(("make", "needs_url"), FILES.values(), ids=FILES)
def test_other_commands_read_a_file_or_say_how_to_import_it(
    tmp_path: Path, make: Callable[[Path], Path], needs_url: bool
) -> None:
    """They read what says what was asked; a folder is no cassette."""
    source = make(tmp_path)

    done = run("query", source, "limit=1")

    if not needs_url:
        assert done.stderr.endswith(f"X-Glancetape: exact; {source.name}#1\n"), done
        assert PAGES[0] == json.loads(done.stdout)
    elif source.is_file():
        assert 1 == done.returncode
        assert f"glancetape import {source} --out {tmp_path}/a.yaml --url URL\n" in done.stderr
    else:
        assert "it is a folder; name a file in it" in done.stderr


@pytest.mark.parametrize("kind", ["a log", "curl -v"])
def test_a_scan_does_not_say_that_a_text_has_no_secrets(tmp_path: Path, kind: str) -> None:
    """Only its entries would be searched, and not what is between them."""
    source = FILES[kind][0](tmp_path)

    done = run("scan", source)

    assert 1 == done.returncode
    assert f"Error: {source}: " in done.stderr
    assert f"glancetape import {source} --out " in done.stderr


@pytest.mark.parametrize("kind", [name for name, (_, needs_url) in FILES.items() if needs_url])
def test_a_file_that_does_not_say_what_was_asked_needs_a_url(tmp_path: Path, kind: str) -> None:
    source, out = FILES[kind][0](tmp_path), tmp_path / "tape.yaml"

    done = run("import", source, "--out", out)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"Error: {source}: "), done
    assert "Pass --url" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    "url",
    [
        *("glance:9292", "", "/v2/images", "ftp://glance/v2/images", "http://", "http://[::1/v2"),
        *("http://h:99999/v2", "http://h/v2/images#a", "http://h/v2/ima ges", "http://h/v2/é"),
        *("http://h/v2/images\nX: y", "http://h/\x1b[31m"),
    ],
)
def test_what_is_no_url_is_refused(tmp_path: Path, url: str) -> None:
    """It would be recorded as what a client asked."""
    source = FILES["pages"][0](tmp_path)

    done = run("import", source, "--out", tmp_path / "tape.yaml", "--url", url)

    assert done.returncode
    assert "--url must be a whole URL, such as http://" in done.stderr
    assert {source} == set(tmp_path.iterdir())


def test_only_the_image_service_is_kept_of_a_log(tmp_path: Path) -> None:
    """With a mark of what may have changed images."""
    servers = exchange("/servers", '{"servers": []}')
    nova = Interaction(Request("GET", "http://nova:8774/v2.1/servers"), servers.response)
    upload = f"REQ: curl -g -i -X PUT {HOST}/v2/images/a/file -d '<generator>'\nRESP: [204] A: b\n"
    source = _written(tmp_path / "a.log", log_of([nova, *WALK]) + upload)
    out = tmp_path / "tape.yaml"

    done = run("import", source, "--out", out)

    assert 0 == done.returncode, done
    assert "1 entry (1): of another service" in done.stderr
    assert "1 entry (4): the log leaves out the body of the request" in done.stderr
    assert "marked" in done.stderr
    assert 3 == len(load_cassette(out))


# -- Secrets --------------------------------------------------------------------------------------


def _pairs(lines: object) -> tuple[tuple[str, str], ...]:
    assert isinstance(lines, list | tuple)
    parts = (line.partition(": ") for line in lines)
    return tuple((name, value) for name, _, value in parts)


def _with_secrets(plant: Planter) -> Iterator[Interaction]:
    """Traffic with a secret in every place, as far as a text can have it."""
    for place in PLACES:
        for one in place(plant):
            status, _, reason = one.status.partition(" ")
            try:
                one.answer.decode()
                sent = one.body.decode()
            except UnicodeDecodeError:
                continue
            headers = _pairs(one.answer_headers)
            yield Interaction(
                Request(one.method, f"{HOST}{one.target}", _pairs(one.headers), sent.encode()),
                Response(int(status), reason, (JSON, *headers), one.answer),
            )


WITH_SECRETS: dict[str, Callable[[Path, list[Interaction]], Path]] = {
    "a log": lambda path, some: _written(path / "a.log", log_of(some)),
    "glance's log": lambda path, some: _written(path / "a.log", log_of(some, "glance")),
    "curl -v": lambda path, some: _written(path / "a.txt", curl_v(some)),
    "stubs": lambda path, some: _written(
        path / "a.json", json.dumps({"mappings": [stub(one) for one in some]})
    ),
}


@pytest.mark.parametrize("kind", WITH_SECRETS)
def test_no_secret_of_any_part_is_kept_or_shown(tmp_path: Path, kind: str) -> None:
    """Neither in the cassette nor in the report."""
    plant = Planter()
    source = WITH_SECRETS[kind](tmp_path, list(_with_secrets(plant)))
    out = tmp_path / "tape.yaml"

    url = ["--url", HOST] if kind == "stubs" else []

    done = run("import", source, "--out", out, "--skip-bad", *url)

    assert 0 == done.returncode, done
    assert 20 < len(load_cassette(out))
    written = (out.read_text() + done.stdout + done.stderr).lower()
    found = {
        where
        for where, secret in plant.planted.items()
        if any(secret[at : at + 10].lower() in written for at in range(len(secret) - 9))
    }
    assert set() == found


def test_no_secret_of_a_folder_is_kept_or_shown(tmp_path: Path) -> None:
    """In paths, queries and files that are no answers."""
    secret = "s3cr3tS3CR3Tabcdefgh"
    for name, value in {
        f"v2/images/token={secret}/response.json": page(),
        "v2/images/a.json": {"id": "a", "name": f"password={secret}"},
        "v2/images/b.json": {"id": "b", "admin_pass": secret},
        f"POST/{secret}.json": {"password": secret},
        f"{secret}.txt": secret,
    }.items():
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    out = tmp_path / "tape.yaml"

    done = run("import", tmp_path / "tree", "--out", out, "--url", HOST)

    assert 0 == done.returncode, done
    assert 3 == len(load_cassette(out))
    assert secret not in out.read_text() + done.stdout + done.stderr
