"""Validity: a walk proves nothing once anything recorded later contradicts it.

Example. Four images, D the newest, recorded in two pages (interactions 1 and 2): D C B, then A.
The walk is complete and has no filter, so it proves `sort_key=name&sort_dir=asc`: A B C D.

One change, which nobody records: A is deleted. Then the client records `name=A` (interaction 3)
and gets an empty page. By the walk there is an image A, and this page would have to show it. What
else has changed since the walk was recorded cannot be seen, so the whole walk is void. The
question is a miss until the list is recorded again; what was recorded before a walk cannot
contradict it.

Had the client recorded `limit=1` instead, and got D, the walk would still be valid: that page ends
before the place of A, so it does not contradict the walk.

Had the client renamed C before it recorded `name=A`, and recorded that, the walk would be of an
earlier state. It would be void all the same: that C is renamed does not explain that A is gone.

A walk is also void from the beginning if it does not follow the dialect's rules, because answers
are computed by these rules. The reasons complete "The walk that would prove it no longer holds:".
"""

from functools import cached_property
from itertools import pairwise

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.query import ALL_STATUSES, Query
from glancetape_cassettes.deriving.coverage import (
    depends_on_memberships,
    why_not_covered,
    why_others_are_seen,
)
from glancetape_cassettes.deriving.doubts import Matches
from glancetape_cassettes.deriving.evidence import Evidence
from glancetape_cassettes.deriving.walking.ranking import is_by_creation
from glancetape_cassettes.deriving.walking.walks import QueriedPage, Walk, loses_images
from glancetape_cassettes.imageset.collations import is_order_certain
from glancetape_cassettes.imageset.image_fields import (
    MEMBER_STATUSES,
    TIMES,
    complete,
    parse_time,
)
from glancetape_cassettes.replaying.timeline import MOST_CLOCKS_DIFFER


class CheckedWalk:
    """A walk with the positions of its images and why it is void, each worked out once."""

    def __init__(self, walk: Walk, evidence: Evidence) -> None:
        """Work nothing out yet: most walks are never needed."""
        self.walk = walk
        self.evidence = evidence

    @cached_property
    def images(self) -> BitMap:
        """The positions of its images."""
        return self.evidence.positions_of(self.walk.ids)

    @cached_property
    def why_void(self) -> str:
        """Why the walk, which is complete, proves no list; "" when it is valid."""
        return (
            self.why_disproved
            or _perhaps_new(self.walk, self._others_seen, self.evidence)
            or _unshown(self.walk, self.evidence)
        )

    @cached_property
    def why_disproved(self) -> str:
        """Why not even what the walk shows of its own images is proved; "" when it is.

        An image that perhaps belongs in the walk contradicts nothing in it: E may have been there
        all the time, as a community image. So may one that is there and that no answer shows. But
        if E surely belongs in the walk, the cloud has changed since, and who knows what else has.
        """
        return (
            _changed(self.walk, self.evidence)
            or _refused(self.walk, self.evidence)
            or _out_of_order(self.walk, self.images, self.evidence)
            or _new(self.walk, self._others_seen, self.evidence)
            or _missing(self.walk, self.images, self.evidence)
        )

    @cached_property
    def _others_seen(self) -> BitMap:
        """The images that are not in it, were seen after it began, and may be listed."""
        known, begin = self.evidence.known, self.walk.pages[0].time
        others = BitMap(
            position
            for position, last in enumerate(known.last)
            if last > begin  # one that is gone since may have gone in a later state
        )
        others -= self.images
        return others - _in_no_list(self.evidence) if others else others

    @cached_property
    def why_against_rules(self) -> str:
        """What in the walk, which is complete, the dialect's rules do not explain; "" if nothing.

        A recorded change explains everything. Updates of one second explain an order that no list
        shows: their fractions are not shown.
        """
        sorts_by_update = any(key == "updated_at" for key, _ in self.walk.query.sort)
        if _changed(self.walk, self.evidence) or sorts_by_update:
            return ""
        return _out_of_order(self.walk, self.images, self.evidence)


