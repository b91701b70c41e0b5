"""Key-set templates: images have optional properties together, as a spec or preset says."""

from collections import Counter, defaultdict
from importlib import resources
from typing import Any

import pytest
import yaml

from glancetape_generators.learning.spec_text import spec_of
from glancetape_generators.spec.reading import read_spec
from support.sets.captures import of_preset
from support.sets.generated import Image, images_of
from support.sets.spec_files import Write, refusal

COUNT = 2400
FOLLOWING = {
    "_sys_enterprise_project_id",
    "owner_specified.openstack.md5",
    "owner_specified.openstack.sha256",
}


def _templates(preset: str) -> dict[str, list[frozenset[str]]]:
    """Read the templates from the preset's file, and from no other place."""
    folder = "flavours" if preset == "openstack" else "presets"
    file = resources.files("glancetape_generators.spec").joinpath(folder, f"{preset}.yaml")
    read: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))["templates"]
    return {name: [frozenset(one["keys"]) for one in of] for name, of in read.items()}


def _way(image: Image) -> str:
    """Return how an image was made, by what it shows."""
    if image["visibility"] == "public":
        return str(image.get("__imagetype", "gold"))
    if image["disk_format"] == "iso":
        return "iso"
    if "__data_origin" in image:
        return str(image["__data_origin"]).partition(",")[0]
    if "block_device_mapping" in image:
        return "volume"
    return {"snapshot": "instance", "backup": "server_backup"}.get(
        str(image.get("image_type")), "file"
    )


@pytest.mark.parametrize("preset", ["region", "tenant"])
def test_images_of_a_way_have_the_keys_of_one_of_its_templates(preset: str) -> None:
    """Those of private images with data, of a known system."""
    templates = _templates(preset)
    optional = frozenset.union(*(keys for of in templates.values() for keys in of))
    optional -= {"description", "owner_specified.openstack.object"}  # of a plain Glance
    seen = defaultdict[str, set[frozenset[str]]](set)

    for image in of_preset(preset, COUNT):
        is_plain = (image["visibility"], image["status"]) == ("private", "active")
        if is_plain and image["__os_type"] != "Other" and _way(image) != "server_backup":
            # Each data disk has a slot.
            never = {"__sequence_num"} if _way(image) == "volume" else set()
            seen[_way(image)].add(optional & image.keys() - never)

    for way, found in seen.items():
        assert found <= {keys & optional for keys in templates[way]}
    assert 5 < len(seen["instance"]) <= len(templates["instance"])


@pytest.mark.parametrize(("preset", "most"), [("region", 250), ("tenant", 250), ("openstack", 160)])
def test_a_set_has_few_sets_of_keys(preset: str, most: int) -> None:
    """With a coin for each property, 2,400 images of the preset tenant had over 1,700."""
    sets = Counter(frozenset(image) - {"members"} for image in of_preset(preset, COUNT))

    assert len(sets) < most
    assert sum(count for _, count in sets.most_common(50)) > 0.75 * COUNT


def test_weights_of_templates_come_out_as_shares() -> None:
    """Within half a percentage point, as uploads have no server whose keys they share."""
    spec = spec_of(
        "made: {file: 1}\nkinds: {private: 1}\nstatuses: {active: 1}\ncatalogue: {images: 0}\n"
        "properties:\n  a: {kinds: [private], values: {x: 1}}\n"
        "  b: {kinds: [private], values: {y: 1}}\n"
        "templates: {file: [{weight: 1.5, keys: [a, b]}, {weight: 1, keys: [a]},"
        " {weight: 0.5, keys: [__os_feature_list, __quick_start]}]}\n"
    )

    found = Counter(tuple(sorted({"a", "b"} & image.keys())) for image in images_of(spec, 4096))

    for keys, share in ((("a", "b"), 1 / 2), (("a",), 1 / 3), ((), 1 / 6)):
        assert found[keys] / 4096 == pytest.approx(share, abs=0.005)


def test_a_template_is_for_images_that_can_have_its_keys() -> None:
    """Bare metal has no hi1822 cards for KVM, and virtual servers none of `__support_s4l`."""
    spec = spec_of(
        "made: {file: 1}\nplatforms: {SUSE: 1, Ubuntu: 1, CentOS: 1, Windows: 1}\n"
        "statuses: {active: 1}\n"
        "templates: {file: [{weight: 1, keys: [__support_s4l]},"
        " {weight: 1, keys: [__support_kvm_hi1822_hiovs]}]}\n"
    )
    images = [image for image in images_of(spec, 1500) if _way(image) == "file"]

    found = Counter(
        (
            image["virtual_env_type"],
            *sorted({"__support_s4l", "__support_kvm_hi1822_hiovs"} & image.keys()),
        )
        for image in images
    )

    assert {
        ("FusionCompute", "__support_kvm_hi1822_hiovs"), ("Ironic", "__support_s4l"),
    } >= set(found)  # fmt: skip
    assert found["FusionCompute", "__support_kvm_hi1822_hiovs"] > 1000


