"""Whether a walk still proves something: what was recorded later may contradict it."""

from functools import cached_property

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.query import ALL_STATUSES, Query
from glancetape_cassettes.deriving.coverage import (
    depends_on_memberships,
    why_not_covered,
    why_others_are_seen,
)
from glancetape_cassettes.deriving.doubts import Matches
from glancetape_cassettes.deriving.evidence import Evidence
from glancetape_cassettes.deriving.walks import QueriedPage, Walk, loses_images
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES


class CheckedWalk:
    """A walk with the positions of its images and why it proves nothing, worked out once each."""

    def __init__(self, walk: Walk, evidence: Evidence) -> None:
        """Work nothing out yet: most walks are never needed."""
        self.walk = walk
        self._evidence = evidence

    @cached_property
    def images(self) -> BitMap:
        """The positions of its images."""
        return self._evidence.positions_of(self.walk.ids)

    @cached_property
    def why_void(self) -> str:
        """Why the walk, which is complete, proves nothing; "" when it is valid."""
        return why_void(self.walk, self.images, self._evidence)

    @cached_property
    def why_against_rules(self) -> str:
        """What in the walk, which is complete, the dialect's rules do not explain; "" if none."""
        return why_against_rules(self.walk, self.images, self._evidence)


def why_void(walk: Walk, found: BitMap, evidence: Evidence) -> str:
    """Say why a complete walk, whose images are `found`, proves nothing; "" when it does."""
    return (
        _changed(walk, evidence)
        or _out_of_order(walk, found, evidence)
        or _new(walk, found, evidence)
        or _missing(walk, found, evidence)
    )


def why_against_rules(walk: Walk, found: BitMap, evidence: Evidence) -> str:
    """Say what in a walk the dialect's rules do not explain; "" when they, or a change, do.

    Updates within one second may stand in an order that nothing shown explains.
    """
    if _changed(walk, evidence) or any(key == "updated_at" for key, _ in walk.query.sort):
        return ""
    return _out_of_order(walk, found, evidence)


def _changed(walk: Walk, evidence: Evidence) -> str:
    for image_id, time in zip(walk.ids, walk.times, strict=True):
        position = evidence.positions[image_id]
        if evidence.known.gone.get(position, -1) > time:
            return f"image {image_id} was recorded as gone afterwards"
        if evidence.known.since[position] > time:
            return f"image {image_id} was recorded otherwise afterwards"
    return ""


def _out_of_order(walk: Walk, found: BitMap, evidence: Evidence) -> str:
    matching = Matches(found)
    evidence.shown.narrow_by_filters(matching, walk.query.conditions)
    wrong = found - matching.possible
    if wrong:
        image_id = evidence.images.id_at(wrong.min())
        return f"image {image_id} does not match its filters by the dialect's rules"
    positions = [evidence.positions[image_id] for image_id in walk.ids]
    for one, other in zip(evidence.arranged(walk.query, found), positions, strict=True):
        if one != other:
            image_id = evidence.images.id_at(other)
            return f"image {image_id} stands where the dialect's order has another"
    return ""


def _new(walk: Walk, found: BitMap, evidence: Evidence) -> str:
    """Look for images that belong in the walk and were seen since it began, but not by it."""
    known, begin = evidence.known, walk.pages[0].time
    others = BitMap(
        position
        for position, last in enumerate(known.last)
        if last > begin and position not in known.gone
    )
    others -= found
    if not others:
        return ""
    matching = Matches(others)
    evidence.shown.narrow_by_filters(matching, walk.query.conditions)
    inside = matching.certain & _surely_in_view(walk.query, evidence, _shown_later(walk, evidence))
    if not inside:
        return ""
    image_id = evidence.images.id_at(inside.min())
    return f"image {image_id} belongs in it and was recorded afterwards only"


def _surely_in_view(query: Query, evidence: Evidence, known: BitMap) -> BitMap:
    """Give the images that a list shows for certain; `known` are known to be seen by its caller."""
    having = evidence.images.having
    inside = having("visibility", "public") | having("visibility", "private") | known
    if query.visibility in ("all", "community"):
        inside |= having("visibility", "community")
    elif evidence.shown.project is not None:
        own = having("owner", evidence.shown.project)
        inside |= own & having("visibility", "community")
    if query.visibility not in (None, "all"):
        inside &= having("visibility", query.visibility)
    if query.hidden is not None:
        hidden = having("os_hidden", "true")
        inside = inside & hidden if query.hidden else inside - hidden
    return inside


def _shown_later(walk: Walk, evidence: Evidence) -> BitMap:
    """Give the images of later pages that show nothing a walk leaves out before any filter."""
    shared = evidence.images.having("visibility", "shared")
    found = BitMap()
    for asked in evidence.pages:
        if asked.page.time <= walk.pages[0].time:
            continue
        shown = BitMap(evidence.positions[image_id] for image_id in asked.page.ids)
        if not why_others_are_seen(walk.query, asked.query):
            found |= shown
        elif walk.query.member_status == ALL_STATUSES and depends_on_memberships(asked.query):
            found |= shown & shared
    return found


