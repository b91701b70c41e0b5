"""Cutting a page from the images that match, in the order that is asked for.

A page is what comes after the marker. The order is total: sort keys, then `created_at`, then `id`.
So pages neither overlap nor leave anything out, even if the marker itself does not match.
"""

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pyroaring import BitMap

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.sort_keys import Sort

if TYPE_CHECKING:  # NumPy is loaded with the first order
    from glancetape_cassettes.imageset.indexes.orders import Order


class Way(NamedTuple):
    """A way through a set: along its positions or along an order of places, in one direction.

    Positions number the images in default order, the newest first. Places number them in the order
    of a sort key: `sort_key=name` goes along the places by name.
    """

    sort: Sort
    """The order to work out; () for the positions, one key for its ascending order."""
    newest_first: bool
    """How ties come that `sort` leaves: images with the same name, for example."""
    backwards: bool


def way_of(sort: Sort) -> Way:
    """Return the way that takes the least work: most sorts are one key's order, in one direction.

    `sort` ends with `id`.
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


def order_along(images: ImageSet, way: Way) -> "Order | None":
    """Return the order of a way; None when it goes along the positions."""
    if not way.sort:
        return None
    return images.order_by(way.sort, newest_first=way.newest_first)


def places_after(found: BitMap, place: int | None, most: int, *, backwards: bool) -> list[int]:
    """Return up to `most` places of `found` that come after `place`, or from the beginning."""
    if not backwards:
        return list(islice(found.iter_equal_or_larger(0 if place is None else place + 1), most))
    end = len(found) if place is None else found.rank(place - 1) if place else 0
    first = max(0, end - most)
    if first == end:
        return []
    before = list(islice(found.iter_equal_or_larger(found[first]), end - first))
    before.reverse()
    return before
