"""Rules on how a tenant's image was made: from a server, file, image, disk or backup."""

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
from glancetape_generators.validation.rules.rule import DIFFERS, UNSEEN, Image, RuleTable, shown
from glancetape_generators.validation.rules.shape import UUID, is_uuid

rule = RuleTable[Any]()

# way -> (form of __data_origin, environments that such an image can be for)
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
    """Return how a tenant's image was made, such as "instance"; None if that is not known."""
    if image.get("__imagetype") not in TENANTS:
        return None
    origin: str | None = image.get("__data_origin")
    return None if origin is None else origin.partition(",")[0]


def uuid_of(image: Image) -> str:
    """Return the id that ends a tenant's __data_origin: of the server, disk or backup."""
    return str(image["__data_origin"]).rpartition(",")[2]


@rule(PROVIDER, UNSEEN)
def origin_known(image: Image) -> str | None:
    """A tenant's image has __data_origin, which says how it was made."""
    if image.get("__imagetype") in TENANTS and "__data_origin" not in image:
        return "no __data_origin"
    return None


@rule(PROVIDER, UNSEEN)
def origin_form(image: Image) -> str | None:
    """__data_origin has the form of instance, file, image, volume or server_backup."""
    way = way_of(image)
    if way is None or (way in _WAYS and _WAYS[way][0].fullmatch(image["__data_origin"])):
        return None
    return f"__data_origin is {shown(image['__data_origin'])}"


@rule(MEANING)
def origin_environment(image: Image) -> str | None:
    """A disk makes a data disk image, a backup an ECS image; only a file makes an ISO image."""
    way, environment = way_of(image), image.get("virtual_env_type")
    if way not in _WAYS or environment is None or environment in _WAYS[way][1]:
        return None
    return f"virtual_env_type is {shown(environment)}, made from {way}"


@rule(DOCUMENT, DIFFERS)
def parent_named(image: Image) -> str | None:
    """An image made from a server, an image or a backup names its parent, a UUID."""
    if way_of(image) not in _WITH_PARENT or is_uuid(image.get("__originalimagename", "")):
        return None
    return f"__originalimagename is {shown(image.get('__originalimagename'))}"


@rule(DOCUMENT, DIFFERS)
def file_without_parent(image: Image) -> str | None:
    """An image made from a file does not name a parent."""
    if "__originalimagename" not in image or way_of(image) != "file":
        return None
    return f"__originalimagename is {shown(image['__originalimagename'])}"


@rule(DISK_SAMPLE, UNSEEN)
def disk_without_parent(image: Image) -> str | None:
    """An image made from a data disk has the text `null` as its parent."""
    if way_of(image) != "volume" or image.get("__originalimagename") == "null":
        return None
    return f"__originalimagename is {shown(image.get('__originalimagename'))}"


@rule(OBSERVED)
def copy_of_parent(image: Image) -> str | None:
    """The parent of a copy is the image that __data_origin names."""
    if way_of(image) != "image":
        return None
    parent = image.get("__originalimagename")
    return None if parent in (None, uuid_of(image)) else f"__originalimagename is {shown(parent)}"


@rule(DOCUMENT, DIFFERS)
def root_origin(image: Image) -> str | None:
    """__root_origin is `file` for an image made from a file, and absent otherwise."""
    found, way = image.get("__root_origin"), way_of(image)
    if way is None:
        return None if found in (None, "file") else f"__root_origin is {shown(found)}"
    if found == ("file" if way == "file" else None):
        return None
    return f"__root_origin is {shown(found)}, made from {shown(way)}"


@rule(PROVIDER)
def whole_image(image: Image) -> str | None:
    """__whole_image is `true` for an image made from a server's backup, and absent otherwise."""
    found, way = image.get("__whole_image"), way_of(image)
    if found == ("true" if way == "server_backup" else None):
        return None
    return f"__whole_image is {shown(found)}, made from {shown(way)}"


@rule(DOCUMENT, DIFFERS)
def backup_named(image: Image) -> str | None:
    """__backup_id names the backup that an image was made from, and is absent otherwise."""
    found, way = image.get("__backup_id"), way_of(image)
    if found == (uuid_of(image) if way == "server_backup" else None):
        return None
    return f"__backup_id is {shown(found)}, made from {shown(way)}"


@rule(DISK_SAMPLE, UNSEEN)
def data_disk_plain(image: Image) -> str | None:
    """A data disk image has no field about a system except __os_type."""
    if image.get("virtual_env_type") != "DataImage":
        return None
    found = [name for name in image if name in _SYSTEM_FIELDS or name.startswith("__support_")]
    return f"data disk image with {shown(sorted(found))}" if found else None


@rule(CREATION, DIFFERS)
def data_disk_system(image: Image) -> str | None:
    """The type of system of a data disk image is Linux or Windows."""
    if image.get("virtual_env_type") != "DataImage":
        return None
    found = image.get("__os_type", "Linux")
    return None if found in ("Linux", "Windows") else f"__os_type is {shown(found)}"


@rule(DISK_SAMPLE, UNSEEN)
def slot(image: Image) -> str | None:
    """__sequence_num is 1001 for a data disk image, 0 or absent for an ECS, absent otherwise."""
    found, environment = image.get("__sequence_num"), image.get("virtual_env_type")
    if environment == "DataImage":
        return None if found == "1001" else f"__sequence_num is {shown(found)}"
    if found is None or (found == "0" and environment == "FusionCompute"):
        return None
    return f"__sequence_num is {shown(found)}, virtual_env_type {shown(environment)}"


@rule(DOCUMENT)
def iso_format(image: Image) -> str | None:
    """The disk format is iso for ISO images, and only for them."""
    found, environment = image.get("disk_format"), image.get("virtual_env_type")
    if (found == "iso") == (environment == "IsoImage") or found is None:
        return None
    return f"disk_format is {shown(found)}, virtual_env_type {shown(environment)}"
