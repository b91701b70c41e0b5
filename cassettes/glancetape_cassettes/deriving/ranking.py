"""Which images of one second come first, as recorded walks show it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.deriving.walks import Walk


def is_by_creation(query: Query) -> bool:
    """Tell whether a list is in the order of creation, the newest or the oldest first."""
    sort = query.sort
    return [key for key, _ in sort] == ["created_at", "id"] and sort[0][1] == sort[1][1]


def ranks_of(created: Mapping[str, int], walks: Iterable[Walk]) -> dict[str, int]:
    """Number the images that share a second, the newest first.

    `created` gives the second of each image. What no walk tells the ids decide, the greater first,
    as in a cloud that stores whole seconds.
    """
    behind: defaultdict[str, list[str]] = defaultdict(list)
    before: defaultdict[str, int] = defaultdict(int)
    for walk in walks:
        if not walk.is_complete or not is_by_creation(walk.query):
            continue
        newest_first = walk.ids if walk.query.sort[0][1] else walk.ids[::-1]
        for one, other in pairwise(newest_first):
            if created[one] == created[other]:
                behind[one].append(other)
                before[other] += 1
    return {
        image_id: rank for rank, image_id in enumerate(_sorted(_shared(created), behind, before))
    }


def _shared(created: Mapping[str, int]) -> list[str]:
    """Give the images that share their second with another, by their ids, the greatest first."""
    by_second: defaultdict[int, list[str]] = defaultdict(list)
    for image_id, second in created.items():
        by_second[second].append(image_id)
    several = (ids for ids in by_second.values() if len(ids) > 1)
    return sorted((image_id for ids in several for image_id in ids), reverse=True)


def _sorted(
    by_id: Sequence[str], behind: Mapping[str, list[str]], before: dict[str, int]
) -> list[str]:
    """Sort so that each image comes before those behind it; walks that disagree leave ids."""
    places = {image_id: place for place, image_id in enumerate(by_id)}
    free = [places[image_id] for image_id in by_id if not before.get(image_id)]
    heapify(free)
    found: list[str] = []
    while free:
        image_id = by_id[heappop(free)]
        found.append(image_id)
        for other in behind.get(image_id, ()):
            before[other] -= 1
            if not before[other]:
                heappush(free, places[other])
    left = set(by_id) - set(found)
    return [*found, *(image_id for image_id in by_id if image_id in left)]
