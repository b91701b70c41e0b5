"""What one walk proves of a list, and what has to be looked at for each of its pages.

Example. Four images, D the newest, recorded in two pages: D C B, then A. A client walks through
`sort_key=name`, two images a page: it asks for `limit=2`, and then for `limit=2&marker=B`.

    of the list     the walk covers it; it is valid; all four images match for certain; the walk
                    shows which of them was created first, so no tie of names can be in doubt
    of the page     B was recorded, and nothing shows that it is gone; the cloud is known to list
                    two images at once; Glance loses no image after B, whose name is not empty

What is of the list names neither the marker nor the limit, so it is the same for all pages. It is
worked out with the first one, and kept with the evidence that it is about: a collection, which is
that of one view in one state and never changes. Another caller, or a change that is played, leads
to another collection.

Where the order of the list as a whole is in doubt, that of a page need not be: of `limit=1` only D
and its neighbours matter. Then each page is looked at (`order`).
"""

from collections.abc import Sequence
from functools import cached_property

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.conditions import Between
from glancetape_cassettes.cloud.listing.matching import images_matching
from glancetape_cassettes.cloud.listing.paging import Way, order_along, places_after, way_of
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.collection.uncertain_values import NULLABLE_KEYS
from glancetape_cassettes.deriving.doubts import Matches
from glancetape_cassettes.deriving.evidence import Evidence
from glancetape_cassettes.deriving.order import (
    CreationOrder,
    Ties,
    unsure_key,
    why_databases_differ,
)
from glancetape_cassettes.deriving.validity import CheckedWalk
from glancetape_cassettes.imageset.checked_file import Bytes
from glancetape_cassettes.imageset.image_fields import TIMES
from glancetape_cassettes.imageset.indexes.orders import Order


class ListProof:
    """A walk that covers a list, and what it proves of all pages; each is worked out once."""

    def __init__(self, checked: CheckedWalk, query: Query, created: CreationOrder) -> None:
        """Work nothing out yet. `query` is that of any page of the list."""
        self.checked = checked
        self.walk = checked.walk
        self._query = query
        self._created = created

    @property
    def evidence(self) -> Evidence:
        """What the proof is about."""
        return self.checked.evidence

    @cached_property
    def matches(self) -> Matches:
        """The images of the list, and why some of them may not match."""
        matches = Matches(self.checked.images)
        shown, walk = self.evidence.shown, self.walk.query
        shown.narrow_to_view(matches, walk, self._query)
        shown.narrow_by_filters(matches, self._query.conditions - walk.conditions)
        return matches

    @cached_property
    def is_in_certain_order(self) -> bool:
        """Whether the order of the list is certain wherever a page begins and ends.

        Pages may begin after any image of the walk, which need not match.
        """
        images = self.matches.certain | self.checked.images
        if unsure_key(self._query, images, self.evidence):
            return False
        matches = self.matches.certain
        if why_databases_differ(self._query, matches, None, images, self.evidence):
            return False
        if not any(key in TIMES for key, _ in self._query.sort):
            return True  # lists show all of it: `sort_key=id` leaves no ties
        return self._created.shows_all(self._query, images)

    @cached_property
    def markers(self) -> BitMap:
        """The images after which a page needs no further look: see `_check_marker`, `_check_lost`.

        They are of the walk, nothing shows that they are gone, and Glance loses none after them.
        """
        evidence, known = self.evidence, self.evidence.known
        found = self.checked.images - BitMap(known.gone) - BitMap(known.doubted)
        for key in self._query.sort_keys.intersection(NULLABLE_KEYS):
            found -= known.nulls.get(key, BitMap()) | evidence.images.having(key, "")
            if key == "size":
                found -= images_matching(evidence.images, Between(key, 0, 0))
        return found

    @cached_property
    def _way(self) -> Way:
        return way_of(self._query.sort)

    @cached_property
    def _order(self) -> Order | None:
        return order_along(self.evidence.images, self._way)

    @cached_property
    def _arranged(self) -> BitMap:
        """The places of all matches along the way, or their positions if there is no order."""
        certain = self.matches.certain
        return certain if self._order is None else self._order.arrange(certain)

    @cached_property
    def ties(self) -> Ties:
        """What finds the images that share a second with the ends of a page."""
        return Ties(
            query=self._query,
            images=self.evidence.images,
            arranged=self._arranged,
            order=self._order,
            way=self._way,
        )

    def positions_after(self, after: int | None, most: int) -> list[int]:
        """Return at most `most` images of the list: those after a position, or the first ones."""
        order = self._order
        place = after if order is None or after is None else order.place_of(after)
        places = places_after(self._arranged, place, most, backwards=self._way.backwards)
        return places if order is None else order.positions_at(places)

    def cut(self, found: Sequence[int], limit: int) -> tuple[Bytes, str | None]:
        """Return the images of a page as JSON, and the id of the last one if a `next` follows.

        `found` are images in order, of which at least one may be too many.
        """
        images, dialect = self.evidence.images, self.evidence.shown.dialect
        positions, follows = found[:limit], len(found) > limit
        full = len(positions) == limit > 0
        has_next = full if dialect.next_on_full_page else follows and full
        if not has_next:
            return images.joined(positions), None
        return images.joined_with_last_id(positions)
