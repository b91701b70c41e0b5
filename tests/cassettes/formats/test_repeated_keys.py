"""A key that a mapping has twice: YAML and JSON would drop one of its values without a word."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.foreign.foreign_entries import LeftOut
from glancetape_cassettes.formats.foreign.recognising import recognise
from glancetape_cassettes.formats.repeated_names import json_with_repeated
from support.clouds.recorded import get, ok, write_cassette
from support.running.calls import at_most_calls
from support.running.in_process import run

ITEM: dict[str, Any] = {
    "request": {
        "method": "GET",
        "uri": "http://glance:9292/v2/images",
        "body": None,
        "headers": {"Accept": ["*/*"]},
    },
    "response": {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json"]},
        "body": {"string": '{"images": [], "images": []}'},
    },
}
WHOLE = {"interactions": [ITEM, ITEM], "version": 1, "recorder": {"name": "x"}}
PAGE = {"images": [{"id": "a", "tags": []}], "first": "/v2/images"}
ENTRY: dict[str, Any] = {
    "startedDateTime": "2026-03-01T10:00:00Z",
    "request": {
        "method": "GET",
        "url": "http://glance:9292/v2/images",
        "headers": [{"name": "x-auth-token", "value": "a"}],
    },
    "response": {
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"text": json.dumps({"images": []})},
    },
}
STUB: dict[str, Any] = {
    "request": {"urlPath": "/v2/images", "headers": {"X-Auth-Token": {"equalTo": "a"}}},
    "response": {"status": 200, "headers": {"Content-Type": "text/json"}, "jsonBody": PAGE},
}
OTHERS: dict[str, tuple[Any, tuple[str | int, ...]]] = {
    "har": ({"log": {"version": "1.2", "entries": [ENTRY, ENTRY]}}, ("log", "entries")),
    "wiremock": ({"mappings": [STUB, STUB], "meta": {"total": 2}}, ("mappings",)),
    "stub": (STUB, ()),
    "pages": ([PAGE, PAGE], ("none",)),
}
"""Files of other tools, and where their entries are."""
Path_ = tuple[str | int, ...]


def mappings(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The places of all mappings that have a member."""
    if isinstance(value, dict):
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in members:
        if isinstance(one, dict | list):
            yield from mappings(one, (*path, key))


def lines_of(value: Any, twice: Path_ | None, path: Path_ = ()) -> Iterator[tuple[str, bool]]:
    """JSON with one member on each line, and whether it is the second one of its name."""
    if not isinstance(value, dict | list):
        yield json.dumps(value), False
        return
    is_list = isinstance(value, list)
    members = list(enumerate(value)) if is_list else list(value.items())
    if path == twice:
        members.append(members[0])
    yield "[" if is_list else "{", False
    for place, (key, one) in enumerate(members):
        name = "" if is_list else f"{json.dumps(key)}: "
        is_second = path == twice and place == len(members) - 1
        inner = list(lines_of(one, None if is_second else twice, (*path, key)))
        inner[0] = name + inner[0][0], is_second
        last = "" if place == len(members) - 1 else ","
        inner[-1] = inner[-1][0] + last, inner[-1][1]
        yield from inner
    yield "]" if is_list else "}", False


def text_of(twice: Path_ | None, whole: Any = WHOLE) -> tuple[str, int]:
    """The file, and the line of the second key from 1."""
    lines = list(lines_of(whole, twice))
    second = [number for number, (_, is_second) in enumerate(lines, 1) if is_second]
    return "\n".join(line for line, _ in lines), second[0] if second else 0


