"""What becomes of a request: an answer and where it comes from, or a miss and why.

All sources of answers return one of the two: recorded responses, proofs, and image sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from glancetape_cassettes.interaction import Response

if TYPE_CHECKING:
    from glancetape_cassettes.replaying.closest import Closest
    from glancetape_cassettes.replaying.eligible import Unfit


class Provenance(Enum):
    """Where an answer comes from, in the word of the header X-Glancetape."""

    EXACT = "exact"
    DERIVED = "derived"
    SYNTHETIC = "synthetic"


class Answer(NamedTuple):
    """A response and where it comes from. A tuple, because one is made for each request."""

    response: Response
    provenance: Provenance
    source: str
    """`basic.yaml#3`, `basic.yaml#1-4`, `rules of glance` or `big.images`."""
    restore: Mapping[str, str] = MappingProxyType({})
    """Ids in the response that stand for the caller's own: {stand-in: the caller's id}."""
    repeatable: bool = True
    """Whether the same request gets this answer again: reads do, changes are played once."""

    @property
    def described(self) -> str:
        """The value of the header X-Glancetape, such as `exact; basic.yaml#3`."""
        return f"{self.provenance.value}; {self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Why a request has no answer."""

    reason: str
    """One sentence or two."""
    answerable_with: tuple[str, ...] = ()
    """Requests whose recording would give an answer, such as `GET http://HOST/v2/images`."""
    closest: "Closest | None" = None
    """The recorded request that shares most with this one, and what differs."""
    needs_key: bool = False
    """Whether the key of the recording would settle it; without that nothing can be added."""
    is_of_others: bool = False
    """Whether it says nothing of what is recorded of this very caller at this host."""

    @classmethod
    def because(cls, why: "Unfit") -> "Miss":
        """The miss of a request for which no candidate is fit."""
        return cls(
            reason=str(why),
            answerable_with=why.requests,
            needs_key=why.needs_key,
            is_of_others=why.is_of_others,
        )
