"""A fixed image has all fields that belong to what is given of it, and none that do not."""

from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.generating import generate_ndjson
from glancetape_generators.validation import validate_images
from support.drawn.random_specs import spec_of
from support.sets.equal_sets import assert_equal_to_import
from support.sets.generated import Image, images_of
from support.sets.spec_files import Write, refusal

BASE = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0001"
KERNEL = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0002"
RAMDISK = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0003"
THING = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0004"
MORE = 60
"""Images beside the fixed ones."""

# The ten properties that Nova writes, and what belongs to some of its images only.
NOVA = (
    "base_image_ref boot_roles image_location image_state image_type instance_uuid owner_id "
    "owner_project_name owner_user_name user_id"
)
VOLUMES = "bdm_v2 block_device_mapping root_device_name"
BOOT = "kernel_id ramdisk_id"
SYSTEM = "os_distro os_version os_type architecture hw_disk_bus"
SDK = " ".join(f"owner_specified.openstack.{name}" for name in ("md5", "sha256", "object"))

# What is given; what the image has besides: values, and names; what it does not have.
Case = tuple[dict[str, Any], dict[str, Any], str, str]
OF_OPENSTACK: list[Case] = [
    ({"image_type": "snapshot"}, {"image_location": "snapshot"}, NOVA,
     f"{VOLUMES} {BOOT} {SDK} backup_type"),
    ({"image_type": "snapshot", "base_image_ref": BASE}, {"os_distro": "debian"}, NOVA, VOLUMES),
    ({"base_image_ref": BASE}, {"image_type": "snapshot"}, NOVA, f"{VOLUMES} backup_type"),
    ({"instance_uuid": THING}, {"image_type": "snapshot"}, NOVA, f"{VOLUMES} backup_type"),
    ({"image_location": "snapshot"}, {"image_state": "available"}, NOVA, VOLUMES),
    ({"image_type": "snapshot", "os_distro": "centos"}, {}, NOVA, VOLUMES),
    ({"image_type": "snapshot", "visibility": "public"}, {}, NOVA, f"{VOLUMES} {BOOT}"),
    ({"image_type": "snapshot", "status": "queued"}, {"size": None}, "instance_uuid owner_id",
     "image_location image_state"),
    ({"image_type": "snapshot", "disk_format": "qcow2"}, {"container_format": "bare"}, NOVA,
     VOLUMES),
    ({"image_type": "backup"}, {}, f"{NOVA} backup_type", VOLUMES),
    ({"backup_type": "weekly"}, {"image_type": "backup"}, NOVA, VOLUMES),
    ({"block_device_mapping": "[]"}, {"size": 0, "virtual_size": None, "bdm_v2": "True"},
     f"{NOVA} root_device_name", "backup_type"),
    ({"root_device_name": "/dev/vda"}, {"size": 0, "image_type": "snapshot"}, f"{NOVA} {VOLUMES}",
     "backup_type"),
    ({"disk_format": "aki", "id": KERNEL}, {"container_format": "aki", "virtual_size": None,
      "min_disk": 0, "min_ram": 0}, "", f"{SYSTEM} {NOVA} {BOOT}"),
    ({"container_format": "ari", "id": RAMDISK}, {"disk_format": "ari", "virtual_size": None}, "",
     f"{SYSTEM} {NOVA} {BOOT}"),
    ({"disk_format": "ami"}, {"container_format": "ami", "kernel_id": KERNEL,
      "ramdisk_id": RAMDISK, "virtual_size": None}, "", NOVA),
    ({"kernel_id": THING}, {"disk_format": "ami", "container_format": "ami"}, "", NOVA),
    ({"disk_format": "aki", "visibility": "public"}, {"container_format": "aki"}, "",
     f"{SYSTEM} {NOVA} {BOOT}"),
    ({"disk_format": "iso"}, {"container_format": "bare"}, "", f"{NOVA} {BOOT}"),
    ({"disk_format": "iso", "visibility": "public"}, {"container_format": "bare", "min_ram": 0},
     "", f"{NOVA} {BOOT} uuid_validity image_original_user"),
    ({"disk_format": "iso", "status": "queued"}, {"container_format": "bare", "size": None}, "",
     NOVA),
    ({"disk_format": "raw", "status": "queued"}, {"container_format": "bare", "size": None}, "",
     NOVA),
    ({"disk_format": "vdi"}, {"container_format": "bare"}, "", f"{NOVA} {VOLUMES} {BOOT}"),
    ({"owner_specified.openstack.object": "images/x"}, {}, SDK, NOVA),
    ({"visibility": "public"}, {}, "os_distro", f"{NOVA} {VOLUMES} {BOOT}"),
]  # fmt: skip

