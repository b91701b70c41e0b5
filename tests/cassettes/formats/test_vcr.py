"""Interactions from VCR's YAML: content codings, and items that do not fit."""

import gzip
import json
import re
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import vcr
from glancetape_cassettes.formats.body import WRITERS
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


ODD = [
    ({"status": {"code": code}}, f"must be a number from 200 to 599, not {code!r}")
    for code in (0, 1, 99, 100, 101, 103, 199, 600, 999, True, "200", None, 200.0)
]
ODD += [
    ({"status": {"code": 200, "message": f"O{sign}K"}}, "the reason has a control character")
    for sign in ("\r\n", "\n", "\r", "\0", "\x1b", "\x7f", "\x0b")
]
ODD += [
    ({"headers": {name: [value]}}, f"the response header {re.escape(repr(name))} has a control")
    for name, value in (
        ("X\r\nSet-Cookie", "a"),
        ("X", "a\r\nSet-Cookie: b"),
        ("X", "a\nb"),
        ("X\0", ""),
        ("X", "\x1b[31m"),
    )
]


@pytest.mark.parametrize(("odd", "message"), ODD)
def test_what_http_forbids_is_refused(odd: dict[str, Any], message: str) -> None:
    """A final status is from 200 to 599, and a line of the head has no control characters."""
    value = _item({"string": ""})
    value["response"] |= odd

    with pytest.raises(CassetteError, match=f"^a.yaml, interaction 1: .*{message}"):
        vcr.interaction_from(value, "a.yaml, interaction 1")


def test_a_line_break_in_a_request_header_is_refused() -> None:
    value = _item({"string": ""})
    value["request"]["headers"] = {"X-A": ["a\r\nX-B: b"]}

    with pytest.raises(CassetteError, match="the request header 'X-A' has a control"):
        vcr.interaction_from(value, "a.yaml, interaction 1")


def test_a_tab_and_the_characters_of_latin_1_may_be_in_a_header() -> None:
    """What a service sends as UTF-8 is read as latin-1."""
    value = _item({"string": ""})
    value["response"]["headers"] = {"X-A": ["a\tb", "镜像".encode().decode("latin-1")]}

    found = vcr.interaction_from(value, "a.yaml").response.headers

    assert ("X-A", "a\tb") in found


# -- Bodies that are somewhere else ---------------------------------------------------------------

NAMES = st.text(max_size=5)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
JSON_VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)


@given(JSON_VALUES.filter(lambda value: value is not None), st.sampled_from(sorted(WRITERS)))
def test_a_parsed_body_is_the_json_that_was_sent(value: Any, style: str) -> None:
    """In the layout whose length Content-Length shows, when there is one."""
    sent = WRITERS[style](value).encode()
    item = _item(None)
    item["response"] = {
        "status": {"code": 200},
        "headers": {"content-length": [str(len(sent))]},
        "parsed_body": value,
    }
    item["request"] |= {"method": "POST", "parsed_body": value}

    found = vcr.interaction_from(item, "a.yaml")

    assert value == json.loads(found.response.body) == json.loads(found.request.body)
    assert len(sent) == len(found.response.body)


@pytest.mark.parametrize("value", [b"\xff", {1: "a"}, [float("nan")], {"a": {b"b": 1}}])
def test_a_parsed_body_that_is_not_json_is_refused(value: Any) -> None:
    item = _item(None)
    item["response"]["parsed_body"] = value

    with pytest.raises(CassetteError, match=r"^a\.yaml: the response has a 'parsed_body' that is"):
        vcr.interaction_from(item, "a.yaml")


ELSEWHERE: list[dict[str, Any]] = [
    {},
    {"body": {}},
    {"body": {"encoding": "UTF-8"}},
    {"body": {"json": {"images": []}}},
    {"body": {"file": "a.json"}},
    {"content": '{"images": []}'},
    {"body": None, "headers": {"Content-Length": ["14"]}},
    {"body": {"string": None}, "headers": {"content-length": "14"}},
]


@pytest.mark.parametrize("response", ELSEWHERE)
def test_a_response_without_its_body_is_no_empty_answer(response: dict[str, Any]) -> None:
    """What the service answered is somewhere else, or nowhere."""
    item = _item(None)
    item["response"] = {"status": {"code": 200}} | response

    with pytest.raises(CassetteError, match=r"^a\.yaml, interaction 7: the response has no 'body'"):
        vcr.interaction_from(item, "a.yaml, interaction 7")


@pytest.mark.parametrize(
    ("method", "response"),
    [
        ("HEAD", {"status": {"code": 200}, "headers": {"Content-Length": ["14"]}}),
        ("DELETE", {"status": {"code": 204}}),
        ("GET", {"status": {"code": 304}}),
        ("POST", {"status": {"code": 202}, "headers": {"Content-Length": ["0"]}}),
        ("POST", {"status": {"code": 202}, "body": None}),
    ],
)
def test_a_response_that_has_no_body_needs_none(method: str, response: dict[str, Any]) -> None:
    item = _item(None)
    item["request"]["method"] = method
    item["response"] = response

    assert b"" == vcr.interaction_from(item, "a.yaml").response.body


@pytest.mark.parametrize(("value", "message"), BAD.values(), ids=BAD.keys())
def test_what_does_not_fit_is_an_error_that_names_the_place(value: Any, message: str) -> None:
    with pytest.raises(CassetteError, match=rf"^a\.yaml, interaction 1.*{message}"):
        vcr.interaction_from(value, "a.yaml, interaction 1")
