"""Values that depend on another field: `given:` in a spec."""

from collections import Counter

import pytest

from glancetape_generators.validation import validate_images
from support.drawn.random_specs import spec_of
from support.sets.generated import images_of
from support.sets.spec_files import Write, refusal

SPEC = {
    "like": "tenant",
    "properties": {
        "pipeline": {"share": 60, "kinds": ["private"], "values": {"nightly": 1, "release": 1}},
        "branch": {"share": 100, "kinds": ["private"], "values": {"main": 1, "dev": 1}},
    },
    "given": {
        "platform": {
            "Windows": {"min_disk": {200: 3, 100: 1}, "pipeline": {"win": 1, "nightly": 3}}
        },
        "made": {"file": {"min_disk": {60: 1}}},
        "branch": {"dev": {"pipeline": {"nightly": 1}}},
    },
}


def test_values_depend_on_another_field() -> None:
    """Of two that an image meets, the later one counts; whether it has the field stays."""
    images = images_of(spec_of(SPEC), 4000)
    plain = images_of(spec_of({**SPEC, "given": {}}), 4000)

    private = [one for one in images if one["__imagetype"] == "private"]
    pairs = Counter(
        (one.get("__platform") == "Windows", one["branch"], one.get("pipeline")) for one in private
    )
    assert {"nightly"} == {of for on, b, of in pairs if not on and b == "dev" and of}
    win, nightly = pairs[True, "main", "win"], pairs[True, "main", "nightly"]
    assert abs(win / (win + nightly) - 0.25) < 0.1
    assert {"nightly", "release"} == {of for on, b, of in pairs if not on and b == "main" and of}
    assert ["pipeline" in one for one in images] == ["pipeline" in one for one in plain]
    files = [one for one in private if "__root_origin" in one and one["disk_format"] != "iso"]
    assert {60} == {one["min_disk"] for one in files if one["__platform"] != "Windows"}
    windows = Counter(
        one["min_disk"]
        for one in images
        if one.get("__platform") == "Windows" and one["__imagetype"] != "gold"
    )
    assert 0.7 < windows[200] / windows.total() < 0.85
    assert [] == validate_images(images)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{pltform: {Windows: {min_disk: {40: 1}}}}",
         "given.pltform: no such field to depend on (did you mean platform?)."),
        ("{platform: {Windws: {min_disk: {40: 1}}}}",
         "given.platform.Windws: no such value of platform (did you mean Windows?)."),
        ("{pipeline: {daily: {min_disk: {40: 1}}}}",
         "given.pipeline.daily: no such value of pipeline (did you mean nightly?)."),
        ("{platform: {Windows: {min_ram: {40: 1}}}}",
         "given.platform.Windows.min_ram: no such field that can depend (did you mean min_disk?)."),
        ("{platform: {Windows: {min_disk: {0: 1}}}}",
         "given.platform.Windows.min_disk.0: 0 is not a whole number from 1 to 1,024."),
        ("{platform: {Windows: {pipeline: {x: 1}}}, pipeline: {nightly: {commit: {y: 1}}}}",
         "given: commit depends on pipeline, which depends on another field itself."),
    ],
)  # fmt: skip
def test_what_cannot_depend_is_refused(write: Write, given: str, message: str) -> None:
    """With file, line and key."""
    found = refusal(write(f"like: tenant\ngiven: {given}"))

    assert f"spec.yaml, line 2: {message}" == found


@pytest.mark.sampled(3)
@pytest.mark.parametrize("field", ["platform", "version", "kind"])
@pytest.mark.parametrize("disk", [40, 100, 500])
def test_a_fixed_image_has_a_parent_with_no_larger_disk(field: str, disk: int) -> None:
    """Also where the spec gives public images other disks than those of the cloud."""
    value = {"platform": "Ubuntu", "version": "Ubuntu 22.04 server 64bit", "kind": "gold"}[field]
    spec = spec_of(
        {
            "like": "tenant",
            "given": {field: {value: {"min_disk": {200: 1}}}},
            "images": [
                {
                    "name": "of a server",
                    "__platform": "Ubuntu",
                    "min_disk": disk,
                    "__data_origin": "instance,6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0001",
                }
            ],
        }
    )

    images = {one["id"]: one for one in images_of(spec, 400)}

    fixed = next(one for one in images.values() if one["name"] == "of a server")
    parent = images.get(fixed.get("__originalimagename"))
    assert disk == fixed["min_disk"]
    assert parent is None or parent["min_disk"] <= disk
    assert parent is not None or disk < 200
