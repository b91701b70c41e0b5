"""Weights and shares with decimals, and names that are unique."""

import re
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from glancetape_generators.realised import realised
from glancetape_generators.spec.explaining import explain
from glancetape_generators.spec.reading import read_spec
from support.drawn.random_specs import spec_of
from support.sets.generated import images_of

RARE: dict[str, Any] = {"share": 0.5, "kinds": ["private"], "values": {"x": 1, "y": 2.5}}


def test_weights_with_decimals_are_shares_of_their_sum() -> None:
    """Half an image market for each private one."""
    found = spec_of({"kinds": {"private": 1, "market": 0.5}})

    assert {"private": 2, "shared": 0, "market": 1} == {
        kind: weight for kind, weight in found.kinds.items() if kind != "community"
    }


@pytest.mark.parametrize("weights", [(33.3, 66.7), (0.125, 60), (59.7, 83.9), (1000, 0.5)])
def test_weights_with_decimals_go_with_a_share_with_decimals(weights: tuple[float, float]) -> None:
    """Only weights that are thousandths of large numbers are too fine."""
    values = dict(zip("xy", weights, strict=True))

    found = spec_of({"properties": {"rare": {**RARE, "values": values}}}).properties["rare"].values

    assert found["x"] * weights[1] == pytest.approx(found["y"] * weights[0])


def test_a_share_with_decimals_is_kept_exactly() -> None:
    """One image in two hundred has the property, and --explain says so."""
    spec = spec_of({"like": "tenant", "properties": {"rare": RARE}, "tags": {"share": 99.875}})

    images = images_of(spec, 8000)

    assert Fraction("99.875") == spec.tags.share
    assert "99.875% have" in explain(spec, 100)
    assert "0.5% of private" in explain(spec, 100)
    private = [one for one in images if one["__imagetype"] == "private"]
    assert 10 < sum("rare" in one for one in private) < 70


def test_names_can_be_unique() -> None:
    """By a UUID, eight hexadecimal digits, or the number of the image in the set."""
    patterns = {"u {uuid}": 1, "h {hex}": 1, "s {seq}": 1}
    spec = spec_of({"kinds": {"private": 1}, "names": {"patterns": patterns}})

    names = [one["name"] for one in images_of(spec, 2000) if one["visibility"] == "private"]

    assert len(names) == len(set(names))
    for name in names:
        assert re.fullmatch("u [0-9a-f-]{36}|h [0-9a-f]{8}|s [1-9][0-9]{0,3}", name)
    assert {"u", "h", "s"} == {name[0] for name in names}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("preset", ["region", "tenant", "openstack"])
def test_the_shares_that_come_out_are_those_of_the_images(preset: str) -> None:
    """Counted from the images by another way."""
    spec = read_spec(preset)
    images = images_of(spec, 3000)
    field = "os_distro" if preset == "openstack" else "__platform"
    clouds = {one["owner"] for one in images if one["visibility"] == "public"}
    tenants = [one for one in images if one["owner"] not in clouds]  # old public builds are hidden

    shown = realised(spec, 3000, 7)

    assert shown.startswith("made with seed 7\n  kinds ")
    statuses = Counter(one["status"] for one in tenants)
    active = f"{100 * statuses['active'] / len(tenants):.1f}".removesuffix(".0")
    assert f"active {active}% (" in shown
    if preset != "openstack":
        platforms = Counter(one[field] for one in tenants if field in one)
        share = f"{100 * platforms['Ubuntu'] / platforms.total():.1f}".removesuffix(".0")
        assert f"Ubuntu {share}% (26%)" in shown
