"""No rule claims too much: tried with all values that images may have, and all that callers see."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.dialects import GLANCE, Dialect, dialect_of
from glancetape_cassettes.cloud.listing.conditions import Between, Condition, Has, When
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.deriving.coverage import follows, why_not_covered
from support.clouds.clouds import Cloud
from support.clouds.small_images import ME, OTHER
from support.drawn.examples import examples
from support.one_image import id_of, image

T, HALF, U = "2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5Z", "2020-01-01T00:00:01Z"
SECOND = 1_577_836_800_000_000  # of T, in microseconds
NAMES = (None, "", "a", "b")
SIZES = (None, 0, 4, 5, 6, 9)
CREATED = tuple(
    SECOND + one for one in (-1, 0, 1, 499_999, 500_000, 500_001, 999_999, 1_000_000, 1_000_001)
)
TAGS = (frozenset[str](), frozenset("x"), frozenset("y"), frozenset("xy"))
IMAGES = [
    {"name": name, "size": size, "created_at": time, "tags": tags}
    for name, size, time, tags in product(NAMES, SIZES, CREATED, TAGS)
]
OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte")
PARAMETERS = st.one_of(
    st.sampled_from(("name=a", "name=b", "name=", "name=in:a,b", "name=in:b,c", "name=eq:c")),
    st.builds("size{}={}".format, st.sampled_from(("", "_min", "_max")), st.integers(min_value=-1)),
    st.builds(
        "size{}={}".format, st.sampled_from(("", "_min", "_max")), st.sampled_from((4, 5, 6))
    ),
    st.builds("created_at={}:{}".format, st.sampled_from(OPERATORS), st.sampled_from((T, HALF, U))),
    st.sampled_from(("tag=x", "tag=y", "size=abc")),
)


def ask(text: str, dialect: Dialect = GLANCE) -> Query:
    return read_query(text, dialect)[0]


def conditions_of(text: str) -> Iterator[Condition]:
    yield from ask(text).conditions


def holds(condition: Condition, given: dict[str, Any]) -> bool:
    match condition:
        case Has("tags", values):
            return bool(given["tags"] & values)
        case Has(name, values):
            return given[name] in values
        case Between(name, low, high):
            value = given[name]
            return (
                value is not None
                and (low is None or value >= low)
                and (high is None or value <= high)
            )
        case When(name, operator, at):
            value = given[name]
            return {
                "eq": value == at,
                "neq": value != at,
                "gt": value > at,
                "gte": value >= at,
                "lt": value < at,
                "lte": value <= at,
            }[operator]
        case _:
            return False


@examples(400)
@given(wanted=PARAMETERS, texts=st.lists(PARAMETERS, max_size=4))
def test_what_follows_holds_wherever_the_question_does(wanted: str, texts: list[str]) -> None:
    """For images of all values, created in any microsecond."""
    asked = [one for text in texts for one in conditions_of(text)]
    for condition in conditions_of(wanted):
        if follows(condition, asked):
            matching = [one for one in IMAGES if all(holds(each, one) for each in asked)]

            assert [] == [one for one in matching if not holds(condition, one)]
        assert follows(condition, [*asked, condition])


def _everything() -> Iterator[dict[str, Any]]:
    """Yield an image of each visibility, owner, membership and hiddenness."""
    memberships: list[list[dict[str, str]]] = [
        [],
        *([{"member_id": ME, "status": one}] for one in ("accepted", "pending", "rejected")),
    ]
    every = product(
        ("public", "private", "shared", "community"), (ME, OTHER), (False, True), memberships
    )
    for number, (visibility, owner, hidden, members) in enumerate(every):
        yield image(
            id_of(number),
            name="a",
            visibility=visibility,
            owner=owner,
            created_at=T,
            updated_at=T,
            os_hidden=hidden,
            members=members,
            __isregistered="true",
        )


def _views(dialect: Dialect) -> Iterator[str]:
    hidden = ("", "os_hidden=true&") if dialect.newer_columns else ("",)
    statuses = ("", "member_status=pending&", "member_status=rejected&", "member_status=all&")
    for each in product(hidden, statuses, (None, *dialect.visibilities)):
        yield f"{each[0]}{each[1]}" + ("" if each[2] is None else f"visibility={each[2]}")


@pytest.mark.parametrize(
    ("dialect", "version"),
    [(GLANCE, None), (dialect_of("ims", "queens"), "Q"), (dialect_of("ims", "mitaka"), None)],
    ids=["glance", "queens", "mitaka"],
)
def test_a_walk_that_covers_a_question_lists_all_that_it_may_show(
    dialect: Dialect, version: str | None
) -> None:
    """All walks against all questions, over images of all visibilities, owners and memberships."""
    cloud = Cloud(dialect.name, list(_everything()))
    listed = {}
    for query in _views(dialect):
        response = cloud.answer(f"{query}&limit=1000", ME, version)
        listed[query] = {one["id"] for one in orjson.loads(response.body)["images"]}
    covered = 0
    for walk, asked in product(listed, listed):
        if not why_not_covered(ask(walk, dialect), ask(asked, dialect)):
            covered += 1
            assert listed[asked] <= listed[walk], (walk, asked)

    assert len(listed) < covered < len(listed) ** 2
