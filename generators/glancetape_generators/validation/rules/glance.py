"""Rules on the images of OpenStack Glance, which have no fields of IMS.

Whoever creates an image in Glance names its formats and properties, and may choose its id. So the
rules are about what Glance itself checks, or sets when the data is uploaded.
"""

import re
from collections.abc import Mapping
from typing import Any

from glancetape_generators.validation.rules.facts import GLANCE, GLANCE_RECORDS, GLANCE_UPLOAD
from glancetape_generators.validation.rules.rule import UNSEEN, Cloud, Image, RuleTable, shown
from glancetape_generators.validation.rules.shape import is_uuid

rule = RuleTable[Any](Cloud.GLANCE)

_STATUSES = frozenset(
    "queued saving uploading importing active deactivated killed deleted pending_delete".split()
)
_VISIBILITIES = frozenset({"public", "community", "shared", "private"})
_WITH_DATA = frozenset({"active", "deactivated"})
_BEFORE_DATA = frozenset({"queued"})
_CONTAINERS = frozenset("ami ari aki bare ovf ova docker compressed".split())
_DISKS = frozenset("ami ari aki vhd vhdx vmdk raw qcow2 vdi ploop iso".split())
_OF_AMAZON = frozenset({"aki", "ari", "ami"})
_DIGITS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_is_hexadecimal = re.compile("[0-9a-f]+").fullmatch
_is_md5 = re.compile("[0-9a-f]{32}").fullmatch
_is_any_uuid = re.compile(
    "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
).fullmatch


@rule(GLANCE)
def id_is_uuid(image: Image) -> str | None:
    """An id is a UUID."""
    image_id = image.get("id")
    return None if image_id is None or _is_any_uuid(image_id) else f"id is {shown(image_id)}"


@rule(GLANCE)
def texts_fit(image: Image) -> str | None:
    """A name and a tag have up to 255 characters."""
    name = image.get("name") or ""
    if len(name) > 255:
        return f"name {shown(name)} has {len(name)} characters"
    tag = next((tag for tag in image.get("tags") or () if len(tag) > 255), None)
    return None if tag is None else f"tag {shown(tag)} has {len(tag)} characters"


@rule(GLANCE)
def status_known(image: Image) -> str | None:
    """The status is one of Glance's nine."""
    found = image.get("status")
    return None if found is None or found in _STATUSES else f"status is {shown(found)}"


@rule(GLANCE)
def visibility_known(image: Image) -> str | None:
    """An image is public, community, shared or private."""
    found = image.get("visibility")
    return None if found is None or found in _VISIBILITIES else f"visibility is {shown(found)}"


@rule(GLANCE_RECORDS, UNSEEN)
def formats_known(image: Image) -> str | None:
    """The formats are among those that Glance has by default."""
    for name, known in (("container_format", _CONTAINERS), ("disk_format", _DISKS)):
        found = image.get(name)
        if found is not None and found not in known:
            return f"{name} is {shown(found)}"
    return None


@rule(GLANCE)
def formats_with_data(image: Image) -> str | None:
    """An image with data has both formats."""
    if image.get("status") not in _WITH_DATA:
        return None
    for name in ("container_format", "disk_format"):
        if image.get(name, "") is None:
            return f"{name} is null, status {image['status']}"
    return None


@rule(GLANCE)
def formats_of_amazon(image: Image) -> str | None:
    """The container formats aki, ari and ami go with the disk format of the same name only."""
    container, disk = image.get("container_format"), image.get("disk_format")
    if container == disk or None in (container, disk) or _OF_AMAZON.isdisjoint((container, disk)):
        return None
    return f"container_format is {shown(container)}, disk_format {shown(disk)}"


@rule(GLANCE_UPLOAD)
def size_with_data(image: Image) -> str | None:
    """An image with data has a size, of 0 bytes or more."""
    found = image.get("size", 0)
    if found is None:
        status = image.get("status")
        return f"size is null, status {status}" if status in _WITH_DATA else None
    return None if found >= 0 else f"size is {shown(found)}"


@rule(GLANCE_UPLOAD)
def virtual_size_positive(image: Image) -> str | None:
    """A virtual size is null or more than 0 bytes."""
    found = image.get("virtual_size")
    return None if found is None or found > 0 else f"virtual_size is {shown(found)}"


@rule(GLANCE_UPLOAD)
def queued_without(image: Image) -> str | None:
    """A queued image has neither a checksum nor a hash."""
    if image.get("status") not in _BEFORE_DATA:
        return None
    found = [name for name in ("checksum", "os_hash_value") if image.get(name) is not None]
    return f"queued image with {', '.join(found)}" if found else None


@rule(GLANCE_UPLOAD)
def checksum_form(image: Image) -> str | None:
    """A checksum is an MD5: 32 hexadecimal digits."""
    found = image.get("checksum")
    return None if found is None or _is_md5(found) else f"checksum is {shown(found)}"


@rule(GLANCE_UPLOAD)
def hash_form(image: Image) -> str | None:
    """os_hash_value has as many hexadecimal digits as os_hash_algo makes; both are null or none."""
    algorithm, value = image.get("os_hash_algo"), image.get("os_hash_value")
    if value is None or algorithm is None:
        if value is None and algorithm is None:
            return None
        return f"os_hash_algo is {shown(algorithm)}, os_hash_value {shown(value)}"
    digits = _DIGITS.get(algorithm.lower())
    if _is_hexadecimal(value) and digits in (None, len(value)):
        return None
    return f"os_hash_value is {shown(value)}, os_hash_algo {shown(algorithm)}"


@rule(GLANCE_RECORDS)
def direct_url_located(image: Image) -> str | None:
    """direct_url is the URL of one of the locations, where an image shows both."""
    found, locations = image.get("direct_url"), image.get("locations")
    if found is None or not locations:
        return None
    urls = [one.get("url") for one in locations if isinstance(one, Mapping)]
    return None if found in urls else f"direct_url is {shown(found)}, locations {shown(urls)}"


@rule(GLANCE_RECORDS, UNSEEN)
def snapshot_of_server(image: Image) -> str | None:
    """A snapshot names its server: image_type is `snapshot`, instance_uuid a UUID."""
    server = image.get("instance_uuid")
    if image.get("image_type") != "snapshot" or is_uuid(server or ""):
        return None
    return f"image_type is snapshot, instance_uuid {shown(server)}"


@rule(GLANCE_RECORDS, UNSEEN)
def without_data_on_volume(image: Image) -> str | None:
    """An active image of 0 bytes is a snapshot of volumes: it has block_device_mapping."""
    if image.get("size") != 0 or image.get("status") != "active" or "locations" in image:
        return None
    return None if "block_device_mapping" in image else "size is 0, no block_device_mapping"


@rule(GLANCE_RECORDS, UNSEEN)
def boots_with(image: Image) -> str | None:
    """kernel_id and ramdisk_id are the UUIDs of images."""
    for name in ("kernel_id", "ramdisk_id"):
        found = image.get(name)
        if found is not None and not _is_any_uuid(found):
            return f"{name} is {shown(found)}"
    return None