@pytest.mark.parametrize("kind", ["json", "yaml"])
@pytest.mark.parametrize("twice", list(mappings(WHOLE)), ids=str)
def test_a_key_that_is_there_twice_is_refused_with_its_line(
    kind: str, twice: Path_, tmp_path: Path
) -> None:
    """Wherever it is; JSON names the line where the interaction begins."""
    text, line = text_of(twice)
    path = tmp_path / "a"
    path.write_text(text if kind == "json" else f"---\n{text}\n")

    with pytest.raises(CassetteError) as caught:
        load_cassette(path)

    said = str(caught.value)
    assert " is twice in one mapping" in said or "a second list 'interactions'" in said
    if twice[:1] == ("interactions",):
        assert f"interaction {int(twice[1]) + 1} (line " in said
    if kind == "yaml":
        assert f"line {line + 1}: the key" in said or f"line {line + 1}: a second list" in said


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_what_is_in_a_body_is_as_it_was_sent(kind: str, tmp_path: Path) -> None:
    """JSON in a body may have a key twice: the service sent it."""
    text, _ = text_of(None)
    path = tmp_path / "a"
    path.write_text(text if kind == "json" else f"---\n{text}\n")

    assert 2 == len(load_cassette(path))


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_an_import_may_skip_it(kind: str, tmp_path: Path) -> None:
    """The other interactions are read, and no value is in the message if it may be a secret."""
    twice = " ".join(line for line, _ in lines_of(ITEM, ("response", "headers")))
    items = [json.dumps(ITEM), twice.replace("Content-Type", "s3cret-9f8e7d")]
    path, out = tmp_path / "a.yaml", tmp_path / "b.yaml"
    if kind == "json":
        path.write_text(f'{{"version": 1, "interactions": [{", ".join(items)}]}}')
    else:
        path.write_text("interactions:\n" + "".join(f"- {one}\n" for one in items))

    refused = run("import", path, "--out", out)
    done = run("import", path, "--out", out, "--skip-bad")

    assert 1 == refused.returncode
    assert "entry 2: " in refused.stderr
    assert "s3cret" not in refused.stderr + done.stderr + out.read_text()
    assert 1 == len(load_cassette(out))


