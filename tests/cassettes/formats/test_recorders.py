"""Cassettes of other recorders: what each of them writes is read as the same interactions."""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.file_kinds import is_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from support.drawn.examples import examples

Headers = dict[str, list[str]]


def _several(pairs: tuple[tuple[str, str], ...]) -> Headers:
    return {name: [value] for name, value in pairs}


def _single(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(pairs)


def _vcrpy(one: Interaction) -> dict[str, Any]:
    asked, answered = one.request, one.response
    return {
        "request": {
            "method": asked.method,
            "uri": asked.uri,
            "body": asked.body.decode() or None,
            "headers": _several(asked.headers),
        },
        "response": {
            "status": {"code": answered.status, "message": answered.reason},
            "headers": _several(answered.headers),
            "body": {"string": answered.body.decode()},
        },
    }


def _vcrpy_httpx(one: Interaction) -> dict[str, Any]:
    response = {
        "status_code": one.response.status,
        "http_version": "HTTP/1.1",
        "headers": _several(one.response.headers),
        "content": one.response.body.decode(),
    }
    return _vcrpy(one) | {"response": response}


def _go_vcr(one: Interaction) -> dict[str, Any]:
    asked, answered = one.request, one.response
    return {
        "request": {
            "body": asked.body.decode(),
            "form": {},
            "headers": _several(asked.headers),
            "url": asked.uri,
            "method": asked.method,
        },
        "response": {
            "body": answered.body.decode(),
            "headers": _several(answered.headers),
            "status": f"{answered.status} {answered.reason}",
            "code": answered.status,
            "duration": "45.2ms",
        },
    }


def _php_vcr(one: Interaction) -> dict[str, Any]:
    asked, answered = one.request, one.response
    return {
        "request": {
            "method": asked.method,
            "url": asked.uri,
            "headers": _single(asked.headers),
            "body": asked.body.decode(),
        },
        "response": {
            "status": {
                "http_version": "1.1",
                "code": str(answered.status),
                "message": answered.reason,
            },
            "headers": _single(answered.headers),
            "body": answered.body.decode(),
        },
        "index": 0,
    }


def _ruby(one: Interaction) -> dict[str, Any]:
    item = _vcrpy(one)
    item["request"]["method"] = one.request.method.lower()
    item["request"]["body"] = {"encoding": "UTF-8", "string": one.request.body.decode()}
    item["response"]["body"] = {
        "encoding": "ASCII-8BIT",
        "base64_string": base64.b64encode(one.response.body).decode(),
    }
    return item | {"recorded_at": "Tue, 02 Jun 2020 10:00:00 GMT"}


def _betamax(one: Interaction) -> dict[str, Any]:
    item = _vcrpy(one)
    item["response"]["headers"]["Content-Encoding"] = ["gzip"]
    zipped = base64.b64encode(gzip.compress(one.response.body)).decode()
    item["response"]["body"] = {"encoding": "UTF-8", "base64_string": zipped}
    return item | {"recorded_at": "2024-01-01T00:00:00"}


def _quoted(text: bytes) -> str:
    return yaml.safe_dump(text.decode(), default_style='"', width=10**6).strip()


def _ruby_1(interactions: list[Interaction]) -> str:
    """Symbols and structs, as no YAML library writes them but Ruby's."""
    lines = ["--- "]
    for one in interactions:
        asked, answered = one.request, one.response
        lines += [
            "- !ruby/struct:VCR::HTTPInteraction ",
            "  request: !ruby/struct:VCR::Request ",
            f"    method: :{asked.method.lower()}",
            f"    uri: {json.dumps(asked.uri)}",
            f"    body: {_quoted(asked.body)}",
            f"    headers: {json.dumps(_several(asked.headers))}",
            "  response: !ruby/struct:VCR::Response ",
            "    status: !ruby/struct:VCR::ResponseStatus ",
            f"      code: {answered.status}",
            f"      message: {answered.reason}",
            f"    headers: {json.dumps(_several(answered.headers))}",
            f"    body: {_quoted(answered.body)}",
            '    http_version: "1.1"',
        ]
    return "\n".join(lines) + "\n"


def _split(interactions: list[Interaction]) -> dict[str, Any]:
    items = [_vcrpy(one) for one in interactions]
    return {
        "requests": [one["request"] for one in items],
        "responses": [one["response"] for one in items],
    }


def _listed(item: Callable[[Interaction], Any], **more: Any) -> Callable[..., dict[str, Any]]:
    return lambda all_of_them: {"interactions": [item(one) for one in all_of_them], **more}


def _http_listed(item: Callable[[Interaction], Any]) -> Callable[..., dict[str, Any]]:
    return lambda all_of_them: {"http_interactions": [item(one) for one in all_of_them]}


def _yaml(document: Callable[..., Any]) -> Callable[..., bytes]:
    return lambda interactions: yaml.safe_dump(document(interactions), sort_keys=False).encode()


def _json(document: Callable[..., Any], indent: Any = None) -> Callable[..., bytes]:
    return lambda interactions: json.dumps(document(interactions), indent=indent).encode()


def _zipped(write: Callable[..., bytes]) -> Callable[..., bytes]:
    return lambda interactions: gzip.compress(write(interactions))


def _zipped_in_parts(write: Callable[..., bytes]) -> Callable[..., bytes]:
    """What `cat a.gz b.gz` makes; the first part is empty, and zeros may follow the last."""

    def written(interactions: list[Interaction]) -> bytes:
        text = write(interactions)
        parts = (b"", text[:20], text[20:-20], text[-20:])
        return b"".join(map(gzip.compress, parts)) + bytes(8)

    return written


WRITERS: dict[str, Callable[[list[Interaction]], bytes]] = {
    "vcrpy": _yaml(_listed(_vcrpy, version=1)),
    "vcrpy, JSON": _json(_listed(_vcrpy, version=1)),
    "vcrpy, JSON with tabs": _json(_listed(_vcrpy, version=1), "\t"),
    "vcrpy 4, httpx": _yaml(_listed(_vcrpy_httpx, version=1)),
    "go-vcr 1": _yaml(_listed(_go_vcr, version=1)),
    "go-vcr 2": _yaml(_listed(_go_vcr, version=2)),
    "php-vcr": _yaml(lambda some: [_php_vcr(one) for one in some]),
    "php-vcr, JSON": _json(lambda some: [_php_vcr(one) for one in some]),
    "Ruby VCR": _yaml(_http_listed(_ruby)),
    "Ruby VCR, JSON": _json(_http_listed(_ruby), 2),
    "Ruby VCR 1": lambda some: _ruby_1(some).encode(),
    "betamax": _json(_http_listed(_betamax)),
    "LangChain": _yaml(_split),
    "LangChain, compressed": _zipped(_yaml(_split)),
    "LangChain, JSON": _json(_split),
    "vcrpy, compressed": _zipped(_yaml(_listed(_vcrpy, version=1))),
    "vcrpy, compressed in parts": _zipped_in_parts(_yaml(_listed(_vcrpy, version=1))),
    "LangChain, compressed in parts": _zipped_in_parts(_json(_split)),
}

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=20)
WORDS = st.text("abcdefghij", min_size=1, max_size=8)