PARENT = "__originalimagename"
WHOLE = "__backup_id __whole_image"
OF_DATA = "__platform __os_version __os_bit __os_feature_list hw_firmware_type __support_kvm"
MARKET = "__productcode __is_offshelved"
BACKUP: dict[str, Any] = {"__whole_image": "true", "__backup_id": THING,
                          "__data_origin": f"server_backup,{THING}"}  # fmt: skip
DISK: dict[str, Any] = {"virtual_env_type": "DataImage", "__sequence_num": "1001", PARENT: "null"}
OF_IMS: list[Case] = [
    ({"virtual_env_type": "DataImage"}, DISK, "__data_origin", f"{OF_DATA} {WHOLE} __root_origin"),
    ({"__sequence_num": "1001"}, DISK, "__data_origin", f"{OF_DATA} {WHOLE} __root_origin"),
    ({PARENT: "null"}, DISK, "__data_origin", f"{OF_DATA} {WHOLE} __root_origin"),
    ({"__data_origin": f"volume,{THING}"}, DISK, "", f"{OF_DATA} {WHOLE} __root_origin"),
    ({"virtual_env_type": "DataImage", "__os_type": "Windows"}, DISK, "", OF_DATA),
    ({"virtual_env_type": "DataImage", "status": "queued"}, {"size": None}, PARENT,
     f"{OF_DATA} __image_size active_at __image_location"),
    ({"__whole_image": "true"}, {}, f"{PARENT} {WHOLE} __data_origin __platform",
     "__root_origin __image_location"),
    ({"__backup_id": THING}, BACKUP, PARENT, "__root_origin"),
    ({"__data_origin": f"server_backup,{THING}"}, BACKUP, PARENT, "__root_origin"),
    ({"__data_origin": f"instance,{KERNEL}"}, {}, PARENT, f"{WHOLE} __root_origin"),
    ({"__data_origin": f"instance,{RAMDISK}", "__platform": "Ubuntu"}, {"__os_type": "Linux"},
     PARENT, f"{WHOLE} __root_origin"),
    ({PARENT: BASE}, {"__platform": "Debian"}, "__data_origin", f"{WHOLE} __root_origin"),
    ({"disk_format": "iso"}, {"virtual_env_type": "IsoImage", "__root_origin": "file"},
     "__platform", f"{PARENT} {WHOLE} __sequence_num __support_kvm"),
    ({"virtual_env_type": "IsoImage"}, {"disk_format": "iso", "__root_origin": "file"},
     "__platform", f"{PARENT} {WHOLE} __sequence_num __support_kvm"),
    ({"__data_origin": "file,bucket:a.iso"}, {"disk_format": "iso", "__root_origin": "file",
      "virtual_env_type": "IsoImage"}, "", f"{PARENT} {WHOLE} __sequence_num"),
    ({"__data_origin": "file,bucket:a.vhd"}, {"disk_format": "vhd", "__root_origin": "file"}, "",
     f"{PARENT} {WHOLE}"),
    ({"__root_origin": "file"}, {}, "__data_origin", f"{PARENT} {WHOLE}"),
    ({"__imagetype": "gold"}, {"visibility": "public", "protected": True}, "__platform",
     f"{PARENT} {WHOLE} {MARKET} __data_origin active_at"),
    ({"__imagetype": "market"}, {"visibility": "public"}, f"{PARENT} {MARKET} __data_origin",
     WHOLE),
    ({"__productcode": "a" * 32}, {"visibility": "public", "__imagetype": "market"},
     f"{PARENT} {MARKET} __data_origin", WHOLE),
    ({"__imagetype": "shared"}, {"visibility": "shared"}, "__data_origin", MARKET),
    ({"__imagetype": "private"}, {"visibility": "private", "protected": False}, "", MARKET),
    ({"enterprise_project_id": THING}, {"_sys_enterprise_project_id": THING}, "", ""),
    ({"_sys_enterprise_project_id": THING}, {"enterprise_project_id": THING}, "", ""),
    ({"virtual_env_type": "Ironic"}, {}, "__platform", "__support_kvm __sequence_num"),
]  # fmt: skip
CLOUDS = {
    "openstack": ({"id": BASE, "visibility": "public", "os_distro": "debian"}, OF_OPENSTACK),
    "region": ({"id": BASE, "visibility": "public", "__platform": "Debian"}, OF_IMS),
}


def _spec(preset: str, more: dict[str, Any]) -> dict[str, Any]:
    base, cases = CLOUDS[preset]
    images = [{**base, "created_at": "2022-01-01T00:00:00Z"}, *(case[0] for case in cases)]
    return {"like": preset, "images": images, **more}


