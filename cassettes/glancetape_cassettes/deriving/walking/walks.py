"""Walks: the recorded pages of a list, joined from the first page to the one without `next`.

Example. Four images, D the newest, recorded with `limit=3`:

    limit=3            D C B    next       page 1
    limit=3&marker=B   A        no next    page 2

Page 2 begins after B, an image of page 1, so the two are one walk, D C B A, and it is complete.
Pages of a walk may have different limits, overlap, come from several cassettes, and be mixed with
anything else, but not be hours apart: nobody saw what changed in between. What makes two pages
parts of one list is that they ask the same: see `kind_of`.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.collection.recorded_lists import RecordedPage
from glancetape_cassettes.collection.uncertain_values import NULLABLE_KEYS
from glancetape_cassettes.replaying.timeline import MOST_APART

_APART = "two of its pages were recorded more than an hour apart"
_MOST_OPEN = 8  # walks of the same list that are under way at once
_MOST_ENDED = 3  # of the same list; older ones prove what these do, or nothing

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueriedPage:
    """A recorded page with the query and the marker that it answers."""

    page: RecordedPage
    query: Query
    marker: str | None


@dataclass(slots=True, kw_only=True, eq=False)  # two walks may show the same images and yet be two
class Walk:
    """A list from its first page on."""

    query: Query
    """That of its first page; the limits of the others may differ."""
    pages: list[RecordedPage]
    ids: list[str]
    times: list[int]
    """For each image, when the walk showed it."""
    is_complete: bool = False
    problem: str = ""
    """Why it was not continued, "" when nothing kept it from going on."""
    _latest: int | None = field(init=False)
    """The second of the page that was recorded last; None without dates."""
    index_of: dict[str, int] = field(init=False)
    """For each image, its index in `ids`."""

    def __post_init__(self) -> None:
        """Index the images of the first page."""
        self._latest = self.pages[0].second
        self.index_of = {image_id: index for index, image_id in enumerate(self.ids)}

    def is_long_before(self, page: RecordedPage) -> bool:
        """Whether a page was recorded too late to continue the walk, as far as dates show it.

        Record mode `all` keeps the date of a page that has not changed, so an earlier date than
        that of the page before it shows nothing.
        """
        if page.second is None or self._latest is None:
            return False
        return page.second - self._latest > MOST_APART

    def take(self, more: QueriedPage) -> bool:
        """Continue with a page after an image of the walk; False when it shows another state.

        The walk A B C was recorded, then `marker=A` shows B D: C is gone, so the walk is over.
        """
        begin = 0 if more.marker is None else self.index_of[more.marker] + 1
        known, found = self.ids[begin:], list(more.page.ids)
        common = min(len(known), len(found))
        if known[:common] != found[:common] or (len(known) > common and not more.page.has_next):
            return False
        for image_id in found[common:]:
            if image_id in self.index_of:
                return False
            self.index_of[image_id] = len(self.ids)
            self.ids.append(image_id)
            self.times.append(more.page.time)
        self.pages.append(more.page)
        if more.page.second is not None:
            self._latest = max(more.page.second, self._latest or more.page.second)
        self.is_complete = not more.page.has_next
        return True


def walks_of(pages: Iterable[QueriedPage], fields_of: Callable[[str], Fields | None]) -> list[Walk]:
    """Return the latest walks of each list, complete or not, the latest first.

    `pages` come in the order of time; `fields_of` returns the fields of an image by its id.
    """
    open_walks: dict[Hashable, list[Walk]] = {}
    ended: dict[Hashable, list[Walk]] = {}
    for one in pages:
        if one.query.limit == 0 or one.page.only_contradicts:
            continue
        kind = kind_of(one.query)
        under_way = open_walks.setdefault(kind, [])
        if one.marker is None:
            page = one.page
            under_way.append(
                Walk(
                    query=one.query,
                    pages=[page],
                    ids=list(page.ids),
                    times=[page.time] * len(page.ids),
                    is_complete=not page.has_next and not page.problem,
                    problem=page.problem,
                )
            )
        else:
            _continue(under_way, one, one.marker, fields_of)
        for walk in [each for each in under_way if each.is_complete]:
            under_way.remove(walk)
            ended.setdefault(kind, []).append(walk)
            del ended[kind][:-_MOST_ENDED]
        del under_way[:-_MOST_OPEN]
    found = [walk for each in (*open_walks.values(), *ended.values()) for walk in each]
    return sorted(found, key=lambda walk: -walk.pages[-1].time)


def kind_of(query: Query) -> Hashable:
    """Return what all pages of a list share: everything but limit and marker."""
    return (
        query.visibility,
        query.member_status,
        query.hidden,
        query.sort,
        query.sort_keys,
        query.conditions,
    )


def _continue(
    under_way: list[Walk],
    more: QueriedPage,
    marker: str,
    fields_of: Callable[[str], Fields | None],
) -> None:
    for walk in list(under_way):
        if marker not in walk.index_of or walk.problem:
            continue
        if more.page.problem:
            walk.problem = more.page.problem
        elif walk.is_long_before(more.page):
            walk.problem = _APART
        elif (fields := fields_of(marker)) is None or loses_images(more.query, fields):
            walk.problem = (
                f"at image {marker} its sort key is null, empty or 0, and after such an image "
                "Glance loses images"
            )
        elif not walk.take(more):
            under_way.remove(walk)  # the list that it showed does not exist any more


def loses_images(query: Query, marker: Fields) -> bool:
    """Whether Glance may lose images after a marker, whose fields these are.

    Glance compares a null sort key as if it were empty, or 0. With `sort_key=size` and a marker
    without a size it asks for sizes above 0, and the other images without a size are lost.
    """
    return any(key in NULLABLE_KEYS and not marker.get(key) for key in query.sort_keys)


def lacks_nulls_of(walk: Walk, fields_of: Callable[[str], Fields | None]) -> str:
    """Name a sort key without which images may be missing from a walk; "" if there is none.

    PostgreSQL puts null last. After a marker Glance asks for what is above it, and loses those
    images. A walk that begins with one shows a database that puts null first.
    """
    if len(walk.pages) < 2 or not walk.ids:
        return ""
    first = fields_of(walk.ids[0]) or {}
    for number, (key, descending) in enumerate(walk.query.sort):
        if key in NULLABLE_KEYS and not descending and (number or first.get(key) is not None):
            return key
    return ""
