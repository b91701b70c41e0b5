"""Which items at the end of our own files are complete, also after a person has edited them."""

import textwrap
from pathlib import Path

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import own_layout, safe_yaml
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.own_layout import Items, find_items, header_text
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.histories import write
from support.clouds.recorded import KEPT, RECORDED_AT, get, item, ok

HEADER = header_text("glancetape tests", "0123456789ab", True)
ITEM = item(get("/v2/images?limit=1"), ok())
TIME = f"recorded_at: '{RECORDED_AT}'"
FIRST = f"- {TIME}\n  " + ITEM.removeprefix("- ").replace(f"  {TIME}\n", "")
BETWEEN = ITEM.replace(f"  {TIME}\n", "").replace("  response:\n", f"  {TIME}\n  response:\n")
ABOVE_JSON = ITEM.replace(f"  {TIME}\n", "").replace(
    "  glancetape:\n", f"  {TIME}\n  glancetape:\n"
)


def _items(tail: str) -> tuple[Items, int]:
    text = (HEADER + ITEM + tail).encode()
    return find_items(text), len(text)


@pytest.mark.parametrize("moved", [FIRST, BETWEEN, ABOVE_JSON])
@pytest.mark.parametrize("end", ["", "\n# a comment\n", "\n..."])
def test_an_item_is_whole_wherever_its_time_was_moved(moved: str, end: str) -> None:
    """YAML can read it, so nothing of it was cut off."""
    found, length = _items(moved.removesuffix("\n" if end else "") + end)

    assert 2 == len(found.starts)
    assert length == found.torn


@pytest.mark.parametrize("cut", range(1, len(ITEM) - 1, 7))
def test_an_item_that_was_cut_off_is_torn(cut: int) -> None:
    """At any byte but the last, which is a newline."""
    found, length = _items(ITEM[:cut])

    assert 1 == len(found.starts)
    assert length - cut == found.torn == found.end


@pytest.mark.parametrize("cut", [2, 20, 200])
def test_behind_a_torn_item_an_edited_one_is_whole_all_the_same(cut: int) -> None:
    """The item before the torn one is looked at as if it were the last."""
    found, length = _items(BETWEEN + ITEM[:cut])

    assert 2 == len(found.starts)
    assert length - cut == found.torn


def test_bytes_that_a_crash_left_as_zeros_are_torn() -> None:
    """A file system may lengthen a file before it writes what belongs there."""
    found, length = _items("\0" * 100)

    assert (1, length - 100) == (len(found.starts), found.torn)


def test_an_item_without_a_body_is_torn_though_it_has_a_time() -> None:
    """Only what is whole counts."""
    found, _ = _items(f"- {TIME}\n  request:\n    method: GET\n  response:\n    status:\n")

    assert 1 == len(found.starts)


