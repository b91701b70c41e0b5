"""Images from the few fields that a test cares about.

    fill([{"name": "ubuntu"}, {"name": "windows", "__os_type": "Windows"}], ims=True)

The first image is the newest, so a list without a sort key has them in the order of the test. What
is filled in agrees with itself and with the fields of the test, where these agree.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Image = dict[str, Any]
Given = Mapping[str, Any]

PROJECT = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
"""The project of the caller; images without an owner are this one's."""
_OPERATOR, _MEMBER = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "b1b2c3d4e5f60718293a4b5c6d7e8f90"
_NEWEST = datetime(2024, 1, 31, 12, tzinfo=UTC)
_APART, _UPLOAD = timedelta(hours=1), timedelta(minutes=5)
_SIZE = 1 << 30
_PLATFORMS = {  # of an `__os_type`, where the test names no platform
    "Linux": "Ubuntu",
    "Windows": "Windows",
    "Other": "Other",
}
_VERSIONS = {
    "Ubuntu": "Ubuntu 22.04 server 64bit",
    "CentOS": "CentOS 7.9 64bit",
    "Debian": "Debian GNU/Linux 11.1.0 64bit",
    "openEuler": "openEuler 20.03 64bit",
    "Windows": "Windows Server 2019 Standard 64bit",
    "Other": "Other(64 bit)",
}
# What IMS shows of an image whose data it keeps elsewhere.
_EMPTY = {"size": 0, "checksum": "d41d8cd98f00b204e9800998ecf8427e"}
_EIGHTEEN = {"size": 18, "checksum": "bcd7dd7dab80ca42e125a389f986404e"}
_NO_DATA = {"size": None, "checksum": None}
_WAITING = ("queued", "saving")


def is_ims(images: Iterable[Given]) -> bool:
    """Whether images are those of IMS and not of a plain Glance: its properties begin with `__`."""
    return any(name.startswith("__") for image in images for name in image)


def fill(images: Iterable[Given], *, ims: bool) -> list[Image]:
    """The images with all fields that a client may read."""
    return [_filled(number, dict(given), ims) for number, given in enumerate(images)]


def _filled(number: int, given: Image, ims: bool) -> Image:
    created = _NEWEST - number * _APART
    name = given.get("name", f"image-{number + 1}")
    visibility = given.get("visibility", "private" if ims else "public")
    has_data = given.get("status", "active") not in _WAITING
    seen = given.get("created_at") or _time(created)
    digest = hashlib.sha256(f"{number} {name}".encode()).digest()
    image: Image = {
        "id": str(uuid.UUID(bytes=digest[:16], version=4)),
        "name": name,
        "status": "active",
        "visibility": visibility,
        "owner": _OPERATOR if ims and visibility == "public" else PROJECT,
        "protected": ims and visibility == "public",
        "created_at": seen,
        "updated_at": seen,
        "min_disk": 0,
        "min_ram": 0,
        "tags": [],
        "container_format": "bare",
        "disk_format": "zvhd2" if ims else "qcow2",
    }
    if visibility == "shared":
        image["members"] = [{"member_id": _MEMBER, "status": "accepted"}]
    if ims:
        image |= _as_ims(given, visibility, has_data)
        if has_data and visibility != "public" and "created_at" not in given:
            image["active_at"] = image["updated_at"] = _time(created + _UPLOAD)
    else:
        image |= _as_glance(name, has_data)
    return image | given


def _as_glance(name: object, has_data: bool) -> Image:
    if not has_data:
        return {"os_hidden": False}
    data = str(name).encode()
    return {
        "os_hidden": False,
        "size": _SIZE,
        "virtual_size": None,
        "checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(data).hexdigest(),
    }


def _as_ims(given: Given, visibility: str, has_data: bool) -> Image:
    system = given.get("__os_type", "Windows" if given.get("__platform") == "Windows" else "Linux")
    platform = given.get("__platform", _PLATFORMS.get(system, "Other"))
    image: Image = {
        "__imagetype": "gold" if visibility == "public" else visibility,
        "__isregistered": "true",
        "__image_source_type": "uds",
        "__os_type": system,
        "__os_bit": "64",
        "__platform": platform,
        "virtual_env_type": "FusionCompute",
        "__lazyloading": "true",
        "min_disk": 40,
    }
    if platform in _VERSIONS:
        image["__os_version"] = _VERSIONS[platform]
    if platform != "Other":
        image["__support_kvm"] = "true"
    if visibility == "public":
        return image | (_EMPTY if has_data else _NO_DATA)
    image |= {"__data_origin": "file,bucket:image.vhd", "__root_origin": "file"}
    return image | (_EIGHTEEN | {"__image_size": str(_SIZE)} if has_data else _NO_DATA)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
