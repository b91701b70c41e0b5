"""Which walk covers which question: a table of cases for each rule of `coverage`."""

import pytest

from glancetape_cassettes.cloud.dialects import GLANCE, Dialect, dialect_of
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.deriving.coverage import (
    asks_for_gone,
    depends_on_memberships,
    interval_of,
    is_always_empty,
    why_not_covered,
)

IMS = dialect_of("ims", "queens")
DIALECTS = {"glance": GLANCE, "ims": IMS}


def ask(text: str, dialect: Dialect = GLANCE) -> Query:
    return read_query(text, dialect)[0]


def judged(walk: str, asked: str, dialect: Dialect = GLANCE) -> str:
    return why_not_covered(ask(walk, dialect), ask(asked, dialect)) or "covered"


def by(name: str) -> str:
    return f"is filtered by {name}, which the question does not imply"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("walk", "asked", "expected"),
    [
        ("", "", "covered"),
        ("", "name=a", "covered"),
        ("", "tag=x&size_min=5&created_at=gt:2020-01-01T00:00:00Z", "covered"),
        ("", "__os_type=Linux", "covered"),
        ("limit=2", "limit=7", "covered"),
        ("sort_key=name&sort_dir=asc", "sort_key=size", "covered"),
        ("status=active", "status=active&name=x", "covered"),
        ("status=active", "name=x", by("status")),
        ("status=active", "status=queued", by("status")),
        ("status=active", "", by("status")),
        ("name=a", "name=eq:a", "covered"),
        ("name=a", "name=A", by("name")),
        ("name=", "name=", "covered"),
        ("name=", "", by("name")),
        ("owner=a", "owner=a&owner=b", by("owner")),
        ("tag=x", "tag=x&tag=y", "covered"),
        ("tag=x&tag=y", "tag=y&tag=x", "covered"),
        ("tag=x&tag=y", "tag=x", by("tags")),
        ("tag=x", "tag=y", by("tags")),
        ("protected=true", "protected=true&name=a", "covered"),
        ("protected=true", "protected=false", by("protected")),
        ("size=10", "size=1e1", "covered"),
        ("__os_type=Linux", "__os_type=Linux", "covered"),
        ("__os_type=Linux", "__os_type=linux", by("__os_type")),
        ("__os_type=Linux", "__os_bit=64", by("__os_type")),
        ("min_disk=abc", "min_disk=abc", "covered"),
        ("min_disk=abc", "name=a", by("what matches nothing")),
    ],
)
def test_each_filter_of_the_walk_has_to_hold_for_what_is_asked(
    dialect: str, walk: str, asked: str, expected: str
) -> None:
    """The same filter counts, however it is written; filters of the question alone do no harm."""
    assert expected == judged(walk, asked, DIALECTS[dialect])


@pytest.mark.parametrize(
    ("walk", "asked", "expected"),
    [
        ("name=in:a,b", "name=in:a", "covered"),
        ("name=in:a,b", "name=a", "covered"),
        ("name=in:a,b", "name=in:b,a", "covered"),
        ("name=in:a,b", 'name=in:"b"', "covered"),
        ("name=in:a,b", "name=in:b,c", by("name")),
        ("name=in:a,b", "name=c", by("name")),
        ("name=a", "name=in:a,b", by("name")),
        ("name=a", "name=in:a,a", "covered"),
        ("name=in:a,b", "status=in:a,b", by("name")),
        ("id=in:a,b&status=in:active,queued", "status=active&id=b", "covered"),
        ("__os_type=in:a,b", "__os_type=a", by("__os_type")),
    ],
)
def test_a_list_of_values_follows_from_some_of_them(walk: str, asked: str, expected: str) -> None:
    """One value is a list, too. Properties take no lists: `in:a,b` is a value like any other."""
    assert expected == judged(walk, asked)


