"""Putting changed images between those of the set, in the order of a query.

    set, by name       a  c  e       c was deleted
    changed images     b  d
    the page           a  b  d  e

The order is total, so a page after a marker is a part of it, whichever side the marker is on.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cmp_to_key
from typing import Any

from glancetape_cassettes.cloud.overlay.changed_images import Changed
from glancetape_cassettes.imageset.image_fields import TIMES
from glancetape_cassettes.imageset.sort_keys import Sort

Image = Mapping[str, Any]


def compare(sort: Sort, one: Image, other: Image) -> int:
    """Return -1, 0 or 1: which image comes first. Null is below everything."""
    for key, descending in sort:
        left, right = _sorted_by(one, key), _sorted_by(other, key)
        if left == right:
            continue
        below = left is None or (right is not None and left < right)
        return -1 if below != descending else 1
    return 0


def _sorted_by(image: Image, key: str) -> Any:
    # Without its Z a time of whole seconds is before one with a fraction.
    return image[key].removesuffix("Z") if key in TIMES else image[key]


def as_sorted(changed: Changed) -> dict[str, Any]:
    """Return a changed image with the moments that it is sorted by."""
    return {**changed.image, **changed.moments}


def in_order(images: Iterable[dict[str, Any]], sort: Sort) -> list[dict[str, Any]]:
    """Return images in the order of a query."""

    def comparing(one: dict[str, Any], other: dict[str, Any]) -> int:
        return compare(sort, one, other)

    return sorted(images, key=cmp_to_key(comparing))


def first_place_after(
    count: int, image_at: Callable[[int], Image], sort: Sort, marker: Image, *, backwards: bool
) -> int:
    """Return where the images after a marker begin, among places 0 to `count` - 1.

    Forwards, they are at this place and above. Backwards, they are below it.
    """
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        is_after = compare(sort, image_at(middle), marker) > 0
        if is_after != backwards:
            high = middle
        else:
            low = middle + 1
    return low
