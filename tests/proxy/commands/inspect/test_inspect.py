"""`glancetape inspect`, as text and as JSON."""

import json
from pathlib import Path

import pytest

from support.sets.set_commands import ME, RECORDS, call
from support.sets.set_files import make_set, record


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A set of three images; its home project is ME."""
    make_set(tmp_path / "a.images", RECORDS)
    (tmp_path / "a.ndjson").unlink()
    return tmp_path / "a.images"


def test_a_set_is_shown_to_people_and_to_programs(images: Path) -> None:
    """The same in both."""
    text, as_json = call("inspect", images), call("inspect", images, "--json")

    shown = json.loads(as_json.stdout)
    assert (0, 0) == (text.exit_code, as_json.exit_code)
    assert (3, "a.images", ME) == (shown["images"], shown["file"], shown["about"]["home_project"])
    assert ["2018-09-06T14:00:01Z", "2018-09-06T14:00:03Z"] == shown["created"]
    assert 3 == shown["properties"]["visibility"]["images"]
    assert text.stdout.startswith("images ")
    assert "2018-09-06T14:00:01Z to 2018-09-06T14:00:03Z" in text.stdout
    assert ME in text.stdout


def test_commonest_values_are_counted_beside_their_property(tmp_path: Path) -> None:
    """The rest is counted as others; a value that looks like nothing is quoted."""
    values = ["a"] * 5 + ["b"] * 3 + ["c", "d", "", "null"]
    make_set(
        tmp_path / "a.images", [record(f"{place}", __x=one) for place, one in enumerate(values)]
    )

    shown = [line.split() for line in call("inspect", tmp_path / "a.images").stdout.splitlines()]

    assert ["__x", "(12)", *"a 5, b 3, '' 1, c 1, d 1, others 1".split()] in shown


def test_an_empty_set_is_shown(tmp_path: Path) -> None:
    """It spans no time."""
    make_set(tmp_path / "a.images", [])

    shown = [line.split() for line in call("inspect", tmp_path / "a.images").stdout.splitlines()]

    assert ["created", "-"] in shown
    assert ["members", "none"] in shown


def test_a_sound_set_passes_the_check(images: Path) -> None:
    """As text and as JSON."""
    text, as_json = call("inspect", images, "--check"), call("inspect", images, "--check", "--json")

    shown = json.loads(as_json.stdout)
    assert (0, 0) == (text.exit_code, as_json.exit_code)
    assert f"{images}: all {shown['blocks']} blocks are sound\n" == text.stdout
    assert [] == shown["damaged"]


def test_a_check_names_the_damaged_blocks_and_what_to_do(images: Path) -> None:
    """Also when they are of the tables, without which the set cannot be opened."""
    octets = bytearray(images.read_bytes())
    for place in (4096, 5 * 4096 + 7):
        octets[place] ^= 1
    images.write_bytes(octets)

    text, as_json = call("inspect", images, "--check"), call("inspect", images, "--check", "--json")

    assert (1, 1) == (text.exit_code, as_json.exit_code)
    assert [2, 6] == json.loads(as_json.stdout)["damaged"]
    assert "blocks are damaged: 2, 6\ncopy the file again" in text.stdout
