"""Reading a query string: defaults are filled in, and repeated parameters sorted out."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.dialects import GLANCE, IMS_MITAKA, IMS_QUEENS, Dialect
from glancetape_cassettes.cloud.listing.conditions import Has
from glancetape_cassettes.cloud.listing.query import Query, parameters_of, read_query
from glancetape_cassettes.cloud.refusals import Refused
from support.oracle import naive_query

REGISTERED = Has("__isregistered", frozenset(("true",)))


def read(text: str) -> Query:
    return read_query(text, GLANCE)[0]


def test_an_empty_query_has_the_defaults():
    query, marker = read_query("", GLANCE)
    assert ("/v2/images", 25, None) == (query.first, query.limit, marker)
    assert (None, "accepted", False) == (query.visibility, query.member_status, query.hidden)
    assert frozenset() == query.conditions
    assert not query.breaks


@pytest.mark.parametrize("dialect", [IMS_MITAKA, IMS_QUEENS])
def test_ims_always_asks_for_registered_images(dialect: Dialect):
    query, _ = read_query("", dialect)
    assert {REGISTERED} == query.conditions
    assert query.hidden is None


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("a=1;b=2;;", [("a", "1"), ("b", "2")]),
        ("&&a", [("a", "")]),
        ("=", [("", "")]),
        ("a=b=c", [("a", "b=c")]),
        ("a+b=c+d", [("a b", "c d")]),
        ("a%2Bb=c%20d", [("a+b", "c d")]),
        ("a=%26%3B%3D", [("a", "&;=")]),
        ("a=%zz%", [("a", "%zz%")]),
        ("a=%2", [("a", "\x02")]),
        ("%2=%a&b=%2%41", [("\x02", "\n"), ("b", "\x02A")]),
        ("a=é", [("a", "é")]),
        ("a=%C3%A9", [("a", "é")]),
        ("a=\udcc3\udca9", [("a", "é")]),
        ("a=1&a=1", [("a", "1"), ("a", "1")]),
    ],
)
def test_parameters_are_decoded_in_their_order(text: str, pairs: list[tuple[str, str]]):
    shown = parse_qsl(urlsplit(read(text).first).query, keep_blank_values=True)
    assert list(dict(pairs).items()) == shown


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("marker=a", "a"),
        ("limit=2&marker=a%20b&name=c", "a b"),
        ("marker=a&marker=b", "a"),
        ("marker", ""),
        ("%6Darker=a", "a"),
        ("MARKER=a", None),
    ],
)
def test_the_first_marker_is_the_marker(text: str, marker: str | None):
    assert marker == read_query(text, GLANCE)[1]


def test_pages_of_a_walk_are_one_question():
    asked = "name=a&limit=2"
    assert read(asked) is read(f"{asked}&marker=b")
    assert read(asked) is read(f"marker=c&{asked}")
    assert read(asked) is not read(f"{asked}&marker=b&marker=c")


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("", "-created_at -id"),
        ("sort_dir=asc", "created_at id"),
        ("sort_key=created_at", "-created_at -id"),
        ("sort_key=id", "-id"),
        ("sort_key=id&sort_dir=asc", "id"),
        ("sort_key=name", "-name -created_at -id"),
        ("sort_key=name&sort_dir=asc", "name created_at id"),
        ("sort_key=+name+&sort_dir=+asc+", "name created_at id"),
        ("sort_key=name&sort_key=size", "-name -size -created_at -id"),
        ("sort_key=name&sort_key=size&sort_dir=asc", "name size created_at id"),
        ("sort_dir=asc&sort_key=name&sort_dir=desc&sort_key=size", "name -size -created_at -id"),
        ("sort_key=name&sort_key=id&sort_key=size&sort_dir=asc", "name id"),
        ("sort_key=created_at&sort_key=name", "-created_at -name -id"),
        ("sort=name", "-name -created_at -id"),
        ("sort=name:", "-name -created_at -id"),
        ("sort=name:asc", "name created_at id"),
        ("sort=+name+:+asc+,+size", "name -size -created_at -id"),
        ("sort=name:asc,size:asc", "name size -created_at -id"),
        ("sort=id:asc,name", "id"),
        ("sort=created_at:asc", "created_at id"),
        ("sort=created_at:asc,id", "created_at -id"),
        ("sort=name:asc,name:desc", "name -created_at -id"),
        ("sort=updated_at:asc,status", "updated_at -status -created_at -id"),
    ],
)
def test_the_sort_keys_are_completed_until_no_ties_are_left(text: str, sort: str):
    expected = [(key.removeprefix("-"), key.startswith("-")) for key in sort.split()]
    assert tuple(expected) == read(text).sort


@pytest.mark.parametrize(
    ("text", "limit"),
    [("limit=7", 7), ("limit=0", 0), ("limit=1000", 1000), ("limit=1001", 1000), ("limit=+5", 5)],
)
def test_a_limit_is_cut_to_the_largest(text: str, limit: int):
    assert limit == read(text).limit


@pytest.mark.parametrize("name", ["limit", "marker", "member_status", "sort", "visibility"])
def test_of_these_the_first_is_taken_and_the_last_left_becomes_a_filter(name: str):
    first, second = {
        "limit": ("1", "2"),
        "member_status": ("all", "pending"),
        "sort": ("name", "size"),
        "visibility": ("public", "private"),
    }.get(name, ("a", "b"))
    query = read(f"{name}={first}&{name}={second}")
    assert {Has(name, frozenset((second,)))} == query.conditions


@pytest.mark.parametrize("text", ["protected=true&protected=false", "deleted=1&protected=false"])
def test_of_protected_the_last_counts(text: str):
    assert {Has("protected", frozenset(("false",)))} == read(text).conditions


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("tag=a&tag=b", ["a", "b"]),
        ("tag=+a+", ["a"]),
        ("tag=a&tag=a", ["a"]),
        ("tags=ab", ["a", "b"]),
        ("tag=a&tags=bc", ["a"]),
        ("tag=a=b", ["a=b"]),
    ],
)
def test_each_tag_has_to_be_there(text: str, tags: list[str]):
    assert {Has("tags", frozenset((tag,))) for tag in tags} == read(text).conditions


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("tag=a=b", "a=b a.b"),
        ("tag=a=b=c", "a=b=c a.b=c"),
        ("tag=a.b", "a.b"),
        ("tag==", "= ."),
    ],
)
def test_ims_finds_tags_from_before_its_upgrade(text: str, spellings: str):
    expected = {REGISTERED, Has("tags", frozenset(spellings.split()))}
    assert expected == read_query(text, IMS_MITAKA)[0].conditions


def test_equal_conditions_are_one():
    assert read("name=a&id=b").conditions == read("id=b&name=eq:a").conditions


@pytest.mark.parametrize("text", ["size_min=99999999999999999999", "owner_max=1"])
def test_a_query_that_only_the_database_refuses_can_be_read(text: str):
    assert read(text).breaks


def test_a_query_knows_about_what_it_takes_to_keep():
    """A cache that took long lists for small would grow without end."""
    values = [f"{number:05d}" for number in range(2000)]

    assert 2000 * 100 < read(f"name=in:{','.join(values)}").size
    assert 5000 > read("name=a").size


@given(st.lists(st.sampled_from("%%%%0aAfgG5 -_2"), max_size=7).map("".join))
def test_escapes_that_lack_digits_are_read_as_the_oracle_reads_them(text: str):
    """Which does it by another rule, and was compared with a real Glance."""
    raw = text.replace(" ", "+")
    try:
        expected = naive_query.read_pairs(f"a={raw}")
    except naive_query.Refused:
        with pytest.raises(Refused):
            parameters_of(f"a={raw}")
        return

    assert expected == parameters_of(f"a={raw}")
