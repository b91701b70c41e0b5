"""Images of OpenStack Glance written by hand: a set that breaks no rule, and damages to it."""

import copy
import hashlib
from typing import Any

from support.images.good_images import ANNA, BERND, OPERATOR, Image, uuid


def _data(text: str, size: int) -> Image:
    return {
        "size": size,
        "checksum": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(text.encode()).hexdigest(),
    }


_NO_DATA: Image = dict.fromkeys(("size", "checksum", "os_hash_algo", "os_hash_value"))


def _image(number: int, owner: str | None, data: Image, **fields: Any) -> Image:
    image_id = uuid(number)
    return {
        "name": f"image {number}",
        "disk_format": "qcow2",
        "container_format": "bare",
        "visibility": "private",
        "virtual_size": None,
        "status": "active",
        "protected": False,
        "min_ram": 0,
        "min_disk": 0,
        "owner": owner,
        "os_hidden": False,
        "id": image_id,
        "created_at": "2026-03-01T08:00:00Z",
        "updated_at": "2026-03-01T08:00:40Z",
        "tags": [],
        "self": f"/v2/images/{image_id}",
        "file": f"/v2/images/{image_id}/file",
        "schema": "/v2/schemas/image",
    } | {**data, **fields}


_CIRROS = _data("cirros", 16338944)
_SNAPSHOT = {
    "image_type": "snapshot",
    "image_state": "available",
    "image_location": "snapshot",
    "base_image_ref": uuid(1),
    "instance_uuid": uuid(100),
    "owner_id": ANNA,
    "user_id": "7" * 32,
}

GOOD_OF_GLANCE: dict[str, Image] = {
    "public": _image(1, OPERATOR, _CIRROS, visibility="public", virtual_size=117440512),
    "same data": _image(2, ANNA, _CIRROS, name="cirros"),
    "snapshot": _image(3, ANNA, _data("snap", 31719424), min_disk=1, **_SNAPSHOT),
    "of a volume": _image(
        4,
        ANNA,
        _data("", 0),
        block_device_mapping="[]",
        bdm_v2="True",
        **{**_SNAPSHOT, "instance_uuid": uuid(101)},
    ),
    "snapshot again": _image(
        15,
        ANNA,
        _data("again", 31719424),
        min_disk=2,
        **{**_SNAPSHOT, "image_type": "backup"},
        created_at="2026-03-01T08:00:20Z",
    ),
    "kernel": _image(5, OPERATOR, _data("k", 1), disk_format="aki", container_format="aki"),
    "amazon": _image(
        6, BERND, _data("a", 2), disk_format="ami", container_format="ami", kernel_id=uuid(5)
    ),
    "queued": _image(7, BERND, _NO_DATA, status="queued", disk_format=None, container_format=None),
    "importing": _image(8, BERND, _NO_DATA, status="importing"),
    "community": _image(9, BERND, _data("c", 3), visibility="community", os_hidden=True),
    "deactivated": _image(10, BERND, _data("d", 4), status="deactivated"),
    "nobody's": _image(11, None, _data("n", 5), name="长" * 255),
    "on ceph": _image(
        12,
        ANNA,
        _data("r", 6),
        disk_format="raw",
        direct_url="rbd://f/images/1/snap",
        locations=[{"url": "rbd://f/images/1/snap", "metadata": {}}],
        properties="a text",
    ),
    "of old Glance": {
        name: value
        for name, value in _image(13, BERND, {"size": 7, "checksum": "0" * 32}).items()
        if not name.startswith("os_")
    },
    "shared": _image(14, ANNA, _data("s", 8), visibility="shared"),
}

# rule, image, changed fields (`...` removes one), other rules that the change breaks
DAMAGES_OF_GLANCE: tuple[tuple[str, str, Image, str], ...] = (
    ("required-fields", "public", {"visibility": ...}, ""),
    ("field-type", "public", {"min_disk": "1"}, ""),
    ("field-type", "public", {"os_hidden": None}, ""),
    ("property-text", "snapshot", {"image_state": 7}, ""),
    (
        "id-is-uuid",
        "shared",
        {"id": "mine", "self": "/v2/images/mine", "file": "/v2/images/mine/file"},
        "",
    ),
    ("links", "shared", {"self": "/v2/images/other"}, ""),
    ("texts-fit", "shared", {"name": "n" * 256}, ""),
    ("texts-fit", "shared", {"tags": ["t" * 256]}, ""),
    ("tag-once", "shared", {"tags": ["t", "t"]}, ""),
    ("status-known", "shared", {"status": "available"}, ""),
    ("visibility-known", "shared", {"visibility": "hidden"}, ""),
    ("formats-known", "shared", {"disk_format": "zvhd2"}, ""),
    ("formats-with-data", "shared", {"container_format": None}, ""),
    ("formats-with-data", "deactivated", {"disk_format": None}, "disk-format-known"),
    ("formats-of-amazon", "kernel", {"container_format": "bare"}, ""),
    ("formats-of-amazon", "shared", {"container_format": "ami"}, ""),
    ("size-with-data", "shared", {"size": None}, ""),
    ("size-with-data", "shared", {"size": -1}, ""),
    ("virtual-size-positive", "public", {"virtual_size": 0}, ""),
    ("queued-without", "queued", {"checksum": "0" * 32}, ""),
    ("queued-without", "queued", _data("q", 1), ""),
    ("checksum-form", "public", {"checksum": "ABC"}, "data-same"),
    ("hash-form", "shared", {"os_hash_value": "00"}, ""),
    ("hash-form", "shared", {"os_hash_algo": None}, ""),
    ("hash-form", "shared", {"os_hash_value": None}, ""),
    ("direct-url-located", "on ceph", {"direct_url": "rbd://f/images/2/snap"}, ""),
    ("snapshot-of-server", "snapshot", {"instance_uuid": "web-1"}, ""),
    ("without-data-on-volume", "of a volume", {"block_device_mapping": ...}, ""),
    ("boots-with", "amazon", {"kernel_id": "vmlinuz"}, ""),
    ("time-form", "shared", {"created_at": "2026-03-01"}, ""),
    ("updated-after-created", "shared", {"updated_at": "2026-02-01T08:00:00Z"}, ""),
    ("min-ram-range", "shared", {"min_ram": -1}, ""),
    ("min-disk-amount", "shared", {"min_disk": -1}, ""),
    ("data-same", "same data", {"size": 16338945}, ""),
    ("snapshots-owner", "snapshot again", {"owner": BERND}, ""),
    ("snapshots-parent", "snapshot again", {"base_image_ref": uuid(2)}, ""),
    ("snapshots-volume", "snapshot again", {"block_device_mapping": "[]"}, ""),
    ("server-disk", "snapshot again", {"min_disk": 0}, ""),
    ("id-once", "shared", {name: _image(1, ANNA, {})[name] for name in ("id", "self", "file")}, ""),
    ("members-of-shared", "public", {"members": [{"member_id": BERND, "status": "pending"}]}, ""),
    ("member-status", "shared", {"members": [{"member_id": BERND, "status": "new"}]}, ""),
)


def good_images_of_glance() -> list[Image]:
    """Return a copy of all of them."""
    return copy.deepcopy(list(GOOD_OF_GLANCE.values()))


def damaged_images_of_glance(what: str, changed: Image) -> list[Image]:
    """Return the good images with a change of one of them."""
    images = good_images_of_glance()
    place = list(GOOD_OF_GLANCE).index(what)
    changed = images[place] | changed
    images[place] = {name: value for name, value in changed.items() if value is not ...}
    return images
