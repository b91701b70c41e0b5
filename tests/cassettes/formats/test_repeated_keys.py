"""A key that a mapping has twice: YAML and JSON would drop one of its values without a word."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
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


def text_of(twice: Path_ | None) -> tuple[str, int]:
    """The cassette, and the line of the second key from 1."""
    lines = list(lines_of(WHOLE, twice))
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


@pytest.mark.parametrize("text", [_many_keys(30_000), _many_items(600)], ids=["json", "yaml"])
def test_many_keys_take_no_more_time_than_others(text: str, tmp_path: Path) -> None:
    """Looking through all of them for each of them took minutes for a file of a few MB."""
    path = tmp_path / "a"
    path.write_text(text)
    begun = time.process_time()

    with pytest.raises(CassetteError, match=r"the key '[az]' is twice"):
        load_cassette(path)

    assert time.process_time() - begun < 2.5


def test_a_key_is_found_before_what_is_repeated_in_its_value(tmp_path: Path) -> None:
    """The line is that of the first one in the text, also of one that is an alias."""
    path = tmp_path / "a"
    path.write_text(
        f"interactions:\n- {json.dumps(ITEM)}\n- request:\n    &k method: GET\n"
        "    *k : {a: 1,\n      a: 2}\n"
    )

    with pytest.raises(CassetteError, match=r"line 5: the key 'method' is twice"):
        load_cassette(path)