def test_a_file_that_ends_as_we_write_it_is_opened_without_yaml(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Opening large cassettes has to be fast."""
    monkeypatch.delattr(safe_yaml, "compose")

    found, length = _items(ITEM + "\n# a comment\n\n")

    assert (2, length, length) == (len(found.starts), found.end, found.torn)


@pytest.mark.parametrize("end", ["", "\n", "# nothing yet\n", "  "])
def test_a_file_without_items_has_no_torn_tail(end: str) -> None:
    text = (HEADER + end).encode()

    assert Items(len(HEADER), [], len(text), len(text)) == find_items(text)


def test_a_file_of_one_torn_item_has_none() -> None:
    text = (HEADER + ITEM[:50]).encode()

    assert Items(len(HEADER), [], len(HEADER), len(HEADER)) == find_items(text)


@pytest.mark.parametrize("uri", ["'http://[/v2'", '"a"b"', '"\\z"', "'a'b'"])
def test_a_request_with_an_invalid_url_is_left_to_yaml_which_reports_it(uri: str) -> None:
    head = ITEM.replace("http://glance:9292/v2/images?limit=1", uri)

    assert None is own_layout.read_head(head.encode())


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"text", b"[]", b"a\nb"])
@pytest.mark.parametrize("query", ["", "?limit=1", "?name='a'", "?name=a:", "?a=[1]", "?%22=\\"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "LOCK"])
def test_a_request_is_the_one_that_was_written_with_its_body(
    tmp_path: Path, method: str, query: str, body: bytes
) -> None:
    """It is read without a YAML parser where it has no body: what has one is another request."""
    sent = Request(method, f"http://h/v2/images{query}", (("Accept", "*/*"),), body)
    path = write(tmp_path / "a.yaml", [Interaction(sent, Response(200, "OK"))])

    cassette = load_cassette(path)

    assert sent == cassette.request(0)
    assert sent == cassette.interaction(0).request


@pytest.mark.parametrize(
    "before", ["garbage", "hello: 1", "  more: 1", "-x", "---", "...", "....", "  - a: 1"]
)
@pytest.mark.parametrize("comment", ["", "# a comment\n\n"])
def test_text_before_the_first_item_is_refused_by_its_line(
    tmp_path: Path, comment: str, before: str
) -> None:
    """Whoever wrote it took it for a part of the cassette, so it is not left out in silence."""
    path = tmp_path / "a.yaml"
    path.write_text(HEADER + comment + before + "\n" + ITEM)
    line = (HEADER + comment).count("\n") + 1

    with pytest.raises(CassetteError, match=rf"\bline ({line}|{line + 1})\b"):
        load_cassette(path).interaction(0)
    with pytest.raises(CassetteError, match=r"\bline \d|layout"):
        CassetteWriter(path, "glancetape tests", KEPT)

    assert [path] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("blanks", [1, 2, 4])
def test_items_that_a_formatter_has_indented_are_read_all_the_same(
    tmp_path: Path, blanks: int
) -> None:
    """Formatters of YAML indent lists; nothing was torn, and nothing may be set aside."""
    plain, indented = tmp_path / "a.yaml", tmp_path / "b.yaml"
    plain.write_text(HEADER + ITEM * 2)
    indented.write_text(HEADER + textwrap.indent(ITEM * 2, " " * blanks))

    own, read = load_cassette(plain), load_cassette(indented)

    assert own.redaction == read.redaction
    assert [own.interaction(one) for one in range(2)] == [
        read.interaction(one) for one in range(len(read))
    ]
    assert () == scan(indented).findings
    with pytest.raises(CassetteError, match="layout"):
        CassetteWriter(indented, "glancetape tests", KEPT)
    assert {plain, indented} == {*tmp_path.iterdir()}


def _by_yaml(text: bytes) -> object:
    value = safe_yaml.build(*safe_yaml.compose(text, "header"), "header")
    assert isinstance(value, dict)
    return {name: value[name] for name in ("version", "redaction")}


@pytest.mark.parametrize("recorder", ["glancetape 0.1.0", "glancetape 0.2.0.dev1+g12ab", "1 # 2"])
@pytest.mark.parametrize("key_id", ["0123456789ab", "", "06c63cf3616c"])
@pytest.mark.parametrize("keep_ids", [True, False])
@pytest.mark.parametrize("sensitive", [(), ("x-key", "a: b")])
@pytest.mark.parametrize(
    "edit",
    [
        ("", ""),
        ("version: 1", "version: 2"),
        ("stand-ins", "stand-ins, more: 1"),
        ("{key_id", "{ key_id"),
        ("\ninter", "\n# mine\ninter"),
    ],
)
def test_a_header_says_what_yaml_reads_in_it_or_is_left_to_yaml(
    recorder: str, key_id: str, keep_ids: bool, sensitive: tuple[str, ...], edit: tuple[str, str]
) -> None:
    text = header_text(recorder, key_id, keep_ids, sensitive).replace(*edit, 1).encode()

    found = own_layout.read_header(text)

    assert found is None or found == _by_yaml(text)
    if (recorder, sensitive, edit) == ("glancetape 0.1.0", (), ("", "")):
        assert found is not None


@pytest.mark.parametrize("line", ["", "# - a comment", "-", "-- ", " - ", "        - ", "\t- "])
def test_an_item_begins_where_a_line_begins_with_a_dash_and_a_blank(line: str) -> None:
    """Whatever stands before that line, the last of the header or one of another item."""
    text = f"{HEADER}{line}\n{ITEM}{line}\n{ITEM}"
    places = range(len(HEADER), len(text))

    found = find_items(text.encode()).starts

    assert [at for at in places if text[at - 1] == "\n" and text[at : at + 2] == "- "] == found