def test_images_of_a_server_have_the_same_support_keys() -> None:
    """A backup of it too, whose templates have others."""
    spec = spec_of(
        "like: tenant\nmade: {instance: 1, server_backup: 1}\nparents: {own: 0}\n"
        "projects: {count: 2}\n"
        "templates:\n"
        "  instance: [{weight: 1, keys: [__support_live_resize]}, {weight: 2, keys: []}]\n"
        "  server_backup: [{weight: 1, keys: [__quick_start, __support_agent_list]},"
        " {weight: 1, keys: []}]\n"
    )
    servers = defaultdict[str, set[frozenset[str]]](set)
    names = frozenset(["__support_live_resize", "__support_agent_list"])
    backups = Counter[bool]()
    for image in images_of(spec, 1500):
        if "__originalimagename" in image and image["virtual_env_type"] == "FusionCompute":
            way, _, server = image["__data_origin"].partition(",")
            if way == "instance":
                servers[server].add(frozenset(names & image.keys()))
            backups["__quick_start" in image] += way == "server_backup"

    assert {1} == {len(found) for found in servers.values()}
    found = frozenset[frozenset[str]]().union(*servers.values())
    assert {frozenset[str](), frozenset(["__support_live_resize"])} == found
    assert min(backups[True], backups[False]) > 50


def test_a_share_of_a_property_counts_before_templates(write: Write) -> None:
    """So a file that likes `tenant` can say how many images have its own `pipeline`."""
    text = "like: tenant\nproperties: {pipeline: {share: 100, kinds: [private], values: {x: 1}}}\n"
    spec = read_spec(write(text))

    images = [image for image in images_of(spec, 200) if image["visibility"] == "private"]

    assert {"x"} == {image.get("pipeline") for image in images}


def test_templates_of_a_preset_go_with_other_properties_and_flavours(write: Write) -> None:
    """What they name besides does not count."""
    replaced = read_spec(write("like: tenant\nproperties: {}\n"))
    cloud = read_spec(write("like: tenant\nflavour: openstack\n"))

    assert not {"pipeline", "commit"} & _keys(replaced.templates)
    assert "__description" in _keys(replaced.templates)
    assert {"pipeline", "commit", "description", "owner_specified.openstack.object"} == _keys(
        cloud.templates
    )


def _keys(templates: Any) -> set[str]:
    return {key for of in templates.values() for one in of for key in one.keys}


KNOWN = "templates.file: no such optional property"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("templates: {file: []}", 1, "templates.file: has 0 templates; write 1 to 100."),
        ("templates: {files: []}", 1, "templates.files: no such key"),
        ("templates: {file: {}}", 1,
         "templates.file: a mapping is not a list; write [value, ...]."),
        ("templates: {file: [a]}", 1,
         "templates.file: a is not a mapping; write {key: value, ...}."),
        ("templates:\n  file:\n  - {weight: 1}", 3,
         "templates.file: keys is missing; write all of weight, keys."),
        ("templates: {file: [{weight: -1, keys: []}]}", 1,
         "templates.file.weight: -1 is not a weight"),
        ("templates: {file: [{weight: 0, keys: []}]}", 1,
         "templates.file: the weights add up to 0; a sum from 1 to 4,294,967,296 is allowed."),
        ("templates:\n  file: [{weight: 1, keys: [__quick_strat]}]", 2,
         "templates.file.keys: no such optional property, __quick_strat (did you mean __quick_s"),
        ("templates: {file: [{weight: 1, keys: [__os_type]}]}", 1,
         "templates.file.keys: no such optional property"),
        ("templates: {file: [{weight: 1, keys: [__description, __description]}]}", 1,
         "templates.file.keys: __description occurs twice."),
        ("properties: {p: {kinds: [private], values: {a: 1}}}", 1,
         "properties: p has no share, and no template names it; write a share."),
        ("templates: {file: [" + "{weight: 1, keys: []}," * 101 + "]}", 1,
         "templates.file: has 101 templates; write 1 to 100."),
    ],
)  # fmt: skip
def test_bad_templates_are_refused(text: str, line: int, told: str, write: Write) -> None:
    """With the line, the key and what is expected."""
    assert refusal(write(text)).startswith(f"spec.yaml, line {line}: {told}")
