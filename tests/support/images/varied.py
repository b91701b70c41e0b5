"""Images with every oddity that a list answer can have, close together.

Each value is a function of (seed, record number, field) alone, so a longer set starts with the
shorter one. `python -m support.images.varied COUNT SEED` writes them as NDJSON.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, TypeVar
from uuid import UUID

Option = TypeVar("Option")

PROJECTS: tuple[str, ...] = ("a" * 32, "b" * 32, "c" * 32, "0f" * 16)

VISIBILITIES = ("public", "private", "shared", "community", "public", "private", "shared")
STATUSES = ("active",) * 6 + ("queued", "saving", "deactivated", "importing", "uploading")
MEMBER_STATUSES = ("accepted", "pending", "rejected")

# ORDINARY means a name made from system and record number; None is a null name.
ORDINARY = "ordinary"
NAMES: tuple[str | None, ...] = (
    *(ORDINARY,) * 12,
    None,
    "",
    "镜像",
    "生产环境 基础镜像",
    "café été",
    "cafe\u0301 e\u0301te\u0301",  # the same letters, decomposed
    "rocket 🚀 image",
    "👩\u200d🚀",
    "a,b,c",
    "key:value",
    "in:weird",
    'say "hi"',
    "it's",
    "100% & more; a=b + c?",
    "two  blanks ",
    "zebra",
    "Zebra",
    "zebra",
)
TAGS = ("a=b", "a.b", "x86", "64bit", "生产", "team=web", "env.prod", "with blank", "x86,64bit")
TAG_COUNTS = (0, 0, 1, 1, 2, 3, 4)

# (platform, os type, version without the bits)
SYSTEMS = (
    ("CentOS", "Linux", "CentOS 7.3"),
    ("Ubuntu", "Linux", "Ubuntu 18.04 server"),
    ("Debian", "Linux", "Debian 10.0.0"),
    ("EulerOS", "Linux", "EulerOS 2.5"),
    ("Red Hat", "Linux", "Redhat Linux Enterprise 7.4"),
    ("OpenSUSE", "Linux", "OpenSUSE 15.0"),
    ("Windows", "Windows", "Windows Server 2016 Standard"),
    ("Other", "Other", "Other"),
)
IMAGE_TYPES = {"public": "gold", "private": "private", "shared": "shared", "community": "market"}
DISK_FORMATS = ("zvhd2", "zvhd2", "vhd", "raw", "qcow2", "iso")

# Several images have exactly a shared time; None means a time of its own.
FIRST_TIME = datetime(2018, 9, 6, 14, 0, 0)
SHARED_TIMES = (0, 3600, 86_400 * 30)
CREATED: tuple[int | None, ...] = (*SHARED_TIMES, None, None, None, None, None, None)
SPAN = 86_400 * 365 * 4

# Properties that only some images have, and the values they take; None is stored as null.
SOMETIMES: dict[str, tuple[str | None, ...]] = {
    "__description": ("", None, "nightly build", "说明"),
    "__support_kvm": ("true",),
    "__support_xen": ("true",),
    "__support_largememory": ("true",),
    "__root_origin": ("file",),
    "__support_agent_list": ("hss", "hss,ces"),
    "hw_vif_multiqueue_enabled": ("true", "false"),
    "enterprise_project_id": ("0", ""),
}


def varied_images(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield images in the fields of the API, with `members` where they are shared.

    Names, statuses, visibilities and the like go round in shuffled rounds, so each of their values
    turns up in any hundred images; the images stand in no order.
    """
    for number in range(count):
        yield make_image(seed, number)


