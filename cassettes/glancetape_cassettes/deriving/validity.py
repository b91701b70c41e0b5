"""Whether a walk still proves something: what was recorded later may contradict it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.paging import order_along, way_of
from glancetape_cassettes.cloud.listing.query import ALL_STATUSES, Query
from glancetape_cassettes.collection.storing import Known
from glancetape_cassettes.deriving.coverage import (
    depends_on_memberships,
    why_not_covered,
    why_others_are_seen,
)
from glancetape_cassettes.deriving.doubts import Certainty, Found
from glancetape_cassettes.deriving.walks import Asked, Walk, loses_images
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.imageset.image_set import ImageSet


@dataclass(frozen=True, slots=True)
class Recorded:
    """A view in one state: its images, what is known of them, and all its pages."""

    certainty: Certainty
    positions: Mapping[str, int]
    pages: Sequence[Asked]

    @property
    def images(self) -> ImageSet:
        """The images, as they were seen last."""
        return self.certainty.images

    @property
    def known(self) -> Known:
        """What is known of them."""
        return self.certainty.known

    def arranged(self, query: Query, found: BitMap) -> list[int]:
        """Put positions in the order of a query."""
        way = way_of(query.sort)
        order = order_along(self.images, way)
        places = list(found if order is None else order.arrange(found))
        if way.backwards:
            places.reverse()
        return places if order is None else order.positions_at(places)

    def place_in(self, query: Query) -> Callable[[int], int]:
        """Give what tells how far along the order of a query a position stands."""
        way = way_of(query.sort)
        order = order_along(self.images, way)
        sign = -1 if way.backwards else 1
        return lambda position: sign * (position if order is None else order.place_of(position))


def why_void(walk: Walk, found: BitMap, recorded: Recorded) -> str:
    """Say why a complete walk, whose images are `found`, proves nothing; "" when it does."""
    return (
        _changed(walk, recorded)
        or _out_of_order(walk, found, recorded)
        or _new(walk, found, recorded)
        or _missing(walk, found, recorded)
    )


def why_against_rules(walk: Walk, found: BitMap, recorded: Recorded) -> str:
    """Say what in a walk the dialect's rules do not explain; "" when they, or a change, do.

    Updates within one second may stand in an order that nothing shown explains.
    """
    if _changed(walk, recorded) or any(key == "updated_at" for key, _ in walk.query.sort):
        return ""
    return _out_of_order(walk, found, recorded)


def _changed(walk: Walk, recorded: Recorded) -> str:
    for image_id, time in zip(walk.ids, walk.times, strict=True):
        position = recorded.positions[image_id]
        if recorded.known.gone.get(position, -1) > time:
            return f"image {image_id} was recorded as gone afterwards"
        if recorded.known.since[position] > time:
            return f"image {image_id} was recorded otherwise afterwards"
    return ""


def _out_of_order(walk: Walk, found: BitMap, recorded: Recorded) -> str:
    matching = Found(found)
    recorded.certainty.of_conditions(matching, walk.query.conditions)
    wrong = found - matching.possible
    if wrong:
        image_id = recorded.images.id_at(wrong.min())
        return f"image {image_id} does not match its filters by the dialect's rules"
    positions = [recorded.positions[image_id] for image_id in walk.ids]
    for one, other in zip(recorded.arranged(walk.query, found), positions, strict=True):
        if one != other:
            image_id = recorded.images.id_at(other)
            return f"image {image_id} stands where the dialect's order has another"
    return ""


def _new(walk: Walk, found: BitMap, recorded: Recorded) -> str:
    """Look for images that belong in the walk and were seen since it began, but not by it."""
    known, begin = recorded.known, walk.pages[0].time
    others = BitMap(
        position
        for position, last in enumerate(known.last)
        if last > begin and position not in known.gone
    )
    others -= found
    if not others:
        return ""
    matching = Found(others)
    recorded.certainty.of_conditions(matching, walk.query.conditions)
    inside = matching.certain & _surely_in_view(walk.query, recorded, _shown_later(walk, recorded))
    if not inside:
        return ""
    image_id = recorded.images.id_at(inside.min())
    return f"image {image_id} belongs in it and was recorded afterwards only"


def _surely_in_view(query: Query, recorded: Recorded, known: BitMap) -> BitMap:
    """Give the images that a list shows for certain; `known` are known to be seen by its caller."""
    having = recorded.images.having
    inside = having("visibility", "public") | having("visibility", "private") | known
    if query.visibility in ("all", "community"):
        inside |= having("visibility", "community")
    elif recorded.certainty.project is not None:
        own = having("owner", recorded.certainty.project)
        inside |= own & having("visibility", "community")
    if query.visibility not in (None, "all"):
        inside &= having("visibility", query.visibility)
    if query.hidden is not None:
        hidden = having("os_hidden", "true")
        inside = inside & hidden if query.hidden else inside - hidden
    return inside


def _shown_later(walk: Walk, recorded: Recorded) -> BitMap:
    """Give the images of later pages that show nothing a walk leaves out before any filter."""
    shared = recorded.images.having("visibility", "shared")
    found = BitMap()
    for asked in recorded.pages:
        if asked.page.time <= walk.pages[0].time:
            continue
        shown = BitMap(recorded.positions[image_id] for image_id in asked.page.ids)
        if not why_others_are_seen(walk.query, asked.query):
            found |= shown
        elif walk.query.member_status == ALL_STATUSES and depends_on_memberships(asked.query):
            found |= shown & shared
    return found


def _missing(walk: Walk, found: BitMap, recorded: Recorded) -> str:
    """Look for pages recorded since that would have to show an image of the walk, and do not."""
    own = {id(page) for page in walk.pages}
    begin = walk.pages[0].time
    not_in: dict[int, set[str]] = {}  # of shared images: in which states they are not shared
    for asked in recorded.pages:
        if asked.page.time <= begin or id(asked.page) in own or asked.page.problem:
            continue
        before = _seen_before(walk, found, asked, recorded)
        surely = _known_to_both(walk, asked, recorded)
        if absent := _absent(before, asked, recorded, surely):
            image_id = recorded.images.id_at(absent.min())
            return f"{asked.page.source}, recorded afterwards, does not show image {image_id} of it"
        if walk.query.member_status == ALL_STATUSES != asked.query.member_status:
            shared = recorded.images.having("visibility", "shared")
            for position in _absent(before, asked, recorded, shared):
                not_in.setdefault(position, set()).add(asked.query.member_status)
                if not_in[position] >= set(MEMBER_STATUSES):
                    image_id = recorded.images.id_at(position)
                    return f"image {image_id} of it is shared in no state in lists of afterwards"
        if _says_too_much(walk, found, asked, recorded):
            return f"{asked.page.source}, recorded afterwards, says that more follows"
    return ""


def _known_to_both(walk: Walk, asked: Asked, recorded: Recorded) -> BitMap:
    """Give images of a walk that the caller of a later page sees, whatever it filters by."""
    if not why_others_are_seen(asked.query, walk.query):
        return BitMap(range(len(recorded.images)))
    if not depends_on_memberships(walk.query):
        return BitMap()
    shared = recorded.images.having("visibility", "shared")
    if asked.query.member_status in (walk.query.member_status, ALL_STATUSES):
        return shared
    if recorded.certainty.project is None or not recorded.certainty.dialect.own_shared:
        return BitMap()
    return shared & recorded.images.having("owner", recorded.certainty.project)


def _seen_before(walk: Walk, found: BitMap, asked: Asked, recorded: Recorded) -> BitMap:
    """Give the images of a walk that it showed before a page was recorded."""
    if not walk.ids or walk.times[-1] < asked.page.time:
        return found
    return BitMap(
        recorded.positions[image_id]
        for image_id, time in zip(walk.ids, walk.times, strict=True)
        if time < asked.page.time
    )


def _absent(before: BitMap, asked: Asked, recorded: Recorded, known: BitMap) -> BitMap:
    """Give the images, seen before, that a later page would have to show and does not."""
    query, page = asked.query, asked.page
    if query.limit == 0 or not before:
        return BitMap()
    matching = Found(before)
    recorded.certainty.of_conditions(matching, query.conditions)
    expected = matching.certain & _surely_in_view(query, recorded, known)
    expected -= BitMap(recorded.positions[image_id] for image_id in page.ids)
    if not expected:
        return expected
    place = recorded.place_in(query)
    if asked.marker is not None:
        behind = recorded.positions.get(asked.marker)
        if behind is None or loses_images(query, recorded.images.image_at(behind)):
            return BitMap()
        start = place(behind)
        expected = BitMap(one for one in expected if place(one) > start)
    if not page.has_next:
        return expected
    end = _end_of(asked, recorded)
    return BitMap(one for one in expected if end is not None and place(one) < end)


def _end_of(asked: Asked, recorded: Recorded) -> int | None:
    """Tell how far a page reaches along its order."""
    place = recorded.place_in(asked.query)
    shown = [place(recorded.positions[image_id]) for image_id in asked.page.ids]
    return max(shown, default=None)


def _says_too_much(walk: Walk, found: BitMap, asked: Asked, recorded: Recorded) -> bool:
    """Tell whether a page has a `next` where nothing of the walk can follow."""
    if not asked.page.has_next or recorded.certainty.dialect.next_on_full_page:
        return False
    end = _end_of(asked, recorded)
    if end is None or why_not_covered(walk.query, asked.query):
        return False
    place = recorded.place_in(asked.query)
    matching = Found(found)
    recorded.certainty.of_conditions(matching, asked.query.conditions)
    return not any(place(position) > end for position in matching.possible)


def may_be_gone(position: int, recorded: Recorded) -> bool:
    """Tell whether a page recorded since an image was seen last may have had to show it."""
    image = recorded.images.image_at(position)
    for asked in recorded.pages:
        query, page = asked.query, asked.page
        if page.time <= recorded.known.last[position] or query.limit == 0:
            continue
        if query.visibility not in (None, "all", image["visibility"]):
            continue
        if query.hidden is not None and query.hidden is not image.get("os_hidden", False):
            continue
        matching = Found(BitMap([position]))
        recorded.certainty.of_conditions(matching, query.conditions)
        if matching.possible and _would_show(asked, position, recorded):
            return True
    return False


def _would_show(asked: Asked, position: int, recorded: Recorded) -> bool:
    """Tell whether a page spans the place of an image."""
    place = recorded.place_in(asked.query)
    behind = None if asked.marker is None else recorded.positions.get(asked.marker)
    if behind is not None and place(position) <= place(behind):
        return False
    shown = [recorded.positions[image_id] for image_id in asked.page.ids]
    return not asked.page.has_next or any(place(position) <= place(one) for one in shown)
