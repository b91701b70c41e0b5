"""File names in the header X-Glancetape, whatever bytes they have."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape.wire.messages import provenance_value, with_provenance
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.wire.both_faces import Asked, faces

NAMES = {
    b"a.yaml": b"a.yaml",
    "größe.yaml".encode(): b"gr%C3%B6%C3%9Fe.yaml",
    "镜像.yaml".encode(): b"%E9%95%9C%E5%83%8F.yaml",
    "e\u0301\u202e.yaml".encode(): rb"e%CC%81\u202e.yaml",
    b"a\xff.yaml": rb"a\xff.yaml",
    b"a\r\nX-Other: 1.yaml": rb"a\r\nX-Other: 1.yaml",
    b"50%.yaml": b"50%.yaml",
    b"a%41.yaml": b"a%2541.yaml",
}
"""The bytes of a name, and the header's. What cannot be printed is shown as Python writes it."""


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=ascii)
def test_a_name_is_percent_encoded_in_every_server(
    tmp_path: Path, name: bytes, expected: bytes
) -> None:
    path = tmp_path / "written.yaml"
    write_cassette(path, [(get("/v2/images"), ok())])
    path = path.rename(tmp_path / os.fsdecode(name))

    shown = run("query", "-i", path, "--dialect", "glance")
    with faces(replay=[path], dialect="glance") as both:
        asked = Asked(b"/v2/images")
        found = [dict(one(asked).headers) for one in (both.ask_app, both.ask_addon)]

    assert [b"exact; " + expected + b"#1"] * 2 == [one[b"x-glancetape"] for one in found]
    assert f"\nX-Glancetape: exact; {expected.decode()}#1\n" in shown.stdout
    assert not [one for one in found if b"x-other" in one]


@given(st.text() | st.binary().map(os.fsdecode) | st.from_regex("%[0-9A-Fa-f%é]{0,3}"))
def test_what_a_client_decodes_is_the_name(text: str) -> None:
    """Lone surrogates stand for bytes that are not UTF-8."""
    text = text.encode("utf-8", "replace").decode() if "\ud800" <= max(text, default="") else text
    value = provenance_value(text)

    assert value.isascii()
    assert value.decode().isprintable()
    assert text.encode("utf-8", "surrogateescape") == unquote_to_bytes(value)
    assert ((b"X-Glancetape", value),) == with_provenance(((b"x-glancetape", b"theirs"),), text)
