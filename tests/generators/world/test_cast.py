"""The cast: projects, their sizes and what belongs to them."""

import re
from uuid import RFC_4122, UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.spec.spec import Projects
from glancetape_generators.world.cast import ENTERPRISES, KEYS, PRODUCTS, Cast, uuids, write_uuids
from support.sets.generated import texts_of

words = st.integers(0, (1 << 64) - 1)


@given(st.lists(st.tuples(words, words), max_size=5))
def test_uuids_are_written_as_python_writes_them(pairs: list[tuple[int, int]]) -> None:
    """In lower case, in groups."""
    high, low = (np.array([pair[half] for pair in pairs], np.uint64) for half in (0, 1))

    assert [str(UUID(int=one << 64 | other)) for one, other in pairs] == texts_of(
        write_uuids(high, low)
    )


def test_uuids_are_of_version_4_and_all_different() -> None:
    """For different records and different fields."""
    found = [one for field in "ab" for one in texts_of(uuids(7, field, np.arange(5000)))]

    assert 10_000 == len(set(found))
    assert {(4, RFC_4122)} == {(UUID(one).version, UUID(one).variant) for one in found}


@pytest.mark.parametrize("count", [1, 2, 1500])
def test_projects_are_the_tenants_the_operator_and_the_market(count: int) -> None:
    """All ids have 32 hexadecimal digits and are different."""
    cast = Cast(7, Projects(count, 6))

    assert (count, count + 1) == (cast.operator, cast.market)
    assert count + 2 == len(set(cast.ids))
    assert all(re.fullmatch("[0-9a-f]{32}", project) for project in cast.ids)
    assert [{"owner": project} for project in cast.ids] == cast.owner_rows()


def test_projects_follow_from_seed_and_number() -> None:
    """A larger cast begins with the projects of a smaller one."""
    few, many, others = Cast(7, Projects(3, 0)), Cast(7, Projects(9, 5)), Cast(8, Projects(3, 0))

    assert few.ids == many.ids[:5]
    assert not set(few.ids) & set(others.ids)


@pytest.mark.parametrize("count", [1, 2, 50, 1500])
def test_the_ring_is_a_permutation_of_the_tenants(count: int) -> None:
    """Each tenant is in it once."""
    cast = Cast(7, Projects(count, 6))

    assert list(range(count)) == sorted(cast.ring)
    assert count < 3 or list(range(count)) != cast.ring


@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize(("count", "evenness"), [(1, 0), (6, 0), (1500, 6), (300, 1_000_000)])
def test_the_nth_project_is_about_as_large_as_the_spec_says(
    count: int, evenness: int, seed: int
) -> None:
    """Within a fifth of 1 / (evenness + n), and not exactly; every project can be chosen."""
    sizes = Cast(seed, Projects(count, evenness)).sizes

    widths = np.bincount(sizes.at(np.arange(sizes.total)))

    assert count == len(widths)
    assert sorted(widths, reverse=True) == widths.tolist()
    line = (1 << 20) / (evenness + np.arange(1, count + 1))
    assert (widths >= np.maximum(np.floor(line * 0.8) - 1, 1)).all()
    assert (widths <= np.maximum(line * 1.2, 1)).all()
    assert count == 1 or evenness > 1000 or (np.abs(widths / line - 1) > 0.03).any()


def test_what_belongs_to_a_project_belongs_to_no_other() -> None:
    """Enterprise projects, keys, and the things that images are made from."""
    cast = Cast(7, Projects(20, 0))
    enterprises, keys = cast.enterprise_rows(), cast.key_rows()
    things = [
        one
        for sort in ("instance", "volume")
        for owner in range(20)
        for one in texts_of(cast.things(sort, np.full(30, owner), np.arange(30)))
    ]

    default = {"enterprise_project_id": "0", "_sys_enterprise_project_id": "0"}
    assert [{}, default] == enterprises[:2]
    assert 2 + 20 * ENTERPRISES == len(enterprises)
    assert 1 + 20 * KEYS == len(keys)
    found = [
        *things,
        *(str(row["enterprise_project_id"]) for row in enterprises[2:]),
        *(str(row["__system__cmkid"]) for row in keys[1:]),
    ]
    assert len(found) == len(set(found))
    assert {4} == {UUID(one).version for one in found}


def test_each_product_is_on_the_market_once() -> None:
    """The first row is for images that are not on the market."""
    rows = Cast(7, Projects(1, 0)).product_rows()

    assert {} == rows[0]
    assert PRODUCTS == len({row["__productcode"] for row in rows[1:]})