def _changed(walk: Walk, evidence: Evidence) -> str:
    """Look for an image that was recorded later with other values, or as gone (404).

    C is renamed to Z, and `name=Z` shows it. The walk would still list C under its old name.
    """
    for image_id, time in zip(walk.ids, walk.times, strict=True):
        position = evidence.positions[image_id]
        if evidence.known.gone.get(position, -1) > time:
            return f"image {image_id} was recorded later as gone"
        if evidence.known.since[position] > time:
            return f"image {image_id} was recorded later with other values"
    return ""


def _refused(walk: Walk, evidence: Evidence) -> str:
    """Look for a refusal that an image of the walk, or all of it, no longer agrees with.

    `PUT /v2/images/C/tags/x` gets 404, or `marker=C` gets 400: C may be gone, or hidden from the
    caller. A list gets 403: the caller may have another role now, and see something else.
    """
    if evidence.known.refused > walk.pages[0].time:
        return "a list was refused later (403)"
    for image_id, time in zip(walk.ids, walk.times, strict=True):
        if evidence.known.doubted.get(evidence.positions[image_id], -1) > time:
            return f"a request for image {image_id} was refused later"
    return ""


def _out_of_order(walk: Walk, walked: BitMap, evidence: Evidence) -> str:
    """Look for an image that the dialect's rules would filter out or put elsewhere.

    A database that ignores case shows `a` and `A` for `name=a`. Answers are computed by rules that
    do not ignore it: from this walk they would leave out an image that the cloud lists.
    """
    matches = Matches(walked)
    evidence.shown.narrow_by_filters(matches, walk.query.conditions)
    wrong = walked - matches.possible
    if wrong:
        image_id = evidence.images.id_at(wrong.min())
        return f"image {image_id} does not match its filters by the dialect's rules"
    positions = [evidence.positions[image_id] for image_id in walk.ids]
    if positions == evidence.arranged(walk.query, walked):
        return ""
    place = evidence.place_in(walk.query)
    for one, other in pairwise(positions):
        if place(one) > place(other) and not _is_order_hidden(walk.query, one, other, evidence):
            image_id = evidence.images.id_at(one)
            return f"image {image_id} is not where the dialect's order puts it"
    return ""


def _is_order_hidden(query: Query, one: int, other: int, evidence: Evidence) -> bool:
    """Whether lists do not show what decides the order of two images.

    Fractions of a second may, or names that recording replaced. Images in order of creation are
    stored as the walks show them, so for these the stored order counts.
    """
    if is_by_creation(query):
        return False
    left, right = evidence.images.images_at([one, other])
    for key, _ in query.sort:
        unsure = evidence.known.unsure.get(key, ())
        if one in unsure or other in unsure:
            return True
        if left.get(key) != right.get(key):
            return _may_databases_differ(left.get(key), right.get(key))
        if key in TIMES:
            return True
    return False


def _may_databases_differ(one: object, other: object) -> bool:
    """Whether the order of two values that differ depends on the database."""
    if one is None or other is None:
        return True  # PostgreSQL puts null last
    return isinstance(one, str) and isinstance(other, str) and not is_order_certain(one, other)


# New images


def _new(walk: Walk, others: BitMap, evidence: Evidence) -> str:
    """Look for an image that belongs in the walk and was recorded only after it began.

    E is created, and `limit=1` shows it. The walk would answer A B C D where the cloud has E, too.
    """
    if not others:
        return ""
    matches = Matches(others)
    evidence.shown.narrow_by_filters(matches, walk.query.conditions)
    in_view = evidence.in_view(walk.query, _shown_later(walk, evidence))
    inside, made = matches.certain & in_view, BitMap(evidence.known.most_made)
    if surely := inside - made or _too_many(inside & made, evidence):
        image_id = evidence.images.id_at(surely.min())
        return f"image {image_id} belongs in it and was recorded only later"
    return ""


