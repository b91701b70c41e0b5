"""Projects that a spec names, with a share and a mix of their own."""

from collections import Counter, defaultdict

import pytest

from glancetape_generators.spec.explaining import explain
from glancetape_generators.validation import validate_images
from support.drawn.random_specs import spec_of
from support.sets.generated import images_of
from support.sets.spec_files import Write, refusal

SHOP, OPS = "5" * 32, "0" * 31 + "a"
SAID = {
    "projects": {
        "named": {
            SHOP: {
                "share": 20,
                "platforms": {"Windows": 1},
                "patterns": {"{app}-v{number}": 1},
                "apps": {"shop": 3, "till": 1},
            },
            OPS: {"share": 5},
        }
    }
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("like", ["region", "tenant"])
def test_a_named_project_has_its_share_and_its_mix(like: str) -> None:
    """Others keep theirs."""
    spec = spec_of({"like": like, **SAID})

    images = images_of(spec, 5000)

    owned = defaultdict(list)
    for image in images:
        if image["visibility"] != "public":
            owned[image["owner"]].append(image)
    total = sum(map(len, owned.values()))
    assert abs(len(owned[SHOP]) / total - 0.2) < 0.01
    assert abs(len(owned[OPS]) / total - 0.05) < 0.01
    systems = Counter(one["__platform"] for one in owned[SHOP] if "__platform" in one)
    assert systems["Windows"] > 0.95 * systems.total()
    assert {"shop", "till"} == {one["name"].rpartition("-v")[0] for one in owned[SHOP]}
    assert len({one.get("__platform") for one in owned[OPS]}) > 1
    assert [] == validate_images(images)
    assert "beside them 2 named with 25%" in explain(spec, 1000)


def test_a_plain_glance_has_named_projects_too() -> None:
    """With users."""
    images = images_of(
        spec_of({"like": "openstack", "projects": {"named": {OPS: {"share": 50}}}}), 500
    )

    theirs = [one for one in images if one["owner"] == OPS]
    assert len(theirs) > 100
    assert {OPS} == {one["owner_id"] for one in theirs if "owner_id" in one}


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("{a: {}}", "projects.named.a: share is missing; write the percentage of tenants' images."),
        ("{a: {share: 60}, b: {share: 40}}",
         "projects.named.b.share: the named projects have 100%; at most 99 is allowed."),
        ("{a: {share: 6, platforms: {Ubunt: 1}}}",
         "projects.named.a.platforms.Ubunt: no such platform in the spec's platforms (did you mean "
         "Ubuntu?)"),
    ],
)  # fmt: skip
def test_a_project_that_cannot_be_is_refused(write: Write, named: str, message: str) -> None:
    """With file, line and key."""
    found = refusal(write(f"like: tenant\nprojects: {{named: {named}}}"))

    assert found.startswith(f"spec.yaml, line 2: {message}")
