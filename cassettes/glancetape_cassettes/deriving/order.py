"""Whether the order of a page is certain: times are shown in seconds, and may be stored finer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.paging import Way, places_after
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.deriving.evidence import Evidence
from glancetape_cassettes.deriving.ranking import is_by_creation
from glancetape_cassettes.deriving.validity import CheckedWalk
from glancetape_cassettes.imageset.image_fields import TIMES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexes.orders import Order

_AT_ONCE = 50


class CreationOrder:
    """What walks show of the order in which images were created."""

    def __init__(self, evidence: Evidence, walks: Iterable[CheckedWalk]) -> None:
        """Take complete walks; whether one is valid is asked when it matters, as it takes time."""
        self.evidence = evidence
        self._walks = [one for one in walks if is_by_creation(one.walk.query)]

    def are_all_ranked(self, query: Query, found: BitMap) -> bool:
        """Tell whether a walk shows all that the order of a query's matches depends on."""
        if any(key in TIMES for key, _ in query.sort[:-2]) or not _ends_by_creation(query):
            return False
        return any(found <= one.images and not one.why_void for one in self._walks)

    def are_ranked(self, one: int, other: int) -> bool:
        """Tell whether a walk shows which of two images was created first."""
        return any(
            one in walk.images and other in walk.images and not walk.why_void
            for walk in self._walks
        )


@dataclass(frozen=True, slots=True)
class Ties:
    """Matches along a way: which of them share a second with one."""

    query: Query
    images: ImageSet
    arranged: BitMap
    """Their places, or their positions where there is no order."""
    order: Order | None
    way: Way

    def beyond(self, position: int, *, back: bool) -> list[int]:
        """Give those before or behind a position that share a second with it, and one more."""
        place = position if self.order is None else self.order.place_of(position)
        image = self.images.image_at(position)
        found: list[int] = []
        while places := places_after(
            self.arranged, place, _AT_ONCE, backwards=self.way.backwards is not back
        ):
            some = places if self.order is None else self.order.positions_at(places)
            for one, other in zip(some, self.images.images_at(some), strict=True):
                found.append(one)
                if not shared_second(self.query, image, other):
                    return found
            place = places[-1]
        return found


def why_order_is_unsure(
    query: Query, found: BitMap, positions: Sequence[int], created: CreationOrder
) -> str:
    """Say why it is not certain that images stand in the order of a query; "" when it is.

    `found` are all that match; `positions` are those of a page and its marker, and before and
    behind them those that share a second with them, and one more.
    """
    evidence = created.evidence
    for key, _ in query.sort:
        if evidence.known.unsure.get(key, BitMap()) & (found | BitMap(positions)):
            return f"some images show {key} redacted or not at all"
    images = evidence.images.images_at(positions)
    for (one, left), (other, right) in pairwise(zip(positions, images, strict=True)):
        key = shared_second(query, left, right)
        if not key:
            continue
        if key != "created_at" or not (_ends_by_creation(query) and created.are_ranked(one, other)):
            return (
                f"images {left['id']} and {right['id']} have the same second as {key}, and "
                "fractions of a second are not shown"
            )
    return ""


def _ends_by_creation(query: Query) -> bool:
    """Tell whether ties come in the order of creation, and so as the set has them."""
    if len(query.sort) < 2:
        return False
    (key, direction), (_, by_id) = query.sort[-2:]
    return key == "created_at" and direction == by_id


def shared_second(query: Query, left: dict[str, Any], right: dict[str, Any]) -> str:
    """Name the time that two images share and that decides; "" when something before it does."""
    for key, _ in query.sort:
        if left.get(key) != right.get(key):
            return ""
        if key in TIMES:
            return key
    return ""
