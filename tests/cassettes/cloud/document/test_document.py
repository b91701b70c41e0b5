"""Each query parameter of "Querying Images (Native OpenStack API)" does what the document says.

Every docstring here begins with the parameter and quotes what the document says about it.
"""

import re
import sys

import pytest

from support.one_image import ME, OTHER, ims_image
from support.sets.imagesets import Cloud, MakeCloud, shared

DOCUMENTED = (
    "__isregistered __imagetype protected visibility owner id status name container_format "
    "disk_format min_ram min_disk __os_bit __platform marker limit sort_key sort_dir __os_type tag "
    "member_status __support_kvm __support_xen __support_largememory __support_diskintensive "
    "__support_highperformance __support_xen_gpu_type __support_kvm_gpu_type __support_xen_hana "
    "__support_kvm_infiniband created_at updated_at"
).split()

GOLD = {"__imagetype": "gold", "protected": True}
PRIVATE = {"__imagetype": "private", "visibility": "private", "owner": ME}
IMAGES = [
    ims_image(
        "centos", __os_type="Linux", __os_bit="64", __platform="CentOS", min_ram=2048, **GOLD
    ),
    ims_image("windows", __os_type="Windows", __os_bit="32", __platform="Windows", size=7, **GOLD),
    ims_image(
        "redhat", __os_type="Linux", __os_bit="64", __platform="Red Hat", min_disk=40, **GOLD
    ),
    ims_image("kvm", __support_kvm="true", __support_largememory="true", __imagetype="market"),
    ims_image("xen", __support_xen="true", __support_diskintensive="true"),
    ims_image("fast", __support_kvm="true", __support_xen="true", __support_highperformance="true"),
    ims_image("vgpu", __support_xen_gpu_type="M60_vGPU"),
    ims_image("gpu", __support_kvm_gpu_type="V100"),
    ims_image("hana", __support_xen_hana="true"),
    ims_image("net", __support_kvm="true", __support_kvm_infiniband="true"),
    ims_image("mine", tags=["a.b", "x=y"], disk_format="vhd", **PRIVATE),
    ims_image("queued", status="queued", container_format=None, tags=["a=b", "plain"], **PRIVATE),
    shared("offered", me="pending"),
    shared("taken", me="accepted"),
    shared("declined", me="rejected"),
    ims_image("broken", status="killed"),
    ims_image("gone", status="deleted"),
    ims_image("unregistered", __isregistered="false"),
    ims_image("unmarked", __isregistered=None),
    ims_image(
        "old",
        created_at="2018-08-01T10:00:00Z",
        updated_at="2018-09-01T10:00:00Z",
    ),
]
ALL = "centos windows redhat kvm xen fast vgpu gpu hana net mine queued taken old"
SUPPORT = {  # parameter: what the document says, and what some queries find
    "__support_kvm": (
        "whether the image supports KVM. If yes, the value is true",
        {"__support_kvm=true": "kvm fast net"},
    ),
    "__support_xen": (
        "whether the image supports Xen. If yes, the value is true",
        {"__support_xen=true": "xen fast"},
    ),
    "__support_largememory": (
        "whether the image supports large-memory ECSs",
        {"__support_largememory=true": "kvm"},
    ),
    "__support_diskintensive": (
        "whether the image supports disk-intensive ECSs",
        {"__support_diskintensive=true": "xen"},
    ),
    "__support_highperformance": (
        "whether the image supports high-performance ECSs",
        {"__support_highperformance=true": "fast"},
    ),
    "__support_xen_gpu_type": (
        "supports GPU-accelerated ECSs on the Xen platform",
        {
            "__support_xen_gpu_type=M60_vGPU": "vgpu",
            "__support_xen_gpu_type=M60_vGPU&__support_xen=true": "",
        },
    ),
    "__support_kvm_gpu_type": (
        "supports GPU-accelerated ECSs on the KVM platform",
        {"__support_kvm_gpu_type=V100": "gpu", "__support_kvm_gpu_type=P100": ""},
    ),
    "__support_xen_hana": (
        "whether the image supports HANA ECSs on the Xen platform",
        {"__support_xen_hana=true": "hana"},
    ),
    "__support_kvm_infiniband": (
        "supports ECSs with InfiniBand NICs on the KVM platform",
        {"__support_kvm_infiniband=true": "net"},
    ),
}


