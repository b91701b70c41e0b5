"""Rules over a whole set: each thing, such as a server or a key, has one holder.

An image claims things for holders. Two images of one set:

    image 1:  server S, project A, CentOS    claims S for A (server-owner), S for CentOS
    image 2:  server S, project B, CentOS    claims S for B: breaks server-owner

The first image with a claim is right; `conflicts` finds the others.
"""

from collections.abc import Iterator

from glancetape_generators.validation.rules.facts import (
    DOCUMENT,
    GLANCE_RECORDS,
    GLANCE_UPLOAD,
    MEANING,
    OBSERVED,
)
from glancetape_generators.validation.rules.kinds import TENANTS
from glancetape_generators.validation.rules.members import Members
from glancetape_generators.validation.rules.origins import uuid_of, way_of
from glancetape_generators.validation.rules.rule import UNSEEN, Cloud, Image, Rule
from glancetape_generators.validation.rules.shape import is_uuid

RULES = (
    Rule("id-once", "No two images have the same id.", DOCUMENT, cloud=Cloud.ANY),
    Rule("gold-owner", "All gold images have one owner, the operator's project.", DOCUMENT, UNSEEN),
    Rule(
        "market-owner", "All market images have one owner, the market's project.", OBSERVED, UNSEEN
    ),
    Rule(
        "owner-role",
        "A project owns gold images, market images or tenants' images.",
        OBSERVED,
        UNSEEN,
    ),
    Rule(
        "member-role",
        "The operator's and the market's projects are never members.",
        MEANING,
        UNSEEN,
    ),
    Rule("server-owner", "All images of a server have the same owner.", MEANING),
    Rule("volume-owner", "All images of a data disk have the same owner.", MEANING),
    Rule("backup-owner", "All images of a server's backup have the same owner.", MEANING),
    Rule("server-system", "All images of a server have the same system.", MEANING),
    Rule("server-parent", "All images of a server have the same parent.", MEANING),
    Rule(
        "server-support",
        "All images of a server say the same on what it supports (`__support_*`).",
        MEANING,
        UNSEEN,
    ),
    Rule("volume-system", "All images of a data disk have the same type of system.", MEANING),
    Rule("backup-system", "All images of a server's backup have the same system.", MEANING),
    Rule("key-owner", "All images encrypted with one key have the same owner.", MEANING),
    Rule("enterprise-owner", "All images of an enterprise project have the same owner.", MEANING),
    Rule(
        "data-same",
        "Images with the same os_hash_value have the same size and checksum.",
        GLANCE_UPLOAD,
        cloud=Cloud.GLANCE,
    ),
    # No contradictions: users can change these properties, and rebuild a server from another image.
    Rule(
        "snapshots-owner",
        "All snapshots of a server have the same owner.",
        GLANCE_RECORDS,
        UNSEEN,
        Cloud.GLANCE,
    ),
    Rule(
        "snapshots-parent",
        "All snapshots of a server have the same base_image_ref.",
        GLANCE_RECORDS,
        UNSEEN,
        Cloud.GLANCE,
    ),
    Rule(
        "snapshots-volume",
        "All snapshots of a server, or none, have block_device_mapping: it boots from a volume.",
        GLANCE_RECORDS,
        UNSEEN,
        Cloud.GLANCE,
    ),
)

Claim = tuple[str, str, str]
"""Name of the rule, thing, holder."""

_OWNER_RULES = {"gold": "gold-owner", "market": "market-owner"}
_WAY_RULES = {
    "instance": ("server-owner", "server-system"),
    "volume": ("volume-owner", "volume-system"),
    "server_backup": ("backup-owner", "backup-system"),
}
_TENANT = "tenants"


def claims_of(image: Image, members: Members, position: int) -> Iterator[Claim]:
    """Yield what the image at a position of the set claims."""
    if "id" in image:
        yield "id-once", image["id"], f"position {position}"
    data = image.get("os_hash_value")
    if data is not None:
        yield "data-same", data, f"{image.get('size')} bytes, checksum {image.get('checksum')}"
    kind, owner = image.get("__imagetype"), image.get("owner")
    if owner is None:
        return
    if kind in _OWNER_RULES:
        yield _OWNER_RULES[kind], f"all {kind} images", owner
        yield "owner-role", owner, kind
        yield "member-role", owner, kind
    if kind not in TENANTS:
        yield from _claims_of_snapshot(image)
        return
    yield "owner-role", owner, _TENANT
    for member in members:
        yield "member-role", member["member_id"], _TENANT
    way = way_of(image)
    if way in _WAY_RULES and is_uuid(uuid_of(image)):
        of_owner, of_system = _WAY_RULES[way]
        yield of_owner, uuid_of(image), owner
        yield of_system, uuid_of(image), _system_of(image)
        if way == "instance":
            yield "server-parent", uuid_of(image), str(image.get("__originalimagename"))
            yield "server-support", uuid_of(image), _support_of(image)
    if "__system__cmkid" in image:
        yield "key-owner", image["__system__cmkid"], owner
    if image.get("enterprise_project_id", "0") != "0":
        yield "enterprise-owner", image["enterprise_project_id"], owner


def _claims_of_snapshot(image: Image) -> Iterator[Claim]:
    server = image.get("instance_uuid")
    if server is not None and is_uuid(server):  # a user's own property may be null
        yield "snapshots-owner", server, image["owner"]
        yield "snapshots-parent", server, str(image.get("base_image_ref"))
        is_on_volume = "block_device_mapping" in image
        yield "snapshots-volume", server, "servers on volumes" if is_on_volume else "other servers"


def _support_of(image: Image) -> str:
    found = sorted(name for name in image if name.startswith("__support_"))
    return ", ".join(f"{name}={image[name]}" for name in found)


def _system_of(image: Image) -> str:
    """Name the system in an image; a server is bare metal or not, and has one architecture."""
    found = [image.get(name) for name in ("__os_version", "__os_type", "virtual_env_type")]
    if image.get("__support_arm") == "true":
        found.append("ARM")
    return ", ".join(str(one) for one in found if one is not None)
