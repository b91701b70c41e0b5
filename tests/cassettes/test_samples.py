"""The committed samples load, replay, and read well, here and in vcrpy."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr

from glancetape_cassettes.formats.cassette import Cassette, load_cassette
from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import find

SAMPLES = Path(__file__).parents[2] / "cassettes" / "samples"
FILES = sorted(SAMPLES.glob("*.yaml"))

every_sample = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def interactions(cassette: Cassette) -> list[Interaction]:
    return [cassette.interaction(index) for index in range(len(cassette))]


def images_of(interaction: Interaction) -> list[dict[str, Any]]:
    if interaction.response.status != 200 or "/v2/images" not in interaction.request.uri:
        return []
    images: list[dict[str, Any]] = json.loads(interaction.response.body)["images"]
    return images


def test_there_are_at_least_two_samples() -> None:
    assert len(FILES) >= 2


@every_sample
@pytest.mark.parametrize("any_host", [True, False], ids=["sent to us", "through us"])
def test_every_recorded_request_gets_its_recorded_answer(path: Path, any_host: bool) -> None:
    """A sample can be replayed on a machine that has no key."""
    cassette = load_cassette(path)
    recording = RecordedAnswers([cassette], lambda _: Redactor(None))

    outcomes = [find(recording, one.request, any_host=any_host) for one in interactions(cassette)]

    assert len(cassette) > 6
    for index, (recorded, outcome) in enumerate(zip(interactions(cassette), outcomes, strict=True)):
        assert isinstance(outcome, Answer), outcome
        assert recorded.response == outcome.response
        assert str(cassette.source(index)) == outcome.source


@every_sample
def test_vcrpy_plays_every_interaction_with_the_same_json(path: Path) -> None:
    """It gives the readable form of a body, where ours gives the bytes of the wire."""
    recorded = interactions(load_cassette(path))

    with vcr.use_cassette(str(path), record_mode="none") as cassette:  # pyright: ignore[reportGeneralTypeIssues]
        replayed = [
            requests.request(one.request.method, one.request.uri, timeout=10) for one in recorded
        ]

    assert cassette.all_played
    for ours, theirs in zip(recorded, replayed, strict=True):
        assert ours.response.status == theirs.status_code
        assert ours.response.reason == theirs.reason
        if theirs.headers["Content-Type"].startswith("application/json"):
            assert json.loads(ours.response.body) == theirs.json()
        else:
            assert ours.response.body == theirs.content


@every_sample
def test_an_image_stands_as_a_block_of_indented_lines_one_member_a_line(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    images = [image for one in interactions(load_cassette(path)) for image in images_of(one)]
    starts = [number for number, line in enumerate(lines) if line == " " * 12 + "{"]
    starts = [number for number in starts if '"rel"' not in lines[number + 1]]
    blocks = [block_from(lines, start) for start in starts]
    blocks = [block for block in blocks if any('"min_ram": ' in line for line in block)]

    assert len(images) > 20
    assert len(images) == len(blocks)
    for image, block in zip(images, blocks, strict=True):
        assert image == json.loads("".join(block).rstrip(","))
        members = [re.match(r' {14}"([^"]+)": ', line) for line in block]
        assert list(image) == [member[1] for member in members if member]
        assert max(map(len, block)) < 200


def block_from(lines: list[str], start: int) -> list[str]:
    """Return the lines up to the one that closes the brace of the first."""
    end = next(
        number
        for number in range(start, len(lines))
        if lines[number] in (" " * 12 + "}", " " * 12 + "},")
    )
    return lines[start : end + 1]


@every_sample
def test_no_project_id_and_no_token_is_in_a_sample(path: Path) -> None:
    text = path.read_text("utf-8")

    assert "glance.example:9292" in text
    assert "127.0.0.1" not in text
    assert [] == re.findall(r"a{32}|b{32}|c{32}|(?:0f){16}|:member|:nobody", text)
