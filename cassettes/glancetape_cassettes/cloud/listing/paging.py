"""Cutting a page out of the images that match, in the order asked for.

A page is what stands strictly after the marker. The order is total, so pages neither overlap nor
leave anything out, whatever the marker is: it need not match itself.
"""

from dataclasses import dataclass
from itertools import islice

from pyroaring import BitMap

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexes.orders import Order
from glancetape_cassettes.imageset.sort_keys import Sort


@dataclass(frozen=True, slots=True)
class Way:
    """A way through a set: along its positions or an order, forwards or backwards."""

    sort: Sort
    """What is worked out; () for the positions, one key for its ascending order."""
    newest_first: bool
    """How ties come that `sort` leaves."""
    backwards: bool


def way_of(sort: Sort) -> Way:
    """Find the way that needs least: most sorts are a key's own order, read in one direction.

    `sort` ends with id.
    """
    ties = dict(sort).get("created_at"), dict(sort)["id"]
    if sort[-2:-1] == (("created_at", ties[1]),):  # the positions have these in them
        keys, newest_first = sort[:-2], ties[1]
    else:
        keys, newest_first = sort, True
    if not keys:
        return Way((), True, backwards=not newest_first)
    directions = {descending for _, descending in keys}
    if len(keys) == 1 and (keys[0][0] == "id" or directions == {newest_first}):
        return Way(((keys[0][0], False),), False, backwards=keys[0][1])
    return Way(keys, newest_first, backwards=False)


def order_along(images: ImageSet, way: Way) -> Order | None:
    """Give the order of a way; None when it goes along the positions."""
    if not way.sort:
        return None
    return images.order_by(way.sort, newest_first=way.newest_first)


def places_after(found: BitMap, place: int | None, most: int, *, backwards: bool) -> list[int]:
    """Give up to `most` places of a bitmap that come after a place, or from the beginning."""
    if not backwards:
        return list(islice(found.iter_equal_or_larger(0 if place is None else place + 1), most))
    end = len(found) if place is None else found.rank(place - 1) if place else 0
    return list(found[max(0, end - most) : end])[::-1]