@pytest.fixture(scope="module")
def cloud(make_cloud: MakeCloud) -> Cloud:
    return make_cloud(IMAGES)


def test_every_parameter_of_the_document_is_tested_here():
    tests = vars(sys.modules[__name__]).values()
    cited = [re.match(r"`(\w+)`: \"", test.__doc__ or "") for test in tests]
    assert 32 == len(set(DOCUMENTED))
    assert set(DOCUMENTED) == {match[1] for match in cited if match} | SUPPORT.keys()


def test_only_registered_images_are_found(cloud: Cloud):
    """`__isregistered`: "Common users can query only the images for which the value [...] is
    true".
    """
    assert ALL == cloud.names() == cloud.names("__isregistered=true")
    assert "" == cloud.names("__isregistered=false")


def test_imagetype_finds_images_of_a_type(cloud: Cloud):
    """`__imagetype`: "Specifies the image type. The following types are supported"."""
    assert "centos windows redhat" == cloud.names("__imagetype=gold")
    assert "mine queued" == cloud.names("__imagetype=private")
    assert "taken" == cloud.names("__imagetype=shared")
    assert "kvm" == cloud.names("__imagetype=market")


def test_protected_finds_images_that_are_protected_or_not(cloud: Cloud):
    """`protected`: "Specifies whether the image is protected. The value is true or false"."""
    assert "centos windows redhat" == cloud.names("protected=true")
    assert set(ALL.split()) - {"centos", "windows", "redhat"} == set(
        cloud.names("protected=false").split()
    )


def test_visibility_finds_images_that_others_can_use_or_not(cloud: Cloud):
    """`visibility`: "Specifies whether the image is available to other tenants"."""
    assert "mine queued" == cloud.names("visibility=private")
    assert "taken" == cloud.names("visibility=shared")
    assert set(ALL.split()) - {"mine", "queued", "taken"} == set(
        cloud.names("visibility=public").split()
    )


def test_owner_finds_images_of_a_tenant(cloud: Cloud):
    """`owner`: "Specifies the tenant to which the image belongs"."""
    assert "mine queued" == cloud.names(f"owner={ME}")
    assert set(ALL.split()) - {"mine", "queued"} == set(cloud.names(f"owner={OTHER}").split())


def test_id_finds_one_image(cloud: Cloud):
    """`id`: "Specifies the image ID"."""
    assert "xen" == cloud.names("id=xen")
    assert "" == cloud.names("id=offered") == cloud.names("id=nothing")


def test_status_finds_images_in_a_status_but_none_that_are_gone(cloud: Cloud):
    """`status`: "Specifies the image status"."""
    assert "queued" == cloud.names("status=queued")
    assert ALL.replace("queued ", "") == cloud.names("status=active")
    assert "" == cloud.names("status=killed") == cloud.names("status=deleted")


def test_name_finds_images_of_exactly_that_name(cloud: Cloud):
    """`name`: "Specifies the image name. Exact matching is used"."""
    assert "centos" == cloud.names("name=centos")
    assert "" == cloud.names("name=cento") == cloud.names("name=CentOS")


def test_container_format_finds_images_in_a_container(cloud: Cloud):
    """`container_format`: "Specifies the container type. The default value is bare"."""
    assert ALL.replace("queued ", "") == cloud.names("container_format=bare")


def test_disk_format_finds_images_of_a_format(cloud: Cloud):
    """`disk_format`: "The value can be zvhd2, vhd, zvhd, raw, iso, or qcow2"."""
    assert "mine" == cloud.names("disk_format=vhd")
    assert ALL.replace("mine ", "") == cloud.names("disk_format=zvhd2")


def test_min_ram_finds_images_that_need_as_much_memory(cloud: Cloud):
    """`min_ram`: "the minimum memory size (MB) required for running the image"."""
    assert "centos" == cloud.names("min_ram=2048")
    assert ALL.replace("centos ", "") == cloud.names("min_ram=0")


def test_min_disk_finds_images_that_need_as_much_disk(cloud: Cloud):
    """`min_disk`: "the minimum disk space (GB) required for running the image"."""
    assert "redhat" == cloud.names("min_disk=40")


def test_os_bit_finds_images_of_an_architecture(cloud: Cloud):
    """`__os_bit`: "Specifies the OS architecture, 32 bit or 64 bit"."""
    assert "windows" == cloud.names("__os_bit=32")
    assert "centos redhat" == cloud.names("__os_bit=64")


