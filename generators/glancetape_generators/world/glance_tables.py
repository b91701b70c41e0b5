"""Rules between the fields of images in a plain Glance, as data: the counterpart of field_tables.

What Nova, openstacksdk and Glance itself set was observed in answers of real clouds (ManageIQ's
tests of 2016 and 2023, an issue of Jenkins' openstack-cloud-plugin); the weights are choices of
this project.
"""

from collections.abc import Mapping

from glancetape_generators.vocabulary.tables import Row
from glancetape_generators.vocabulary.vocabulary import descriptions
from glancetape_generators.world.field_tables import KIND_NAMES, Extra

SERVER_DISKS: Mapping[int, int] = {10: 8, 20: 30, 40: 26, 50: 6, 80: 20, 100: 4, 160: 6}
"""Disks of servers, in GB, with their weights: Nova writes them into `min_disk` of a snapshot."""
DISK_OF_WINDOWS = 40
"""In GB; no smaller disk has a Windows that starts."""
RAMS = (0, 32, 512, 1024, 2048, 4096)
"""`min_ram`, in MB."""
USERS = 3
"""How many users a project has."""
MODERN = 17_897
"""The day (2019-01-01) since which Nova adds names and roles; in days since 1970."""
MEASURED = 18_687
"""The day (2021-03-01) since which Glance knows the size of the disk in an image."""

CONSTANT: Row = {"schema": "/v2/schemas/image"}
VISIBILITIES: tuple[Row, ...] = tuple(
    {"visibility": name} for name in ("public", "private", "shared", "public", "community")
)
"""The row of each of KIND_NAMES; there is no market."""
COMMUNITY_ROW = KIND_NAMES.index("community")
HIDDEN: tuple[Row, ...] = ({"os_hidden": False}, {"os_hidden": True})
ALGORITHMS: tuple[Row, ...] = ({"os_hash_algo": "sha512"}, {"os_hash_algo": None})

QCOW2, RAW, VMDK, VHD, ISO_FORMAT, AMI, AKI, ARI, UNKNOWN = range(9)
FORMATS: tuple[Row, ...] = (
    {"disk_format": "qcow2", "container_format": "bare"},
    {"disk_format": "raw", "container_format": "bare"},
    {"disk_format": "vmdk", "container_format": "bare"},
    {"disk_format": "vhd", "container_format": "bare"},
    {"disk_format": "iso", "container_format": "bare"},
    {"disk_format": "ami", "container_format": "ami"},
    {"disk_format": "aki", "container_format": "aki"},
    {"disk_format": "ari", "container_format": "ari"},
    {"disk_format": None, "container_format": None},  # queued, and not said yet
)
FORMATS_OF_FILES = (70, 22, 5, 3)
"""Weights of FORMATS for uploaded files."""

_SNAPSHOT: Row = {
    "image_location": "snapshot", "image_state": "available", "image_type": "snapshot",
}  # fmt: skip
_BACKUP: Row = {**_SNAPSHOT, "image_type": "backup"}
ROLES = ("member,admin,reader", "member,reader", "reader,member", "member", "reader,admin,member")
BY_NOVA: tuple[Row, ...] = (
    {},
    *(
        {**row, **roles}
        for row in (
            _SNAPSHOT,
            {**_BACKUP, "backup_type": "daily"},
            {**_BACKUP, "backup_type": "weekly"},
        )
        for roles in ({}, *({"boot_roles": text} for text in ROLES))
    ),
)
"""What Nova writes: nothing; then for snapshots, daily and weekly backups none or some ROLES."""
BEFORE_UPLOAD: tuple[Row, ...] = tuple(
    {name: row[name] for name in row if name not in ("image_location", "image_state")}
    for row in BY_NOVA
)
"""The same before the data is uploaded: with the data, Nova writes where it is from."""
VOLUMES: tuple[Row, ...] = ({}, {"bdm_v2": "True", "root_device_name": "/dev/vda"})

EXTRAS: tuple[Extra, ...] = (
    Extra(
        "protected",
        {"gold": {True: 80, False: 20}, "tenant": {False: 97, True: 3}},
    ),
    Extra("description", {"tenant": dict.fromkeys(descriptions("en"), 1)}),
    # Written by a client that sent its properties as one text.
    Extra(
        "properties",
        {"tenant": {"hw_disk_bus=scsi,hw_scsi_model=virtio-scsi": 2, "{}": 2}},
    ),
)
