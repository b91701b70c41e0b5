"""A file is recognised as what it is, or refused with what it looks like."""

import bz2
import gzip
import io
import json
import lzma
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.recognising import recognise
from glancetape_cassettes.formats.reading import format_of
from support.drawn.examples import examples
from support.foreign.har_files import entry, har
from support.foreign.text_files import HOST, curl_i, curl_v, exchange, log_of, page, stub
from support.sets.set_commands import call
from support.sets.set_files import record, write_ndjson

ONE = exchange()


def _zip(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "")
    return content.getvalue()


FILES: dict[str, tuple[str | bytes, str]] = {
    "HAR": (json.dumps(har([entry()])), "a HAR file"),
    "log": (log_of([ONE]), "the output of `openstack --debug`"),
    "glance's log": (log_of([ONE], "glance"), "the output of `openstack --debug`"),
    "curl -i": (curl_i([ONE.response]), "the output of `curl -i`"),
    "curl -v": (curl_v([ONE]), "the output of `curl -v`"),
    "page": (json.dumps(page()), "a page of images, or a list of pages"),
    "pages": (json.dumps([page()], indent=4), "a page of images, or a list of pages"),
    "stubs": (json.dumps({"mappings": [stub(ONE)]}), "stubs of WireMock"),
    "a stub": (json.dumps(stub(ONE, "jsonBody")), "stubs of WireMock"),
    "a stub with a text": (
        json.dumps(
            {
                "request": {"method": "GET", "url": "/v2/images"},
                "response": {"status": 200, "body": json.dumps(page())},
            }
        ),
        "stubs of WireMock",
    ),
    "vcrpy": (json.dumps({"version": 1, "interactions": []}), "a VCR cassette"),
}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("kind", [one for one in FILES if not one.startswith("curl")])
def test_a_mark_at_the_beginning_hides_no_format(tmp_path: Path, kind: str, encoding: str) -> None:
    """Editors of Windows write one."""
    content, name = FILES[kind]
    path = tmp_path / "file"
    path.write_bytes(str(content).encode(encoding))

    found = format_of(path)

    assert name == found.name
    assert found.read is not None
    if name != "a VCR cassette":
        assert list(found.read(path, HOST))


@pytest.mark.parametrize(("content", "name"), FILES.values(), ids=FILES)
def test_a_file_is_recognised_by_its_content(
    tmp_path: Path, content: str | bytes, name: str
) -> None:
    """Whatever it is called."""
    path = tmp_path / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    assert name == format_of(path).name