def _perhaps_new(walk: Walk, others: BitMap, evidence: Evidence) -> str:
    """Look for an image that was first seen after the walk, and may belong in it.

    The walk is of `os_type=`, and F was first seen after it with an empty `os_type`, which may be
    null. F matches possibly, so whether the cloud lists it by now is not certain.
    """
    known, begin = evidence.known, walk.pages[0].time
    # What looked the same before the walk was left out of it by the cloud itself.
    others = BitMap(one for one in others if known.since[one] > begin) - BitMap(known.most_made)
    if not others:
        return ""
    matches = Matches(others)
    evidence.shown.narrow_by_filters(matches, walk.query.conditions)
    in_view = evidence.in_view(walk.query, _shown_later(walk, evidence))
    perhaps = matches.possible & (in_view | evidence.perhaps_in_view(walk.query))
    if elsewhere := perhaps - in_view:
        perhaps -= _surely_left_out(elsewhere, walk, evidence)
    if perhaps:
        image_id = evidence.images.id_at(perhaps.min())
        return f"image {image_id} may belong in it and was recorded like this only later"
    return ""


def _unshown(walk: Walk, evidence: Evidence) -> str:
    """Look for an image that is there, and that no answer shows: it may be new in the walk.

    `marker=G` gets a page, so G is there, whatever it is.
    """
    image_id, time = evidence.known.unshown
    if time <= walk.pages[0].time:
        return ""
    return f"a later request shows that image {image_id} is there, and no answer shows it"


def _too_many(images: BitMap, evidence: Evidence) -> BitMap:
    """Return the images that recorded changes may have made, if these made fewer; else none.

    Cinder was asked for one image. If E and F are new then, one of them was made unseen, and
    perhaps before.
    """
    most = sorted(evidence.known.most_made[one] for one in images)
    return images if any(count < place for place, count in enumerate(most, 1)) else BitMap()


def _in_no_list(evidence: Evidence) -> BitMap:
    """Return the images of a status that no list of Glance shows (observed: killed, deleted).

    `GET` by id may show them. A cloud that was recorded with one in a list is taken at its word.
    """
    if evidence.shown.dialect.gateway:
        return BitMap()
    gone = evidence.gone
    return gone - evidence.listed(gone)


def _surely_left_out(images: BitMap, walk: Walk, evidence: Evidence) -> BitMap:
    """Return those of some images that no list of the walk's kind shows by now.

    A list of another kind shows them, so the caller has not accepted them. Nor does it own them: a
    walk shows the caller's own, and these were there before it.
    """
    may_be_own = evidence.known.unsure.get("owner", BitMap())
    if evidence.shown.project is None:
        may_be_own = images
    begin = walk.pages[0].second
    new = BitMap(
        one
        for one in images & may_be_own
        if begin is None or _updated(one, evidence) > begin - MOST_CLOCKS_DIFFER
    )
    return evidence.listed(images) - new


def _updated(position: int, evidence: Evidence) -> int:
    image = evidence.images.image_at(position)
    complete(image)  # a recorded image may lack the field
    return parse_time("updated_at", image["updated_at"])


def _shown_later(walk: Walk, evidence: Evidence) -> BitMap:
    """Return the images of later pages whose callers see no more than the walk does.

    An image F waits to be accepted: the later list of `member_status=pending` shows it, and the
    walk, which lists accepted images, rightly does not. So F is not among these images.
    """
    shared = evidence.images.having("visibility", "shared")
    found = BitMap()
    for later in evidence.pages:
        if later.page.time <= walk.pages[0].time or later.page.of_other:
            continue
        shown = evidence.positions_of(later.page.ids)
        if not why_others_are_seen(walk.query, later.query):
            found |= shown
        elif walk.query.member_status == ALL_STATUSES and depends_on_memberships(later.query):
            found |= shown & shared
    return found


# Missing images