def make_image(seed: int, number: int) -> dict[str, Any]:
    """Return one image."""
    rng = random_for(seed, number)
    visibility = take(seed, number, "visibility", VISIBILITIES)
    status = take(seed, number, "status", STATUSES)
    owner = rng.choice(PROJECTS)
    system = rng.choice(SYSTEMS)
    image_id = str(UUID(int=rng.getrandbits(128), version=4))
    name = take(seed, number, "name", NAMES)
    size = make_size(seed, number, rng, status)
    image: dict[str, Any] = {
        **make_properties(rng, visibility, system),
        "name": f"{system[2]} 64bit {number:05d}" if name is ORDINARY else name,
        "disk_format": rng.choice(DISK_FORMATS),
        "container_format": rng.choice(("bare", "bare", "ovf", "docker")),
        "visibility": visibility,
        "size": size,
        "virtual_size": None if size is None or rng.random() < 0.7 else size * 4,
        "status": status,
        "checksum": None if size is None else f"{rng.getrandbits(128):032x}",
        "protected": visibility == "public" and rng.random() < 0.8,
        "min_ram": rng.choice((0, 512, 2048)),
        "min_disk": rng.choice((0, 10, 40, 100)),
        "owner": owner,
        "os_hidden": rng.random() < 0.08,
        "os_hash_algo": None if size is None else "sha512",
        "os_hash_value": None if size is None else f"{rng.getrandbits(512):0128x}",
        "id": image_id,
        **make_times(seed, number, rng),
        "tags": rng.sample(TAGS, take(seed, number, "tags", TAG_COUNTS)),
    }
    if visibility == "shared":
        image["members"] = make_members(seed, number, rng, owner)
    return image


def make_size(seed: int, number: int, rng: Random, status: str) -> int | None:
    """Return a size: null before anything is uploaded, zero now and then."""
    if status in ("queued", "importing"):
        return None
    kind = take(seed, number, "size", ("null", "zero", "own", "own", "own", "own", "equal"))
    return {"null": None, "zero": 0, "equal": 1 << 30, "own": rng.randrange(1, 40 << 30)}[kind]


def make_properties(rng: Random, visibility: str, system: Sequence[str]) -> dict[str, str | None]:
    """Return the custom properties that IMS adds to an image."""
    platform, os_type, version = system
    bits = rng.choice(("64", "64", "64", "32"))
    properties: dict[str, str | None] = {
        "__os_type": os_type,
        "__platform": platform,
        "__os_bit": bits,
        "__os_version": f"{version} {bits}bit",
        "__imagetype": IMAGE_TYPES[visibility],
        "__isregistered": rng.choice(("true", "true", "true", "false")),
        "__image_source_type": "uds",
        "virtual_env_type": rng.choice(("FusionCompute", "FusionCompute", "Ironic", "DataImage")),
        "hw_firmware_type": rng.choice(("bios", "uefi")),
    }
    for name, values in SOMETIMES.items():
        if rng.random() < 0.3:
            properties[name] = rng.choice(values)
    return properties


def make_times(seed: int, number: int, rng: Random) -> dict[str, str]:
    """Return created_at and updated_at; never updated means both are the same."""
    shared = take(seed, number, "created_at", CREATED)
    own = rng.randrange(SPAN)
    created = FIRST_TIME + timedelta(seconds=own if shared is None else shared)
    updated = created + timedelta(seconds=rng.choice((0, rng.randrange(86_400 * 300))))
    form = "%Y-%m-%dT%H:%M:%SZ"
    return {"created_at": created.strftime(form), "updated_at": updated.strftime(form)}


def make_members(seed: int, number: int, rng: Random, owner: str) -> list[dict[str, str]]:
    """Return the other projects that an image is shared with, none to all of them."""
    others = [project for project in PROJECTS if project != owner]
    chosen = rng.sample(others, take(seed, number, "members", (0, 1, 1, 2, 3)))
    return [
        {"member_id": project, "status": rng.choice(MEMBER_STATUSES)} for project in sorted(chosen)
    ]


def take(seed: int, number: int, field: str, options: Sequence[Option]) -> Option:
    """Return the record's option: every round of len(options) records uses each of them once."""
    turn, place = divmod(number, len(options))
    return options[shuffled(seed, field, turn, len(options))[place]]


@lru_cache(maxsize=64)
def shuffled(seed: int, field: str, turn: int, length: int) -> list[int]:
    """Return the order in which a field's options come in one round."""
    return random_for(seed, field, turn).sample(range(length), length)


def random_for(*key: object) -> Random:
    """Return a source of random numbers that depends on the key alone."""
    return Random("/".join(map(str, key)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write images as NDJSON to stdout."""
    parser = argparse.ArgumentParser(
        prog="python -m support.images.varied", description="Write varied images as NDJSON."
    )
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    options = parser.parse_args(arguments)
    for image in varied_images(options.count, options.seed):
        sys.stdout.buffer.write(json.dumps(image, ensure_ascii=False).encode() + b"\n")


if __name__ == "__main__":
    main()
