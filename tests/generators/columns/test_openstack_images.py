"""Images of a plain OpenStack cloud: what Glance, Nova and openstacksdk would have written."""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.spec.names_and_tags import FIELDS_OF_API
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.vocabulary.flavours import OPENSTACK, flavour_named
from glancetape_generators.world import glance_tables
from support.drawn.random_specs import spec_of
from support.sets.generated import Image, images_of

WAITING = {"queued": 14, "saving": 3, "importing": 3, "uploading": 2}
# In the preset they are so few that a set of this size may have none.
SPEC = replace(
    read_spec(OPENSTACK),
    statuses={"active": 958, **WAITING, "deactivated": 14, "killed": 2, "deleted": 4},
)
BY_NOVA = {  # what Nova writes into a snapshot
    *("base_image_ref", "boot_roles", "image_location", "image_state", "image_type"),
    *("instance_uuid", "owner_id", "owner_project_name", "owner_user_name", "user_id"),
}
WITHOUT_DATA = ("queued", "saving", "uploading", "importing", "killed")


@pytest.fixture(scope="module")
def images() -> list[Image]:
    """Five thousand images of the preset."""
    return images_of(SPEC, 5000)


@pytest.fixture(scope="module")
def by_id(images: list[Image]) -> dict[str, Image]:
    """The same by their ids."""
    return {image["id"]: image for image in images}


def _inherited(image: Image) -> Image:
    """Return the properties that a server takes from the image that it is made from."""
    prefixes = ("os_", "hw_", "owner_specified.", "kernel_id", "ramdisk_id", "architecture")
    own = ("os_hidden", "os_hash_algo", "os_hash_value")
    return {name: image[name] for name in image if name.startswith(prefixes) and name not in own}


@pytest.mark.parametrize("name", [extra.field for extra in glance_tables.EXTRAS])
def test_a_property_of_the_preset_may_be_one_of_the_spec(name: str) -> None:
    """It has the values of the spec, and none of its own."""
    of_spec = {"kinds": ["private"], "values": {"ours": 1}}
    if name in FIELDS_OF_API:
        with pytest.raises(ImageSetError, match="is a field of the API"):
            spec_of({"like": OPENSTACK, "properties": {name: of_spec}})
        return

    images = images_of(spec_of({"like": OPENSTACK, "properties": {name: of_spec}}), 3000)

    assert {"ours"} == {image[name] for image in images if name in image}


def test_no_image_has_a_property_of_ims(images: list[Image]) -> None:
    """Nor a field that only IMS has."""
    names = {name for image in images for name in image}

    assert not [name for name in names if name.startswith("__")]
    assert names.isdisjoint({"virtual_env_type", "enterprise_project_id", "active_at", "max_ram"})
    assert {"os_hidden", "os_hash_algo", "os_hash_value", "description", "properties"} <= names


def test_most_images_do_not_change_after_their_upload(images: list[Image]) -> None:
    """Glance and Nova write all properties at once; IMS adds some in the hours after."""

    def changed_later(image: Image) -> bool:
        created, updated = (
            datetime.fromisoformat(image[f"{what}_at"]) for what in ("created", "updated")
        )
        return updated - created > timedelta(hours=2)

    of_ims = images_of(read_spec("region"), 1000)

    assert sum(map(changed_later, images)) < len(images) * 0.35
    assert sum(map(changed_later, of_ims)) > len(of_ims) * 0.5


