"""Find things that images of a set claim for different holders, in 16 bytes a claim.

`holders` says what images claim. A set may have a million images and several claims of each, so
only hashes of claims are kept and sorted; the message of a conflict is made by reading its two
images again.
"""

import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from glancetape_generators.validation.rules.holders import RULES, Claim, claims_of
from glancetape_generators.validation.rules.members import Members
from glancetape_generators.validation.rules.rule import Finding, Image, id_of, shown

_NUMBERS = {one.name: number for number, one in enumerate(RULES)}
_RULE_BITS = 5
_RULE_MASK = (1 << _RULE_BITS) - 1
# NumPy combines unsigned 64-bit numbers with their own type only.
_RULE, _LOW, _HIGH = np.uint64(_RULE_MASK), np.uint64(0xFFFFFFFF), np.uint64(32)

_Hashes = np.ndarray[Any, np.dtype[np.uint64]]

Look = Callable[[int], tuple[Image, Members]]
"""Returns the image at a position and its members, without fields of a wrong type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An image that claims a thing which an earlier image claims for another holder."""

    rule: str
    position: int
    """Position of the image."""
    first: int
    """Position of the image that had the thing first."""
    thing: int
    """Hash of the thing."""


@dataclass(slots=True)
class Claims:
    """The claims of some images; of equal claims only the first one is kept."""

    things: "array[int]" = field(default_factory=lambda: array("Q"))
    """For each claim the hash of its thing; the lowest bits are the number of the rule."""
    holders: "array[int]" = field(default_factory=lambda: array("Q"))
    """For each claim the hash of its holder, and in the lower 32 bits the image's position."""

    def extend(self, other: "Claims") -> None:
        """Add the claims of images at later positions."""
        self.things.extend(other.things)
        self.holders.extend(other.holders)

    def conflicts(self) -> Iterator[Conflict]:
        """Yield a conflict for each further holder of a thing, by rule and position."""
        things: _Hashes = np.frombuffer(self.things, np.uint64)
        holders: _Hashes = np.frombuffer(self.holders, np.uint64)
        things, positions = _first_of_each_holder(*_claimed_again(things, holders))
        # The first claim of each thing is right, the others are not.
        order = np.lexsort((positions, things))
        things, positions = things[order], positions[order]
        begins = _begins(things)
        right = positions[begins][np.cumsum(begins) - 1]
        things, positions, right = things[~begins], positions[~begins], right[~begins]
        order = np.lexsort((positions, things & _RULE))
        for place in order.tolist():
            thing = int(things[place])
            yield Conflict(
                rule=RULES[thing & _RULE_MASK].name,
                position=int(positions[place]),
                first=int(right[place]),
                thing=thing,
            )


def _claimed_again(things: _Hashes, holders: _Hashes) -> tuple[_Hashes, _Hashes]:
    """Return the claims of things that are claimed twice or more: few, as a rule."""
    ascending = np.sort(things)
    repeated = np.isin(things, ascending[1:][ascending[1:] == ascending[:-1]])
    return things[repeated], holders[repeated]


def _first_of_each_holder(things: _Hashes, holders: _Hashes) -> tuple[_Hashes, _Hashes]:
    """Return things and positions of the first claim of each thing for each holder."""
    order = np.lexsort((holders, things))
    things, positions = things[order], holders[order] & _LOW
    firsts = _begins(things) | _begins(holders[order] >> _HIGH)
    return things[firsts], positions[firsts]


def _begins(ascending: _Hashes) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Return where a number differs from the one before it."""
    begins = np.ones(len(ascending), bool)
    begins[1:] = ascending[1:] != ascending[:-1]
    return begins


class ClaimGathering:
    """Gathers the claims of consecutive images."""

    def __init__(self) -> None:
        """Begin without claims."""
        self._first: dict[Claim, int] = {}

    def add(self, image: Image, members: Members, position: int) -> None:
        """Add the claims of the next image."""
        for claim in claims_of(image, members, position):
            self._first.setdefault(claim, position)

    def claims(self) -> Claims:
        """Return all claims gathered so far, hashed."""
        claims = Claims()
        for (rule, thing, holder), position in self._first.items():
            hashed = zlib.crc32(holder.encode("utf-8", "surrogatepass"))
            claims.things.append(_hash_of(rule, thing))
            claims.holders.append(hashed << 32 | position)
        return claims


def _hash_of(rule: str, thing: str) -> int:
    """Return 64 bits for a thing; the lowest ones are the number of the rule."""
    digest = blake2b(thing.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & ~_RULE_MASK | _NUMBERS[rule]


def finding_of(conflict: Conflict, look: Look) -> Finding:
    """Return the finding of a conflict, whose message names both holders."""
    image, other = look(conflict.position), look(conflict.first)
    thing, holder = _claimed(conflict, image, conflict.position)
    _, before = _claimed(conflict, other, conflict.first)
    if conflict.rule == "id-once":
        message = f"an earlier image has the id {shown(thing)} too"
    else:
        message = (
            f"{shown(thing)} belongs to {shown(holder)}, "
            f"in the earlier image {id_of(other[0])} to {shown(before)}"
        )
    return Finding(conflict.rule, id_of(image[0]), message)


def _claimed(conflict: Conflict, image: tuple[Image, Members], position: int) -> tuple[str, str]:
    return next(
        (thing, holder)
        for name, thing, holder in claims_of(*image, position)
        if name == conflict.rule and _hash_of(conflict.rule, thing) == conflict.thing
    )
