"""What a cloud really answers is stored as it is: generated images, and the sample cassettes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from glancetape.cli import main
from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.running.processes import ROOT

KEEP_IDS = RedactionOptions(keep_ids=True)
SAMPLES = sorted((ROOT / "cassettes" / "samples").glob("*.yaml"))


def redactor() -> Redactor:
    return Redactor(StandIns(b"a key for these tests"), KEEP_IDS)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("preset", ["region", "tenant", "edge-cases"])
def test_generated_images_are_stored_unchanged(preset: str, tmp_path: Path) -> None:
    out = tmp_path / "images.ndjson"
    arguments = ["--spec", preset, "--count", "400", "--seed", "11", "--out", str(out)]
    assert 0 == CliRunner().invoke(main, ["generate", *arguments]).exit_code
    images = [json.loads(line) for line in out.read_text().splitlines()]

    for start in range(0, len(images), 100):
        page = json.dumps({"images": images[start : start + 100]}).encode()
        request = Request("GET", "http://h/v2/images?limit=100")
        found = redactor().interaction(Interaction(request, Response(200, "OK", (), page)))

        assert page == from_readable(found.response_body.readable(), "page")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_the_samples_are_stored_unchanged(sample: Path) -> None:
    cassette = load_cassette(sample)

    for index in range(len(cassette)):
        before = cassette.interaction(index)
        found = redactor().interaction(before)

        assert before.request.uri == found.interaction.request.uri
        assert before.response.headers == found.interaction.response.headers
        assert before.response.body == from_readable(found.response_body.readable(), "body")


def test_there_are_samples() -> None:
    assert SAMPLES
