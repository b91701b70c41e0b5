"""Recorded interactions, their status, JSON and date: read quickly, and as YAML reads them."""

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import own_layout, safe_yaml, vcr
from glancetape_cassettes.formats.body import WRITERS
from glancetape_cassettes.formats.cassette import Cassette, load_cassette
from glancetape_cassettes.formats.opened.foreign_cassette import ForeignCassette
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.interaction import Interaction, Response, header
from support.clouds.recorded import RECORDED_AT, get, ok, write_cassette
from support.drawn.examples import examples

TEXTS = st.text(max_size=12) | st.sampled_from(
    ("\n", "\n\n", " ", "\t", "\x85", "\u2028", "\ufeff", "#", "- ", "'", '"', "...", "|-", "\r\n")
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 1 << 40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
LAYOUTS: tuple[dict[str, Any], ...] = (
    {},
    {"indent": 2},
    {"indent": 0},
    {"indent": "\t"},
    {"separators": (",", ":")},
    {"ensure_ascii": False},
    {"ensure_ascii": False, "indent": 1},
)
ENDS = st.sampled_from(("", "", "\n", "\r\n", "\n\n", " ", "\n ", "x", "}", "\x00"))
STARTS = st.sampled_from(("", "", "", "\n", " ", "\ufeff", "x", "{"))
BODIES = st.one_of(
    st.builds(
        lambda start, value, layout, end: f"{start}{json.dumps(value, **layout)}{end}".encode(),
        STARTS, VALUES, st.sampled_from(LAYOUTS), ENDS,
    ),
    st.binary(max_size=20),
    st.sampled_from((b"", b"NaN", b"[1,", b'{"a": 1, "a": 2}', b"1e999", b'"\xff"', b'"\\ud800"')),
)  # fmt: skip


def by_yaml(cassette: Cassette, index: int) -> Interaction:
    """Read an item as YAML, without what knows our own layout."""
    text = cassette.path.read_bytes()
    starts = [*own_layout.find_items(text).starts, own_layout.find_items(text).end]
    item = text[starts[index] : starts[index + 1]]
    node, loader = safe_yaml.compose(item, "a.yaml")
    value = safe_yaml.build(node, loader, "a.yaml")
    return vcr.interaction_from(value[0], "a.yaml")


def json_of(interaction: Interaction) -> tuple[int, Any]:
    """Read the JSON of a whole interaction."""
    response = interaction.response
    try:
        return response.status, orjson.loads(response.body)
    except ValueError:
        return response.status, None


@examples(150)
@given(
    st.lists(st.tuples(st.sampled_from((200, 204, 300, 404, 500)), BODIES), min_size=1, max_size=4)
)
@example([(200, b'{\n  "a": "b\\n  response:\\n    status:\\n      code: 404\\n"\n}')])
def test_what_is_read_quickly_is_what_yaml_reads(answers: list[tuple[int, bytes]]) -> None:
    """Whatever the bodies are, JSON or not."""
    pairs = [(get("/v2/images"), Response(status, "", ok().headers, body))
             for status, body in answers]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        cassette = load_cassette(write_cassette(Path(folder) / "a.yaml", pairs))
        for index in range(len(answers)):
            expected = by_yaml(cassette, index)
            assert expected == cassette.interaction(index)
            assert expected.request == cassette.request(index)
            assert json_of(expected) == cassette.json_answer(index)
            assert expected.response.status == cassette.status(index)
            assert expected.response.headers == cassette.answer_headers(index)
            assert RECORDED_AT == cassette.recorded_at(index)


EDITS = (
    lambda line: "",
    lambda line: line * 2,
    lambda line: line[1:],
    lambda line: line[2:],
    lambda line: f"  {line}",
    lambda line: f"\n{line}",
    lambda line: f"        {line}",
    lambda line: f"{line[:-1]} \n",
    lambda line: f"{line[:-1]} # a note\n",
    lambda line: f"# a note\n{line}",
    lambda line: f"        # a note\n{line}",
    lambda line: line.replace("|-", "|"),
    lambda line: line.replace("|-", "|+"),
    lambda line: line.replace("|-", ">-"),
    lambda line: line.replace("200", "404"),
    lambda line: line.replace("200", "'200'"),
    lambda line: line.replace("'", '"'),
    lambda line: f"    more: 1\n{line}",
    lambda line: f"  more: {{a: 1}}\n{line}",
    lambda line: line.replace("OK", "yes"),
    lambda line: line.replace("GET", "Null"),
    lambda line: line.replace("'*/*'", "off"),
    lambda line: line.replace("application/json", "~"),
    lambda line: line.replace("spaced", "compact"),
    lambda line: line.replace("spaced", 'compact\n    end: "\\n"'),
    lambda line: line.replace("spaced", "null"),
    lambda line: line.replace("OK", "'O\rK'"),
    lambda line: line.replace("images", "im\x85ages"),
    lambda line: line.replace("images", "im\x7fages"),
    lambda line: line.replace("      - ", "      "),
    lambda line: "        \n" + line,
    lambda line: line + "        \n",
    lambda line: f"{line[:-1]}\r\n",
    lambda line: f"{line[:-1]}\t\n",
    lambda line: line.replace("0", "0\x85"),
    lambda line: line.replace("0", "\udcff"),
)
INDENTED = b'{\n  "images": [],\n  "first": "/v2/images"\n}'


@examples(400)
@given(
    body=st.sampled_from((b'{"images": []}', INDENTED, b'[\n\n"a"\n]', b"<html>\n</html>\n", b"")),
    edits=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(EDITS)), min_size=1, max_size=3),
)
def test_an_item_that_was_edited_by_hand_is_read_as_yaml_reads_it(
    body: bytes, edits: list[tuple[int, Any]]
) -> None:
    """Or not at all, where it is YAML no more."""
    asked, date = get("/v2/images", ("Accept", "*/*")), ("Date", "Mon, 23 Nov 2026 10:00:00 GMT")
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(asked, ok(body, date)), (asked, ok())]
        path = write_cassette(Path(folder) / "a.yaml", pairs)
        lines = path.read_text().splitlines(keepends=True)
        first = lines.index("interactions:\n") + 1
        for place, edit in edits:
            if first + place < len(lines):
                lines[first + place] = edit(lines[first + place])
        path.write_text("".join(lines), errors="surrogateescape")
        try:
            cassette = load_cassette(path)
        except CassetteError:
            return
        for index in range(len(cassette)):
            try:
                expected = by_yaml(cassette, index)
            except CassetteError:
                with pytest.raises(CassetteError):
                    cassette.interaction(index)
                for read in (cassette.recorded_at, cassette.answer_date, cassette.status):
                    with suppress(CassetteError):
                        read(index)
                continue
            assert expected == cassette.interaction(index)
            assert expected.request == cassette.request(index)
            assert json_of(expected) == cassette.json_answer(index)
            assert expected.recorded_at == cassette.recorded_at(index)
            assert (header(expected.response.headers, "date") or "") == cassette.answer_date(index)
            assert expected.response.status == cassette.status(index)
            assert expected.response.headers == cassette.answer_headers(index)


