"""An import reads a cassette in every encoding that editors save."""

import json
from pathlib import Path

import pytest
import yaml

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.file_kinds import is_cassette
from glancetape_cassettes.formats.foreign.foreign_entries import Entry
from glancetape_cassettes.formats.own_layout import is_own
from glancetape_cassettes.formats.reading import VCR, format_of
from support.running.processes import ROOT

_YAML = """\
interactions:
- request: {method: GET, uri: 'http://h/v2/images', body: null, headers: {}}
  response:
    status: {code: 200, message: OK}
    headers: {}
    body: {string: '{"images": [], "name": "\u00e9"}'}
version: 1
"""
TEXTS = {
    "YAML": _YAML,
    "YAML of Windows": _YAML.replace("\n", "\r\n"),
    "JSON": json.dumps(yaml.safe_load(_YAML)),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_cassette_is_imported_in_every_encoding_in_which_it_is_played(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode(encoding))

    assert is_cassette(path)
    assert format_of(path) is VCR
    assert VCR.read is not None
    (found,) = VCR.read(path, None)
    assert isinstance(found, Entry)
    played = load_cassette(path)
    assert len(played) == 1
    assert played.request(0) == found.interaction.request
    assert json.loads(found.interaction.response.body)["name"] == "é"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_cassette_of_glancetape_is_no_import_in_any_encoding(
    tmp_path: Path, encoding: str
) -> None:
    text = (ROOT / "cassettes" / "samples" / "walk.yaml").read_bytes()
    assert is_own(text)
    path = tmp_path / "a.yaml"
    path.write_bytes(text.decode().encode(encoding))

    assert VCR.read is not None
    with pytest.raises(CassetteError, match="a cassette of glancetape already"):
        list(VCR.read(path, None))
