"""A file is recognised as what it is, or refused with what it looks like."""

import json
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

ONE = exchange()
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
}


@pytest.mark.parametrize(("value", "name"), OTHERS.values(), ids=OTHERS)
def test_a_format_that_is_not_read_is_named(tmp_path: Path, value: Any, name: str) -> None:
    path = tmp_path / "file"
    path.write_text(value if isinstance(value, str) else json.dumps(value))

    for reads in (recognise, load_cassette):
        with pytest.raises(CassetteError, match=rf"file: looks like {name}, which is not read\."):
            reads(path)


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
