"""A generated image set equals an import of the same images, table by table."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import importing, merging
from glancetape_generators import generating
from glancetape_generators.generating import generate_set
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Spec
from glancetape_generators.validation import validate_set
from support.drawn.examples import examples
from support.drawn.random_specs import specs
from support.sets.equal_sets import assert_equal_to_import
from support.sets.generated import SEED


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, block=50, common=3)


def _set(monkeypatch: pytest.MonkeyPatch, *, block: int, common: int) -> None:
    monkeypatch.setattr(generating, "BLOCK", block)
    monkeypatch.setattr(importing, "BLOCK", block)
    monkeypatch.setattr(merging, "COMMON", common)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    "sizes", [(7, 2), (64, 1), (64, 32), (250, 5), (500, 32), (1 << 13, 32)], ids=str
)
def test_a_generated_set_equals_an_import_of_its_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str, sizes: tuple[int, int]
) -> None:
    """With few, repeated and single values, in a block and over all blocks."""
    block, common = sizes
    _set(monkeypatch, block=block, common=common)

    assert_equal_to_import(read_spec(preset), 500, tmp_path)


@pytest.mark.parametrize("count", [0, 1, 2, 49, 50, 51])
@pytest.mark.usefixtures("_small_blocks")
def test_a_small_set_equals_an_import_of_its_images(tmp_path: Path, count: int) -> None:
    """Also where the last block is exactly full."""
    assert_equal_to_import(read_spec("edge-cases"), count, tmp_path)


@pytest.mark.usefixtures("_small_blocks")
@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(spec=specs())
def test_a_set_of_any_spec_equals_an_import_of_its_images(tmp_path: Path, spec: Spec) -> None:
    """With odd tags, names and properties, and without any."""
    assert_equal_to_import(spec, 80, tmp_path)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_generated_set_breaks_no_rule(tmp_path: Path, preset: str) -> None:
    """`glancetape inspect --validate` would report it."""
    generate_set(read_spec(preset), 1000, SEED, tmp_path / "a.images", {})

    with ImageSet(tmp_path / "a.images") as images:
        report = validate_set(images)

    assert (1000, {}) == (report.images, report.counts)
