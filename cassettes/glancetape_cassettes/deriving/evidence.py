"""All that is recorded of one view in one state: what every proof looks at."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.paging import order_along, way_of
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.collection.collection_file import CollectionNotes
from glancetape_cassettes.deriving.coverage import depends_on_memberships
from glancetape_cassettes.deriving.doubts import ShownImages
from glancetape_cassettes.deriving.walking.walks import QueriedPage
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, TIMES
from glancetape_cassettes.imageset.image_set import ImageSet


@dataclass(frozen=True, slots=True)
class Evidence:
    """The images of a view in one state, what is known of them, and all recorded pages."""

    shown: ShownImages
    positions: Mapping[str, int]
    """The position of each image in the set, by its id."""
    pages: Sequence[QueriedPage]
    """Every recorded page that the dialect can read, whether it belongs to a walk or not."""
    _in_view: dict[tuple[str | None, bool, bool | None], tuple[BitMap, BitMap]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What `in_view` returned, for each visibility, its meaning, and `hidden` of a query."""

    @property
    def images(self) -> ImageSet:
        """The images, as they were seen last."""
        return self.shown.images

    @property
    def known(self) -> CollectionNotes:
        """When each image was seen, and which of its values are uncertain."""
        return self.shown.known

    def positions_of(self, ids: Iterable[str]) -> BitMap:
        """Return the positions of images; for thousands of images this takes milliseconds."""
        return BitMap(self.positions[image_id] for image_id in ids)

    @property
    def gone(self) -> BitMap:
        """The images of a status that no list of Glance shows (observed: killed, deleted)."""
        found = BitMap()
        for status in GONE_STATUSES:
            found |= self.images.having("status", status)
        return found

    def listed(self, images: BitMap) -> BitMap:
        """Return those of some images that any of the caller's own lists shows."""
        if not images:
            return images
        own = (one.page for one in self.pages if not one.page.of_other)
        return images & self.positions_of({image_id for page in own for image_id in page.ids})

    def in_view(self, query: Query, seen: BitMap) -> BitMap:
        """Return the images that a list shows for certain, before its filters.

        A list of `visibility=community` shows an image of another project. It is new in the
        recording and does not belong in a walk without `visibility`, so it does not contradict that
        walk. `seen` are images that the caller of the list is known to see: for shared images
        nothing else shows it.
        """
        kind = query.visibility, query.own_shared, query.hidden
        found = self._in_view.get(kind)
        if found is None:  # of ten thousand lists, most are of one kind
            everything = BitMap(range(len(self.images)))
            shown_to_all = self._allowed_in(query, self._shown_to_callers(query))
            found = self._in_view[kind] = shown_to_all, self._allowed_in(query, everything)
        return found[0] | (seen & found[1])

    def _shown_to_callers(self, query: Query) -> BitMap:
        """Return the images that every caller of a list sees if it is of their visibility."""
        having, project = self.images.having, self.shown.project
        inside = having("visibility", "public") | having("visibility", "private")
        if query.visibility in ("all", "community"):
            inside |= having("visibility", "community")
        elif project is not None:
            inside |= having("owner", project) & having("visibility", "community")
        if project is not None:  # its owner sees a shared image whatever its members are
            inside |= having("owner", project) & having("visibility", "shared")
        return inside

    def perhaps_in_view(self, query: Query) -> BitMap:
        """Return the images that a list may show, before its filters, as their ids alone show them.

        By its id a caller is shown community images, and shared ones that it has not accepted. It
        may also have accepted them by now, or own them.
        """
        having, inside = self.images.having, BitMap()
        if depends_on_memberships(query):
            inside |= having("visibility", "shared")
        if query.visibility is None:
            of_whom = self.known.unsure.get("owner", BitMap())
            if self.shown.project is None:
                of_whom = BitMap(range(len(self.images)))
            inside |= having("visibility", "community") & of_whom
        return self._allowed_in(query, inside)

    def _allowed_in(self, query: Query, inside: BitMap) -> BitMap:
        """Return those images that a list may show by its visibility and `os_hidden`."""
        having = self.images.having
        if query.visibility not in (None, "all"):
            inside = inside & having("visibility", query.visibility)
        if query.visibility == "shared" and not query.own_shared:
            project = self.shown.project  # what may be the caller's own is not in this list
            inside = BitMap() if project is None else inside - having("owner", project)
        if query.hidden is not None:
            hidden = having("os_hidden", "true")
            inside = inside & hidden if query.hidden else inside - hidden
        return inside

    def arranged(self, query: Query, positions: BitMap) -> list[int]:
        """Return positions in the order that a query asks for."""
        way = way_of(query.sort)
        order = order_along(self.images, way)
        places = list(positions if order is None else order.arrange(positions))
        if way.backwards:
            places.reverse()
        return places if order is None else order.positions_at(places)

    def place_in(self, query: Query) -> Callable[[int], int]:
        """Return the function that maps a position to its place in the order of a query."""
        way = way_of(query.sort)
        order = order_along(self.images, way)
        sign = -1 if way.backwards else 1
        return lambda position: sign * (position if order is None else order.place_of(position))


def shared_second(query: Query, left: dict[str, Any], right: dict[str, Any]) -> str:
    """Name the time that two images share and that decides their order; "" if there is none.

    In `sort_key=name` the names of B and C decide, so their second does not matter.
    """
    for key, _ in query.sort:
        if left.get(key) != right.get(key):
            return ""
        if key in TIMES:
            return key
    return ""
