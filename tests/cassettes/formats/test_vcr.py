"""Interactions from VCR's YAML: content codings, and items that do not fit."""

import base64
import gzip
import json
import re
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import vcr
from glancetape_cassettes.formats.body import WRITERS
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Response

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
def test_bytes_that_cannot_be_decoded_are_refused(body: bytes, coding: str) -> None:
    """Nobody could search them for secrets; most were cut off when they were stored."""
    with pytest.raises(CassetteError, match=rf"^a\.yaml: the content coding {coding} of"):
        _response(body, coding)


@pytest.mark.parametrize(
    ("body", "coding"),
    [(brotli.compress(PLAIN), "br"), (zstandard.ZstdCompressor().compress(PLAIN), "zstd")],
    ids=["br", "zstd"],
)
def test_brotli_and_zstandard_are_undone_whole_or_refused(body: bytes, coding: str) -> None:
    assert Response(200, "", (), PLAIN) == _response(body, coding)
    for damaged in (body[:-1], b"\xff" + body, body + b"\xff", b"\xff\xfe"):
        with pytest.raises(CassetteError, match=f"the content coding {coding} of"):
            _response(damaged, coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_grows_without_end_is_refused(coding: str) -> None:
    zeros = b"\0" * (65 << 20)
    compress: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": _raw_deflate,
        "br": partial(brotli.compress, quality=1),
        "zstd": zstandard.ZstdCompressor().compress,
    }
    body = compress[coding](zeros)

    with pytest.raises(CassetteError, match=r"^a\.yaml: .*over 64 MiB when decompressed\.$"):
        _response(body, coding)


def _deep() -> str:
    return "[" * 300 + "]" * 300


