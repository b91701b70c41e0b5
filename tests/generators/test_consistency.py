"""Generated images break no rule of the validator, whatever the spec."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import STATUSES, read_spec
from glancetape_generators.spec.spec import (
    KINDS,
    WAYS,
    Catalogue,
    Names,
    Projects,
    Property,
    Spec,
    Tags,
)
from glancetape_generators.validation import validate_images
from glancetape_generators.vocabulary.flavours import FLAVOURS, OPENSTACK, flavour_named
from support.drawn.examples import examples, share_of
from support.drawn.random_specs import spec_of, specs
from support.sets.generated import Image, images_of

REGION = read_spec("region")
MOST_SEED = (1 << 63) - 1

# Disks of this cloud are smaller than the API document allows.
ALLOWED = {"otc": {"min-disk-range"}}
ALONE: dict[str, dict[str, Any]] = {
    **{f"only {way}": {"made": {way: 1}} for way in WAYS},
    **{f"only {kind}": {"kinds": {kind: 1}} for kind in KINDS},
    **{f"only {status}": {"statuses": {status: 1}} for status in STATUSES},
    **{f"only {name}": {"platforms": {name: 1}} for name in flavour_named("huawei-intl").platforms},
    "no catalogue": {"catalogue": {"images": 0}},
    "no catalogue, only instances": {"catalogue": {"images": 0}, "made": {"instance": 1}},
    "no catalogue, only copies": {"catalogue": {"images": 0}, "made": {"image": 1}},
    "a catalogue of one": {"catalogue": {"images": 1, "every": 1_000_000_000}},
    "a catalogue first": {"catalogue": {"images": 100, "every": 1}},
    "the catalogue alone": {"catalogue": {"images": 100_000, "every": 1}},
    "one project": {"projects": {"count": 1}, "kinds": {"private": 1}},
    "two projects that share all": {
        "projects": {"count": 2}, "kinds": {"shared": 1}, "members": {"most": 256},
    },
    "backups that are shared with many": {
        "kinds": {"shared": 1}, "made": {"server_backup": 1}, "members": {"most": 256},
    },
    "steepest growth": {"times": {"growth": 1000, "weekend": 0, "bursts": 100, "ties": 100}},
    "sixty days": {"times": {"first": "2025-11-02", "ties": 100}, "projects": {"count": 3}},
    "since 1970": {"times": {"first": "1970-01-01", "weekend": 1000}},
    "no names": {"names": {"nulls": 100}},
    **{
        f"openstack: {name}": {"flavour": OPENSTACK, **said}
        for name, said in {
            **{f"only {way}": {"made": {way: 1}} for way in WAYS},
            **{f"only {kind}": {"kinds": {kind: 1}} for kind in KINDS},
            **{
                f"only {status}": {"statuses": {status: 1}, "made": made}
                for made, listed in (
                    ({"file": 1, "iso": 1}, ("uploading", "importing")),
                    ({"file": 1, "instance": 1, "image": 1}, ("queued", "saving", "killed")),
                    (dict.fromkeys(WAYS, 1), ("active", "deleted", "deactivated")),
                    (dict.fromkeys(WAYS, 1), ("pending_delete",)),
                )
                for status in listed
            },
            **{
                f"only {name}": {"platforms": {name: 1}}
                for name in flavour_named(OPENSTACK).platforms
            },
            "no catalogue": {"catalogue": {"images": 0}},
            "a catalogue of one": {"catalogue": {"images": 1, "every": 1_000_000_000}},
            "the catalogue alone": {"catalogue": {"images": 100_000, "every": 1}},
            "sixty days": {"times": {"first": "2025-11-02", "ties": 100}, "projects": {"count": 3}},
            "since 1970": {"times": {"first": "1970-01-01", "weekend": 1000}},
            "files": {"store": "file"},
            "no names": {"names": {"nulls": 100}},
        }.items()
    },
}  # fmt: skip


ODD_TAGS = Tags(share=100, most=2, old=50, keys={'"': {"\\": 1, "": 1}, ".": {"=.": 1}})


@pytest.mark.sampled(3)
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", [0, 7, MOST_SEED])
def test_the_images_of_a_preset_break_no_rule(preset: str, seed: int) -> None:
    """With everything they refer to."""
    assert [] == validate_images(images_of(read_spec(preset), share_of(3000), seed))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("preset", ["region", "tenant", "edge-cases"])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_preset_goes_with_any_flavour(preset: str, flavour: str) -> None:
    """Nothing is contradictory; only disks of OTC are smaller than the document allows."""
    images = images_of(spec_of({"like": preset, "flavour": flavour}), share_of(1000))

    assert _broken(images) <= ALLOWED.get(flavour, set())
    assert len({image["owner"] for image in images if image["visibility"] == "public"}) <= 2


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", ALONE)
def test_images_of_a_one_sided_spec_break_no_rule(name: str) -> None:
    """One part of the spec at its limits."""
    spec = spec_of(ALONE[name])

    assert [] == validate_images(images_of(spec, share_of(300)))


@examples(60, suppress_health_check=[HealthCheck.too_slow])
@given(spec=specs(), seed=st.integers(0, MOST_SEED))
@example(replace(REGION, catalogue=Catalogue(0, 1), projects=Projects(2, 0)), 0)
@example(replace(REGION, names=Names({"%s 100% {app}": 1}, 50)), 1)
@example(replace(REGION, tags=ODD_TAGS), 2)
@example(replace(REGION, properties={'"p\\': Property(100, ("gold",), {None: 1, '"\\': 1})}), 3)
def test_the_images_of_any_spec_break_no_rule(spec: Spec, seed: int) -> None:
    """Even of a very odd one."""
    images = images_of(spec, 80, seed)

    assert 80 == len({image["id"] for image in images})
    # A spec may ask for public images of a system that nobody supports any more.
    assert _broken(images) <= {"gold-while-supported", *ALLOWED.get(spec.flavour, set())}


def _broken(images: list[Image]) -> set[str]:
    return {finding.rule for finding in validate_images(images)}
