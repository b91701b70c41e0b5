"""Order: whether the images of a page come in this order for certain.

Example. Four images, D the newest, recorded in two pages: D C B, then A. B and C are both shown as
created at 00:00:02. Clouds store fractions of a second, and lists do not show them.

    the default order       D C B A     proved: the walk shows C before B
    sort_dir=asc            A B C D     proved: the same order backwards
    sort=created_at:desc,id:asc         a miss

The last one puts B first if B and C were created in the same microsecond, as `id` decides then,
and C first if C was created later. The walk is explained by both.

One change: the client recorded the walk with `sort_key=name` instead. It shows the same images,
but not whether B or C was created first. Now the default order is a miss too. Its first page of
`limit=1` is not: that is D, and no other image shares the second of D.

A walk shows its own order whatever decided it: fractions of `updated_at`, or names that recording
replaced. So the walk of `sort_key=name` also proves `sort_key=name&limit=1`, `sort_dir=asc`, and
`sort_key=name&__os_type=Linux`, whose images are some of its own.

The reasons here complete the sentence "The order is not certain: ...".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.paging import Way, places_after
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.deriving.evidence import Evidence, shared_second
from glancetape_cassettes.deriving.validity import CheckedWalk
from glancetape_cassettes.deriving.walking.ranking import is_by_creation
from glancetape_cassettes.imageset.collations import without_a_certain_place
from glancetape_cassettes.imageset.image_fields import TIMES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexes.orders import Order

_AT_ONCE = 50  # images
_MOST_COMPARED = 2000  # images whose texts are compared for one page: a few milliseconds


class CreationOrder:
    """What the walks in order of creation show: which images were created before which others."""

    def __init__(self, evidence: Evidence, walks: Iterable[CheckedWalk]) -> None:
        """Take complete walks; whether one is valid is asked when it matters, as it takes time."""
        self.evidence = evidence
        self._walks = [one for one in walks if is_by_creation(one.walk.query)]

    def shows_all(self, query: Query, matches: BitMap) -> bool:
        """Whether one walk alone shows everything that the order of a query's matches depends on.

        True for most questions, and then no image has to be looked at for its second.
        """
        if any(key in TIMES for key, _ in query.sort[:-2]) or not _ends_by_creation(query):
            return False
        return any(matches <= one.images and not one.why_disproved for one in self._walks)

    def shows_both(self, one: int, other: int) -> bool:
        """Whether one walk shows which of two images was created first.

        It has to be the same walk. If `visibility=public` shows B and `visibility=private` shows C,
        nothing shows which of the two came first, although each walk is in order.
        """
        return any(
            one in walk.images and other in walk.images and not walk.why_disproved
            for walk in self._walks
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """Finds the matches beyond the ends of a page that share a second with its end."""

    query: Query
    images: ImageSet
    arranged: BitMap
    """The places of all matches along the way, or their positions if there is no order."""
    order: Order | None
    way: Way

    def beyond(self, position: int, *, back: bool) -> list[int]:
        """Return the matches next to a position that share a second with it, and one more.

        A page that ends at C depends on B: with another fraction B would be on the page, and C not.
        And one neighbour is not enough. A third image of that second may belong before both.
        """
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
    query: Query, matches: BitMap, positions: Sequence[int], created: CreationOrder
) -> str:
    """Why it is not certain that images come in the order of a query; "" when it is.

    `matches` are all images that match. `positions` are the marker, the page, and the `Ties` before
    and after them. Each neighbour of another has to be in order for certain; then all are.
    """
    evidence = created.evidence
    if key := unsure_key(query, matches | BitMap(positions), evidence):
        return f"{key} is redacted or missing in some images"
    images = evidence.images.images_at(positions)
    for (one, left), (other, right) in pairwise(zip(positions, images, strict=True)):
        key = shared_second(query, left, right)
        if not key:
            continue
        if key == "created_at" and _ends_by_creation(query) and created.shows_both(one, other):
            continue
        return (
            f"images {left['id']} and {right['id']} have the same second as {key}, and lists do "
            "not show fractions of a second"
        )
    return ""


def unsure_key(query: Query, images: BitMap, evidence: Evidence) -> str:
    """Name a sort key whose value is not known for one of these images; "" if there is none.

    An image with a redacted name may belong anywhere in the order of names.
    """
    unsure = evidence.known.unsure
    return next((key for key, _ in query.sort if unsure.get(key, BitMap()) & images), "")


def _ends_by_creation(query: Query) -> bool:
    """Whether ties come in order of creation: `created_at` and `id` last, in one direction.

    Then a walk in order of creation shows how the cloud breaks these very ties. With
    `created_at:desc,id:asc` or `created_at:desc,name:asc` it does not.
    """
    if len(query.sort) < 2:
        return False
    (key, direction), (_, by_id) = query.sort[-2:]
    return key == "created_at" and direction == by_id


def why_databases_differ(
    query: Query, matches: BitMap, after: int | None, page: BitMap, evidence: Evidence
) -> str:
    """Why a page may be another one with another database; "" when it is the same with each.

    `Zebra` comes before `a`, or after it. But if the marker and the page of `sort_key=name` have
    certain places among all names, no such image comes between them. Nulls come first or last: an
    ascending page after an image that has the key has none of them in either case.
    """
    images = page if after is None else page | BitMap([after])
    for number, (key, descending) in enumerate(query.sort):
        unplaced = evidence.known.unplaced.get(key, BitMap()) & images
        if unplaced and _have_no_certain_place(key, unplaced, images | matches, evidence):
            return f"databases differ in where some texts belong in the order of {key}"
        if not evidence.known.nulls.get(key, BitMap()) & matches:
            continue
        if number or descending or after is None or not evidence.images.image_at(after).get(key):
            return f"some images have no {key}, and databases put these first or last"
    return ""


def _have_no_certain_place(key: str, unplaced: BitMap, among: BitMap, evidence: Evidence) -> bool:
    """Whether texts that have no certain place among all recorded ones have none among some."""
    if len(among) > _MOST_COMPARED:
        return True
    by_position = dict(zip(among, evidence.images.images_at(list(among)), strict=True))
    texts = {text for image in by_position.values() if (text := image.get(key)) is not None}
    unsure = without_a_certain_place(texts)
    return any(by_position[position][key] in unsure for position in unplaced)


def walk_in_order(
    query: Query, positions: BitMap, walks: Iterable[CheckedWalk]
) -> Callable[[int], int] | None:
    """Return what maps images to their places in the order of a query, as a walk shows it.

    The walk has the sort of the query, or the opposite one, and all these images.
    """
    opposite = tuple((key, not descending) for key, descending in query.sort)
    for one in walks:
        sort = one.walk.query.sort
        if sort not in (query.sort, opposite) or not positions <= one.images or one.why_disproved:
            continue
        sign = 1 if sort == query.sort else -1
        places = {
            position: sign * place
            for place, position in enumerate(one.evidence.positions[each] for each in one.walk.ids)
        }
        return places.__getitem__
    return None
