"""NDJSON: the images from which `import` makes the same set."""

import json
from pathlib import Path

from support.clouds.small_images import ME
from support.clouds.walked_cassettes import IMAGES, cloud_of, recorded
from support.sets.generated import tables_of
from support.sets.set_commands import call


def test_an_image_set_comes_back_the_same(tmp_path: Path) -> None:
    """With images of all projects, and their members."""
    made, again = tmp_path / "a.images", tmp_path / "b.images"
    call("generate", "--count", "300", "--seed", "3", "--out", made)
    done = call("export", made, "--to", "ndjson", "--out", tmp_path / "a.ndjson")
    hint = done.stderr.partition("import it with ")[2].split()
    call("import", tmp_path / "a.ndjson", "--out", again, *hint)

    assert f"{tmp_path / 'a.ndjson'}: 300 images" == done.stderr.splitlines()[0]
    assert b'"members"' in (tmp_path / "a.ndjson").read_bytes()
    assert tables_of(made) == tables_of(again)


def test_a_cassette_gives_the_images_that_its_caller_saw(tmp_path: Path) -> None:
    """As `import` takes them."""
    source = recorded(tmp_path / "a.yaml", cloud_of())
    done = call("export", source, "--to", "ndjson", "--out", tmp_path / "a.ndjson")
    lines = (tmp_path / "a.ndjson").read_text().splitlines()

    expected = json.loads(cloud_of().answer("", ME).body)["images"]
    assert expected == [json.loads(line) for line in lines]
    assert len(IMAGES) == len(lines)
    assert "  complete\n" in done.stderr
    assert f"--home-project {ME}" in done.stderr


def test_queries_are_refused(tmp_path: Path) -> None:
    """They would be ignored."""
    source = recorded(tmp_path / "a.yaml", cloud_of())
    out = tmp_path / "a.ndjson"
    done = call("export", source, "--to", "ndjson", "--out", out, "--query", "limit=1")

    assert 2 == done.exit_code
    assert "--query and --limit go with har and wiremock." in done.stderr
    assert not out.exists()