def test_a_state_that_comes_later_is_a_change(images: list[Image]) -> None:
    """Nobody uploads a deactivated or hidden image, and Nova's snapshots begin as private ones."""

    def is_changed(one: Image) -> bool:
        begun, last = (datetime.fromisoformat(one[name]) for name in ("created_at", "updated_at"))
        return last - begun > timedelta(minutes=20)

    ours = [one for one in images if one["visibility"] != "public" and one["status"] != "queued"]
    nova = [one for one in ours if "image_type" in one and one["status"] == "active"]
    changed = {
        "deactivated": [one for one in ours if one["status"] == "deactivated"],
        "hidden": [one for one in ours if one["os_hidden"] and one["status"] == "active"],
        "shared": [one for one in nova if one["visibility"] in ("shared", "community")],
        "protected": [one for one in nova if one["protected"]],
    }
    for name, listed in changed.items():
        assert len(listed) > 10, name
        assert 0.7 * len(listed) < sum(map(is_changed, listed)), name
    plain = [one for one in nova if one["visibility"] == "private" and not one["protected"]]
    assert sum(map(is_changed, plain)) < 0.5 * len(plain)


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_few_uploaded_files_are_named_like_snapshots(seed: int) -> None:
    """A project names all its images alike, so some are; most names say nothing of the way."""
    uploads = [
        image["name"]
        for image in images_of(SPEC, 5000, seed)
        if image["visibility"] != "public" and "image_type" not in image
    ]

    assert len(uploads) > 1500
    assert sum("snap" in name for name in uploads) < len(uploads) * 0.2


def test_no_disk_is_too_small_for_windows(images: list[Image]) -> None:
    """Uploads as well as public images and snapshots; an installation medium is no disk."""
    own = {"catalogue": {"images": 5}, "parents": {"own": 75}}
    others = spec_of({"like": "openstack", "platforms": {"Windows": 1}, **own})
    disks = [
        one["virtual_size"]
        for one in [*images, *images_of(others, 3000)]
        if one.get("os_distro") == "windows" and one["disk_format"] != "iso" and one["virtual_size"]
    ]

    assert len(disks) > 50
    assert min(disks) >= 40 << 30


def test_cirros_is_as_small_as_it_is_known() -> None:
    """12 to 21 MiB, or 112 as a raw disk, whoever uploads it; what a server wrote is larger."""
    images = images_of(replace(SPEC, platforms={"CirrOS": 1, "Ubuntu": 1}), 1000)
    of_servers = {one["checksum"] for one in images if "image_type" in one}
    uploads = [
        one
        for one in images
        if one.get("os_distro") == "cirros" and one["checksum"] not in of_servers and one["size"]
        if one["disk_format"] in ("qcow2", "raw", "vmdk", "vhd")
    ]

    assert len(uploads) > 10
    for one in uploads:
        is_raw = one["disk_format"] == "raw"
        assert one["size"] == 112 << 20 if is_raw else 12 << 20 <= one["size"] <= 22 << 20
        assert one["virtual_size"] in (None, 112 << 20)


def test_everything_that_the_cloud_can_have_occurs(images: list[Image]) -> None:
    """All visibilities, statuses and formats, hidden images, and both kinds of snapshots."""
    assert {"public", "private", "shared", "community"} == {one["visibility"] for one in images}
    assert set(SPEC.statuses) == {one["status"] for one in images}
    formats = {"raw", "qcow2", "iso", "vmdk", "vhd", "ami", "aki", "ari", None}
    assert formats == {one["disk_format"] for one in images}
    assert {True, False} == {one["os_hidden"] for one in images}
    assert {None, "snapshot", "backup"} == {one.get("image_type") for one in images}
    assert any("members" in one for one in images)


def test_images_with_the_same_data_have_the_same_size_and_checksum(images: list[Image]) -> None:
    """A copy, or a file that several people upload; other images have data of their own."""
    of_hash = defaultdict(set)
    counts: Counter[str] = Counter()
    for image in images:
        if image["os_hash_value"] and image["size"]:
            data = (image["checksum"], image["size"], image["disk_format"])
            of_hash[image["os_hash_value"]].add(data)
            counts[image["os_hash_value"]] += 1

    assert {1} == {len(found) for found in of_hash.values()}
    assert len({checksum for ((checksum, _, _),) in of_hash.values()}) == len(of_hash)
    assert 100 < sum(count > 1 for count in counts.values()) < len(counts) / 5


