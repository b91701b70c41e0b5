"""Rules over a whole set: each thing, such as a server or a project, has one holder.

Images claim things for holders: an image of a server claims that server for its owner. Only hashes
of claims are kept, 16 bytes each; what is told of a conflict is read from its images again.
"""

import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from glancetape_generators.validation.rules.facts import DOCUMENT, MEANING, OBSERVED
from glancetape_generators.validation.rules.kinds import TENANTS
from glancetape_generators.validation.rules.members import Members
from glancetape_generators.validation.rules.origins import uuid_of, way_of
from glancetape_generators.validation.rules.rule import Finding, Image, Rule, id_of, told
from glancetape_generators.validation.rules.shape import is_uuid

RULES = (
    Rule("id-once", "No two images have the same id.", DOCUMENT),
    Rule("gold-owner", "All gold images have one owner, the operator's project.", DOCUMENT),
    Rule("market-owner", "All market images have one owner, the market's project.", OBSERVED),
    Rule("owner-role", "A project owns gold, market, or a tenant's images.", OBSERVED),
    Rule("member-role", "The operator's and the market's projects are no members.", MEANING),
    Rule("server-owner", "The images of one server have one owner.", MEANING),
    Rule("volume-owner", "The images of one data disk have one owner.", MEANING),
    Rule("backup-owner", "The images of one server's backup have one owner.", MEANING),
    Rule("server-system", "The images of one server have one system.", MEANING),
    Rule("volume-system", "The images of one data disk have one type of system.", MEANING),
    Rule("backup-system", "The images of one server's backup have one system.", MEANING),
    Rule("key-owner", "The images encrypted with one key have one owner.", MEANING),
    Rule("enterprise-owner", "The images of one enterprise project have one owner.", MEANING),
)
_NUMBERS = {one.name: number for number, one in enumerate(RULES)}
_OWNER_RULES = {"gold": "gold-owner", "market": "market-owner"}
_WAY_RULES = {
    "instance": ("server-owner", "server-system"),
    "volume": ("volume-owner", "volume-system"),
    "server_backup": ("backup-owner", "backup-system"),
}
_TENANT = "tenants"
_RULE_BITS = 4
_RULE_MASK = (1 << _RULE_BITS) - 1
# NumPy mixes 64 bits without a sign only with their like.
_RULE, _LOW, _HIGH = np.uint64(_RULE_MASK), np.uint64(0xFFFFFFFF), np.uint64(32)

_Numbers = np.ndarray[Any, np.dtype[np.uint64]]

_Claim = tuple[str, str, str]
"""Rule, thing, holder."""
Looked = Callable[[int], tuple[Image, Members]]
"""Gives the image at a position, and its members, sound fields only."""


def claims_of(image: Image, members: Members, position: int) -> Iterator[_Claim]:
    """Yield what an image claims: rule, thing, holder."""
    if "id" in image:
        yield "id-once", image["id"], f"position {position}"
    kind, owner = image.get("__imagetype"), image.get("owner")
    if owner is None:
        return
    if kind in _OWNER_RULES:
        yield _OWNER_RULES[kind], f"all {kind} images", owner
        yield "owner-role", owner, kind
        yield "member-role", owner, kind
    if kind not in TENANTS:
        return
    yield "owner-role", owner, _TENANT
    for member in members:
        yield "member-role", member["member_id"], _TENANT
    way = way_of(image)
    if way in _WAY_RULES and is_uuid(uuid_of(image)):
        of_owner, of_system = _WAY_RULES[way]
        yield of_owner, uuid_of(image), owner
        yield of_system, uuid_of(image), _system_of(image)
    if "__system__cmkid" in image:
        yield "key-owner", image["__system__cmkid"], owner
    if image.get("enterprise_project_id", "0") != "0":
        yield "enterprise-owner", image["enterprise_project_id"], owner