BAD = {
    "no base64": (_item({"base64_string": "abc"}), "'base64_string' is not valid base64"),
    "base64 that is not text": (_item({"base64_string": ["e30="]}), "'base64_string' must be text"),
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


@pytest.mark.parametrize("side", ["request", "response"])
@given(name=st.text(st.characters(max_codepoint=0x3100, exclude_categories=["Cc"]), max_size=5))
def test_a_header_without_a_name_or_with_a_blank_in_it_is_refused(side: str, name: str) -> None:
    """The message has the number of the interaction. Browsers save `:authority`, which is read."""
    value = _item({"string": ""})
    value[side]["headers"] = {"Accept-Language": ["en"], name: ["a"]}

    if name and len(name.split()) == 1 and name == name.strip():
        assert isinstance(vcr.interaction_from(value, "a.yaml, interaction 7"), Interaction)
    else:
        with pytest.raises(CassetteError, match=f"^a.yaml, interaction 7: {side} header 2 has"):
            vcr.interaction_from(value, "a.yaml, interaction 7")


def test_what_stands_where_the_name_of_a_header_should_is_not_shown() -> None:
    """It may be a whole line with a token in it."""
    value = _item({"string": ""})
    value["request"]["headers"] = {"X-Auth-Token mK4vQ8tRz2LwX9bN": ["a"]}

    with pytest.raises(CassetteError, match="a name with a blank in it") as raised:
        vcr.interaction_from(value, "a.yaml, interaction 1")

    assert "mK4v" not in str(raised.value)


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


JSON_TYPE = {"Content-Type": ["application/json; charset=UTF-8"]}
EMPTY = (None, "", {"string": ""}, {"string": None}, {"base64_string": ""})


@pytest.mark.parametrize("body", EMPTY)
@pytest.mark.parametrize(
    ("method", "status", "headers", "is_refused"),
    [
        ("GET", 200, JSON_TYPE, True),
        ("GET", 203, {"content-type": "application/vnd.x+json"}, True),
        ("GET", 204, JSON_TYPE, False),
        ("GET", 404, JSON_TYPE, False),  # some services refuse without a word
        ("GET", 200, JSON_TYPE | {"Content-Length": ["0"]}, False),
        ("GET", 200, {}, True),  # a filter of the recorder may have removed them
        ("GET", 200, {"Content-Type": ["text/plain"]}, True),
        ("HEAD", 200, JSON_TYPE, False),
        ("PUT", 200, JSON_TYPE, False),
    ],
)
@pytest.mark.parametrize("is_foreign", [True, False])
def test_json_of_another_recorder_is_not_empty(
    method: str, status: int, headers: dict[str, Any], is_refused: bool, is_foreign: bool, body: Any
) -> None:
    """It would be a list without an end, or none, where the cloud answered something."""
    item = _item(None)
    item["request"]["method"] = method
    item["response"] = {"status": {"code": status}, "headers": headers, "body": body}

    if is_refused and is_foreign:
        with pytest.raises(CassetteError, match=r"^a\.yaml: the response is JSON and its body is"):
            vcr.interaction_from(item, "a.yaml", is_foreign=True)
    else:
        assert b"" == vcr.interaction_from(item, "a.yaml", is_foreign=is_foreign).response.body


@pytest.mark.parametrize(("value", "message"), BAD.values(), ids=BAD.keys())
def test_what_does_not_fit_is_an_error_that_names_the_place(value: Any, message: str) -> None:
    with pytest.raises(CassetteError, match=rf"^a\.yaml, interaction 1.*{message}"):
        vcr.interaction_from(value, "a.yaml, interaction 1")


GOOD = """\
- request: {method: GET, uri: 'http://glance:9292/v2/images'}
  response: {status: {code: 200}, body: {string: '{"images": []}'}}
"""
_CUT = json.dumps('{"images": [{"id": "a"')
UNUSABLE = {
    "!!binary": ("body: {string: !!binary '!!'}", "no base64"),
    "!binary of Ruby": ("body: {string: !binary 'e30=!'}", "no base64"),
    "base64_string": ("body: {base64_string: '!!!'}", "not valid base64"),
    "base64_string beside": ("body: {base64_string: 'e30=%%'}", "not valid base64"),
    "empty": ("headers: {Content-Length: ['598']}, body: {string: ''}", "none of 598 bytes"),
    "empty, as text": ("headers: {content-length: '598'}, body: ''", "none of 598 bytes"),
    "empty in go-vcr": ("code: 200, status: 200 OK, body: '', content_length: 598", "none of 598"),
    "cut off": (f"headers: {{Content-Length: [598]}}, body: {{string: {_CUT}}}", "22 of 598"),
    "cut gzip": (
        "headers: {Content-Encoding: gzip}, body: {string: !!binary H4sIAAAAAAAA/6vO}",
        "content coding gzip",
    ),
    "no br": (
        "headers: {Content-Encoding: br}, body: {string: !!binary //79}",
        "content coding br",
    ),
}


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("response", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_body_is_refused_by_its_number(
    tmp_path: Path, response: str, why: str, is_first: bool
) -> None:
    status = "" if "code:" in response else "status: {code: 200}, "
    bad = f"""\
- request: {{method: GET, uri: 'http://glance:9292/v2/images'}}
  response: {{{status}{response}}}
"""
    path = tmp_path / "a.yaml"
    items = [bad, GOOD] if is_first else [GOOD, bad]
    path.write_text("interactions:\n" + "".join(items) + "version: 1\n")

    with pytest.raises(CassetteError, match=rf"interaction {1 if is_first else 2} .*{why}"):
        load_cassette(path)


WHOLE = {
    "complete JSON that was changed": ({"Content-Length": "598"}, PLAIN.decode(), "GET", 200),
    "text that was changed": ({"Content-Length": "598"}, "REDACTED", "GET", 200),
    "a HEAD": ({"Content-Length": "598"}, "", "HEAD", 200),
    "a 304": ({"Content-Length": "598"}, "", "GET", 304),
    "as the service sent it": ({"Content-Length": "1"}, "{", "GET", 200),
    "coded before": ({"Content-Length": "598", "Content-Encoding": "gzip"}, "{}", "GET", 200),
    "no length": ({"Content-Length": "many"}, "{}", "GET", 200),
}


@pytest.mark.parametrize(("headers", "body", "method", "code"), WHOLE.values(), ids=WHOLE)
def test_a_whole_body_is_kept(headers: Any, body: str, method: str, code: int) -> None:
    item = _item({"string": body})
    item["request"]["method"] = method
    item["response"] |= {"status": {"code": code}, "headers": headers}

    found = vcr.interaction_from(item, "a.yaml", is_foreign=True)

    assert body.encode() == found.response.body


@pytest.mark.parametrize("empty", ["", None, {"string": ""}, {"encoding": "UTF-8", "string": ""}])
def test_a_parsed_body_beside_an_empty_one_is_the_body(empty: Any) -> None:
    item = _item(empty)
    item["response"]["parsed_body"] = {"images": []}

    assert {"images": []} == json.loads(vcr.interaction_from(item, "a.yaml").response.body)


@pytest.mark.parametrize("uri", ["/v2/images", "v2/images", "//glance/v2/images", "http:///v2"])
def test_a_url_without_a_host_is_refused(uri: str) -> None:
    item = _item({"string": ""})
    item["request"]["uri"] = uri

    with pytest.raises(CassetteError, match=r"^a\.yaml: 'request\.uri' has no host"):
        vcr.interaction_from(item, "a.yaml", is_foreign=True)


TWICE = {
    "YAML": (f"interactions:\n{GOOD}interactions:\n{GOOD}", "line 4: .*line 1"),
    "both names": (f"http_interactions: []\ninteractions:\n{GOOD}", "line 2: .*line 1"),
    "not a list": (f"interactions:\n\ninteractions:\n{GOOD}", "line 3: .*line 1"),
    "JSON": ('{"interactions": [],\n"version": 1,\n"interactions": []}', "line 3: .*line 1"),
    "LangChain": ("requests: []\nresponses: []\nrequests: []\n", "line 3: .*line 1"),
}


@pytest.mark.parametrize(("text", "lines"), TWICE.values(), ids=TWICE)
def test_a_second_list_is_refused_with_its_line(tmp_path: Path, text: str, lines: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)

    with pytest.raises(CassetteError, match=rf"a\.yaml, {lines}"):
        load_cassette(path)


@pytest.mark.parametrize("parts", [1, 2, 5])
@pytest.mark.parametrize("after", [b"", b"x", b"\0\0", b"\x1f\x8b"])
def test_a_body_of_several_members_of_gzip_is_whole(parts: int, after: bytes) -> None:
    """As `cat a.gz b.gz` makes one; curl and Python read it, and what else follows is damage."""
    step = len(PLAIN) // parts + 1
    body = b"".join(gzip.compress(PLAIN[at : at + step]) for at in range(0, len(PLAIN), step))
    item = _item({"string": body + after})
    item["response"]["headers"] = {"Content-Encoding": ["gzip"]}

    if after:
        with pytest.raises(CassetteError, match="the body is cut off or damaged"):
            vcr.interaction_from(item, "a.yaml")
    else:
        assert PLAIN == vcr.interaction_from(item, "a.yaml").response.body


@pytest.mark.parametrize("headers", [JSON_TYPE, {}])
@pytest.mark.parametrize(
    "packed",
    [base64.b64encode, base64.encodebytes, lambda body: repr(body).encode(), gzip.compress],
)
def test_json_that_only_the_recorder_can_unpack_is_refused(
    packed: Any, headers: dict[str, Any]
) -> None:
    """A client would read it as it is. A list is JSON also where a recorder filters headers."""
    item = _item({"string": packed(PLAIN)})
    item["request"]["uri"] = "http://glance:9292/v2/images"
    item["response"]["headers"] = headers

    with pytest.raises(CassetteError, match="its body is base64, bytes as Python shows them, or"):
        vcr.interaction_from(item, "a.yaml", is_foreign=True)