@pytest.mark.parametrize("style", ["spaced", "compact", "indent-2-ascii"])
@pytest.mark.parametrize("end", ["", "\r\n"])
def test_a_page_as_it_was_recorded_is_read_without_yaml(
    style: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take most of the time of a start."""
    body = (
        WRITERS[style]({"images": [{"name": "镜像", "size": None}], "first": "/"}) + end
    ).encode()
    pair = get("/v2/images", ("Accept", "*/*")), ok(body)
    cassette = load_cassette(write_cassette(tmp_path / "a.yaml", [pair]))
    monkeypatch.delattr(safe_yaml, "compose")

    assert pair == (cassette.interaction(0).request, cassette.interaction(0).response)


def test_an_answer_that_is_not_json_has_none(tmp_path: Path) -> None:
    """Its status is there all the same."""
    pairs = [(get("/"), Response(503, "", (), b"<html>")), (get("/"), Response(204))]
    cassette = load_cassette(write_cassette(tmp_path / "a.yaml", pairs))

    assert [(503, None), (204, None)] == [cassette.json_answer(index) for index in range(2)]


def test_a_block_that_ends_early_is_not_read_beyond_its_end(tmp_path: Path) -> None:
    """A line that is indented less is not part of the text; here YAML reads a key."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok(b"[\n1\n,2\n]"))])
    text = path.read_text()
    path.write_text(text.replace("        ,2\n        ]\n", "      more: 2\n"))
    cassette = load_cassette(path)

    assert (200, None) == cassette.json_answer(0) == json_of(by_yaml(cassette, 0))


def test_the_json_of_a_second_response_is_not_that_of_the_first(tmp_path: Path) -> None:
    """A person pasted one above the other: YAML would lose one of them, so neither is read."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    before, key, after = path.read_text().partition("  response:\n")
    pasted = "    status:\n      code: 404\n      message: x\n    headers: {}\n    body:\n"
    path.write_text(f"{before}{key}{pasted}      string: ''\n{key}{after}")

    with pytest.raises(CassetteError, match="twice"):
        load_cassette(path).json_answer(0)


def test_a_cassette_of_another_recorder_gives_the_same(tmp_path: Path) -> None:
    """Read whole, it has status, JSON and date at hand."""
    pairs = [(get("/"), ok(b'{"a": [1]}')), (get("/"), ok(b"x"))]
    path = write_cassette(tmp_path / "a.yaml", pairs)
    own, foreign = load_cassette(path), ForeignCassette(path, path.read_bytes())

    assert isinstance(own, OwnCassette)
    for index, expected in enumerate([(200, {"a": [1]}), (200, None)]):
        assert expected == own.json_answer(index) == foreign.json_answer(index)
        assert expected[0] == own.status(index) == foreign.status(index)
        assert own.answer_headers(index) == foreign.answer_headers(index)
        assert RECORDED_AT == own.recorded_at(index) == foreign.recorded_at(index)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  recorded_at: '2026-11-23T10:00:00Z'\n", "2026-11-23T10:00:00Z"),
        ('  recorded_at: "2026-11-23T10:00:00Z"\n', "2026-11-23T10:00:00Z"),
        ("  recorded_at: Thu, 25 Aug 2016 17:09:02 GMT\n", "Thu, 25 Aug 2016 17:09:02 GMT"),
        ("  recorded_at: 'it''s late'\n", "it's late"),
        ("  recorded_at: '' # forgotten\n", ""),
        ("  recorded_at: 'a'\n# a note\n", "a"),
    ],
)
def test_a_date_is_returned_as_the_file_has_it(line: str, expected: str, tmp_path: Path) -> None:
    """However it is written."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    text = path.read_text()
    path.write_text(text[: text.index("  recorded_at:")] + line)

    assert expected == load_cassette(path).recorded_at(0)


def test_a_digest_is_that_of_every_byte(tmp_path: Path) -> None:
    """Of our cassettes and of others; the name of the file is not part of it."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/"), ok()), (get("/x"), ok())])
    text = path.read_bytes()
    found = {load_cassette(path).digest(), ForeignCassette(path, text).digest()}
    (tmp_path / "b.yaml").write_bytes(text)
    found.add(load_cassette(tmp_path / "b.yaml").digest())
    assert 1 == len(found)

    for changed in (text + b"\n", text + b"# a note\n", text.replace(b"/x", b"/y"), text[:-1]):
        path.write_bytes(changed)
        found.add(load_cassette(path).digest())

    assert 5 == len(found)
