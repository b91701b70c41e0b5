"""Bodies are read alike from every format: content codings are undone, and a part is no answer."""

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
import zstandard

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.curl.curl_heads import CURL_HEADS
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut, Unusable
from glancetape_cassettes.formats.foreign.har import HAR
from glancetape_cassettes.formats.foreign.wiremock.wiremock_mappings import WIREMOCK
from glancetape_cassettes.formats.opened.foreign_cassette import ForeignItems
from glancetape_cassettes.interaction import header

URL = "http://glance:9292/v2/images"
PAGE = b'{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
Read = Callable[[Path, bytes, dict[str, str]], bytes]
"""What is read of a body that a file has with these headers. Raises what refuses it."""


def _body_of(found: Entry | LeftOut) -> bytes:
    if isinstance(found, LeftOut):
        raise Unusable(found.reason)
    response = found.interaction.response
    assert header(response.headers, "content-encoding") in (None, "identity")
    return response.body


def _vcr(path: Path, body: bytes, headers: dict[str, str]) -> bytes:
    answer = {
        "status": {"code": 200, "message": "OK"},
        "headers": {name: [value] for name, value in headers.items()},
        "body": {"base64_string": base64.b64encode(body).decode()},
    }
    item = {"request": {"method": "GET", "uri": URL}, "response": answer}
    text = json.dumps({"version": 1, "interactions": [item]}).encode()
    return _body_of(Entry(1, ForeignItems(path, text).read(0)))


def _har(path: Path, body: bytes, headers: dict[str, str]) -> bytes:
    answer = {
        "status": 200,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "content": {"encoding": "base64", "text": base64.b64encode(body).decode()},
    }
    entry = {"request": {"method": "GET", "url": URL}, "response": answer}
    path.write_text(json.dumps({"log": {"entries": [entry]}}))
    assert HAR.read is not None
    return _body_of(next(HAR.read(path, None)))


def _curl(path: Path, body: bytes, headers: dict[str, str]) -> bytes:
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    path.write_bytes("\r\n".join(lines).encode() + body)
    assert CURL_HEADS.read is not None
    return _body_of(next(CURL_HEADS.read(path, URL)))


def _stub(path: Path, body: bytes, headers: dict[str, str]) -> bytes:
    answer = {"headers": headers, "base64Body": base64.b64encode(body).decode()}
    path.write_text(
        json.dumps({"request": {"method": "GET", "url": "/v2/images"}, "response": answer})
    )
    assert WIREMOCK.read is not None
    return _body_of(next(WIREMOCK.read(path, "http://glance:9292")))


CUT_OFF: dict[str, Read] = {"VCR": _vcr, "HAR": _har, "curl -i": _curl}
"""Files in which a body may be cut off; a stub has what WireMock answers."""
READERS: dict[str, Read] = {**CUT_OFF, "WireMock": _stub}
CODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
}
JSON = {"Content-Type": "application/json"}


def _coded(coding: str) -> dict[str, str]:
    return JSON if coding == "identity" else {**JSON, "Content-Encoding": coding}


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_coding_is_undone(read: Read, coding: str, tmp_path: Path) -> None:
    """Or was undone by whoever saved the file."""
    headers = _coded(coding)

    assert PAGE == read(tmp_path / "a", CODED[coding](PAGE), headers)
    assert PAGE == read(tmp_path / "a", PAGE, headers)


@pytest.mark.parametrize("read", CUT_OFF.values(), ids=CUT_OFF)
def test_chunk_sizes_are_none_of_the_body(read: Read, tmp_path: Path) -> None:
    """Some tools keep what came over the wire."""
    sizes = b"%x\r\n%b\r\n2;a=b\r\n%b\r\n0\r\n\r\n" % (len(PAGE) - 2, PAGE[:-2], PAGE[-2:])
    chunked = {**JSON, "Transfer-Encoding": "chunked"}

    assert PAGE == read(tmp_path / "a", sizes, chunked)
    assert PAGE == read(tmp_path / "a", PAGE, chunked)


@pytest.mark.parametrize("coding", ["compress", "gzip", "br", "zstd"])
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_bytes_that_nobody_can_read_are_left_out(read: Read, coding: str, tmp_path: Path) -> None:
    """Their secrets could not be found, and a client would get them without their coding."""
    with pytest.raises((Unusable, CassetteError), match=r"coding .*body c.*not be undone"):
        read(tmp_path / "a", b"\x8b\xff\x80", {"Content-Encoding": coding})


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("read", CUT_OFF.values(), ids=CUT_OFF)
def test_the_beginning_of_json_is_no_answer(read: Read, coding: str, tmp_path: Path) -> None:
    """Without a length, its end shows that something is missing."""
    headers = _coded(coding)

    with pytest.raises((Unusable, CassetteError), match="only a part of"):
        read(tmp_path / "a", CODED[coding](PAGE[:-9]), headers)