@st.composite
def _interactions(draw: st.DrawFn) -> Interaction:
    headers = tuple(draw(st.dictionaries(WORDS, WORDS, max_size=3)).items())
    method = draw(st.sampled_from(["GET", "POST", "PATCH", "DELETE"]))
    status = draw(st.sampled_from([200, 201, 404]))
    body = draw(TEXTS)
    assume(body or method != "GET" or status == 404)  # no list is answered with nothing
    return Interaction(
        Request(
            method,
            f"http://glance.example:9292/v2/images?name={draw(WORDS)}",
            headers,
            draw(TEXTS).encode() if method != "GET" else b"",
        ),
        Response(status, "Good", headers, body.encode()),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorders")


def _without_date(one: Interaction, *, reason: bool) -> tuple[object, ...]:
    return (
        one.request,
        one.response.status,
        one.response.reason if reason else "",
        (
            one.response.headers,
            one.response.body,
        ),
    )


@examples(60)
@given(st.lists(_interactions(), min_size=1, max_size=3), st.sampled_from(sorted(WRITERS)))
def test_what_a_recorder_writes_is_read_as_the_same_interactions(
    folder: Path, interactions: list[Interaction], recorder: str
) -> None:
    """Methods, URLs, headers, bodies and statuses; old vcrpy has no reason with a status."""
    path = folder / "tape"
    path.write_bytes(WRITERS[recorder](interactions))
    has_reason = recorder != "vcrpy 4, httpx"

    cassette = load_cassette(path)
    found = [cassette.interaction(index) for index in range(len(cassette))]

    assert is_cassette(path)
    assert [_without_date(one, reason=has_reason) for one in interactions] == [
        _without_date(one, reason=has_reason) for one in found
    ]


ONE = Interaction(
    Request("GET", "http://glance.example:9292/v2/images"), Response(200, "OK", (), b"{}")
)


@pytest.mark.parametrize("recorder", WRITERS)
def test_each_recorder_is_read(folder: Path, recorder: str) -> None:
    """The random ones may leave one out."""
    path = folder / "one"
    path.write_bytes(WRITERS[recorder]([ONE, ONE]))

    cassette = load_cassette(path)

    assert [b"{}", b"{}"] == [cassette.interaction(index).response.body for index in range(2)]


@pytest.mark.parametrize("content", [b"interactions: []\nversion: 1\n", b'{"interactions": []}'])
def test_a_cassette_without_interactions_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """A client would only see misses."""
    path = tmp_path / "empty.yaml"
    path.write_bytes(content)

    assert 0 == len(load_cassette(path))
    assert [f"{path}: a cassette without interactions, so it answers nothing"] == caplog.messages


def test_an_item_in_json_is_on_the_line_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"version": 1, "interactions": [_vcrpy(ONE)] * 2}, indent=1))
    lines = path.read_text().splitlines()
    begins = [number for number, line in enumerate(lines, start=1) if line == "  {"]

    cassette = load_cassette(path)

    assert begins == [cassette.line(0), cassette.line(1)]