@pytest.mark.parametrize(
    ("walk", "asked", "expected"),
    [
        ("size_min=5", "size_min=7", "covered"),
        ("size_min=5", "size_min=5", "covered"),
        ("size_min=5", "size=9", "covered"),
        ("size_min=5", "size_min=6&size_max=8", "covered"),
        ("size_max=5", "size_max=3&name=a", "covered"),
        ("size_max=5", "size=5", "covered"),
        ("size_min=5&size_max=9", "size=7", "covered"),
        ("size=5", "size_min=5&size_max=5", "covered"),
        ("size_min=5", "size_min=4", by("size")),
        ("size_min=5", "size=4", by("size")),
        ("size_min=5", "size_max=9", by("size")),
        ("size_min=5&size_max=9", "size_min=6", by("size")),
        ("size=5", "size_min=5", by("size")),
        ("size_min=5", "min_disk_min=7", by("size")),
        ("size_min=0", "", by("size")),
    ],
)
def test_a_bound_follows_from_a_narrower_one(walk: str, asked: str, expected: str) -> None:
    """An image without a size is within no bound, so even the widest bound leaves it out."""
    assert expected == judged(walk, asked)


T, U = "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z"
HALF = "2020-01-01T00:00:00.5Z"
TIMES = [
    (f"gt:{T}", f"gt:{T}", True),
    (f"gt:{T}", f"gt:{U}", True),
    (f"gt:{T}", f"gte:{U}", True),
    (f"gt:{T}", f"eq:{U}", True),
    (f"gt:{T}", U, True),
    (f"gt:{T}", f"gte:{HALF}", True),
    (f"gt:{HALF}", f"gte:{U}", True),
    (f"gt:{T}", f"gte:{T}", False),
    (f"gt:{T}", f"eq:{T}", False),
    (f"gt:{U}", f"gt:{T}", False),
    (f"gt:{T}", f"neq:{T}", False),
    (f"gt:{T}", f"lt:{U}", False),
    (f"gte:{T}", f"gt:{T}", True),
    (f"gte:{U}", f"gt:{HALF}", False),
    (f"lt:{U}", f"lt:{T}", True),
    (f"lt:{U}", f"lte:{T}", True),
    (f"lt:{U}", f"lte:{HALF}", True),
    (f"lt:{U}", f"eq:{T}", True),
    (f"lt:{U}", f"lte:{U}", False),
    (f"lte:{T}", f"lt:{T}", True),
    (f"lte:{T}", f"lt:{HALF}", False),
    (f"eq:{T}", T, True),
    ("2020-01-01", T, True),
    ("2020-01-01T01:00:00%2B01:00", T, True),
    (f"eq:{T}", f"eq:{HALF}", False),
    (f"eq:{T}", f"gte:{T}", False),
    (f"neq:{T}", f"neq:{T}", True),
    (f"neq:{T}", f"gt:{T}", True),
    (f"neq:{T}", f"lt:{T}", True),
    (f"neq:{T}", f"eq:{HALF}", True),
    (f"neq:{T}", f"gte:{HALF}", True),
    (f"neq:{T}", f"neq:{U}", False),
    (f"neq:{T}", f"gte:{T}", False),
    (f"neq:{T}", f"lte:{U}", False),
    (f"neq:{T}", f"eq:{T}", False),
]


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
@pytest.mark.parametrize(("walk", "asked", "covered"), TIMES)
def test_a_time_follows_from_a_stricter_one(
    name: str, walk: str, asked: str, covered: bool
) -> None:
    """Times are compared to the microsecond, as clouds store them, not as lists show them."""
    expected = "covered" if covered else by(name)

    assert expected == judged(f"{name}={walk}", f"{name}={asked}")
    assert by(name) == judged(f"{name}={walk}", "name=a")


def test_one_time_does_not_follow_from_the_other() -> None:
    """An image may be updated at any time after its creation."""
    assert by("created_at") == judged(f"created_at=gt:{T}", f"updated_at=gt:{U}")


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("eq", (7, 7)),
        ("gt", (8, None)),
        ("gte", (7, None)),
        ("lt", (None, 6)),
        ("lte", (None, 7)),
    ],
)
def test_an_operator_takes_an_interval_of_microseconds(
    operator: str, expected: tuple[int | None, int | None]
) -> None:
    """Both ends belong to the interval."""
    assert expected == interval_of(operator, 7)


