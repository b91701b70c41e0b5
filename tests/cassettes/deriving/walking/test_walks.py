"""Recorded pages joined to walks, from the first page on, by the images that they begin after."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.dialects import GLANCE
from glancetape_cassettes.cloud.listing.query import read_query
from glancetape_cassettes.collection.recorded_lists import RecordedPage
from glancetape_cassettes.deriving.walking.walks import QueriedPage, Walk, kind_of, walks_of
from glancetape_cassettes.interaction import Source
from support.drawn.examples import examples

IMAGES: Mapping[str, Mapping[str, Any]] = {
    name: {"name": name, "size": number} for number, name in enumerate("abcdefghij")
}


def read(*pages: str, problem: str = "") -> list[QueriedPage]:
    """Read pages written as `QUERY: IDS`, with a `>` after the ids if there is a `next`."""
    found = []
    for time, text in enumerate(pages):
        asked, _, ids = text.partition(": ")
        query, marker = read_query(asked, GLANCE)
        shown = tuple(ids.removesuffix(">"))
        page = RecordedPage(
            time=time,
            source=Source("a.yaml", time + 1),
            query=asked,
            ids=shown,
            has_next=ids.endswith(">"),
            problem=problem,
        )
        found.append(QueriedPage(page, query, marker))
    return found


def joined(*pages: str) -> list[str]:
    """Write each walk as its ids, `>` if it goes on, and the numbers of its pages."""
    walks = walks_of(read(*pages), IMAGES.get)
    return [
        f"{''.join(one.ids)}{'' if one.is_complete else '>'} "
        f"{','.join(str(page.source.number) for page in one.pages)}"
        for one in walks
    ]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        pytest.param([": ab"], ["ab 1"], id="one page"),
        pytest.param([": "], [" 1"], id="an empty list"),
        pytest.param([": ab>"], ["ab> 1"], id="a first page alone"),
        pytest.param([": ab>", "marker=b: cd>", "marker=d: e"], ["abcde 1,2,3"], id="three pages"),
        pytest.param([": ab>", "marker=b: "], ["ab 1,2"], id="an empty last page"),
        pytest.param(["marker=b: c"], [], id="a last page alone"),
        pytest.param([": ab>", "marker=d: e"], ["ab> 1"], id="a gap"),
        pytest.param(
            ["limit=2: ab>", "limit=1&marker=b: c>", "marker=c: de"],
            ["abcde 1,2,3"],
            id="other limits",
        ),
        pytest.param(
            [": ab>", ": ab>", "marker=b: c"],
            ["abc 1,3", "abc 2,3"],
            id="a first page again",
        ),
        pytest.param(
            [": ab>", "marker=b: cd>", "marker=b: cd>", "marker=d: e"],
            ["abcde 1,2,3,4"],
            id="a page again",
        ),
        pytest.param(
            ["limit=3: abc>", "marker=a&limit=3: bcd>", "marker=d: e"],
            ["abcde 1,2,3"],
            id="pages that overlap",
        ),
        pytest.param(
            ["limit=1: a>", "limit=2: ab>", "marker=a: bcd", "marker=b: cd"],
            ["abcd 2,3", "abcd 1,3"],
            id="walks that are mixed",
        ),
        pytest.param(
            [": ab>", "name=a: ab>", "marker=b: c", "name=a&marker=b: d"],
            ["abd 2,4", "abc 1,3"],
            id="two lists",
        ),
        pytest.param(
            [": ab>", "sort_dir=asc&marker=b: c"], ["ab> 1"], id="a page of another order"
        ),
        pytest.param([": abc>", "marker=a: bd>", "marker=c: d"], [], id="other images"),
        pytest.param([": abc>", "marker=b: a"], [], id="an image twice"),
        pytest.param([": abcd>", "marker=a: b"], [], id="an end before what is known"),
        pytest.param([": ab", "marker=a: b"], ["ab 1"], id="a page after the end"),
        pytest.param(["limit=0: "], [], id="a page of no images"),
        pytest.param(
            ["name=a&tag=x: a>", "tag=x&name=a&marker=a: b"], ["ab 1,2"], id="another wording"
        ),
    ],
)
def test_pages_are_joined_where_they_continue_an_image(
    pages: list[str], expected: list[str]
) -> None:
    """A page that shows another state ends a walk."""
    found = joined(*pages)

    assert sorted(expected) == sorted(found)


def test_the_latest_walk_comes_first_and_old_ones_are_dropped() -> None:
    """Of each list three complete walks are kept."""
    pages = [f": {'abcde'[: number + 1]}" for number in range(5)]

    assert ["abcde 5", "abcd 4", "abc 3"] == joined(*pages)


def test_eight_walks_of_a_list_may_be_under_way() -> None:
    """The oldest are dropped."""
    assert [f"a> {number}" for number in range(12, 4, -1)] == joined(*[": a>"] * 12)


def test_each_image_has_the_time_of_its_page() -> None:
    """A page that shows an image again does not change its time."""
    (walk,) = walks_of(read(": ab>", "marker=a: bc>", "marker=c: d"), IMAGES.get)

    assert [0, 0, 1, 2] == walk.times
    assert {"a": 0, "b": 1, "c": 2, "d": 3} == walk.index_of


@pytest.mark.parametrize("missing", [{"size": None}, {"size": 0}, {}])
def test_a_walk_breaks_off_after_an_image_whose_sort_key_is_null(missing: dict[str, Any]) -> None:
    """After such an image Glance loses images; on the same page it does not."""
    images = {**IMAGES, "b": missing}

    (walk,) = walks_of(read("sort_key=size: ab>", "sort_key=size&marker=b: c"), images.get)
    assert not walk.is_complete
    assert walk.problem == (
        "at image b its sort key is null, empty or 0, and after such an image Glance loses images"
    )

    (walk,) = walks_of(read("sort_key=size: bac>", "sort_key=size&marker=c: d"), images.get)
    assert walk.is_complete
    assert "" == walk.problem


HOUR = 3600


@pytest.mark.parametrize(
    ("seconds", "is_whole"),
    [
        ([0, HOUR, 2 * HOUR], True),
        ([0, HOUR + 1, HOUR + 2], False),
        ([0, 1, HOUR + 2], False),
        ([5 * HOUR, 0, 6 * HOUR], True),  # mode `all` kept the second one, with its date
        ([5 * HOUR, 0, 6 * HOUR + 1], False),
        ([None, None, None], True),
        ([0, None, HOUR], True),
        ([0, None, HOUR + 1], False),
        ([None, 0, HOUR + 1], False),
        ([0, 9 * HOUR, None], False),
    ],
)
def test_pages_that_are_hours_apart_are_no_walk(seconds: list[int | None], is_whole: bool) -> None:
    """Nobody saw what changed in between; where there is no date, the order is all there is."""
    pages = read(": ab>", "marker=b: cd>", "marker=d: e")
    dated = [
        replace(one, page=replace(one.page, second=second))
        for one, second in zip(pages, seconds, strict=True)
    ]

    (walk,) = walks_of(dated, IMAGES.get)

    assert is_whole == walk.is_complete
    assert ("" if is_whole else "two of its pages were recorded more than an hour apart") == (
        walk.problem
    )


def test_a_walk_that_is_recorded_again_in_one_go_is_whole() -> None:
    """The page of last month is no part of it, and keeps none from being joined."""
    pages = read(": ab>", ": ab>", "marker=b: cd")
    dated = [
        replace(one, page=replace(one.page, second=second))
        for one, second in zip(pages, [0, 900 * HOUR, 900 * HOUR + 1], strict=True)
    ]

    walks = walks_of(dated, IMAGES.get)

    assert [(True, 2), (False, 1)] == [(one.is_complete, len(one.pages)) for one in walks]


def test_a_walk_breaks_off_at_a_page_that_cannot_be_read() -> None:
    """The walk has the reason of the page."""
    pages = [*read(": ab>"), *read("", "marker=b: c", problem="is odd")[1:]]

    (walk,) = walks_of(pages, IMAGES.get)

    assert not walk.is_complete
    assert "is odd" == walk.problem


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("limit=2", "limit=9", True),
        ("", "limit=25", True),
        ("name=a", "name=eq:a", True),
        ("sort=name:asc", "sort_key=name&sort_dir=asc", True),
        ("", "sort_key=created_at&sort_dir=desc", True),
        ("member_status=accepted", "", True),
        ("", "sort_dir=asc", False),
        ("", "name=a", False),
        ("", "visibility=all", False),
        ("", "os_hidden=true", False),
        ("", "member_status=all", False),
        (
            "created_at=gt:2020-01-01T00:00:00Z",
            "created_at=gte:2020-01-01T00:00:01Z",
            False,
        ),
    ],
)
def test_pages_are_of_the_same_list_when_all_but_limit_and_marker_is_the_same(
    one: str, other: str, same: bool
) -> None:
    """However the query is written. `gt:T` and `gte:T+1` are two lists."""
    kinds = [kind_of(read_query(text, GLANCE)[0]) for text in (one, other)]

    assert same is (kinds[0] == kinds[1])


@examples(300)
@given(st.data())
def test_mixed_walks_of_a_list_that_stays_the_same_are_all_found_complete(
    data: st.DataObject,
) -> None:
    """Whatever their limits and however they are mixed."""
    every = "abcdefgh"
    going: list[list[str]] = []
    for _ in range(data.draw(st.integers(1, 3))):
        pages, place = [], 0
        while place < len(every):
            limit = data.draw(st.integers(1, 4))
            marker = f"&marker={every[place - 1]}" if place else ""
            more = ">" if place + limit < len(every) else ""
            pages.append(f"limit={limit}{marker}: {every[place : place + limit]}{more}")
            place += limit
        going.append(pages)
    mixed = []
    while any(going):
        pages = data.draw(st.sampled_from([one for one in going if one]))
        mixed.append(pages.pop(0))

    walks: list[Walk] = walks_of(read(*mixed), IMAGES.get)

    assert any(one.is_complete for one in walks)
    assert all(list(every) == one.ids for one in walks if one.is_complete)
    assert all(every.startswith("".join(one.ids)) for one in walks)
