"""Whether the order of a page is certain: times are shown in seconds, and may be stored finer."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from pyroaring import BitMap

from glancetape.deriving.validity import Recorded
from glancetape.deriving.walks import Walk
from glancetape.listing.query import Query
from glancetape_cassettes.imageset.image import TIMES

_PAIRS_FOR_CERTAINTY = 20  # by chance one in a million


class Neighbours:
    """What walks show of the order of images of one second."""

    def __init__(self, recorded: Recorded, walks: Iterable[Walk]) -> None:
        """Look at walks that hold."""
        self.recorded = recorded
        self._ranked = BitMap()
        """Images that stand in a walk in the order of creation."""
        pairs = by_id = 0
        for walk in walks:
            if walk.query.sort[0][0] != "created_at" or len(walk.query.sort) != 2:
                continue
            descending = walk.query.sort[0][1]
            if walk.query.sort[1][1] != descending:
                continue
            positions = [recorded.positions[image_id] for image_id in walk.ids]
            self._ranked |= BitMap(positions)
            images = recorded.images.created_at(positions)
            for (one, first), (other, second) in pairwise(zip(walk.ids, images, strict=True)):
                if first == second:
                    pairs += 1
                    by_id += (one > other) == descending
        self.has_whole_seconds = pairs == by_id >= _PAIRS_FOR_CERTAINTY

    def are_ranked(self, one: int, other: int) -> bool:
        """Tell whether a walk shows which of two images was created first."""
        return one in self._ranked and other in self._ranked


def why_order_is_unsure(query: Query, positions: Sequence[int], neighbours: Neighbours) -> str:
    """Say why it is not certain that images stand in the order of a query; "" when it is."""
    recorded = neighbours.recorded
    for key, _ in query.sort:
        unsure = recorded.known.unsure.get(key, BitMap())
        if unsure & BitMap(positions):
            return f"some images show {key} redacted or not at all"
    if not any(key in TIMES for key, _ in query.sort[:-2]) and neighbours.has_whole_seconds:
        return ""
    images = recorded.images.images_at(positions)
    for (one, left), (other, right) in pairwise(zip(positions, images, strict=True)):
        if key := _undecided(query, left, right):
            rest = query.sort[[name for name, _ in query.sort].index(key) :]
            if key == "created_at" and neighbours.has_whole_seconds:
                continue
            by_creation = key == "created_at" and len(rest) == 2 and rest[0][1] == rest[1][1]
            if by_creation and neighbours.are_ranked(one, other):
                continue
            return (
                f"images {left['id']} and {right['id']} have the same second as {key}, and "
                "fractions of a second are not shown"
            )
    return ""


def _undecided(query: Query, left: dict[str, Any], right: dict[str, Any]) -> str:
    """Name the time that two images share and that decides; "" when something before it does."""
    for key, _ in query.sort:
        if left.get(key) != right.get(key):
            return ""
        if key in TIMES:
            return key
    return ""
