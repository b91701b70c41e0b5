"""What follows from the fields that a spec gives of an image: how it was made, and other fields.

    {image_type: snapshot}     a snapshot of a server: Nova's properties belong to it
    {disk_format: aki}         a kernel: its container_format is aki, too

A field that is given as well is taken as it is. Sources: `rules/origins` and `rules/glance` of the
validator have the same facts from the other side, with the documents that they are from.
"""

import re
from collections.abc import Mapping
from typing import Any

from glancetape_generators.spec.spec import PARENT_FIELDS

Signs = tuple[tuple[str, str, str], ...]
"""A field, a regular expression of its values, and how such an image was made, one of WAYS."""

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_OF_IMS: Signs = (
    ("disk_format", "iso", "iso"),
    ("virtual_env_type", "IsoImage", "iso"),
    ("__whole_image", "true", "server_backup"),
    ("__backup_id", ".+", "server_backup"),
    ("virtual_env_type", "DataImage", "volume"),
    ("__sequence_num", "1001", "volume"),
    ("__originalimagename", "null", "volume"),
    ("__data_origin", "server_backup,.*", "server_backup"),
    ("__data_origin", "volume,.*", "volume"),
    ("__data_origin", "instance,.*", "instance"),
    ("__data_origin", "image,.*", "image"),
    ("__data_origin", r"file,.*\.iso", "iso"),
    ("__data_origin", "file,.*", "file"),
    ("__root_origin", "file", "file"),
)
_OF_GLANCE: Signs = (
    ("block_device_mapping", ".*", "volume"),
    ("bdm_v2", ".*", "volume"),
    ("root_device_name", ".+", "volume"),
    ("image_type", "backup", "server_backup"),
    ("backup_type", ".+", "server_backup"),
    *((name, ".+", "instance") for name in ("instance_uuid", "boot_roles", "image_state")),
    ("image_type", "snapshot", "instance"),
    ("image_location", "snapshot", "instance"),
    ("disk_format", "iso", "iso"),
)
MARKET_FIELDS = ("__productcode", "__is_offshelved", "__account_code")
"""What only images on the market have."""

_FOLLOWING_IMS: Signs = (
    ("__data_origin", f"server_backup,({_UUID})", "__backup_id"),
    ("__backup_id", f"({_UUID})", r"__data_origin=server_backup,\1"),
    ("__data_origin", f"image,[^,]+,({_UUID})", "__originalimagename"),
    ("__data_origin", r"file,.*\.(zvhd2|zvhd|vhd|raw|qcow2|iso)", "disk_format"),
    ("enterprise_project_id", "(.*)", "_sys_enterprise_project_id"),
    ("_sys_enterprise_project_id", "(.*)", "enterprise_project_id"),
)
_FOLLOWING_GLANCE: Signs = (
    ("kernel_id", ".+", "disk_format=ami"),
    ("ramdisk_id", ".+", "disk_format=ami"),
    ("disk_format", "(aki|ari|ami)", "container_format"),
    ("container_format", "(aki|ari|ami)", "disk_format"),
    ("owner_specified.openstack.object", ".*", "owner_specified.openstack.md5="),
    ("owner_specified.openstack.object", ".*", "owner_specified.openstack.sha256="),
)
"""A field, its values, and what follows: `NAME=VALUE`, or NAME with the group as its value."""

_INSTEAD: Mapping[str, str] = {
    "__platform": "os_distro",
    "__os_version": "os_version",
    "__os_type": "os_type",
    "__imagetype": "visibility",
    "__originalimagename": "base_image_ref",
    "__data_origin": "instance_uuid or block_device_mapping",
    "__whole_image": "image_type: backup",
    "__description": "description",
    "__image_size": "size",
    "virtual_env_type": "disk_format",
}


def with_implied(given: Mapping[str, Any], *, is_glance: bool) -> dict[str, Any]:
    """Return the fields that are given, and those that follow from them."""
    found = dict(given)
    for name, form, follows in _FOLLOWING_GLANCE if is_glance else _FOLLOWING_IMS:
        match = _match(form, found.get(name))
        if match is not None:
            follower, sign, value = follows.partition("=")
            found.setdefault(follower, match.expand(value) if sign else match[1])
    return found


def made_by(given: Mapping[str, Any], *, is_glance: bool) -> str:
    """Return how a tenant's image was made, one of WAYS: from a file if the fields do not say.

    An image with a parent that says nothing else is an instance.
    """
    for name, form, way in _OF_GLANCE if is_glance else _OF_IMS:
        if _match(form, given.get(name)) is not None:
            return way
    return "instance" if any(given.get(name) for name in PARENT_FIELDS) else "file"


def foreign_to_glance(name: str) -> str | None:
    """Return why a plain Glance has no such field; None if it can have it."""
    if not name.startswith("__") and name != "virtual_env_type":
        return None
    instead = _INSTEAD.get(name)
    advice = f"write {instead}" if instead else "leave it out"
    return f"is a property of IMS, which a plain Glance does not have; {advice}"


def _match(form: str, value: Any) -> re.Match[str] | None:
    return re.fullmatch(form, value, re.DOTALL) if isinstance(value, str) else None
