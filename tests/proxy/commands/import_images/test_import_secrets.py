"""Secrets in every part of a file of another tool: none reaches a cassette or a terminal."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import flow
from mitmproxy.io import FlowWriter

from glancetape.wire.flows import flow_of
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from support.foreign.har_files import entry_of, write_har
from support.one_image import id_of, image
from support.running.in_process import run
from support.secrets.leaks import leaks, values
from support.secrets.planted import PLACES
from support.secrets.planting import Exchange, Planter

DATE = "2026-03-01T10:00:00Z"


def interaction(one: Exchange) -> Interaction:
    """What a tool has seen of an exchange on the wire."""
    status, _, reason = one.status.partition(" ")
    return Interaction(
        Request(one.method, f"http://glance:9292{one.target}", headers(one.headers), one.body),
        Response(int(status), reason, headers(one.answer_headers), one.answer),
        DATE,
    )


def headers(lines: Any) -> Headers:
    pairs = [line.partition(": ") for line in lines]
    return tuple((name, value) for name, _, value in pairs)


def har_file(path: Path, seen: list[Interaction], plant: Planter) -> Path:
    """Each as an entry, and secrets in all that is beside the messages."""
    entries = [entry_of(one, as_base64=not is_text(one.response.body)) for one in seen]
    first = entries[0]
    for part in (first["request"], first["response"]):
        part["cookies"] = [{"name": "session", "value": plant(f"cookie {id(part)}")}]
        part["comment"] = f"token={plant(f'comment {id(part)}')}"
    first |= {
        "_initiator": {"stack": plant("initiator")},
        "_webSocketMessages": [{"data": plant("message")}],
        "connection": plant("connection"),
        "serverIPAddress": plant("address"),
        "pageref": plant("pageref"),
        "timings": {"wait": 1, "comment": plant("timings")},
    }
    first["request"]["queryString"] = [{"name": "token", "value": plant("queryString")}]
    first["response"] |= {"redirectURL": f"/?token={plant('redirect')}"}
    first["response"]["content"]["comment"] = plant("content")
    odd: dict[str, Any] = {
        "startedDateTime": plant("date"),
        "request": {"method": "GET", "url": f"http://h/v2/images?token={plant('left out')}"},
        "response": {"status": 0, "_error": plant("error"), "content": {}},
        "cache": {"afterRequest": {"eTag": plant("cache")}},
    }
    bad = {"request": {"method": plant("method"), "url": plant("no url")}}
    page = {"title": plant("title"), "id": "page_1"}
    return write_har(path, [*entries, odd, bad], pages=[page], comment=plant("log"))


def is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def ends(one: Interaction) -> bool:
    """Whether an answer is whole: JSON that begins and does not end may be cut off by a browser."""
    text = one.response.body.lstrip()
    kind = (header(one.response.headers, "content-type") or "").lower()
    if "json" not in kind or text[:1] not in (b"{", b"["):
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def flow_file(path: Path, seen: list[Interaction], plant: Planter) -> Path:
    """Each as a flow, and secrets in all that mitmproxy notes beside it."""
    flows = [flow_of(one) for one in seen]
    flows[0].comment = plant("flow comment")
    flows[0].marked = plant("marker")
    flows[0].metadata["note"] = plant("metadata")
    flows[0].server_conn.sni = plant("sni")
    broken = flow_of(seen[0])
    broken.response, broken.error = None, flow.Error(plant("flow error"))
    with path.open("wb") as file:
        writer = FlowWriter(file)  # type: ignore[no-untyped-call]  # mitmproxy
        for one in (*flows, broken):
            writer.add(one)
        file.write(b"999:" + base64.b64encode(plant("torn").encode()))
    return path


@pytest.mark.sampled(2)
@pytest.mark.parametrize("write", [har_file, flow_file])
def test_no_secret_of_a_file_is_stored_or_shown(
    write: Callable[[Path, list[Interaction], Planter], Path], tmp_path: Path
) -> None:
    """Neither by an import that succeeds nor by one that ends at a bad entry."""
    plant = Planter()
    seen = [interaction(one) for place in PLACES for one in place(plant)]
    source = write(tmp_path / "seen", seen, plant)
    out = tmp_path / "out.yaml"

    refused = run("import", source, "--out", out)
    done = run("import", source, "--out", out, "--skip-bad", "--json")

    assert (1, 0) == (refused.returncode, done.returncode), done
    kept = [one for one in seen if ends(one)]
    assert len(seen) - 1 <= len(kept) == len(load_cassette(out))
    shown = refused.stderr + done.stdout + done.stderr
    assert [] == leaks(out.read_text() + shown, plant.planted)
    assert [] == leaks(values(out.read_text()), plant.planted)
    assert 0 == run("scan", out).returncode


BAD_IMAGES: dict[str, Callable[[str], dict[str, Any]]] = {
    "a property that is a list": lambda secret: {"os_password": [secret]},
    "a property that is a number": lambda secret: {"pin": int(secret.encode().hex(), 16)},
    "a property that is an object": lambda secret: {"note": {"x": f"token={secret}"}},
    "a field of another type": lambda secret: {"min_disk": {"password": secret}},
    "locations that are text": lambda secret: {"locations": f"http://joe:{secret}@h/"},
    "a tag that is an object": lambda secret: {"tags": [{"password": secret}]},
    "a member without an id": lambda secret: {"members": [{"token": secret}]},
    "a status that is none": lambda secret: {"status": f"password={secret}"},
    "a time that is none": lambda secret: {"created_at": f"password={secret}"},
    "an id that is too long": lambda secret: {"id": f"password={secret}" + "x" * 300},
}


@pytest.mark.parametrize("kind", BAD_IMAGES)
def test_no_secret_of_a_bad_image_is_shown(kind: str, tmp_path: Path) -> None:
    """Neither where the image is refused, nor where it is skipped."""
    plant = Planter()
    secret = plant(kind)
    source = tmp_path / "own.ndjson"
    bad = image(id_of(1)) | BAD_IMAGES[kind](secret)
    source.write_text(f"{json.dumps(image(id_of(2)))}\n{json.dumps(bad)}\n")

    refused = run("import", source, "--out", tmp_path / "a.images")
    done = run("import", source, "--out", tmp_path / "a.images", "--skip-bad")
    learned = run("learn", source, "--out", tmp_path / "spec.yaml")

    assert (1, 0, 1) == (refused.returncode, done.returncode, learned.returncode)
    shown = (str(refused) + str(done) + str(learned)).lower()
    digits = str(int(secret.encode().hex(), 16))
    assert [] == leaks(shown, plant.planted | {"as a number": digits})
