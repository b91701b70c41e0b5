"""Files of generated images: the same bytes for any number of processes, whole or absent."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_generators import generating
from glancetape_generators.generating import generate_ndjson, generate_set
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Property, Spec
from support.sets.generated import SEED, lines_of, tables_of

ABOUT = {"made_by": "a test"}
COUNT = 300


@pytest.fixture
def _many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use several processes even for small sets."""
    monkeypatch.setattr(generating, "_WORTH_SHARING", 0)
    monkeypatch.setattr(generating, "_PART", 50)
    monkeypatch.setattr(generating, "BLOCK", 40)


def _odd_spec() -> Spec:
    """Return a spec of odd images, with values that are different for each."""
    spec = read_spec("edge-cases")
    run = Property(50, ("gold", "private", "shared"), {"{uuid} {hex} {seq}": 1})
    return replace(spec, properties={**spec.properties, "run": run})


@pytest.mark.sampled(2)
@pytest.mark.usefixtures("_many_parts")
@pytest.mark.parametrize("workers", [2, 3, 1])
def test_ndjson_is_the_same_for_any_number_of_processes(tmp_path: Path, workers: int) -> None:
    """The records in their order."""
    spec = _odd_spec()

    generate_ndjson(spec, COUNT, SEED, tmp_path / "a.ndjson", workers=workers)

    assert b"".join(lines_of(spec, COUNT)) == (tmp_path / "a.ndjson").read_bytes()


@pytest.mark.sampled(2)
@pytest.mark.usefixtures("_many_parts")
@pytest.mark.parametrize("workers", [3, 2])
def test_a_set_is_the_same_for_any_number_of_processes(tmp_path: Path, workers: int) -> None:
    """Byte for byte."""
    alone, shared = tmp_path / "1.images", tmp_path / "2.images"

    generate_set(_odd_spec(), COUNT, SEED, alone, ABOUT, workers=1)
    generate_set(_odd_spec(), COUNT, SEED, shared, ABOUT, workers=workers)

    assert alone.read_bytes() == shared.read_bytes()


@pytest.mark.parametrize("preset", PRESETS)
def test_a_longer_file_begins_with_the_shorter_one(tmp_path: Path, preset: str) -> None:
    """The first records of many are the records of few."""
    spec = read_spec(preset)

    for count in (0, 1, 120, 500):
        generate_ndjson(spec, count, SEED, tmp_path / str(count))

    longest = (tmp_path / "500").read_bytes()
    for count in (0, 1, 120):
        shorter = (tmp_path / str(count)).read_bytes()
        assert count == shorter.count(b"\n")
        assert longest.startswith(shorter)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_set_has_its_images_in_default_order(tmp_path: Path, preset: str) -> None:
    """The newest first, and of one second the one with the greatest id."""
    spec = read_spec(preset)
    generate_set(spec, COUNT, SEED, tmp_path / "a.images", ABOUT)
    generate_ndjson(spec, COUNT, SEED, tmp_path / "a.ndjson")

    with ImageSet(tmp_path / "a.images") as images:
        listed = [(image["created_at"], image["id"]) for image in images]
        about = images.about

    assert COUNT == len(listed)
    assert sorted(listed, reverse=True) == listed
    assert ("a test", spec.dialect) == (about["made_by"], about["dialect"])


@pytest.mark.parametrize("block", [1, 7, 80])
def test_ndjson_is_the_same_in_parts_of_any_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """The length of blocks does not show in the file."""
    monkeypatch.setattr(generating, "BLOCK", block)
    spec = read_spec("tenant")

    generate_ndjson(spec, 80, SEED, tmp_path / "a.ndjson")

    assert b"".join(lines_of(spec, 80)) == (tmp_path / "a.ndjson").read_bytes()


def test_the_order_is_the_same_in_parts_of_any_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times are computed in parts, the order for all parts at once."""
    for part in (1 << 15, 11):
        monkeypatch.setattr(generating, "_PART", part)
        generate_set(read_spec("edge-cases"), COUNT, SEED, tmp_path / str(part), ABOUT)

    assert tables_of(tmp_path / str(1 << 15)) == tables_of(tmp_path / "11")


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("set", [("order", 50), ("images", 40), ("values", 0), ("orders", 0)]),
        ("ndjson", [("images", 50)]),
    ],
)
@pytest.mark.usefixtures("_many_parts")
def test_progress_is_reported_from_the_first_part_to_the_last(
    tmp_path: Path, kind: str, wanted: list[tuple[str, int]]
) -> None:
    """The step, how much is done, and how much there is; 0 of 0 means unknown."""
    told: list[tuple[str, int, int]] = []
    spec, out = read_spec("region"), tmp_path / "a"

    generate = partial(generate_set, about=ABOUT) if kind == "set" else generate_ndjson
    generate(spec, COUNT, SEED, out, progress=lambda *step: told.append(step))

    expected = [
        (what, min(done, COUNT), COUNT if part else 0)
        for what, part in wanted
        for done in (range(part, COUNT + part, part) if part else [0])
    ]
    assert expected == told


def test_an_existing_file_is_left_as_it_is(tmp_path: Path) -> None:
    """Unless `force` is set."""
    spec, out = read_spec("tenant"), tmp_path / "a"
    out.write_text("precious")

    with pytest.raises(ImageSetError, match="exists"):
        generate_ndjson(spec, 3, SEED, out)
    with pytest.raises(ImageSetError, match="exists"):
        generate_set(spec, 3, SEED, out, ABOUT)
    kept = out.read_text()
    generate_ndjson(spec, 3, SEED, out, force=True)

    assert "precious" == kept
    assert b"".join(lines_of(spec, 3)) == out.read_bytes()


@pytest.mark.parametrize("kind", ["set", "ndjson"])
def test_no_part_of_an_unfinished_file_remains(tmp_path: Path, kind: str) -> None:
    """Whatever interrupted it."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    spec, out = read_spec("tenant"), tmp_path / "a"
    generate = partial(generate_set, about=ABOUT) if kind == "set" else generate_ndjson
    with pytest.raises(KeyboardInterrupt):
        generate(spec, 3, SEED, out, progress=stop)

    assert [] == os.listdir(tmp_path)
