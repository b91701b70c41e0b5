"""A collection: the images of one view in one state, and the answers that its walks prove."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import LIST_PATH, next_link
from glancetape_cassettes.cloud.listing.paging import order_along, places_after, way_of
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.cloud.refusals import Refused, bad_request
from glancetape_cassettes.cloud.responses import Page
from glancetape_cassettes.collection.storing import NULLABLE_KEYS, Known, read_known
from glancetape_cassettes.deriving.coverage import is_about_nothing, why_not_covered
from glancetape_cassettes.deriving.doubts import Certainty, Found
from glancetape_cassettes.deriving.order import Neighbours, Tied, why_order_is_unsure
from glancetape_cassettes.deriving.reading_pages import read_pages
from glancetape_cassettes.deriving.reasons import NotProved, nothing_covers, unknown_marker
from glancetape_cassettes.deriving.recognition import with_limits
from glancetape_cassettes.deriving.validity import (
    Recorded,
    may_be_gone,
    why_against_rules,
    why_void,
)
from glancetape_cassettes.deriving.walks import Walk, loses_images, walks_of
from glancetape_cassettes.imageset.image_fields import MAX_ID
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Source


@dataclass(frozen=True, slots=True)
class Proved:
    """A page and the recordings that prove it."""

    page: Page
    sources: tuple[Source, ...]


class Collection:
    """Answers questions about one view, in one state, from what was recorded of it."""

    def __init__(self, images: ImageSet, dialect: Dialect, project: str | None) -> None:
        """Take over what was stored; `project` is the caller's where it is known."""
        self.images = images
        known = read_known(images)
        self._positions = {image_id: place for place, image_id in enumerate(images.ids())}
        dialect = with_limits(dialect, known.pages)
        self.dialect = dialect
        certainty = Certainty(images, known, dialect, project)
        asked = list(read_pages(known.pages, dialect))
        self._recorded = Recorded(certainty, self._positions, asked)
        self._walks = walks_of(asked, self._fields)
        self._void: dict[int, str] = {}
        self._held: dict[int, BitMap] = {}
        self._neighbours: Neighbours | None = None

    def close(self) -> None:
        """Close the set."""
        self.images.close()

    @property
    def known(self) -> Known:
        """What is known of the images, by their positions."""
        return self._recorded.known

    @property
    def walks(self) -> Sequence[Walk]:
        """All walks, complete or not, the latest first."""
        return self._walks

    def _fields(self, image_id: str) -> dict[str, object] | None:
        position = self._positions.get(image_id)
        return None if position is None else self.images.image_at(position)

    def why_void(self, walk: Walk) -> str:
        """Say why a complete walk proves nothing; "" when it does."""
        if id(walk) not in self._void:
            self._void[id(walk)] = why_void(walk, self._images_of(walk), self._recorded)
        return self._void[id(walk)]

    def why_against_rules(self, walk: Walk) -> str:
        """Say what in a complete walk the dialect's rules do not explain; "" when nothing."""
        return why_against_rules(walk, self._images_of(walk), self._recorded)

    def answer(self, text: str, without: Sequence[Walk] = ()) -> Proved:
        """Answer a query string. Raises Refused as the cloud would, and NotProved.

        `without` are walks that may not be used.
        """
        try:
            query, marker = read_query(text, self.dialect)
            behind = self._behind(marker)
        except Refused as refused:
            if self.dialect.gateway:
                raise NotProved(
                    f"It would be refused ({refused.message.removesuffix('.')}), and how this "
                    "cloud says that is not recorded.",
                    f"{LIST_PATH}?{text}",
                ) from refused
            raise
        if query.breaks:
            raise NotProved(
                "What a bound on a column of text gives depends on the cloud's database.",
                f"{LIST_PATH}?{text}",
            )
        if is_about_nothing(query) and not self.dialect.gateway:
            return self._nothing(query, behind)
        return self._from_walks(query, behind, without)

    def _behind(self, marker: str | None) -> int | None:
        """Find the image that a page begins behind."""
        if marker is None:
            return None
        if len(marker) > MAX_ID:
            raise bad_request("Image with the given id %(image_id)s was not found")
        position = self._positions.get(marker)
        if position is None and not _may_be_an_id(marker):
            raise bad_request(f"No image found with ID {marker}")
        if position is None or position in self._recorded.known.gone:
            raise unknown_marker(marker)
        return position

    def _nothing(self, query: Query, behind: int | None) -> Proved:
        """Give an empty page; that the marker is there has to be proved all the same."""
        page = Page(b"", query.first, None)
        if behind is None:
            return Proved(page, ())
        image_id = self.images.id_at(behind)
        for walk in self._complete_walks():
            if image_id in walk.places and not self.why_void(walk):
                return Proved(page, tuple(one.source for one in walk.pages))
        raise unknown_marker(image_id)

    def _from_walks(self, query: Query, behind: int | None, without: Sequence[Walk]) -> Proved:
        doubts = []
        for walk in self._walks:
            if not walk.is_complete or any(walk is one for one in without):
                continue
            if why_not_covered(walk.query, query) or self.why_void(walk):
                continue
            try:
                if behind is not None:
                    self._check_marker(behind, walk)
                return self._from_walk(walk, query, behind)
            except NotProved as doubt:
                doubts.append(doubt)
        if doubts:
            raise doubts[0]
        raise nothing_covers(query, self._walks, self.dialect, self.why_void)

    def _check_marker(self, behind: int, walk: Walk) -> None:
        """Raise NotProved unless a marker was there when a walk was recorded, and since."""
        image_id = self.images.id_at(behind)
        if image_id in walk.places:
            return
        last = self._recorded.known.last[behind]
        if last < walk.pages[0].time or may_be_gone(behind, self._recorded):
            raise unknown_marker(image_id)

    def _from_walk(self, walk: Walk, query: Query, behind: int | None) -> Proved:
        certainty = self._recorded.certainty
        found = Found(self._images_of(walk))
        certainty.of_view(found, walk.query, query)
        certainty.of_conditions(found, query.conditions - walk.query.conditions)
        if found.doubt:
            raise NotProved(f"It is not certain which images match: {found.doubt}.", query.first)
        page, seen = self._page(query, found.certain, behind)
        if why := why_order_is_unsure(query, found.certain, seen, self._known_neighbours()):
            raise NotProved(f"The order is not certain: {why}.", query.first)
        if behind is not None and (why := self._why_lost(query, behind, found.certain)):
            raise NotProved(why, query.first)
        return Proved(page, tuple(one.source for one in walk.pages))

    def _images_of(self, walk: Walk) -> BitMap:
        """Give the positions of a walk's images; thousands take milliseconds to look up."""
        if id(walk) not in self._held:
            self._held[id(walk)] = BitMap(self._positions[image_id] for image_id in walk.ids)
        return self._held[id(walk)]

    def _complete_walks(self) -> Iterator[Walk]:
        return (walk for walk in self._walks if walk.is_complete)

    def _page(self, query: Query, found: BitMap, behind: int | None) -> tuple[Page, list[int]]:
        """Give the page, and all positions whose order it depends on: see `why_order_is_unsure`."""
        way = way_of(query.sort)
        order = order_along(self.images, way)
        arranged = found if order is None else order.arrange(found)
        place = behind if order is None or behind is None else order.place_of(behind)
        places = places_after(arranged, place, query.limit + 1, backwards=way.backwards)
        positions = places if order is None else order.positions_at(places)
        positions, follows = positions[: query.limit], len(positions) > query.limit
        full = len(positions) == query.limit > 0
        has_next = full if self.dialect.next_on_full_page else follows and full
        bodies = b",".join(self.images.bodies(positions))
        last = next_link(query.first, self.images.id_at(positions[-1])) if has_next else None
        seen = [*([] if behind is None else [behind]), *positions]
        if seen and not self._known_neighbours().are_all_ranked(query, found | BitMap(seen)):
            tied = Tied(query, self.images, arranged, order, way)
            before = [] if behind is None else tied.next_to(behind, back=True)
            seen = [*before[::-1], *seen, *tied.next_to(seen[-1], back=False)]
        return Page(bodies, query.first, last), seen

    def _known_neighbours(self) -> Neighbours:
        if self._neighbours is None:
            self._neighbours = Neighbours(
                self._recorded,
                ((walk, self._images_of(walk)) for walk in self._complete_walks()),
                lambda one: not self.why_void(one),
            )
        return self._neighbours

    def _why_lost(self, query: Query, behind: int, found: BitMap) -> str:
        """Say why the cloud may lose images behind a marker; "" when it does not."""
        marker = self.images.image_at(behind)
        if not loses_images(query, marker):
            return ""
        for key in sorted(query.sort_keys):
            if key not in NULLABLE_KEYS or marker.get(key):
                continue
            if marker.get(key) is None or self._recorded.known.nulls.get(key, BitMap()) & found:
                return (
                    f"The marker's {key} is null, empty or 0, and behind such a one Glance loses "
                    "images where it is null."
                )
        return ""


def _may_be_an_id(marker: str) -> bool:
    groups = [len(group) for group in marker.split("-")]
    digits = marker.replace("-", "").lower()
    return groups == [8, 4, 4, 4, 12] and not set(digits) - set("0123456789abcdef")
