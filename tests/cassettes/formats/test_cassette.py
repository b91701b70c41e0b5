"""Opening cassettes: ours, vcrpy's, Ruby VCR's, and refusing other files."""

import base64
import gzip
from pathlib import Path

import pytest
import yaml

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.opened.foreign_cassette import ForeignCassette
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from support.clouds.recorded import RECORDED_AT, get, ok, write_cassette

VCRPY = {
    "interactions": [
        {
            "request": {
                "method": "GET",
                "uri": "http://glance:9292/v2/images?limit=1",
                "body": None,
                "headers": {"Accept": ["*/*"]},
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"Content-Type": ["application/json"], "X-A": ["1", "2"]},
                "body": {"string": '{"images": []}'},
            },
        }
    ],
    "version": 1,
}


def _write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_cassette_of_ours_gives_back_what_was_recorded(tmp_path: Path) -> None:
    """Requests, headers, bodies and the time."""
    pairs = [(get("/v2/images?limit=1", ("Accept", "*/*")), ok()), (get("/"), Response(300))]
    path = write_cassette(tmp_path / "a.yaml", pairs)

    cassette = load_cassette(path)

    assert isinstance(cassette, OwnCassette)
    assert [Interaction(*pair, RECORDED_AT) for pair in pairs] == [
        cassette.interaction(index) for index in range(2)
    ]


def test_an_interaction_that_is_not_there_is_an_index_error(tmp_path: Path) -> None:
    """Also before the first one, and for a path that is a text."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])

    cassette = load_cassette(str(path))

    for index in (-1, 1):
        for read in (cassette.request, cassette.interaction, cassette.recorded_at):
            with pytest.raises(IndexError, match=f"1 interactions; {index} is not one of 0 to 0"):
                read(index)


def test_a_cassette_of_ours_is_read_alike_when_it_is_read_as_anyone_elses(tmp_path: Path) -> None:
    """The quick index and a full YAML parser see the same interactions."""
    pairs = [(get(f"/v2/images?name={name}"), ok()) for name in ("a", "%23", "b'c", "é")]
    path = write_cassette(tmp_path / "a.yaml", pairs)

    own, foreign = load_cassette(path), ForeignCassette(path, path.read_bytes())

    assert [own.interaction(index) for index in range(4)] == [
        foreign.interaction(index) for index in range(4)
    ]
    assert [own.line(index) for index in range(4)] == [foreign.line(index) for index in range(4)]


def test_an_edited_cassette_of_ours_still_loads(tmp_path: Path) -> None:
    """Comments, other quotes, other widths: it is YAML, and people edit it."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?a=1"), ok()), (get("/"), ok())])
    text = path.read_text().replace(
        "    uri: http://glance:9292/v2/images?a=1\n",
        '    # a note\n    uri: "http://glance:9292/v2/images?a=2"\n',
    )
    _write(path, text)

    assert load_cassette(path).request(0).uri == "http://glance:9292/v2/images?a=2"


def test_a_vcrpy_cassette_loads(tmp_path: Path) -> None:
    """As its own dumper writes it."""
    path = _write(tmp_path / "a.yaml", yaml.safe_dump(VCRPY))

    interaction = load_cassette(path).interaction(0)

    assert interaction == Interaction(
        Request("GET", "http://glance:9292/v2/images?limit=1", (("Accept", "*/*"),)),
        Response(
            200,
            "OK",
            (("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2")),
            b'{"images": []}',
        ),
    )


def test_a_ruby_vcr_cassette_loads(tmp_path: Path) -> None:
    """Other names, lower-case methods, bodies with an encoding, Ruby's own binary tag."""
    body = base64.b64encode(b"\xff\xfe").decode()
    path = _write(
        tmp_path / "a.yml",
        f"""---
http_interactions:
- request:
    method: get
    uri: http://devstack:9292/v2/images
    body:
      encoding: US-ASCII
      string: ''
    headers:
      Accept:
      - application/json
  response:
    status:
      code: 200
      message: ''
    headers:
      Content-Type: [application/json]
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        {body}
    http_version:
  recorded_at: Thu, 25 Aug 2016 17:09:02 GMT
recorded_with: VCR 3.0.3
""",
    )

    interaction = load_cassette(path).interaction(0)

    assert interaction.request.method == "GET"
    assert interaction.response.body == b"\xff\xfe"
    assert interaction.recorded_at == "Thu, 25 Aug 2016 17:09:02 GMT"


def test_a_compressed_body_of_another_recorder_is_decoded(tmp_path: Path) -> None:
    """The header goes with the coding, so that it stays true."""
    document = {"interactions": [dict(VCRPY["interactions"][0])], "version": 1}  # type: ignore[index,call-overload]
    document["interactions"][0]["response"] = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Encoding": ["gzip"], "Content-Type": ["text/plain"]},
        "body": {"string": gzip.compress(b"hello")},
    }
    path = _write(tmp_path / "a.yaml", yaml.safe_dump(document))

    response = load_cassette(path).interaction(0).response

    assert response == Response(200, "OK", (("Content-Type", "text/plain"),), b"hello")