def test_data_that_is_not_there_has_no_size_and_no_hash(images: list[Image]) -> None:
    """In statuses before the upload; the empty data of a snapshot of volumes has known hashes."""
    for image in images:
        values = [image[name] for name in ("size", "checksum", "os_hash_algo", "os_hash_value")]
        if image["status"] in WITHOUT_DATA:
            assert [None] * 4 == values
            assert image["virtual_size"] is None
        else:
            assert None not in values
        if image["size"] == 0:
            assert hashlib.md5(b"").hexdigest() == image["checksum"]
            assert hashlib.sha512(b"").hexdigest() == image["os_hash_value"]
    assert any(image["size"] == 0 for image in images)


def test_data_fits_the_disk_in_it(images: list[Image]) -> None:
    """A raw image is as large as its disk, another one smaller; both fit `min_disk`."""
    for image in images:
        size, disk, wanted = image["size"], image["virtual_size"], image["min_disk"]
        if disk is not None:
            assert size == disk if image["disk_format"] in ("raw", "iso") else 0 < size < disk
        if wanted and size and image["disk_format"] != "iso":
            assert max(size, disk or 0) <= wanted << 30


def test_a_snapshot_has_what_nova_writes(images: list[Image], by_id: dict[str, Image]) -> None:
    """And the properties of the image of its server, which do not describe its own data."""
    snapshots = [image for image in images if "base_image_ref" in image]
    stale = 0
    for image in snapshots:
        base = by_id[image["base_image_ref"]]
        assert base["created_at"] < image["created_at"]
        assert image["owner"] == image["owner_id"]
        assert _inherited(base) == _inherited(image)
        # What Nova adds since 2019.
        newer = {"boot_roles", "owner_project_name", "owner_user_name"}
        missing = set() if image["created_at"] >= "2019" else newer
        if image["status"] == "queued":
            missing = {*missing, "image_location", "image_state"}
        assert BY_NOVA - missing == BY_NOVA & set(image)
        assert image["min_disk"] >= base["min_disk"]
        assert image["min_disk"] << 30 >= (base["virtual_size"] or 0)
        checksum = image.get("owner_specified.openstack.md5")
        stale += bool(checksum) and checksum != image["checksum"]

    assert len(snapshots) > 1000
    assert stale
    assert not [one for one in images if one not in snapshots and BY_NOVA & set(one)]


def test_a_snapshot_of_volumes_has_no_data(images: list[Image]) -> None:
    """It says which snapshots of volumes a server gets instead."""
    found = [image for image in images if "block_device_mapping" in image]
    for image in found:
        (mapping,) = json.loads(image["block_device_mapping"])
        assert image["min_disk"] == mapping["volume_size"]
        assert ("True", "/dev/vda") == (image["bdm_v2"], image["root_device_name"])
        assert image["size"] in (0, None)

    snapshots = [json.loads(image["block_device_mapping"])[0]["snapshot_id"] for image in found]
    assert len(set(snapshots)) == len(found) > 100


def test_kernels_and_ramdisks_are_there(images: list[Image], by_id: dict[str, Image]) -> None:
    """They are public, and older formats than those of whole disks."""
    found = [image for image in images if "kernel_id" in image]
    for image in found:
        kernel, ramdisk = by_id[image["kernel_id"]], by_id[image["ramdisk_id"]]
        assert ("aki", "ari", "ami") == (
            kernel["container_format"], ramdisk["container_format"], image["container_format"],
        )  # fmt: skip
        assert ("public", "public") == (kernel["visibility"], ramdisk["visibility"])

    assert {"public", "private"} <= {image["visibility"] for image in found}


def test_a_kernel_a_ramdisk_and_their_image_are_uploaded_one_after_the_other(
    images: list[Image], by_id: dict[str, Image]
) -> None:
    """One script uploads all three, within a minute."""
    found = [one for one in images if "kernel_id" in one and one["visibility"] == "public"]
    for image in found:
        kernel, ramdisk = by_id[image["kernel_id"]], by_id[image["ramdisk_id"]]
        times = [datetime.fromisoformat(one["created_at"]) for one in (kernel, ramdisk, image)]
        assert times == sorted(set(times))
        assert times[2] - times[0] < timedelta(minutes=1)
        assert len({one["owner"] for one in (kernel, ramdisk, image)}) == 1

    assert found


