"""Rules of how a tenant's image was made: of a server, a file, an image, a disk or a backup."""

import re
from typing import Any

from glancetape_generators.validation.rules.facts import (
    CREATION,
    DISK_SAMPLE,
    DOCUMENT,
    MEANING,
    OBSERVED,
    PROVIDER,
)
from glancetape_generators.validation.rules.kinds import TENANTS
from glancetape_generators.validation.rules.rule import Image, Rules, told
from glancetape_generators.validation.rules.shape import UUID, is_uuid

rule = Rules[Any]()

# way -> (form of __data_origin, environments that such an image is for)
_SYSTEMS = frozenset({"FusionCompute", "Ironic"})
_WAYS = {
    "instance": (re.compile(f"instance,{UUID}"), _SYSTEMS),
    "file": (re.compile(r"file,[^:,\s]+:.+", re.DOTALL), _SYSTEMS | {"IsoImage"}),
    "image": (re.compile(f"image,[^,\\s]+,{UUID}"), _SYSTEMS),
    "volume": (re.compile(f"volume,{UUID}"), frozenset({"DataImage"})),
    "server_backup": (re.compile(f"server_backup,{UUID}"), frozenset({"FusionCompute"})),
}
_WITH_PARENT = frozenset({"instance", "image", "server_backup"})
_SYSTEM_FIELDS = frozenset(
    "__platform __os_version __os_bit hw_firmware_type __os_feature_list "
    "hw_vif_multiqueue_enabled".split()
)


def way_of(image: Image) -> str | None:
    """Tell how a tenant's image was made; None for others, and where it is null."""
    if image.get("__imagetype") not in TENANTS:
        return None
    origin: str | None = image.get("__data_origin")
    return None if origin is None else origin.partition(",")[0]


def uuid_of(image: Image) -> str:
    """Give the id that ends a tenant's __data_origin: of the server, the disk, the backup."""
    return str(image["__data_origin"]).rpartition(",")[2]


@rule(PROVIDER)
def origin_known(image: Image) -> str | None:
    """A tenant's image says how it was made: __data_origin is there."""
    if image.get("__imagetype") in TENANTS and "__data_origin" not in image:
        return "no __data_origin"
    return None


@rule(PROVIDER)
def origin_form(image: Image) -> str | None:
    """__data_origin has the form of instance, file, image, volume or server_backup."""
    way = way_of(image)
    if way is None or (way in _WAYS and _WAYS[way][0].fullmatch(image["__data_origin"])):
        return None
    return f"__data_origin is {told(image['__data_origin'])}"


@rule(MEANING)
def origin_environment(image: Image) -> str | None:
    """A disk makes a data disk image, a file alone an ISO image, a backup an ECS image."""
    way, environment = way_of(image), image.get("virtual_env_type")
    if way not in _WAYS or environment is None or environment in _WAYS[way][1]:
        return None
    return f"virtual_env_type is {told(environment)}, made of {way}"


@rule(DOCUMENT)
def parent_named(image: Image) -> str | None:
    """An image of a server, an image or a backup names its parent: a UUID."""
    if way_of(image) not in _WITH_PARENT or is_uuid(image.get("__originalimagename", "")):
        return None
    return f"__originalimagename is {told(image.get('__originalimagename'))}"


@rule(DOCUMENT)
def file_without_parent(image: Image) -> str | None:
    """An image of a file names no parent."""
    if "__originalimagename" not in image or way_of(image) != "file":
        return None
    return f"__originalimagename is {told(image['__originalimagename'])}"


@rule(DISK_SAMPLE)
def disk_without_parent(image: Image) -> str | None:
    """An image of a data disk has the text `null` for its parent."""
    if way_of(image) != "volume" or image.get("__originalimagename") == "null":
        return None
    return f"__originalimagename is {told(image.get('__originalimagename'))}"


@rule(OBSERVED)
def copy_of_parent(image: Image) -> str | None:
    """The parent of a copied image is the image that __data_origin names."""
    if way_of(image) != "image":
        return None
    parent = image.get("__originalimagename")
    return None if parent in (None, uuid_of(image)) else f"__originalimagename is {told(parent)}"


@rule(DOCUMENT)
def root_origin(image: Image) -> str | None:
    """__root_origin is `file` for an image that was made of a file, and only there."""
    found, way = image.get("__root_origin"), way_of(image)
    if way is None:
        return None if found in (None, "file") else f"__root_origin is {told(found)}"
    if found == ("file" if way == "file" else None):
        return None
    return f"__root_origin is {told(found)}, made of {told(way)}"


@rule(PROVIDER)
def whole_image(image: Image) -> str | None:
    """__whole_image is there for an image of a server's backup, as `true`, and only there."""
    found, way = image.get("__whole_image"), way_of(image)
    if found == ("true" if way == "server_backup" else None):
        return None
    return f"__whole_image is {told(found)}, made of {told(way)}"


@rule(DOCUMENT)
def backup_named(image: Image) -> str | None:
    """__backup_id is there for an image of a server's backup, as that backup, and only there."""
    found, way = image.get("__backup_id"), way_of(image)
    if found == (uuid_of(image) if way == "server_backup" else None):
        return None
    return f"__backup_id is {told(found)}, made of {told(way)}"


@rule(DISK_SAMPLE)
def data_disk_plain(image: Image) -> str | None:
    """A data disk image has __os_type as its only field of a system."""
    if image.get("virtual_env_type") != "DataImage":
        return None
    found = [name for name in image if name in _SYSTEM_FIELDS or name.startswith("__support_")]
    return f"data disk image with {told(sorted(found))}" if found else None


@rule(CREATION)
def data_disk_system(image: Image) -> str | None:
    """A data disk image is of Linux or Windows."""
    if image.get("virtual_env_type") != "DataImage":
        return None
    found = image.get("__os_type", "Linux")
    return None if found in ("Linux", "Windows") else f"__os_type is {told(found)}"


@rule(DISK_SAMPLE)
def slot(image: Image) -> str | None:
    """__sequence_num is 1001 for a data disk image, else 0 for an ECS image or not there."""
    found, environment = image.get("__sequence_num"), image.get("virtual_env_type")
    if environment == "DataImage":
        return None if found == "1001" else f"__sequence_num is {told(found)}"
    if found is None or (found == "0" and environment == "FusionCompute"):
        return None
    return f"__sequence_num is {told(found)}, virtual_env_type {told(environment)}"


@rule(DOCUMENT)
def iso_format(image: Image) -> str | None:
    """The disk format is iso for ISO images, and only there."""
    found, environment = image.get("disk_format"), image.get("virtual_env_type")
    if (found == "iso") == (environment == "IsoImage") or found is None:
        return None
    return f"disk_format is {told(found)}, virtual_env_type {told(environment)}"