def _missing(walk: Walk, walked: BitMap, evidence: Evidence) -> str:
    """Look for a later page that would have to show an image of the walk and does not.

    The example above. A page of the walk itself is no such page. With `member_status=all` it may
    take three pages: F is not accepted by the first, not pending by the second, not rejected by the
    third, so it is not shared any more, though each page alone is as the walk explains it.
    """
    own = {page.time for page in walk.pages}
    begin = walk.pages[0].time
    not_in: dict[int, set[str]] = {}  # of shared images: in which states they are not shared
    for later in evidence.pages:
        if later.page.time <= begin or later.page.time in own or later.page.problem:
            continue
        before = _walked_before(walk, walked, later, evidence)
        surely = _seen_by_both(walk, later, evidence)
        if absent := _absent(before, later, evidence, surely):
            image_id = evidence.images.id_at(absent.min())
            return f"{later.page.source}, recorded later, does not show its image {image_id}"
        if later.page.of_other:
            continue
        if walk.query.member_status == ALL_STATUSES != later.query.member_status:
            shared = evidence.images.having("visibility", "shared")
            for position in _absent(before, later, evidence, shared):
                not_in.setdefault(position, set()).add(later.query.member_status)
                if not_in[position] >= set(MEMBER_STATUSES):
                    image_id = evidence.images.id_at(position)
                    return f"later lists show its image {image_id} under no member_status"
        if _has_too_many(walk, walked, later, evidence):
            return f"{later.page.source}, recorded later, has a next though nothing more follows"
    return ""


def _seen_by_both(walk: Walk, later: QueriedPage, evidence: Evidence) -> BitMap:
    """Return the images that a later page sees before its filters, if the walk shows them.

    F, which is pending, is in the walk of `member_status=all`. The later page of a default list
    does not show F, which is no contradiction: that list never did.
    """
    if later.page.of_other:
        return BitMap()
    if not why_others_are_seen(later.query, walk.query):
        return BitMap(range(len(evidence.images)))
    if not depends_on_memberships(walk.query):
        return BitMap()
    shared = evidence.images.having("visibility", "shared")
    if later.query.member_status in (walk.query.member_status, ALL_STATUSES):
        return shared
    if evidence.shown.project is None or not later.query.own_shared:
        return BitMap()
    return shared & evidence.images.having("owner", evidence.shown.project)


def _walked_before(walk: Walk, walked: BitMap, later: QueriedPage, evidence: Evidence) -> BitMap:
    """Return the images that the walk showed before a page was recorded.

    A page recorded between D C B and A need not show A, which may have been created after it.
    """
    if not walk.ids or walk.times[-1] < later.page.time:
        return walked
    return evidence.positions_of(
        image_id
        for image_id, time in zip(walk.ids, walk.times, strict=True)
        if time < later.page.time
    )


def _absent(before: BitMap, later: QueriedPage, evidence: Evidence, seen: BitMap) -> BitMap:
    """Return the images that a later page would have to show and does not.

    A page shows what matches for certain, comes after its marker, and comes before its last image
    when it has a `next`. `limit=1` ends at D, so it need not show A. After a marker whose sort key
    is null, or that is not recorded, nothing is certain.
    """
    query, page = later.query, later.page
    explained = page.explained or ()
    if query.limit == 0 or not before or later.marker in explained:
        return BitMap()
    matches = Matches(before)
    evidence.shown.narrow_by_filters(matches, query.conditions)
    expected = matches.certain & evidence.in_view(query, seen)
    if page.of_other:
        expected &= evidence.images.having("visibility", "public")
    expected -= evidence.positions_of((*page.ids, *explained))
    if not expected:
        return expected
    after = None if later.marker is None else evidence.positions.get(later.marker)
    if later.marker is not None and (
        after is None or loses_images(query, evidence.images.image_at(after))
    ):
        return BitMap()
    end = _end_of(later, evidence) if page.has_next else None
    if page.has_next and end is None:
        return BitMap()
    return _surely_between(after, end, expected, query, evidence)


def _surely_between(
    after: int | None, before: int | None, images: BitMap, query: Query, evidence: Evidence
) -> BitMap:
    """Return the images that come after one and before another for certain.

    B and C were updated in the same second, and a page by `updated_at` ends at C. Whether B comes
    before C is not shown.
    """
    place = evidence.place_in(query)
    start = None if after is None else place(after)
    end = None if before is None else place(before)
    ends = [one for one in (after, before) if one is not None]
    return BitMap(
        one
        for one in images
        if (start is None or place(one) > start)
        and (end is None or place(one) < end)
        and not any(_is_order_hidden(query, one, each, evidence) for each in ends)
    )