def test_what_is_uploaded_is_there_soon(images: list[Image]) -> None:
    """Nothing waits for an upload; a snapshot is taken by a job."""
    took = defaultdict(list)
    for one in images:
        if one["status"] == "active" and one["visibility"] != "public":
            begun, ended = (datetime.fromisoformat(one[at]) for at in ("created_at", "updated_at"))
            took["base_image_ref" in one].append(ended - begun)

    assert sorted(took[False])[len(took[False]) // 4] < timedelta(minutes=1)
    assert sorted(took[True])[len(took[True]) // 4] > timedelta(minutes=2)


def test_openstacksdk_describes_what_it_uploads(images: list[Image]) -> None:
    """With checksums, or with empty texts where it computed none."""
    md5, object_name = (f"owner_specified.openstack.{name}" for name in ("md5", "object"))
    uploads = [one for one in images if object_name in one and "base_image_ref" not in one]
    for image in uploads:
        assert image[md5] in ("", image["checksum"]) or image["status"] in WITHOUT_DATA
    texts = {bool(image[md5]) for image in uploads}

    assert {True, False} == texts
    assert any(image[object_name] == f"images/{image['name']}" for image in uploads)


def test_the_catalogue_has_names_of_its_own(images: list[Image]) -> None:
    """The newest build has the name alone; older ones have their date, and are hardly seen."""
    operator = images[0]["owner"]
    public = [image for image in images if image["owner"] == operator]
    newest, older = [], []
    for image in public:
        (older if image["name"].endswith(")") else newest).append(image)

    assert {one.name for one in flavour_named(OPENSTACK).public} >= {one["name"] for one in newest}
    assert len({one["name"] for one in public}) == len(public) == SPEC.catalogue.images
    assert {"public"} == {one["visibility"] for one in newest}
    assert all(one["os_hidden"] or one["visibility"] != "public" for one in older if _is_kept(one))
    for one in older:
        name, _, date = one["name"].removesuffix(")").rpartition(" (")
        assert one["created_at"][:10].replace("-", "") == date
        (current,) = [new for new in newest if new["name"] == name]
        assert one["created_at"] < current["created_at"]


def _is_kept(image: Image) -> bool:
    """Whether nobody has to see an old build; a few stay public, as others use them."""
    return bool(image["os_hidden"]) or image["visibility"] == "community"


def test_no_public_image_is_newer_than_its_system(images: list[Image]) -> None:
    """Ubuntu 18.04 is not built after 2023, and not before it was released."""
    ends = {"Ubuntu 16.04": "2021-10", "Ubuntu 18.04": "2023-07", "CentOS 7": "2024-07"}
    begins = {"Ubuntu 24.04": "2024-05", "Debian 12": "2023-07", "Rocky 9": "2022-08"}
    operator = images[0]["owner"]
    for image in images:
        if image["owner"] == operator:
            name = image["name"].partition(" (")[0]
            assert begins.get(name, "2018") <= image["created_at"] < ends.get(name, "2027")


def test_ceph_shows_where_the_data_is(images: list[Image]) -> None:
    """All images with data, or none where another store has it."""
    for image in images:
        if image["size"]:
            assert [{"url": image["direct_url"], "metadata": {}}] == image["locations"]
            assert image["direct_url"].endswith(f"/images/{image['id']}/snap")
        else:
            assert not {"direct_url", "locations"} & set(image)

    plain = images_of(replace(SPEC, store="file"), 500)
    assert not [one for one in plain if {"direct_url", "locations"} & set(one)]
    snapshots = {one["disk_format"] for one in plain if one.get("image_location")}
    assert "raw" not in snapshots
    assert "qcow2" in snapshots


def test_nova_uploads_in_one_step_and_says_what_it_uploaded() -> None:
    """It never imports, volumes have no upload, and before it nothing says where the data is from.

    Statuses without data are frequent here.
    """
    statuses = dict.fromkeys((*WITHOUT_DATA, "active"), 1)
    by_nova = [
        one for one in images_of(replace(SPEC, statuses=statuses), 1500) if "image_type" in one
    ]

    disks = [one for one in by_nova if "block_device_mapping" not in one]
    volumes = [one for one in by_nova if "block_device_mapping" in one]
    assert {"queued", "saving", "killed", "active"} == {one["status"] for one in disks}
    assert {"active"} == {one["status"] for one in volumes}
    for one in disks:
        says = {"image_location", "image_state"} & set(one)
        assert len(says) == (0 if one["status"] == "queued" else 2)


def test_a_name_of_a_project_or_user_belongs_to_one(images: list[Image]) -> None:
    """As in a domain of Keystone; each keeps its name."""
    for name_of, id_of in (("owner_project_name", "owner_id"), ("owner_user_name", "user_id")):
        pairs = {(one[name_of], one[id_of]) for one in images if name_of in one}

        names, ids = zip(*pairs, strict=True)
        assert len(pairs) == len(set(names)) == len(set(ids)) > 50


def test_a_file_has_the_name_of_one(images: list[Image]) -> None:
    """No `ubuntu.qcow2` is a raw or an ISO image, or one that Nova made."""
    named = {
        (ending, one["disk_format"], "image_type" in one)
        for one in images
        if (ending := one["name"].rpartition(".")[2]) in ("iso", "qcow2")
    }

    assert {("iso", "iso", False), ("qcow2", "qcow2", False)} == named


def test_a_property_of_the_spec_takes_the_place_of_one_that_images_have() -> None:
    """All images that have it have one of the spec's values."""
    own = read_spec("tenant").properties["pipeline"]
    kinds = ("gold", "private", "shared", "community")
    spec = replace(SPEC, properties={"hw_disk_bus": replace(own, kinds=kinds, share=100)})

    found = {image.get("hw_disk_bus") for image in images_of(spec, 300)}

    assert set(own.values) == found


def test_servers_are_made_from_platforms_by_their_shares(images: list[Image]) -> None:
    """Those of Debian as often as the spec says, though the catalogue has more images of others."""
    public = {image["id"] for image in images if image["owner"] == images[0]["owner"]}
    bases = [
        image
        for image in images
        if image.get("base_image_ref") in public and image["created_at"] >= "2023"
    ]
    of_debian = sum(image.get("os_distro") == "debian" for image in bases)
    listed = {one.system.platform for one in flavour_named(OPENSTACK).public}
    total = sum(weight for name, weight in SPEC.platforms.items() if name in listed)
    share = SPEC.platforms["Debian"] / total

    assert abs(of_debian / len(bases) - share) < 5 * (share * (1 - share) / len(bases)) ** 0.5


def test_builds_are_spread_over_the_time_of_their_system(images: list[Image]) -> None:
    """So a server of any year finds an image that is older than it."""
    operator = images[0]["owner"]
    days = sorted(
        image["created_at"]
        for image in images
        if image["owner"] == operator and image["name"].startswith("Ubuntu 22.04 (")
    )

    assert len(days) > 1
    assert all(first[:7] < second[:7] for first, second in pairwise(days))


def test_a_fixed_image_can_be_the_base_of_a_server() -> None:
    """The snapshots of the server have its properties; a community image is one."""
    base_id = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0001"
    spec = spec_of(
        {
            "like": OPENSTACK,
            "images": [
                {"id": base_id, "name": "base", "visibility": "public", "os_distro": "ubuntu",
                 "created_at": "2022-01-01T00:00:00Z", "children": 20},
                {"name": "snapshot", "base_image_ref": base_id},
                {"name": "of a volume", "block_device_mapping": "[]", "base_image_ref": base_id},
                {"name": "for all", "visibility": "community"},
            ],
        }
    )  # fmt: skip

    base, snapshot, of_volume, for_all, *others = images_of(spec, 600)

    children = [image for image in others if image.get("base_image_ref") == base_id]
    assert len(children) > 20
    assert all(_inherited(base) == _inherited(one) for one in (snapshot, of_volume, *children))
    assert ("snapshot", 0) == (snapshot["image_type"], of_volume["size"])
    assert "community" == for_all["visibility"]
    assert for_all["owner"] in {image["owner"] for image in others}