STRANGE: dict[str, tuple[bytes, str]] = {
    "more requests": (
        b"requests:\n- {method: GET, uri: 'http://h/'}\nresponses: []\n",
        "a cassette of LangChain with 1 requests and 0 responses",
    ),
    "more responses": (b'{"requests": [], "responses": [{}]}', "0 requests and 1 responses"),
    "requests alone": (b"requests: []\n", "no list 'interactions'"),
    "requests alone, JSON": (b'{"requests": []}', "no list 'interactions'"),
    "no list": (b'{"interactions": {}}', "no list 'interactions'"),
    "a list of images": (b'[{"id": "a"}]', "no list 'interactions'"),
    "JSON that is cut off": (b'{"interactions": [{"request": {"meth', "not a cassette"),
    "something after it": (b'{"interactions": []} {}', "not a cassette"),
    "half of a compressed file": (gzip.compress(b"interactions: []" * 99)[:30], "is cut off"),
    "a second compressed file, cut off": (
        gzip.compress(b"interactions: []") + gzip.compress(b"\n" * 99)[:-9],
        "is cut off",
    ),
    "something after a compressed file": (
        gzip.compress(b"interactions: []\n") + b"interactions: []\n",
        "cannot be decompressed",
    ),
    "no compressed file": (b"\x1f\x8b\x08\x00abcdefgh", "cannot be decompressed"),
    "nothing in it": (gzip.compress(b""), "the file is empty"),
    "version 2 of another": (b"version: 2\ninteractions: []\n", "version 2.*upgrade"),
    "another version of go-vcr": (
        yaml.safe_dump({"version": 3, "interactions": [_go_vcr(ONE)]}).encode(),
        "version 3.*upgrade",
    ),
    "an object of Ruby's": (
        b"- !ruby/object:Net::HTTP\n  request: {}\n  response: {}\n",
        "only plain YAML is read",
    ),
    "an object within": (
        b"- request: !ruby/object:OpenStruct {}\n  response: {}\n",
        "only plain YAML is read",
    ),
    "no body in php-vcr": (
        yaml.safe_dump(
            [_php_vcr(ONE) | {"response": {"status": {"http_version": "1.1", "code": "200"}}}]
        ).encode(),
        "the response has no 'body'",
    ),
    "no content in old vcrpy": (
        yaml.safe_dump(
            {"interactions": [_vcrpy(ONE) | {"response": {"status_code": 200}}]}
        ).encode(),
        "the response has no 'body'",
    ),
    "a code in words": (
        yaml.safe_dump(
            [_php_vcr(ONE) | {"response": {"status": {"http_version": "1.1", "code": "ok"}}}]
        ).encode(),
        "must be a number from 200 to 599, not 'ok'",
    ),
}


@pytest.mark.parametrize(("content", "message"), STRANGE.values(), ids=STRANGE)
def test_what_is_no_cassette_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """No answer is made of what is not there."""
    path = tmp_path / "strange"
    path.write_bytes(content)

    with pytest.raises(CassetteError, match=rf"(?s)strange.*{message}"):
        load_cassette(path)