@pytest.mark.parametrize(
    ("walk", "asked", "expected"),
    [
        ("os_hidden=true", "os_hidden=TRUE&name=a", "covered"),
        ("os_hidden=false", "", "covered"),
        ("", "os_hidden=false", "covered"),
        ("", "os_hidden=true", "leaves out hidden images"),
        ("os_hidden=true", "", "lists only hidden images"),
    ],
)
def test_hidden_images_are_lists_of_their_own(walk: str, asked: str, expected: str) -> None:
    """No list shows both hidden images and others."""
    assert expected == judged(walk, asked)


def test_to_ims_hidden_is_a_property_like_others() -> None:
    """The Glance of IMS is older than hidden images."""
    assert "covered" == judged("", "os_hidden=true", IMS)
    assert by("os_hidden") == judged("os_hidden=true", "", IMS)


@pytest.mark.parametrize(
    ("walk", "asked", "expected"),
    [
        ("", "visibility=public", "covered"),
        ("", "visibility=private", "covered"),
        ("", "visibility=shared", "covered"),
        ("", "visibility=community", "leaves out community images of others"),
        ("", "visibility=all", "leaves out community images of others"),
        *(
            ("visibility=all", f"visibility={one}", "covered")
            for one in ("public", "private", "shared", "community", "all")
        ),
        ("visibility=all", "", "covered"),
        ("visibility=public", "visibility=public&name=a", "covered"),
        ("visibility=public", "", "lists visibility=public only"),
        ("visibility=public", "visibility=all", "lists visibility=public only"),
        ("visibility=private", "visibility=public", "lists visibility=private only"),
        ("visibility=community", "visibility=shared", "lists visibility=community only"),
    ],
)
def test_a_visibility_is_among_what_is_listed(walk: str, asked: str, expected: str) -> None:
    """Without `visibility`, everything is listed but the community images of others."""
    assert expected == judged(walk, asked)


@pytest.mark.parametrize(
    ("walk", "asked", "expected"),
    [
        ("member_status=pending", "member_status=pending&name=a", "covered"),
        ("member_status=accepted", "", "covered"),
        ("", "member_status=pending", "lists shared images with member_status=accepted"),
        ("member_status=pending", "", "lists shared images with member_status=pending"),
        ("member_status=all", "", "lists shared images with member_status=all"),
        (
            "member_status=all",
            "visibility=shared",
            "lists shared images with member_status=all",
        ),
        ("member_status=pending", "visibility=public", "covered"),
        ("member_status=pending", "visibility=private&member_status=all", "covered"),
        ("visibility=all", "visibility=community&member_status=rejected", "covered"),
        (
            "visibility=all",
            "visibility=all&member_status=all",
            "lists shared images with member_status=accepted",
        ),
    ],
)
def test_memberships_matter_where_shared_images_are_listed(
    walk: str, asked: str, expected: str
) -> None:
    """Lists of public, private or community images do not depend on them."""
    assert expected == judged(walk, asked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("visibility=shared", True),
        ("visibility=all", True),
        ("visibility=public", False),
        ("visibility=private", False),
        ("visibility=community", False),
    ],
)
def test_some_lists_show_what_is_shared(text: str, expected: bool) -> None:
    """Those without `visibility`, of all, and of shared images."""
    assert expected is depends_on_memberships(ask(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("limit=0", True),
        ("min_disk=abc", True),
        ("visibility=", True),
        ("deleted_at=2020-01-01", True),
        ("min_disk=-1", False),
        ("limit=1", False),
        ("", False),
    ],
)
def test_some_questions_need_no_walk(text: str, expected: bool) -> None:
    """Their page is empty whatever images there are."""
    assert expected is is_always_empty(ask(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status=deleted", True),
        ("name=x&status=in:killed,pending_delete", True),
        ("status=in:killed,active", False),
        ("name=deleted", False),
        ("", False),
    ],
)
def test_some_questions_ask_only_for_images_that_are_gone(text: str, expected: bool) -> None:
    """No list of Glance shows these."""
    assert expected is asks_for_gone(ask(text))