OTHERS: dict[str, tuple[Any, str]] = {
    "Postman": ({"info": {"name": "a", "_postman_id": "b"}, "item": []}, "a Postman collection"),
    "Hoverfly": ({"data": {"pairs": []}, "meta": {}}, "a simulation of Hoverfly"),
    "nock": ([{"scope": "http://glance", "method": "GET"}], "a recording of nock"),
    "mountebank": ({"imposters": []}, "imposters of mountebank"),
    "MockServer": ([{"httpRequest": {}, "httpResponse": {}}], "expectations of MockServer"),
    "MockServer, one": ({"httpRequest": {}, "httpResponse": {}}, "expectations of MockServer"),
    "Burp": ('<?xml version="1.0"?>\n<items burpVersion="2">', "items of Burp"),
    "ZIP": ("PK\x03\x04", "a ZIP archive"),
    "ZIP without files": ("PK\x05\x06", "a ZIP archive"),
    "nock of a list": ([{"scope": "http://glance", "response": page()}], "a recording of nock"),
    "Charles": ([{"status": "COMPLETE", "method": "GET"}], "a session of Charles"),
    "Charles, XML": ("<?xml version='1.0'?><charles-session>", "a session of Charles"),
    "Insomnia": ({"_type": "export", "resources": []}, "an export of Insomnia"),
    "Insomnia 5": ("type: collection.insomnia.rest/5.0\nname: x\n", "an export of Insomnia"),
    "OpenAPI": ({"openapi": "3.0.0", "paths": {}}, "a description of an API"),
    "Swagger, YAML": ("swagger: '2.0'\npaths: {}\n", "a description of an API"),
    "Pact": ({"consumer": {}, "interactions": [page()]}, "a contract of Pact"),
    "HTTPie": ("GET /v2/images HTTP/1.1\nHost: a\n\nHTTP/1.1 200 OK\n", "the output of `http"),
    "requests": ("GET http://glance:9292/v2/images\nX-Auth-Token: a\n", "a file of HTTP requests"),
    "wget": ("--2026-01-01 10:00:00--  http://glance/\n", "the output of wget"),
    "HTML": ("<!DOCTYPE html>\n<p>", "a page of HTML"),
    "UTF-16 without a mark": (json.dumps(page()).encode("utf-16-le"), "text in UTF-16"),
    "UTF-32": (json.dumps(page()).encode("utf-32"), "text in UTF-16 or UTF-32"),
    "bzip2": (bz2.compress(b"{}"), "a file compressed with bzip2"),
    "xz": (lzma.compress(b"{}"), "a file compressed with xz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x58", "a file compressed with zstd"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c\0\4", "a file compressed with 7-Zip"),
    "gzip twice": (gzip.compress(gzip.compress(b"{}")), "a file compressed with gzip twice"),
    "zlib": (zlib.compress(b"http_interactions:\n"), "a file compressed with zlib"),
    "responses": (
        f"responses:\n- response:\n    body: '{json.dumps(page())}'\n    status: 200\n",
        "a recording of responses",
    ),
    "responses, TOML": ("[[responses]]\n[responses.response]\n", "a recording of responses"),
    "talkback": (
        "{\n  meta: {host: 'http://glance'},\n  req: {url: '/v2/images'},\n  res: {}\n}",
        "a tape of talkback",
    ),
    "WARC": ("WARC/1.1\r\nWARC-Type: response\r\n", "a web archive"),
    "curl --trace": (
        "== Info:   Trying 10.0.0.1:9292...\n=> Send header, 90 bytes (0x5a)\n",
        "the output of `curl --trace`",
    ),
    "Git LFS": ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git"),
    "Ansible Vault": ("$ANSIBLE_VAULT;1.1;AES256\n6231\n", "a file that Ansible Vault"),
    "Fiddler": (_zip("raw/1_c.txt"), "a session of Fiddler"),
    "tar": (b"site.har".ljust(257, b"\0") + b"ustar\x0000", "a tar archive"),
}


@pytest.mark.parametrize(("value", "name"), OTHERS.values(), ids=OTHERS)
def test_a_format_that_is_not_read_is_named(tmp_path: Path, value: Any, name: str) -> None:
    """Whatever is to be made of it."""
    path = tmp_path / "file"
    written = value if isinstance(value, str | bytes) else json.dumps(value)
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    looks = rf"file: looks like {name}.*, which is not read\."

    for reads in (recognise, load_cassette):
        with pytest.raises(CassetteError, match=looks):
            reads(path)
    refused = call("import", path, "--out", tmp_path / "a.images")
    assert 1 == refused.exit_code
    assert re.search(looks, refused.stderr)


def test_an_image_that_begins_like_such_a_format_is_an_image(tmp_path: Path) -> None:
    """A cloud may have a property of any name."""
    write_ndjson(tmp_path / "a", [{"protocol": "x", **record("a")}])

    assert 0 == call("import", tmp_path / "a", "--out", tmp_path / "a.images").exit_code


def test_white_space_alone_is_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("\n \n")

    with pytest.raises(CassetteError, match=r"a: the file is empty\."):
        recognise(tmp_path / "a")


@pytest.mark.parametrize(
    "command",
    [
        "import FILE --out tape.yaml",
        "import FILE --out a.images",
        "learn FILE --out spec.yaml",
        "query FILE limit=1",
    ],
)
def test_a_pipe_that_nobody_writes_is_refused_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("FILE")

    refused = call(*command.split())

    assert 1 == refused.exit_code
    assert "FILE" in refused.stderr
    assert "not a regular file" in refused.stderr


@pytest.mark.parametrize("name", ["FILE.yaml", "FILE.images"])
@pytest.mark.parametrize(
    "command",
    [
        "import {} --out tape.yaml",
        "import {} --out a.images",
        "learn {} --out spec.yaml",
        "query {} limit=1",
        "scan {}",
        "verify {}",
        "merge {} {}/a.yaml --out tape.yaml",
        "export {} --to har --out a.har",
    ],
)
def test_a_folder_is_refused_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir()
    (Path(name) / "a.yaml").write_text("interactions: []\n")

    refused = call(*command.replace("{}", name).split())

    assert 1 == refused.exit_code
    assert f"{name}: it is a folder; name a file in it." in refused.stderr


def test_images_that_are_no_recording_lead_to_the_command_that_reads_them(tmp_path: Path) -> None:
    """A cassette is made of requests and answers, and these have none."""
    lines = write_ndjson(tmp_path / "a.ndjson", [record("a"), record("b")])
    made = tmp_path / "a.images"
    assert 0 == call("import", lines, "--out", made).exit_code

    for source, advice in [(lines, f"glancetape import {lines} --out {made}"), (made, "export")]:
        refused = call("import", source, "--out", tmp_path / "a.yaml")

        assert 1 == refused.exit_code
        assert advice in refused.stderr
    assert not (tmp_path / "a.yaml").exists()


def test_a_link_that_leads_nowhere_is_not_what_is_meant(tmp_path: Path) -> None:
    """Its own name is beside it. The error says where it leads."""
    (tmp_path / "a.har").symlink_to("nowhere")

    with pytest.raises(CassetteError, match=r"a\.har: no such file\. It is a link to nowhere, "):
        recognise(tmp_path / "a.har")


@examples(200)
@given(
    st.sampled_from(sorted(set(FILES) - {"vcrpy"})),
    st.integers(0, 2000),
    st.binary(max_size=6),
    st.integers(0, 40),
)
def test_a_damaged_file_is_an_error_or_leaves_entries_out(
    tmp_path_factory: pytest.TempPathFactory, kind: str, at: int, damage: bytes, gone: int
) -> None:
    """Never a traceback, and never an answer without its body."""
    content, _ = FILES[kind]
    whole = content.encode() if isinstance(content, str) else content
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(whole[: at % len(whole)] + damage + whole[at % len(whole) + gone :] or b"x")

    found: list[Entry | LeftOut] = []
    error = None
    try:
        form = recognise(path)
        assert form.read is not None
        found = list(form.read(path, HOST))
    except CassetteError as raised:
        error = str(raised)

    assert error is None or str(path) in error
    assert all(isinstance(one, LeftOut) or one.interaction.response.body for one in found), found
