"""Interactions from VCR's YAML: content codings, and items that do not fit."""

import gzip
import zlib
from typing import Any

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import vcr
from glancetape_cassettes.interaction import Response

PLAIN = b'{"images": []}'
ZIPPED = gzip.compress(PLAIN, mtime=0)  # the same in every process: it names tests


def _item(body: Any, coding: str = "", **more: Any) -> dict[str, Any]:
    headers = {"Content-Encoding": [coding]} if coding else {}
    return {
        "request": {"method": "GET", "uri": "http://glance:9292/v2/images"},
        "response": {"status": {"code": 200}, "headers": headers, "body": body},
        **more,
    }


def _response(body: bytes | str, coding: str) -> Response:
    return vcr.interaction_from(_item({"string": body}, coding), "a.yaml").response


def _raw_deflate(body: bytes) -> bytes:
    work = zlib.compressobj(wbits=-15)
    return work.compress(body) + work.flush()


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (ZIPPED, "gzip"),
        (ZIPPED, "X-Gzip"),
        (zlib.compress(PLAIN), "deflate"),
        (_raw_deflate(PLAIN), "deflate"),
        (PLAIN, "gzip"),
        (PLAIN.decode(), "deflate"),
    ],
)
def test_a_body_is_decoded_whichever_way_it_was_kept(body: bytes | str, coding: str) -> None:
    """Raw deflate without zlib's frame, and bodies decoded before under the old header, as well."""
    assert Response(200, "", (), PLAIN) == _response(body, coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("body", [ZIPPED[:-9], b"\x1f\x8b\xff\xff\xff", ZIPPED + b"\xff"])
def test_bytes_that_cannot_be_decoded_stay_with_their_header(body: bytes, coding: str) -> None:
    """The client shall find the same fault that the service made."""
    assert Response(200, "", (("Content-Encoding", coding),), body) == _response(body, coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_grows_without_end_is_refused(coding: str) -> None:
    zeros = b"\0" * (65 << 20)
    body = gzip.compress(zeros) if coding == "gzip" else _raw_deflate(zeros)

    with pytest.raises(CassetteError, match=r"^a\.yaml: .*over 64 MiB when decompressed\.$"):
        _response(body, coding)


def _deep() -> str:
    return "[" * 300 + "]" * 300


BAD = {
    "no base64": (_item({"base64_string": "abc"}), "'base64_string' is not valid base64"),
    "no ASCII": (_item({"base64_string": "é"}), "'base64_string' is not valid base64"),
    "a list as layout": (_item({"string": ""}, glancetape={"json": ["a"]}), "must be one of"),
    "no layout": (_item({"string": ""}, glancetape={"json": "wide"}), "must be one of"),
    "no JSON": (_item({"string": "{"}, glancetape={"json": "spaced"}), "is marked as JSON"),
    "deep JSON": (_item({"string": _deep()}, glancetape={"json": "compact"}), "marked as JSON"),
    "no URL": (
        _item({"string": ""}) | {"request": {"method": "GET", "uri": "http://[/v2"}},
        "'request.uri' is not a URL: Invalid IPv6 URL",
    ),
}


@pytest.mark.parametrize(("value", "message"), BAD.values(), ids=BAD.keys())
def test_what_does_not_fit_is_an_error_that_names_the_place(value: Any, message: str) -> None:
    with pytest.raises(CassetteError, match=rf"^a\.yaml, interaction 1.*{message}"):
        vcr.interaction_from(value, "a.yaml, interaction 1")
