"""Walks: the recorded pages of a list, joined from the first one on."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.collection.seen import Page
from glancetape_cassettes.collection.storing import NULLABLE_KEYS

_MOST_OPEN = 8  # walks of the same list that are under way at once
_MOST_ENDED = 3  # of the same list; older ones prove what these do, or nothing

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A recorded page and what it was asked."""

    page: Page
    query: Query
    marker: str | None


@dataclass(slots=True)
class Walk:
    """A list from its first page on."""

    query: Query
    """That of its first page; the limits of the others may differ."""
    pages: list[Page]
    ids: list[str]
    times: list[int]
    """For each image, when it was seen there."""
    is_complete: bool = False
    problem: str = ""
    """What kept it from going on."""
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Note where its images stand."""
        self.places = {image_id: place for place, image_id in enumerate(self.ids)}

    def take(self, asked: Asked) -> bool:
        """Go on with a page behind an image of the walk; False when it shows another state."""
        behind = 0 if asked.marker is None else self.places[asked.marker] + 1
        known, found = self.ids[behind:], list(asked.page.ids)
        common = min(len(known), len(found))
        if known[:common] != found[:common] or (len(known) > common and not asked.page.has_next):
            return False
        for image_id in found[common:]:
            if image_id in self.places:
                return False
            self.places[image_id] = len(self.ids)
            self.ids.append(image_id)
            self.times.append(asked.page.time)
        self.pages.append(asked.page)
        self.is_complete = not asked.page.has_next
        return True


def walks_of(pages: Iterable[Asked], image: Callable[[str], Fields | None]) -> list[Walk]:
    """Join pages to walks; the latest ones of each list, complete or not, the latest first.

    `image` gives the fields of an image by its id.
    """
    open_walks: dict[Hashable, list[Walk]] = {}
    ended: dict[Hashable, list[Walk]] = {}
    for asked in pages:
        if asked.query.limit == 0:
            continue
        kind = kind_of(asked.query)
        under_way = open_walks.setdefault(kind, [])
        if asked.marker is None:
            page = asked.page
            walk = Walk(asked.query, [page], list(page.ids), [page.time] * len(page.ids))
            walk.is_complete, walk.problem = not page.has_next and not page.problem, page.problem
            under_way.append(walk)
        else:
            _go_on(under_way, asked, image)
        for walk in [one for one in under_way if one.is_complete]:
            under_way.remove(walk)
            ended.setdefault(kind, []).append(walk)
            del ended[kind][:-_MOST_ENDED]
        del under_way[:-_MOST_OPEN]
    found = [one for each in (*open_walks.values(), *ended.values()) for one in each]
    return sorted(found, key=lambda walk: -walk.pages[-1].time)


def kind_of(query: Query) -> Hashable:
    """Give what all pages of a list share: everything but limit and marker."""
    return (
        query.visibility,
        query.member_status,
        query.hidden,
        query.sort,
        query.sort_keys,
        query.conditions,
    )


def _go_on(under_way: list[Walk], asked: Asked, image: Callable[[str], Fields | None]) -> None:
    for walk in list(under_way):
        if asked.marker is None or asked.marker not in walk.places or walk.problem:
            continue
        if asked.page.problem:
            walk.problem = asked.page.problem
        elif (behind := image(asked.marker)) is None or loses_images(asked.query, behind):
            walk.problem = (
                f"is sorted by what is null, empty or 0 at image {asked.marker}, behind which the "
                "cloud loses images"
            )
        elif not walk.take(asked):
            under_way.remove(walk)  # what it was is no more


def loses_images(query: Query, marker: Fields) -> bool:
    """Tell whether Glance may lose images behind a marker: it takes null for empty, or 0, there."""
    return any(key in NULLABLE_KEYS and not marker.get(key) for key in query.sort_keys)
