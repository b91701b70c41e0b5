"""Which images of one second were created first, as recorded walks show it.

Lists show whole seconds. A walk in order of creation that shows B before C, both of second 2, shows
that B is the newer one. The collection is stored in this order, so that pages can be cut from it;
whether a query may rely on it is decided by `order`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.deriving.walking.walks import Walk


def is_by_creation(query: Query) -> bool:
    """Whether a list is in order of creation, the newest or the oldest first.

    The tie between images of one second has to have the same direction as the times.
    """
    sort = query.sort
    return [key for key, _ in sort] == ["created_at", "id"] and sort[0][1] == sort[1][1]


def ranks_of(created: Mapping[str, int], walks: Iterable[Walk]) -> dict[str, int]:
    """Return a rank for each image that shares its second with another, the newest first.

    `created` has the second of each image. Where no walk shows the order, ids decide, the greater
    first, as in a cloud that stores whole seconds.
    """
    older: defaultdict[str, list[str]] = defaultdict(list)
    count_newer: defaultdict[str, int] = defaultdict(int)
    for walk in walks:
        if not walk.is_complete or not is_by_creation(walk.query):
            continue
        newest_first = walk.ids if walk.query.sort[0][1] else walk.ids[::-1]
        for one, other in pairwise(newest_first):
            if created[one] == created[other]:
                older[one].append(other)
                count_newer[other] += 1
    ordered = _sorted(_sharing_a_second(created), older, count_newer)
    return {image_id: rank for rank, image_id in enumerate(ordered)}


def _sharing_a_second(created: Mapping[str, int]) -> list[str]:
    """Return the images that share their second with another, by their ids, the greatest first."""
    by_second: defaultdict[int, list[str]] = defaultdict(list)
    for image_id, second in created.items():
        by_second[second].append(image_id)
    several = (ids for ids in by_second.values() if len(ids) > 1)
    return sorted((image_id for ids in several for image_id in ids), reverse=True)


def _sorted(
    by_id: Sequence[str], older: Mapping[str, list[str]], count_newer: dict[str, int]
) -> list[str]:
    """Sort so that each image comes before the older ones; where walks disagree, ids decide.

    Walks disagree if they are of different times: one of them is void then.
    """
    places = {image_id: place for place, image_id in enumerate(by_id)}
    free = [places[image_id] for image_id in by_id if not count_newer.get(image_id)]
    heapify(free)
    found: list[str] = []
    while free:
        image_id = by_id[heappop(free)]
        found.append(image_id)
        for other in older.get(image_id, ()):
            count_newer[other] -= 1
            if not count_newer[other]:
                heappush(free, places[other])
    left = set(by_id) - set(found)
    return [*found, *(image_id for image_id in by_id if image_id in left)]
