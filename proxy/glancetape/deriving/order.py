"""Whether the order of a page is certain: times are shown in seconds, and may be stored finer."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from pyroaring import BitMap

from glancetape.deriving.ranking import is_by_creation
from glancetape.deriving.validity import Recorded
from glancetape.deriving.walks import Walk
from glancetape.listing.query import Query
from glancetape_cassettes.imageset.image import TIMES


class Neighbours:
    """What walks show of the order in which images were created."""

    def __init__(
        self, recorded: Recorded, walks: Iterable[Walk], holds: Callable[[Walk], bool]
    ) -> None:
        """Take complete walks; whether one holds is asked when it matters, as that takes time."""
        self.recorded = recorded
        self._walks = [
            (walk, BitMap(recorded.positions[image_id] for image_id in walk.ids))
            for walk in walks
            if is_by_creation(walk.query)
        ]
        self._holds = holds

    def are_ranked(self, one: int, other: int) -> bool:
        """Tell whether a walk shows which of two images was created first."""
        return any(
            one in positions and other in positions and self._holds(walk)
            for walk, positions in self._walks
        )


def why_order_is_unsure(query: Query, positions: Sequence[int], neighbours: Neighbours) -> str:
    """Say why it is not certain that images stand in the order of a query; "" when it is.

    `positions` are those of a page, what stands before it, its marker, and what follows it.
    """
    recorded = neighbours.recorded
    for key, _ in query.sort:
        if recorded.known.unsure.get(key, BitMap()) & BitMap(positions):
            return f"some images show {key} redacted or not at all"
    images = recorded.images.images_at(positions)
    for (one, left), (other, right) in pairwise(zip(positions, images, strict=True)):
        key = _undecided(query, left, right)
        if not key:
            continue
        if key != "created_at" or not (
            _ends_by_creation(query) and neighbours.are_ranked(one, other)
        ):
            return (
                f"images {left['id']} and {right['id']} have the same second as {key}, and "
                "fractions of a second are not shown"
            )
    return ""


def _ends_by_creation(query: Query) -> bool:
    """Tell whether ties come in the order of creation, and so as the set has them."""
    (key, direction), (_, by_id) = query.sort[-2], query.sort[-1]
    return key == "created_at" and direction == by_id


def _undecided(query: Query, left: dict[str, Any], right: dict[str, Any]) -> str:
    """Name the time that two images share and that decides; "" when something before it does."""
    for key, _ in query.sort:
        if left.get(key) != right.get(key):
            return ""
        if key in TIMES:
            return key
    return ""
