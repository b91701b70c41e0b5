"""Every field of the API document is generated, with its type, for the right kinds of image."""

import json
import re
from collections import defaultdict
from dataclasses import replace

import pytest

from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.world.world import World
from support.sets.generated import SEED, Image, made

STRING, INTEGER, BOOLEAN, STRINGS = str, int, bool, list
_RARE = re.compile(
    b'"(__support_(?:largememory|diskintensive|highperformance|xen_gpu_type|xen_hana'
    b'|kvm_infiniband|kvm_fpga_type|s4l|h2l|d1t))":'
)
NULLS = {"size", "virtual_size", "checksum"}  # without data; nothing else is null in a region
ALL, TENANTS, TRADED = "gold private shared market", "private shared", "private shared market"
OWN = "gold private shared"  # what is sold needs no special hardware

# The table "Data structure description of the images field" of the API document, in its order:
# field -> type, and the kinds of image that have it.
DOCUMENTED: dict[str, tuple[type, str]] = {
    "__backup_id": (STRING, TENANTS),
    "__data_origin": (STRING, TRADED),
    "__description": (STRING, TRADED),
    "__image_location": (STRING, TENANTS),
    "__image_size": (STRING, TRADED),
    "__image_source_type": (STRING, ALL),
    "__is_config_init": (STRING, TENANTS),
    "__isregistered": (STRING, ALL),
    "__lazyloading": (STRING, ALL),
    "__originalimagename": (STRING, TRADED),
    "__imagetype": (STRING, ALL),
    "protected": (BOOLEAN, ALL),
    "virtual_env_type": (STRING, ALL),
    "virtual_size": (INTEGER, ALL),
    "visibility": (STRING, ALL),
    "owner": (STRING, ALL),
    "id": (STRING, ALL),
    "status": (STRING, ALL),
    "name": (STRING, ALL),
    "container_format": (STRING, ALL),
    "disk_format": (STRING, ALL),
    "min_ram": (INTEGER, ALL),
    "max_ram": (STRING, TRADED),
    "min_disk": (INTEGER, ALL),
    "__os_bit": (STRING, ALL),
    "__os_feature_list": (STRING, ALL),
    "__platform": (STRING, ALL),
    "schema": (STRING, ALL),
    "self": (STRING, ALL),
    "size": (INTEGER, ALL),
    "__os_type": (STRING, ALL),
    "__os_version": (STRING, ALL),
    "tags": (STRINGS, ALL),
    "__support_kvm": (STRING, ALL),
    "__support_xen": (STRING, ALL),
    "__support_largememory": (STRING, ALL),
    "__support_diskintensive": (STRING, ALL),
    "__support_highperformance": (STRING, ALL),
    "__support_xen_gpu_type": (STRING, ALL),
    "__support_kvm_gpu_type": (STRING, OWN),
    "__support_xen_hana": (STRING, ALL),
    "__support_kvm_infiniband": (STRING, ALL),
    "__productcode": (STRING, "market"),
    "__root_origin": (STRING, TENANTS),
    "__sequence_num": (STRING, TENANTS),
    "__support_fc_inject": (STRING, TENANTS),
    "__is_offshelved": (STRING, "market"),
    "created_at": (STRING, ALL),
    "updated_at": (STRING, ALL),
    "active_at": (STRING, TRADED),
    "checksum": (STRING, ALL),
    "hw_firmware_type": (STRING, ALL),
    "file": (STRING, ALL),
    "enterprise_project_id": (STRING, TENANTS),
    "_sys_enterprise_project_id": (STRING, TENANTS),
    "__support_arm": (STRING, OWN),
    "__support_agent_list": (STRING, ALL),
    "__account_code": (STRING, "market"),
    "__support_amd": (STRING, "market private shared"),
    "__system__cmkid": (STRING, "private"),
    "hw_vif_multiqueue_enabled": (STRING, ALL),
}
# Fields of other documents and answers.
UNDOCUMENTED: dict[str, tuple[type, str]] = {
    "__support_kvm_fpga_type": (STRING, ALL),
    **{
        f"__support_{name}": (STRING, "gold private shared")
        for name in (
            *("live_resize", "kvm_hi1822_hiovs", "kvm_hi1822_hisriov", "kvm_hi1822_hivirtionet"),
            *("s4l", "h2l", "d1t"),
        )
    },
    "__quick_start": (STRING, TENANTS),
    "__system_support_market": (STRING, TENANTS),
    "os_shutdown_timeout": (STRING, TENANTS),
    "__whole_image": (STRING, TENANTS),
    "members": (list, "shared"),
}
FIELDS = {**DOCUMENTED, **UNDOCUMENTED}
# Fields that every image of a kind has; any other field only some of them have.
OF_EACH = {
    "gold": """
        id name status visibility protected owner created_at updated_at tags self file schema size
        virtual_size checksum container_format disk_format min_disk min_ram virtual_env_type
        __imagetype __image_source_type __isregistered __lazyloading __os_type __os_bit __os_version
        __platform
    """.split(),
    "market": """
        id name status visibility protected owner created_at updated_at tags self file schema size
        virtual_size checksum container_format disk_format min_disk min_ram virtual_env_type
        __imagetype __image_source_type __isregistered __lazyloading __os_type __os_bit __os_version
        __platform active_at max_ram __account_code __data_origin __image_size __is_offshelved
        __originalimagename __productcode
    """.split(),
    "private": """
        id name status visibility protected owner created_at updated_at tags self file schema size
        virtual_size checksum container_format disk_format min_disk min_ram virtual_env_type
        __imagetype __image_source_type __isregistered __lazyloading __os_type __data_origin
    """.split(),
}
OF_EACH["shared"] = [*OF_EACH["private"], "members"]