def _missing(walk: Walk, found: BitMap, evidence: Evidence) -> str:
    """Look for pages recorded since that would have to show an image of the walk, and do not."""
    own = {page.time for page in walk.pages}
    begin = walk.pages[0].time
    not_in: dict[int, set[str]] = {}  # of shared images: in which states they are not shared
    for asked in evidence.pages:
        if asked.page.time <= begin or asked.page.time in own or asked.page.problem:
            continue
        before = _seen_before(walk, found, asked, evidence)
        surely = _known_to_both(walk, asked, evidence)
        if absent := _absent(before, asked, evidence, surely):
            image_id = evidence.images.id_at(absent.min())
            return f"{asked.page.source}, recorded afterwards, does not show image {image_id} of it"
        if walk.query.member_status == ALL_STATUSES != asked.query.member_status:
            shared = evidence.images.having("visibility", "shared")
            for position in _absent(before, asked, evidence, shared):
                not_in.setdefault(position, set()).add(asked.query.member_status)
                if not_in[position] >= set(MEMBER_STATUSES):
                    image_id = evidence.images.id_at(position)
                    return f"image {image_id} of it is shared in no state in lists of afterwards"
        if _says_too_much(walk, found, asked, evidence):
            return f"{asked.page.source}, recorded afterwards, says that more follows"
    return ""


def _known_to_both(walk: Walk, asked: QueriedPage, evidence: Evidence) -> BitMap:
    """Give images of a walk that the caller of a later page sees, whatever it filters by."""
    if not why_others_are_seen(asked.query, walk.query):
        return BitMap(range(len(evidence.images)))
    if not depends_on_memberships(walk.query):
        return BitMap()
    shared = evidence.images.having("visibility", "shared")
    if asked.query.member_status in (walk.query.member_status, ALL_STATUSES):
        return shared
    if evidence.shown.project is None or not evidence.shown.dialect.own_shared:
        return BitMap()
    return shared & evidence.images.having("owner", evidence.shown.project)


def _seen_before(walk: Walk, found: BitMap, asked: QueriedPage, evidence: Evidence) -> BitMap:
    """Give the images of a walk that it showed before a page was evidence."""
    if not walk.ids or walk.times[-1] < asked.page.time:
        return found
    return BitMap(
        evidence.positions[image_id]
        for image_id, time in zip(walk.ids, walk.times, strict=True)
        if time < asked.page.time
    )


def _absent(before: BitMap, asked: QueriedPage, evidence: Evidence, known: BitMap) -> BitMap:
    """Give the images, seen before, that a later page would have to show and does not."""
    query, page = asked.query, asked.page
    if query.limit == 0 or not before:
        return BitMap()
    matching = Matches(before)
    evidence.shown.narrow_by_filters(matching, query.conditions)
    expected = matching.certain & _surely_in_view(query, evidence, known)
    expected -= BitMap(evidence.positions[image_id] for image_id in page.ids)
    if not expected:
        return expected
    place = evidence.place_in(query)
    if asked.marker is not None:
        behind = evidence.positions.get(asked.marker)
        if behind is None or loses_images(query, evidence.images.image_at(behind)):
            return BitMap()
        start = place(behind)
        expected = BitMap(one for one in expected if place(one) > start)
    if not page.has_next:
        return expected
    end = _end_of(asked, evidence)
    return BitMap(one for one in expected if end is not None and place(one) < end)


def _end_of(asked: QueriedPage, evidence: Evidence) -> int | None:
    """Tell how far a page reaches along its order."""
    place = evidence.place_in(asked.query)
    shown = [place(evidence.positions[image_id]) for image_id in asked.page.ids]
    return max(shown, default=None)


def _says_too_much(walk: Walk, found: BitMap, asked: QueriedPage, evidence: Evidence) -> bool:
    """Tell whether a page has a `next` where nothing of the walk can follow."""
    if not asked.page.has_next or evidence.shown.dialect.next_on_full_page:
        return False
    end = _end_of(asked, evidence)
    if end is None or why_not_covered(walk.query, asked.query):
        return False
    place = evidence.place_in(asked.query)
    matching = Matches(found)
    evidence.shown.narrow_by_filters(matching, asked.query.conditions)
    return not any(place(position) > end for position in matching.possible)


def may_be_gone(position: int, evidence: Evidence) -> bool:
    """Tell whether a page recorded since an image was seen last may have had to show it."""
    image = evidence.images.image_at(position)
    for asked in evidence.pages:
        query, page = asked.query, asked.page
        if page.time <= evidence.known.last[position] or query.limit == 0:
            continue
        if query.visibility not in (None, "all", image["visibility"]):
            continue
        if query.hidden is not None and query.hidden is not image.get("os_hidden", False):
            continue
        matching = Matches(BitMap([position]))
        evidence.shown.narrow_by_filters(matching, query.conditions)
        if matching.possible and _would_show(asked, position, evidence):
            return True
    return False


def _would_show(asked: QueriedPage, position: int, evidence: Evidence) -> bool:
    """Tell whether a page spans the place of an image."""
    place = evidence.place_in(asked.query)
    behind = None if asked.marker is None else evidence.positions.get(asked.marker)
    if behind is not None and place(position) <= place(behind):
        return False
    shown = [evidence.positions[image_id] for image_id in asked.page.ids]
    return not asked.page.has_next or any(place(position) <= place(one) for one in shown)
