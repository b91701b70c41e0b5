"""Rules on an image and its parent: the image that it was made from (`__originalimagename`)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from glancetape_generators.validation.rules.facts import DOCUMENT, MEANING
from glancetape_generators.validation.rules.kinds import TENANTS
from glancetape_generators.validation.rules.origins import way_of
from glancetape_generators.validation.rules.rule import (
    DIFFERS,
    UNSEEN,
    Cloud,
    Image,
    Rule,
    RuleTable,
    shown,
)
from glancetape_generators.validation.rules.shape import is_uuid, wrong_types

rule = RuleTable[Any]()

PARENT_THERE = Rule(
    "parent-there", "The parent of a tenant's image is in the set.", DOCUMENT, UNSEEN
)
PARENT_OTHER = Rule("parent-other", "No image is its own parent.", MEANING, DIFFERS)
LISTED = (PARENT_THERE, PARENT_OTHER)

Find = Callable[[str], Image | None]
"""Returns the image with an id; None when the set does not have it."""

_KEPT = 4096  # parents: a few gold images are the parents of most images
_INHERITED = "__os_type __platform __os_version __os_bit".split()


def parent_id_of(image: Image) -> str | None:
    """Return the id of the parent of a tenant's image; None when it has no parent."""
    if "__originalimagename" not in image or image.get("__imagetype") not in TENANTS:
        return None
    name: str = image["__originalimagename"]
    return name if is_uuid(name) else None


def remembering(find: Find) -> Find:
    """Return a `find` that keeps the latest parents, and drops their fields of a wrong type."""

    @lru_cache(maxsize=_KEPT)
    def remembered(image_id: str) -> Image | None:
        found = find(image_id)
        if found is None:
            return None
        wrong = {name for name, _, _ in wrong_types(found)}
        return {name: value for name, value in found.items() if name not in wrong}

    return remembered


@rule(MEANING)
def parent_owner(child: Image, parent: Image) -> str | None:
    """A parent is gold or has the same owner; the parent of a copy has the same owner."""
    if child.get("owner") == parent.get("owner"):
        return None
    if parent.get("__imagetype") == "gold" and way_of(child) != "image":
        return None
    return f"{shown(parent.get('__imagetype'))} image of owner {shown(parent.get('owner'))}"


@rule(MEANING)
def parent_older(child: Image, parent: Image) -> str | None:
    """A parent was created before its child, or in the same second."""
    created, before = child.get("created_at"), parent.get("created_at")
    if created is None or before is None or before <= created:
        return None
    return f"created_at {shown(before)}, child's {shown(created)}"


@rule(MEANING)
def parent_system(child: Image, parent: Image) -> str | None:
    """A parent has the same type of system, platform, version and bits."""
    for name in _INHERITED:
        if child.get(name) != parent.get(name):
            return f"{name} {shown(parent.get(name))}, child's {shown(child.get(name))}"
    return None


@rule(MEANING)
def parent_architecture(child: Image, parent: Image) -> str | None:
    """A parent has the same firmware and the same architecture."""
    for name, default in (("hw_firmware_type", "bios"), ("__support_arm", "false")):
        found, wanted = parent.get(name, default), child.get(name, default)
        if found != wanted:
            return f"{name} {shown(found)}, child's {shown(wanted)}"
    return None


@rule(MEANING)
def parent_environment(child: Image, parent: Image) -> str | None:
    """A parent is for the same environment: the parent of a BMS image is a BMS image."""
    found, wanted = parent.get("virtual_env_type"), child.get("virtual_env_type")
    if found == wanted:
        return None
    return f"virtual_env_type {shown(found)}, child's {shown(wanted)}"


@rule(MEANING)
def parent_disk(child: Image, parent: Image) -> str | None:
    """An image's min_disk is at least its parent's."""
    least, found = parent.get("min_disk", 0), child.get("min_disk")
    if found is None or found >= least:
        return None
    return f"min_disk {shown(least)}, child's {shown(found)}"


@rule(MEANING)
def parent_bootable(child: Image, parent: Image) -> str | None:
    """A parent is neither a data disk image nor an ISO image."""
    found = parent.get("virtual_env_type")
    return f"virtual_env_type {shown(found)}" if found in ("DataImage", "IsoImage") else None


@rule(MEANING, UNSEEN)
def parent_active(child: Image, parent: Image) -> str | None:
    """A parent has data and is not deleted."""
    found = parent.get("status")
    if found in ("queued", "saving", "killed", "deleted"):
        return f"status {shown(found)}"
    return None


_CHECKS = rule.checks_for(Cloud.IMS)


def check_parent(image: Image, find: Find) -> list[tuple[str, str]]:
    """Return the rules that an image and its parent break together, with messages."""
    parent_id = parent_id_of(image)
    if parent_id is None:
        return []
    if parent_id == image.get("id"):
        return [(PARENT_OTHER.name, f"parent {parent_id} is the image itself")]
    parent = find(parent_id)
    if parent is None:
        return [(PARENT_THERE.name, f"parent {parent_id} is not in the set")]
    found = []
    for name, check in _CHECKS:
        message = check(image, parent)
        if message is not None:
            found.append((name, f"parent {parent_id}: {message}"))
    return found
