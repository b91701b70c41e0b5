"""The command verify, as its users run it."""

import json
from pathlib import Path

import pytest

from glancetape_cassettes.formats.own_layout import header_text
from support.clouds.clouds import Cloud
from support.clouds.histories import History, write
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.walked_cassettes import MINE, answered, cloud_of, edited, recorded, walk
from support.sets.set_commands import call


def test_a_recording_that_goes_by_the_rules_ends_with_0(tmp_path: Path) -> None:
    """The report counts the equal lists, by where they were derived from and by rule."""
    path = recorded(tmp_path / "a.yaml", cloud_of(), "name=name+1&sort_key=name", "limit=abc")

    done = call("verify", path)

    assert 0 == done.exit_code
    lines = done.stdout.splitlines()
    assert lines[0].startswith("6 recorded lists, by the rules of glance (")
    assert "  6 equal" == lines[1]
    assert "    1 by another walk: derived without the walk that it is part of" in lines
    assert "    4 by its own walk: no other recorded walk covers it, which proves less" in lines
    assert "  0 differ" in lines
    table = [line.split() for line in lines]
    assert ["default", "order", "4", "4", "-", "4", "-", "-"] in table
    assert ["sort", "by", "name", "1", "1", "1", "-", "-", "-"] in table
    assert ["refusal", "1", "1", "-", "-", "1", "-"] in table


def _odd(folder: Path) -> Path:
    """Record a list that lacks an image which a walk shows afterwards."""
    history = History(cloud_of(), [MINE])
    for query in ("disk_format=iso", "name=name+1"):
        history.ask(MINE, query)
    history.interactions[0] = edited(history.interactions[0], images=[])
    walk(history)
    return write(folder / "a.yaml", history.interactions)


def test_a_difference_is_shown_and_ends_with_1(tmp_path: Path) -> None:
    """With the request, the recording that it was derived from, and what differs."""
    done = call("verify", _odd(tmp_path))

    assert 1 == done.exit_code
    assert "  1 differ\n" in done.stdout
    assert (
        "Differing:\n"
        "  a.yaml#1 GET /v2/images?disk_format=iso (derived from a.yaml#3-6)\n"
        "    images: 0 recorded, 1 derived; from number 1 on:\n"
        "      recorded none\n"
        "      derived 00000007-0000-4000-8000-000000000000\n"
    ) in done.stdout


def test_programs_read_the_same(tmp_path: Path) -> None:
    """As JSON, with all counts."""
    done = call("verify", _odd(tmp_path), "--json")

    found = json.loads(done.stdout)
    assert 1 == done.exit_code
    assert (6, 5, 1) == (found["lists"], found["equal"], found["differ"])
    assert (1, 4) == (found["equal_by_another_walk"], found["equal_by_its_own_walk"])
    assert {"lists": 2, "equal": 1} == {
        name: found["rules"]["filter by a field"][name] for name in ("lists", "equal")
    }
    assert ["a.yaml#1"] == [one["recording"] for one in found["differences"]]


def test_what_has_no_lists_cannot_be_checked(tmp_path: Path) -> None:
    """That is no failure."""
    other = write_cassette(tmp_path / "a.yaml", [(get("/v2/schemas/image"), ok(b"{}"))])
    refused = write(tmp_path / "b.yaml", [answered("", b"{}", 401)])
    empty = tmp_path / "c.yaml"
    empty.write_text(header_text("glancetape tests", "0123456789ab", keep_ids=True))

    for path, why in (
        (other, "No list of images is recorded, so there is nothing to check."),
        (refused, "No list of images was answered with a page, so there is nothing to check."),
        (empty, "Nothing is recorded, so there is nothing to check."),
    ):
        done = call("verify", path)
        assert (0, f"{why}\n") == (done.exit_code, done.stdout)
        assert why == json.loads(call("verify", path, "--json").stdout)["not_checked"]


def test_an_unknown_cloud_is_checked_by_rules_that_are_named(tmp_path: Path) -> None:
    """Nothing shows which cloud this is."""
    history = History(cloud_of(), [MINE])
    history.ask(MINE, "")
    page = edited(history.interactions[0], images=[])
    pairs = [(page.request, ok(page.response.body))]
    path = write_cassette(tmp_path / "a.yaml", pairs)

    unknown, named = call("verify", path), call("verify", path, "--dialect", "glance")

    assert (0, 0) == (unknown.exit_code, named.exit_code)
    assert unknown.stdout.startswith(
        "There are no rules to check by, because the recording fits no known cloud (no signs of "
        "either)"
    )
    assert named.stdout.startswith("1 recorded list, by the rules of glance (named by --dialect)")


def test_several_cassettes_are_checked_together(tmp_path: Path) -> None:
    """A walk in one covers what is asked in another."""
    walked = recorded(tmp_path / "a.yaml", cloud_of())
    asked = recorded(tmp_path / "b.yaml", cloud_of(), "name=name+1", walks=())

    done = call("verify", walked, asked)

    assert 0 == done.exit_code
    assert "  5 equal\n    1 by another walk" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [(), ("a.yaml", "--header", "X-Auth-Token: a"), ("a.yaml", "--own-project", "x")],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    """Before any file is looked at; what is sent to nobody is a mistake."""
    assert 2 == call("verify", *arguments).exit_code


def test_an_image_set_is_no_cassette(tmp_path: Path) -> None:
    """The error names what it is."""
    path = recorded(tmp_path / "a.yaml", cloud_of())
    call("import", path, "--out", tmp_path / "a.images")

    done = call("verify", tmp_path / "a.images")

    assert 1 == done.exit_code
    assert "is a database and not a cassette" in done.stderr


def test_ruby_and_python_recorders_are_read(tmp_path: Path) -> None:
    """Their layouts, with the answers of an empty Glance."""
    page = json.dumps({"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"})
    request = "uri: 'http://g/v2/images', headers: {}"
    headers = "{X-Openstack-Request-Id: [req-1], Content-Type: [application/json]}"
    body = f"{{encoding: UTF-8, string: '{page}'}}"
    ruby, python = tmp_path / "ruby.yml", tmp_path / "python.yaml"
    ruby.write_text(
        f"---\nhttp_interactions:\n- request: {{method: get, {request}}}\n"
        f"  response: {{status: {{code: 200, message: OK}}, headers: {headers}, body: {body}}}\n"
        "  recorded_at: Mon, 23 Nov 2026 10:00:00 GMT\nrecorded_with: VCR 6.0.0\n"
    )
    python.write_text(
        f"interactions:\n- request: {{method: GET, {request}, body: null}}\n"
        f"  response: {{status: {{code: 200, message: OK}}, headers: {headers}, body: {body}}}\n"
        "version: 1\n"
    )

    for path in (ruby, python):
        done = call("verify", path, "--dialect", "glance")
        assert (0, "  1 equal") == (done.exit_code, done.stdout.splitlines()[1])


def test_an_empty_cloud_is_a_cloud(tmp_path: Path) -> None:
    """Its one page is a whole walk."""
    path = recorded(tmp_path / "a.yaml", Cloud("glance"), "name=x")

    assert 0 == call("verify", path).exit_code