def test_platform_finds_images_of_a_platform(cloud: Cloud):
    """`__platform`: "The value can be Windows, Ubuntu, Red Hat, SUSE, CentOS"."""
    assert "centos" == cloud.names("__platform=CentOS")
    assert "redhat" == cloud.names("__platform=Red+Hat") == cloud.names("__platform=Red%20Hat")


def test_marker_is_the_image_that_the_page_begins_after(cloud: Cloud):
    """`marker`: "the start number from which images are queried. The value is the image ID"."""
    assert "queued taken old" == cloud.names("marker=mine")
    assert "" == cloud.names("marker=old")


def test_limit_is_the_number_of_images_in_a_page(cloud: Cloud):
    """`limit`: "Specifies the number of images to be queried. The value is an integer"."""
    assert "centos windows redhat" == cloud.names("limit=3")
    assert ALL == cloud.names("limit=20")


@pytest.mark.parametrize(
    ("key", "ascending"),
    [
        ("name", "centos fast"),
        ("container_format", "queued old"),
        ("disk_format", "mine old"),
        ("status", "old taken"),
        ("id", "centos fast"),
        ("size", "old taken"),
        ("created_at", "old taken"),
    ],
)
def test_sort_key_is_what_images_are_sorted_by(cloud: Cloud, key: str, ascending: str):
    """`sort_key`: "name, container_format, disk_format, status, id, size, or created_at"."""
    assert ascending == cloud.names(f"sort_key={key}&sort_dir=asc&limit=2")
    everything = cloud.names(f"sort_key={key}&sort_dir=asc").split()
    assert everything[::-1] == cloud.names(f"sort_key={key}&sort_dir=desc").split()


def test_sort_dir_is_descending_unless_it_is_ascending(cloud: Cloud):
    """`sort_dir`: "Its value can be desc (default) or asc"."""
    assert "xen windows" == cloud.names("sort_key=name&limit=2")
    assert "xen windows" == cloud.names("sort_key=name&sort_dir=desc&limit=2")
    assert "centos fast" == cloud.names("sort_key=name&sort_dir=asc&limit=2")
    assert "old taken" == cloud.names("sort_dir=asc&limit=2")


def test_os_type_finds_images_of_a_system(cloud: Cloud):
    """`__os_type`: "The value can be Linux, Windows, or Other"."""
    assert "centos redhat" == cloud.names("__os_type=Linux")
    assert "windows" == cloud.names("__os_type=Windows")
    assert "" == cloud.names("__os_type=Other")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=plain", "queued"),
        ("tag=a=b", "mine queued"),
        ("tag=a%3Db", "mine queued"),
        ("tag=a.b", "mine"),
        ("tag=x=y", "mine"),
        ("tag=x.y", ""),
        ("tag=a=b&tag=x=y", "mine"),
    ],
)
def test_tag_finds_tags_and_those_from_before_the_upgrade(cloud: Cloud, query: str, found: str):
    """`tag`: "an existing tag is a.b [...] query the tag using "tag=a=b"."""
    assert found == cloud.names(query)


def test_member_status_finds_images_by_what_became_of_the_offer(cloud: Cloud):
    """`member_status`: "The value can be accepted, rejected, or pending"."""
    assert "taken" == cloud.names("visibility=shared&member_status=accepted")
    assert "declined" == cloud.names("visibility=shared&member_status=rejected")
    assert "offered" == cloud.names("visibility=shared&member_status=pending")


@pytest.mark.parametrize("parameter", SUPPORT)
def test_support_finds_images_that_support_it(cloud: Cloud, parameter: str):
    """The value is "true", or the name of a card."""
    _, found = SUPPORT[parameter]

    assert found == {query: cloud.names(query) for query in found}


def test_created_at_finds_images_by_when_they_were_created(cloud: Cloud):
    """`created_at`: "the time when the image was created [...] format of Operator:UTC time"."""
    assert "old" == cloud.names("created_at=lt:2018-09-01T00:00:00Z")
    assert "centos" == cloud.names("created_at=eq:2018-09-06T14:03:27Z")


def test_updated_at_finds_images_by_when_they_were_modified(cloud: Cloud):
    """`updated_at`: "the time when the image was modified [...] format of Operator:UTC time"."""
    assert "old" == cloud.names("updated_at=eq:2018-09-01T10:00:00Z")
    assert "" == cloud.names("updated_at=lt:2018-09-01T00:00:00Z")