@pytest.fixture(scope="module", params=[("openstack", {}), ("openstack", {"store": "file"}),
                                        ("region", {}), ("region", {"flavour": "huawei-intl"})],
                ids=lambda of: "-".join((of[0], *of[1].values())))  # fmt: skip
def made(request: pytest.FixtureRequest) -> tuple[list[Case], list[Image]]:
    """The cases of a cloud, and all images of a spec with them."""
    preset, more = request.param
    cases = CLOUDS[preset][1]
    return cases, images_of(spec_of(_spec(preset, more)), len(cases) + 1 + MORE)


def test_an_image_has_what_belongs_to_what_is_given(made: tuple[list[Case], list[Image]]) -> None:
    """And keeps what is given."""
    cases, (_, *images) = made

    for (given, values, names, _), image in zip(cases, images, strict=False):
        wanted = {**given, **values}
        assert wanted == {name: image.get(name) for name in wanted}, given
        assert not set(names.split()) - image.keys(), given


def test_an_image_has_nothing_that_does_not_belong_to_it(
    made: tuple[list[Case], list[Image]],
) -> None:
    """Such as properties of a server for a kernel."""
    cases, (_, *images) = made

    for (given, _, _, others), image in zip(cases, images, strict=False):
        assert not set(others.split()) & image.keys(), given


def test_such_images_break_no_rule(made: tuple[list[Case], list[Image]]) -> None:
    """Of no level, by the validator's own tables."""
    assert [] == validate_images(made[1])


@pytest.mark.parametrize("preset", CLOUDS)
def test_what_is_given_changes_no_other_image(preset: str) -> None:
    """The records after the fixed images are those of a spec without."""
    fixed = _spec(preset, {})

    images = images_of(spec_of(fixed), len(fixed["images"]) + MORE)

    assert images_of(spec_of({"like": preset}), MORE) == images[-MORE:]


@pytest.mark.parametrize("preset", CLOUDS)
def test_a_set_of_them_equals_an_import(preset: str, tmp_path: Path) -> None:
    """Table by table."""
    fixed = _spec(preset, {})

    assert_equal_to_import(spec_of(fixed), len(fixed["images"]) + MORE, tmp_path)


def test_a_parent_that_is_not_given_is_in_the_set(made: tuple[list[Case], list[Image]]) -> None:
    """A public image, older than what was made from it."""
    cases, images = made
    known = {image["id"]: image for image in images}
    name = "base_image_ref" if cases is OF_OPENSTACK else PARENT

    parents = [(image, known[image[name]]) for image in images[1:]
               if image.get(name, "null") in known]  # fmt: skip

    assert len(parents) > 5
    for image, parent in parents:
        assert parent["created_at"] < image["created_at"]


def test_a_count_without_room_for_a_parent_is_refused(tmp_path: Path) -> None:
    """The message has the least count, which works."""
    spec = spec_of({"like": "openstack", "images": [{"image_type": "snapshot"}]})
    out = tmp_path / "one.ndjson"

    with pytest.raises(ImageSetError, match="need a count of 2 or more") as refused:
        generate_ndjson(spec, 1, 7, out)

    assert "with the public images that they are made from" in str(refused.value)
    assert 2 == generate_ndjson(spec, 2, 7, out)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("__platform: Ubuntu", "images.__platform: is a property of IMS, which a plain Glance does "
         "not have; write os_distro."),
        ("__whole_image: 'true'", "images.__whole_image: is a property of IMS, which a plain "
         "Glance does not have; write image_type: backup."),
        ("virtual_env_type: DataImage", "images.virtual_env_type: is a property of IMS, which a "
         "plain Glance does not have; write disk_format."),
        ("__other: x", "images.__other: is a property of IMS, which a plain Glance does not have; "
         "leave it out."),
    ],
)  # fmt: skip
def test_a_property_of_ims_is_refused_in_a_plain_glance(
    write: Write, given: str, message: str
) -> None:
    """With file, line and what to write instead."""
    path = write(f"like: openstack\nimages: [{{name: a, {given}}}]")

    assert f"spec.yaml, line 2: {message}" == refusal(path)


@pytest.mark.parametrize("preset", CLOUDS)
def test_an_image_without_a_given_parent_can_have_children(preset: str) -> None:
    """Its own parent is a public image, which is made from no other."""
    name = "base_image_ref" if preset == "openstack" else PARENT
    given = {"image_type": "snapshot"}
    if name == PARENT:
        given = {"__data_origin": f"instance,{THING}"}
    first = {**given, "id": BASE, "created_at": "2022-01-01T00:00:00Z", "children": 60}

    images = images_of(spec_of({"like": preset, "images": [first]}), 400)

    assert images[0][name] in {image["id"] for image in images[1:]}
    assert BASE in {image.get(name) for image in images[1:]}
    assert [] == validate_images(images)
