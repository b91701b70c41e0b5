"""Images that may be shared: chosen texts are replaced, and what belongs together still does."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from glancetape_cassettes.redaction.images.pseudonyms import Pseudonymisation
from glancetape_cassettes.redaction.policy import RedactionOptions
from support.drawn.examples import examples
from support.drawn.random_records import BODIES
from support.drawn.random_specs import spec_of
from support.sets.generated import images_of
from support.sets.set_files import record

KEY, OTHER_KEY = b"a key for tests, long enough", b"another key, long enough too"
PARENT = "6ce15d77-5c7d-4a55-8b8a-0a4c6a9f0001"
SERVER = "7ce15d77-5c7d-4a55-8b8a-0a4c6a9f0002"

Image = dict[str, Any]


def _redact(key: bytes = KEY) -> Pseudonymisation:
    return Pseudonymisation(key=key, options=RedactionOptions())


def _shared(**fields: Any) -> Image:
    image, _ = _redact()(record("a" * 32, **fields))
    return image


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "zq"},
        {"__description": "zq, the old one"},
        {"description": "zq"},
        {"tags": ["zq", "zq=1", "team=zq", "a.zq"]},
        {"zq": "x"},
        {"cost-center": "zq"},
        {"nested": {"zq": ["zq"]}},
        {"__data_origin": "file,zq:zq-centos.qcow2"},
        {"__data_origin": "zq"},
        {"__image_location": "zq:5443:zq:1"},
        {"__image_location": f"zq.example.com:5443:pcsims{'b' * 32}:1"},
        {"__account_code": "zq"},
        {"__image_displayname": "zq"},
        {"direct_url": "rbd://zq/pool/1/snap"},
        {"locations": [{"url": "rbd://zq/pool/1/snap", "metadata": {"zq": "zq"}}]},
        {"owner_specified.openstack.object": "images/zq"},
        {"hw_zq": "true"},
        {"__support_zq": "true"},
        {"img_config_zq": "optional"},
        {"trait:CUSTOM_ZQ": "required"},
        {"hw_disk_bus": "zq"},
        {"__support_kvm": "zq"},
        {"os_distro": "zq"},
        {"os_version": "22.04 zq"},
        {"os_version": "2٣zq"},
        {"architecture": "zq"},
        {"__platform": "Zq"},
        {"__os_version": "Ubuntu ZQ 64bit"},
        {"__os_feature_list": '{"zq": "true"}'},
        {"__image_size": "12zq"},
        {"active_at": "zq"},
        {"checksum": "zq", "os_hash_algo": "zq", "os_hash_value": "zq"},
        {"disk_format": "zq", "container_format": "zq"},
        {"self": "/zq/v2/images/1", "file": "/zq", "schema": "/zq"},
        {"__data_origin": "image,zq,zq"},
        {"__originalimagename": "zq", "base_image_ref": "zq", "kernel_id": "zq"},
        {"__productcode": "zq"},
    ],
)
def test_what_people_chose_is_replaced(fields: Image) -> None:
    """Wherever it is: also in a field of the documents, in which it is none of their words."""
    shown = json.dumps(_shared(**fields))

    assert "zq" not in shown.casefold()


@pytest.mark.parametrize(
    "number", ["4915112345678", "49 151 123 456 78", "555-123-4567", "10.4.7.12", "x7k2m9q4"]
)
def test_a_number_of_a_person_or_a_host_is_no_version(number: str) -> None:
    """A version has few digits and letters, and an address four numbers."""
    assert number not in _shared(os_version=number).values()


def test_ids_that_people_chose_are_replaced_and_link_as_before() -> None:
    """Old clouds take any text as an id."""
    redact = _redact()
    parent, _ = redact(record("zq-parent", self="/v2/images/zq-parent"))
    origin = "image,eu,zq-parent"
    child, _ = redact(record("b" * 32, base_image_ref="zq-parent", __data_origin=origin))

    assert "zq" not in json.dumps([parent, child])
    assert parent["id"] == child["base_image_ref"] == child["__data_origin"].rpartition(",")[2]
    assert f"/v2/images/{parent['id']}" == parent["self"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("__os_version", "Ubuntu 22.04 server 64bit"),
        ("__os_version", "Windows Server 2008 R2 Enterprise 64bit"),
        ("__support_kvm", "true"),
        ("__support_kvm_gpu_type", "V100_vGPU"),
        ("__os_feature_list", '{"onekey_resetpasswd": "true"}'),
        ("__image_size", "10041425920"),
        ("hw_disk_bus", "scsi"),
        ("hw_machine_type", "pc-i440fx-2.11"),
        ("hw_numa_cpus.0", "0-3,^2"),
        ("trait:HW_CPU_X86_AVX512F", "required"),
        ("os_version", "12.2-RELEASE-p3"),
        ("root_device_name", "/dev/vda"),
        ("os_distro", "ubuntu"),
        ("__originalimagename", PARENT),
        ("base_image_ref", PARENT),
        ("kernel_id", PARENT),
        ("disk_format", "qcow2"),
        ("min_disk", 40),
        ("name", None),
        ("cost-center", ""),
        ("__data_origin", f"image,,{PARENT}"),
    ],
)
def test_what_the_documents_define_stays(name: str, value: Any) -> None:
    """So do links to other images, null and the empty text."""
    shared = _shared(**{name: value})

    found = [one for key, one in shared.items() if key == name or key.startswith("standin-text-")]
    assert [value] == found


def test_the_same_text_is_the_same_everywhere() -> None:
    """In names, tags and properties, of any image; another key makes another stand-in."""
    one = _shared(name="web", tags=["team=web"], own="web")
    two = _shared(name="db", own="web")
    other, _ = _redact(OTHER_KEY)(record("a" * 32, name="web"))

    stand_in = one["name"]
    assert [stand_in] == [tag.partition("=")[2] for tag in one["tags"]]
    own = next(name for name in two if name.startswith("standin-text-"))
    assert stand_in == one[own] == two[own]
    assert two["name"] != stand_in != other["name"]


def test_things_of_a_project_keep_their_form_and_stay_the_same() -> None:
    """Servers and backups by their ids, the owner in a location."""
    owner = "b" * 32
    origin = f"instance,{SERVER}"
    place = f"192.144.1.2:5443:pcsims{owner}:{'a' * 32}"
    one = _shared(owner=owner, __data_origin=origin, instance_uuid=SERVER, __image_location=place)

    server = one["instance_uuid"]
    assert server.startswith("facade00-")
    assert f"instance,{server}" == one["__data_origin"]
    assert f"192.0.2.10:5443:pcsims{one['owner']}:{'a' * 32}" == one["__image_location"]
    file = _shared(__data_origin="file,bucket:folder/centos.QCOW2")["__data_origin"]
    assert file.startswith("file,standin-text-")
    assert file.endswith(".QCOW2")


@given(BODIES)
@examples(80)
def test_sharing_twice_changes_nothing_more(body: Image) -> None:
    """A stand-in stays, and an image stays an image."""
    redact = pickle.loads(pickle.dumps(_redact()))
    once, _ = redact(record("a", **body))

    again, replaced = redact(json.loads(json.dumps(once)))

    assert (once, 0) == (again, replaced)


_REPLACED = frozenset(
    """
    owner name members tags locations direct_url description __description __data_origin
    __image_location enterprise_project_id _sys_enterprise_project_id __account_code
    __backup_id __system__cmkid user_id owner_id owner_user_name owner_project_name instance_uuid
    backup_type block_device_mapping os_admin_user img_hide_hypervisor_id properties pipeline commit
    image_original_user os_purpose uuid_validity provided_until replace_frequency boot_roles
    """.split()
)


@pytest.mark.parametrize("flavour", ["huawei-intl", "huawei-cn", "otc", "openstack"])
@pytest.mark.parametrize("like", ["region", "tenant"])
def test_of_a_generated_image_only_what_people_choose_is_replaced(like: str, flavour: str) -> None:
    """Systems, hardware and states of all clouds are words of their documents."""
    for image in images_of(spec_of({"like": like, "flavour": flavour}), 400):
        shared, _ = _redact()(dict(image))
        changed = {name for name, value in image.items() if shared.get(name, shared) != value}
        assert {one for one in changed if "owner_specified" not in one} <= _REPLACED
        assert not image["name"] or image["name"] != shared["name"]
        assert set() == set(image["tags"]) & set(shared["tags"])
        assert "pipeline" not in shared