BOMB = "a: &a [x, x]\n" + "".join(
    f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]\n"
    for p, n in zip("abcdefghij", "bcdefghijk", strict=True)
)
GOOD = yaml.safe_dump(VCRPY)
BAD = {
    "empty": (b"", "the file is empty"),
    "only a comment": (b"# nothing\n", "the file is empty"),
    "text": (b"just text", "no list 'interactions'"),
    "binary": (bytes(range(256)), "line 1: not a cassette|not a cassette"),
    "not YAML": (b"interactions:\n- {a: [}\n", "line 2: not a cassette"),
    "truncated": (GOOD[: GOOD.index("uri")].encode(), r"'request.uri' is missing|is missing"),
    "cut inside a text": (GOOD[: GOOD.index("200")].encode() + b"'", "line"),
    "another version": (b"interactions: []\nversion: 7\n", "version 7.*upgrade"),
    "a list": (b"- request: {}\n", "no list 'interactions'"),
    "an alias bomb": (f"interactions: []\n{BOMB}".encode(), "aliases expand to too many values"),
    "a deep nest": (b"interactions: " + b"[" * 500 + b"]" * 500, "nested too deep"),
    "a Python object": (
        b"interactions:\n- !!python/object/apply:os.system ['touch hacked']\n",
        "line 2.*only plain YAML is read",
    ),
    "no status": (b"interactions:\n- request: {method: GET, uri: 'http://h/'}\n  response: {}\n",
                  r"interaction 1 \(line 2\): 'response.status' is missing"),
    "a status in words": (
        b"interactions:\n- request: {method: GET, uri: 'http://h/'}\n"
        b"  response: {status: {code: fine}}\n",
        "'response.status.code' must be a number",
    ),
    "a body of numbers": (
        b"interactions:\n- request: {method: GET, uri: 'http://h/'}\n"
        b"  response: {status: {code: 200}, body: {string: 12}}\n",
        "the response body must be text",
    ),
    "a value that does not fit its tag": (
        b"interactions:\n- request: {method: GET, uri: 'http://h/'}\n"
        b"  response: {status: {code: !!int ''}}\n",
        "line 2 or below: .*does not fit its tag",
    ),
    "a URI that is not a URL": (
        b"interactions:\n- request: {method: GET, uri: 'http://[/v2'}\n"
        b"  response: {status: {code: 200}}\n",
        r"interaction 1 \(line 2\): 'request.uri' is not a URL",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_not_a_cassette_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, message: str
) -> None:
    """One sentence with the file, the place, and what is wrong; nothing is run or changed."""
    monkeypatch.chdir(tmp_path)
    path = _write(tmp_path / "bad.yaml", text)

    with pytest.raises(CassetteError, match=rf"(?s)bad\.yaml.*({message})"):
        load_cassette(path)

    assert text == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_missing_cassette_is_another_error_than_a_broken_one(tmp_path: Path) -> None:
    """It says how to record one."""
    with pytest.raises(CassetteError, match=r"none\.yaml: no such cassette. Record one"):
        load_cassette(tmp_path / "none.yaml")


def test_a_misspelt_name_is_told_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "images.yaml").write_text("x")
    (tmp_path / "imagess\x1b[2J.yaml").write_text("x")

    with pytest.raises(CassetteError, match=r"Did you mean \S+/images\.yaml\?\Z"):
        load_cassette(tmp_path / "image.yaml")
    with pytest.raises(CassetteError, match=r"Record one"):
        load_cassette(tmp_path / "no folder" / "image.yaml")


def test_damage_inside_a_cassette_of_ours_names_the_line_when_it_is_met(tmp_path: Path) -> None:
    """Items are read when they are needed; the message knows the line all the same."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok()), (get("/versions"), ok())])
    lines = path.read_text().splitlines(keepends=True)
    second = max(number for number, line in enumerate(lines) if line.startswith("- request:"))
    place = next(n for n in range(second, len(lines)) if "code: 200" in lines[n])
    lines[place] = "      code: @\n"
    _write(path, "".join(lines))
    cassette = load_cassette(path)

    assert cassette.interaction(0).response == ok()
    with pytest.raises(CassetteError, match=rf"a\.yaml, line {place + 1}"):
        cassette.interaction(1)


def test_an_invalid_url_in_our_own_cassette_is_an_error_that_names_its_line(
    tmp_path: Path,
) -> None:
    """Requests in our own layout are read without YAML, but not this one."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    _write(path, path.read_text().replace("http://glance:9292/v2/images", "'http://[/v2'"))

    with pytest.raises(CassetteError, match=r"a\.yaml, interaction 1 \(line 6\): 'request.uri'"):
        load_cassette(path).request(0)