def _system_of(image: Image) -> str:
    """Name the system in an image; a server is bare metal or not, and of one architecture."""
    found = [image.get(name) for name in ("__os_version", "__os_type", "virtual_env_type")]
    if image.get("__support_arm") == "true":
        found.append("ARM")
    return ", ".join(str(one) for one in found if one is not None)


def _hash_of(rule: str, thing: str) -> int:
    """Give 64 bits for a thing; the lowest are the number of the rule."""
    digest = blake2b(thing.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & ~_RULE_MASK | _NUMBERS[rule]


@dataclass(slots=True)
class Claims:
    """The claims of some images; several of one thing for one holder are kept as the first one."""

    things: "array[int]" = field(default_factory=lambda: array("Q"))
    """A hash of each thing."""
    holders: "array[int]" = field(default_factory=lambda: array("Q"))
    """A hash of its holder, and in the lower 32 bits the position of the image."""

    def extend(self, other: "Claims") -> None:
        """Take in those of images at later positions."""
        self.things.extend(other.things)
        self.holders.extend(other.holders)

    def conflicts(self) -> Iterator[tuple[str, int, int, int]]:
        """Yield rule, position of an image, of the image that had the thing first, and its hash.

        That is once for each other holder, by rule and position.
        """
        things: _Numbers = np.frombuffer(self.things, np.uint64)
        holders: _Numbers = np.frombuffer(self.holders, np.uint64)
        ascending = np.sort(things)
        repeated = np.isin(things, ascending[1:][ascending[1:] == ascending[:-1]])
        things, holders = things[repeated], holders[repeated]
        order = np.lexsort((holders, things))
        things, positions = things[order], holders[order] & _LOW
        holders = holders[order] >> _HIGH
        # The first claim of each thing and holder.
        firsts = np.ones(len(things), bool)
        firsts[1:] = (things[1:] != things[:-1]) | (holders[1:] != holders[:-1])
        things, positions = things[firsts], positions[firsts]
        # The first claim of each thing is right, the others are not.
        order = np.lexsort((positions, things))
        things, positions = things[order], positions[order]
        begins = np.ones(len(things), bool)
        begins[1:] = things[1:] != things[:-1]
        right = positions[begins][np.cumsum(begins) - 1]
        things, positions, right = things[~begins], positions[~begins], right[~begins]
        order = np.lexsort((positions, things & _RULE))
        for place in order.tolist():
            thing = int(things[place])
            yield (
                RULES[thing & _RULE_MASK].name,
                int(positions[place]),
                int(right[place]),
                thing,
            )


class Claiming:
    """Gathers the claims of consecutive images."""

    def __init__(self) -> None:
        """Begin with none."""
        self._first: dict[_Claim, int] = {}

    def add(self, image: Image, members: Members, position: int) -> None:
        """Take in those of the next image."""
        for claim in claims_of(image, members, position):
            self._first.setdefault(claim, position)

    def claims(self) -> Claims:
        """Give all that was gathered."""
        claims = Claims()
        for (rule, thing, holder), position in self._first.items():
            hashed = zlib.crc32(holder.encode("utf-8", "surrogatepass"))
            claims.things.append(_hash_of(rule, thing))
            claims.holders.append(hashed << 32 | position)
        return claims


def finding_of(conflict: tuple[str, int, int, int], look: Looked) -> Finding:
    """Tell of a conflict, from its two images."""
    rule, position, first, hashed = conflict
    image, other = look(position), look(first)
    thing, holder = _claimed(rule, hashed, image, position)
    _, before = _claimed(rule, hashed, other, first)
    where = f"image {id_of(other[0])} before"
    if rule == "id-once":
        message = f"id {told(thing)} was that of an image before"
    else:
        message = f"{told(thing)} belongs to {told(holder)}, in {where} to {told(before)}"
    return Finding(rule, id_of(image[0]), message)


def _claimed(
    rule: str, hashed: int, image: tuple[Image, Members], position: int
) -> tuple[str, str]:
    return next(
        (thing, holder)
        for name, thing, holder in claims_of(*image, position)
        if name == rule and _hash_of(rule, thing) == hashed
    )