@pytest.fixture(scope="module")
def images() -> list[Image]:
    """Twenty thousand images of a region, and those of forty thousand more with rare fields.

    More of them are without data than in a usual one, so that each kind has some.
    """
    region = read_spec("region")
    world = World(replace(region, statuses={"active": 994, "saving": 2, "queued": 4}), SEED)
    # Searching lines for rare fields is faster than reading all of them as JSON.
    more = [line for line in made(world, range(20_000, 60_000)).lines() if _RARE.search(line)]
    return [json.loads(line) for line in (*made(world, range(20_000)).lines(), *more)]


@pytest.fixture(scope="module")
def having(images: list[Image]) -> dict[str, list[Image]]:
    """The images that have a field."""
    found = defaultdict(list)
    for image in images:
        for name in image:
            found[name].append(image)
    return found


def test_the_table_has_all_rows_of_the_document() -> None:
    """61 fields."""
    assert 61 == len(DOCUMENTED)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_generated_with_its_type(having: dict[str, list[Image]], field: str) -> None:
    """Null only where the cloud returns null; otherwise a field is absent."""
    wanted, _ = FIELDS[field]
    values = [image[field] for image in having[field]]

    assert values
    assert {type(value) for value in values} <= {wanted, *([type(None)] if field in NULLS else [])}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_in_images_of_its_kinds(having: dict[str, list[Image]], field: str) -> None:
    """And in no others."""
    _, kinds = FIELDS[field]

    found = {image["__imagetype"] for image in having[field]}

    assert found <= set(kinds.split())
    if not _RARE.match(f'"{field}":'.encode()):
        assert set(kinds.split()) == found


def test_no_other_field_is_generated(having: dict[str, list[Image]]) -> None:
    """The preset region has no properties of its own."""
    assert FIELDS.keys() == having.keys()


@pytest.mark.parametrize("kind", OF_EACH)
def test_each_image_of_a_kind_has_the_common_fields(images: list[Image], kind: str) -> None:
    """And any other field is missing in at least one image."""
    of_kind = [image.keys() for image in images if image["__imagetype"] == kind]

    assert set(OF_EACH[kind]) == set(FIELDS).intersection(*of_kind)


def test_texts_in_lists_are_texts(images: list[Image]) -> None:
    """In tags and members."""
    assert {str} == {type(tag) for image in images for tag in image["tags"]}
    assert {("member_id", "status")} == {
        tuple(member) for image in images for member in image.get("members", ())
    }


@pytest.mark.parametrize("preset", PRESETS)
def test_the_first_image_of_a_preset_is_in_its_catalogue(preset: str) -> None:
    """So an image that needs a parent finds one."""
    (line,) = made(World(read_spec(preset), SEED), [0]).lines()

    assert "public" == json.loads(line)["visibility"]
