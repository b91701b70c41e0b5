"""The query of a page is what the whole query string says, whichever part of it was read before."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.dialects import GLANCE, IMS_MITAKA, IMS_QUEENS, Dialect
from glancetape_cassettes.cloud.listing.page_query import PageQuery, page_url, read_page_query
from glancetape_cassettes.cloud.listing.query import read_query
from glancetape_cassettes.cloud.refusals import Refused
from support.drawn.examples import examples
from support.one_image import ME, ims_image
from support.oracle.queries import random_queries

IMAGES = [ims_image(f"id-{number}", owner=ME) for number in range(10)]
PARTS = st.sampled_from(
    """limit=5 limit=007 limit=0 limit=-1 limit=5000 limit=99999999999 limit= limit=%35 limit=٣
    limit=987654321 xlimit=987654321 name=987654321 limit=5;marker=id-1 limit=5,6 limit
    marker=id-1 marker= marker=id-2 marker=%69d-1 mark%65r=id-1 marker=a+b marker=a;limit=7
    xmarker=1
    l%69mit=5 visibility=public visibility=no status=active tag=a tag=b sort=name sort_key=name
    sort_key=size sort_dir=asc sort_dir=desc name=in:a,b size_min=1 x=1 x= =1 & ; a;b
    %ff=1 os_hidden=true""".split()
)


def _read(text: str, dialect: Dialect) -> tuple[object, ...]:
    """Return everything that the whole query string says."""
    try:
        query, marker = read_query(text, dialect)
    except Refused as refused:
        return "refused", refused.status, refused.message
    return (
        query.limit, query.first, marker, query.visibility, query.member_status, query.hidden,
        query.sort, query.sort_keys, query.conditions, query.breaks,
    )  # fmt: skip


def _read_as_page(text: str, dialect: Dialect) -> tuple[object, ...]:
    try:
        asked: PageQuery = read_page_query(text, dialect)
    except Refused as refused:
        return "refused", refused.status, refused.message
    query = asked.query
    return (
        asked.limit, asked.first, asked.marker, query.visibility, query.member_status,
        query.hidden, query.sort, query.sort_keys, query.conditions, query.breaks,
    )  # fmt: skip


@examples(600)
@given(parts=st.lists(PARTS, max_size=5), dialect=st.sampled_from([GLANCE, IMS_MITAKA, IMS_QUEENS]))
@example(parts=["limit=5", "limit=6", "marker=a", "marker=b"], dialect=GLANCE)
@example(parts=["limit=5", "x=987654321"], dialect=IMS_MITAKA)
@example(parts=["marker=a", "limit=5"], dialect=IMS_MITAKA)
@example(parts=["limit=5", *(f"tag={number}" for number in range(100))], dialect=GLANCE)  # long
def test_a_page_is_read_as_its_whole_query_string(parts: list[str], dialect: Dialect) -> None:
    """The second time too, when its list is known."""
    text = "&".join(parts)

    expected = _read(text, dialect)

    assert expected == _read_as_page(text, dialect)
    assert expected == _read_as_page(text, dialect)


def test_random_queries_are_read_alike() -> None:
    """Of the kinds that the other tests ask, with values of images."""
    for text in random_queries(IMAGES, 2000, 5):
        for dialect in (GLANCE, IMS_QUEENS):
            assert _read(text, dialect) == _read_as_page(text, dialect), text


def test_the_pages_of_a_list_have_one_key() -> None:
    """Whatever their marker and limit."""
    texts = [f"name=a&limit={limit}&marker={limit}" for limit in range(1, 9)]
    texts += ["name=a&limit=10", "marker=x-y_z&name=a&limit=3"]

    assert 1 == len({read_page_query(text, IMS_MITAKA).key for text in texts})
    assert 2 == len({read_page_query(f"name={name}&limit=1", GLANCE).key for name in "ab"})


@examples(600)
@given(parts=st.lists(PARTS, min_size=1, max_size=5))
@example(parts=["name=marker=id-2", "limit=5", "marker=id-1"])
@example(parts=["limit=5", "name=limit=6", "marker=id-1"])
@example(parts=["xlimit=5", "marker=id-1"])
@example(parts=["marker=id-1", "tag=a", "limit=5"])
@example(parts=["limit=5", "limit=5", "marker=id-1"])
@example(parts=["marker=id-2", "limit=5", "marker=id-1"])
def test_a_url_is_taken_apart_at_its_marker_and_limit(parts: list[str]) -> None:
    """With another marker and limit it is of the same list, with more parameters of another.

    A marker or limit that is written unusually is one of those parameters.
    """
    parts = "&".join(parts).split("&")
    named = {
        name: [part.partition("=")[2] for part in parts if part.startswith(f"{name}=")]
        for name in ("marker", "limit")
    }
    found = page_url(f"http://a/v2/images?{'&'.join(parts)}")
    if found is None:
        assert named["marker"] not in (["id-1"], ["id-2"]) or named["limit"] not in ([], ["5"])
        return

    usual = {"marker": re.compile("[0-9A-Za-z_-]+"), "limit": re.compile("[0-9]{1,9}")}
    plain = {name: [*filter(usual[name].fullmatch, values)] for name, values in named.items()}
    assert [found.marker] == plain["marker"]
    assert [found.limit] == (plain["limit"] or [None])
    others = {f"marker={found.marker}": "marker=x_y", f"limit={found.limit}": "limit=77"}
    other = page_url("http://a/v2/images?" + "&".join([others.get(part, part) for part in parts]))
    assert other == (found.list, "x_y", found.limit and "77")
    for more in (["a=1", *parts], [*parts, "a=1"]):
        longer = page_url(f"http://a/v2/images?{'&'.join(more)}")
        assert longer is not None
        assert longer.list != found.list