def _end_of(later: QueriedPage, evidence: Evidence) -> int | None:
    """Return the position of a page's last image in its order; None when the page is empty."""
    place = evidence.place_in(later.query)
    shown = [evidence.positions[image_id] for image_id in later.page.ids]
    return max(shown, key=place, default=None)


def _has_too_many(walk: Walk, walked: BitMap, later: QueriedPage, evidence: Evidence) -> bool:
    """Whether a page has a `next` though no image of the walk can follow.

    IMS gives a `next` only if something follows: `limit=4`, with D C B A and a `next`, shows that
    there is a fifth image. Glance gives one after every full page, so there it shows nothing.
    """
    if later.page.only_contradicts:
        return False  # an image may follow that is new, or another caller's
    if not later.page.has_next or evidence.shown.dialect.next_on_full_page:
        return False
    end = _end_of(later, evidence)
    if end is None or why_not_covered(walk.query, later.query):
        return False
    place = evidence.place_in(later.query)
    matches = Matches(walked)
    evidence.shown.narrow_by_filters(matches, later.query.conditions)
    return not any(
        place(one) > place(end)
        or (one != end and _is_order_hidden(later.query, one, end, evidence))
        for one in matches.possible
    )


# Images of a later walk


def was_otherwise_before(image_id: str, walk: Walk, evidence: Evidence) -> bool:
    """Whether what was recorded before a walk contradicts how the walk shows an image.

    `evidence` is of another state than the walk, and no recorded change of the image is between
    them. A list of it shows C as "C", or would have to show C and does not; the walk shows C as
    "Z". Someone renamed C or hid it, perhaps before the state of the walk, perhaps in it.
    """
    position, begin = evidence.positions.get(image_id), walk.pages[0].time
    before = [
        one for one in evidence.pages if not one.page.only_contradicts and one.page.time < begin
    ]
    whole = [one for one in before if not one.page.problem]
    if position is None:
        return bool(whole)
    known = evidence.known
    if before and 0 <= max(known.gone.get(position, -1), known.doubted.get(position, -1)) < begin:
        return True
    # A page of an odd length shows what it shows all the same.
    seen = max((one.page.time for one in before if image_id in one.page.ids), default=-1)
    if 0 <= seen < known.since[position]:
        return True
    return any(
        one.page.time > seen
        and _absent(BitMap([position]), one, evidence, _seen_by_both(walk, one, evidence))
        for one in whole
    )


# Markers


def may_be_gone(position: int, evidence: Evidence) -> bool:
    """Whether a page recorded after an image was last seen may have had to show it.

    The private image B is the marker of a question that the walk of `visibility=public` covers. A
    later list of `visibility=private` lacks B. If B is deleted, the cloud answers 400 for it; a
    page computed from the walk would be wrong.
    """
    image = evidence.images.image_at(position)
    for later in evidence.pages:
        query, page = later.query, later.page
        if page.time <= evidence.known.last[position] or query.limit == 0:
            continue
        if evidence.images.id_at(position) in (page.explained or ()):
            continue
        if page.of_other and image["visibility"] != "public":
            continue
        if query.visibility not in (None, "all", image["visibility"]):
            continue
        if query.hidden is not None and query.hidden is not image.get("os_hidden", False):
            continue
        matches = Matches(BitMap([position]))
        evidence.shown.narrow_by_filters(matches, query.conditions)
        if matches.possible and _spans(later, position, evidence):
            return True
    return False


def _spans(later: QueriedPage, position: int, evidence: Evidence) -> bool:
    """Whether the place of an image lies between a page's marker and its last image."""
    place = evidence.place_in(later.query)

    def is_not_after(one: int, other: int) -> bool:
        return place(one) <= place(other) or _is_order_hidden(later.query, one, other, evidence)

    marker = None if later.marker is None else evidence.positions.get(later.marker)
    if marker is not None and not is_not_after(marker, position):
        return False
    shown = [evidence.positions[image_id] for image_id in later.page.ids]
    return not later.page.has_next or any(is_not_after(position, one) for one in shown)