def test_a_merged_mapping_may_be_there_several_times(tmp_path: Path) -> None:
    """`<<` is YAML's way to take members of another mapping."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "interactions:\n- request: {method: GET, uri: http://glance/v2/images}\n"
        "  response:\n    <<: {body: {string: '{}'}}\n    <<: {headers: {a: [b]}}\n"
        "    status: {code: 200, message: OK}\n"
    )

    assert b"{}" == load_cassette(path).interaction(0).response.body


def _many_keys(number: int) -> str:
    keys = ", ".join(f'"k{one}": 1' for one in range(number))
    return f'{{"interactions": [{json.dumps(ITEM)[:-1]}, "x": {{{keys}, "z": 1, "z": 2}}}}]}}'


def _many_items(number: int) -> str:
    """As many good items as repeated keys in the last one."""
    items = f"- {json.dumps(ITEM)}\n" * number
    return f"interactions:\n{items}- {{{'a: 1, ' * 60 * number}}}\n"


@pytest.mark.parametrize("text", [_many_keys(20_000), _many_items(200)], ids=["json", "yaml"])
def test_many_keys_take_no_more_work_than_others(text: str, tmp_path: Path) -> None:
    """Looking through all of them for each of them took minutes for a file of a few MB."""
    path = tmp_path / "a"
    path.write_text(text)

    with at_most_calls(700_000), pytest.raises(CassetteError, match=r"the key '[az]' is twice"):
        load_cassette(path)


def test_a_key_is_found_before_what_is_repeated_in_its_value(tmp_path: Path) -> None:
    """The line is that of the first one in the text, also of one that is an alias."""
    path = tmp_path / "a"
    path.write_text(
        f"interactions:\n- {json.dumps(ITEM)}\n- request:\n    &k method: GET\n"
        "    *k : {a: 1,\n      a: 2}\n"
    )

    with pytest.raises(CassetteError, match=r"line 5: the key 'method' is twice"):
        load_cassette(path)


def _places(names: Any) -> list[Any]:
    return [
        pytest.param(name, place, id=f"{name}-{'.'.join(map(str, place))}")
        for name in names
        for place in mappings(OTHERS[name][0])
    ]


@pytest.mark.parametrize(("name", "twice"), _places(OTHERS))
def test_a_name_that_is_there_twice_in_a_file_of_another_tool_is_refused_with_its_line(
    name: str, twice: Path_, tmp_path: Path
) -> None:
    """Wherever it is; in an entry, that entry is damaged, and the others can be read."""
    whole, entries = OTHERS[name]
    text, line = text_of(twice, whole)
    path = tmp_path / "a.json"
    path.write_text(text)
    url = None if name == "har" else "http://glance:9292"
    form = recognise(path)
    assert form.read is not None

    if len(twice) <= len(entries) > 0 or twice[: len(entries)] != entries:
        with pytest.raises(CassetteError, match=f", line {line}: the key '"):
            list(form.read(path, url))
        return

    found = list(form.read(path, url))

    number = 1 if name == "stub" else int(twice[len(entries)]) + 1
    (bad,) = [one for one in found if isinstance(one, LeftOut) and one.is_bad]
    assert number == bad.number
    assert f"line {line}: the key '" in bad.reason
    others = {one.number for one in found} - {number}
    assert others == (set() if name == "stub" else {3 - number})


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_tool_without_such_a_name_is_read(name: str, tmp_path: Path) -> None:
    """On as many lines; a name may be in every object of a list."""
    path = tmp_path / "a.json"
    path.write_text(text_of(None, OTHERS[name][0])[0])
    form = recognise(path)
    assert form.read is not None

    found = list(form.read(path, None if name == "har" else "http://glance:9292"))

    assert [] == [one for one in found if isinstance(one, LeftOut) and one.is_bad]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "\\u0061": 2}',
        '{"a": "\\"b\\": {", "c": [{}, [], "]"], "a": 1}',
        '{"": 1, "": 2}',
        '[[{"a": 1}, {"a": {"a": 1, "b": [], "b": 1}}]]',
        '{"a\\\\": 1, "a\\\\": 2}',
    ],
)
def test_a_name_is_compared_as_it_is_read(text: str) -> None:
    """With escapes or without, and beside text that looks like a name."""
    _, names = json_with_repeated(text)

    assert 1 == len(list(names))


@settings(deadline=None)
@given(
    st.recursive(
        st.sampled_from(["1", '"{"', '"a\\": "', "null"]),
        lambda inner: (
            st.lists(inner, max_size=4).map(lambda them: f"[{', '.join(them)}]")
            | st.lists(st.tuples(st.sampled_from('abc"'), inner), max_size=4).map(
                lambda them: "{" + ",\n".join(f"{json.dumps(k)} : {v}" for k, v in them) + "}"
            )
        ),
        max_leaves=12,
    )
)
def test_names_are_found_wherever_yaml_finds_them(text: str) -> None:
    """PyYAML's own parser reads JSON as flow style; the oracle counts keys of its nodes."""

    def in_nodes(node: yaml.Node) -> Iterator[int]:
        keys = set()
        for one in node.value if isinstance(node.value, list) else []:
            if isinstance(one, tuple):
                if one[0].value in keys:
                    yield one[0].start_mark.line + 1
                keys.add(one[0].value)
                yield from in_nodes(one[1])
            else:
                yield from in_nodes(one)

    value, names = json_with_repeated(text)
    root = yaml.compose(text, yaml.SafeLoader)

    assert root is not None
    assert json.loads(text) == value
    assert list(in_nodes(root)) == [one.line for one in names]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("      code: 200\n", ("interaction", "status", "json_answer", "answer_headers")),
        ("      - application/json\n", ("interaction", "status", "json_answer", "answer_headers")),
        ("    method: GET\n", ("interaction", "request")),
        ("version: 1\n", ("interaction",)),
    ],
)
def test_our_own_cassettes_are_no_exception(
    line: str, parts: Sequence[str], tmp_path: Path
) -> None:
    """What YAML takes of two is not what the reader of the file sees."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok(b'{"images": []}'))])
    text = path.read_text()
    if "-" in line:
        line = f"    headers:\n      Content-Type:\n{line}"
    path.write_text(text.replace(line, line.replace("200", "404") + line))
    twice = text[: text.index(line)].count("\n") + 1 + line.count("\n")

    for part in parts:
        with pytest.raises(CassetteError, match=f"line {twice}: the key '.*' is twice"):
            getattr(load_cassette(path), part)(0)


def test_scan_sees_both_values_of_a_name_in_a_har_file(tmp_path: Path) -> None:
    """It shows what is in the file, whatever a reader takes of it."""
    text = json.dumps({"log": {"version": "1.2", "entries": [ENTRY]}})
    path = tmp_path / "a.har"
    for two in ('"s3cr3t-9f8e7d6c", "password": "x"', '"x", "password": "s3cr3t-9f8e7d6c"'):
        path.write_text(text.replace('"startedDateTime"', f'"password": {two}, "startedDateTime"'))

        assert 1 == run("scan", path).returncode
