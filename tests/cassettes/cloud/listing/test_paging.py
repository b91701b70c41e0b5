"""Finding the way through a set, and cutting a page from the places along it."""

import pytest
from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.paging import Way, places_after, way_of

ASC, DESC = False, True
POSITIONS = ()


def by(*keys: str) -> tuple[tuple[str, bool], ...]:
    """Return sort keys, those that begin with a minus descending."""
    return tuple((key.removeprefix("-"), key.startswith("-")) for key in keys)


@pytest.mark.parametrize(
    ("sort", "way"),
    [
        (by("-created_at", "-id"), Way(POSITIONS, True, backwards=False)),
        (by("created_at", "id"), Way(POSITIONS, True, backwards=True)),
        (by("name", "created_at", "id"), Way(by("name"), False, backwards=False)),
        (by("-name", "-created_at", "-id"), Way(by("name"), False, backwards=True)),
        (by("id"), Way(by("id"), False, backwards=False)),
        (by("-id"), Way(by("id"), False, backwards=True)),
        (by("name", "-created_at", "-id"), Way(by("name"), True, backwards=False)),
        (by("-name", "created_at", "id"), Way(by("-name"), False, backwards=False)),
        (by("name", "-size", "-created_at", "-id"), Way(by("name", "-size"), True, False)),
        (by("created_at", "-id"), Way(by("created_at", "-id"), True, backwards=False)),
        (by("-created_at", "name", "-id"), Way(by("-created_at", "name", "-id"), True, False)),
        (by("name", "id"), Way(by("name", "id"), True, backwards=False)),
    ],
)
def test_the_way_is_a_stored_order_if_there_is_one(sort: tuple[tuple[str, bool], ...], way: Way):
    assert way == way_of(sort)


PLACES = BitMap([2, 3, 5, 70000, 70002])


@pytest.mark.parametrize(
    ("place", "most", "found"),
    [
        (None, 2, [2, 3]),
        (None, 9, [2, 3, 5, 70000, 70002]),
        (None, 0, []),
        (0, 2, [2, 3]),
        (2, 2, [3, 5]),
        (3, 9, [5, 70000, 70002]),
        (4, 1, [5]),
        (5, 1, [70000]),
        (70001, 9, [70002]),
        (70002, 9, []),
        (99999, 9, []),
    ],
)
def test_a_page_forwards_is_what_comes_after_a_place(
    place: int | None, most: int, found: list[int]
):
    assert found == places_after(PLACES, place, most, backwards=False)


@pytest.mark.parametrize(
    ("place", "most", "found"),
    [
        (None, 2, [70002, 70000]),
        (None, 9, [70002, 70000, 5, 3, 2]),
        (None, 0, []),
        (99999, 2, [70002, 70000]),
        (70002, 1, [70000]),
        (70001, 2, [70000, 5]),
        (5, 9, [3, 2]),
        (4, 1, [3]),
        (2, 9, []),
        (1, 9, []),
        (0, 9, []),
    ],
)
def test_a_page_backwards_is_what_comes_before_a_place(
    place: int | None, most: int, found: list[int]
):
    assert found == places_after(PLACES, place, most, backwards=True)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("place", [None, 0, 7])
def test_a_page_of_no_places_is_empty(place: int | None, backwards: bool):
    assert [] == places_after(BitMap(), place, 5, backwards=backwards)
