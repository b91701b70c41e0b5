"""Tables: rows as JSON, as columns of numbers and as values by number."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.spec.reading import PRESETS, read_spec
from glancetape_generators.vocabulary.tables import JointRows, Row, Table
from glancetape_generators.world.field_tables import EXTRAS, FORMATS, FORMATS_OF_FILES, KINDS
from glancetape_generators.world.world import World

ROWS: list[Row] = [
    {},
    {"a": "x", "n": 1},
    {"a": "y", "n": None},
    {"a": "x", "b": True},
    {"b": False, "a": None},
]
some_rows = st.lists(
    st.dictionaries(
        st.text(max_size=5),
        st.one_of(st.none(), st.booleans(), st.integers(-(1 << 53), 1 << 53), st.text(max_size=9)),
        max_size=4,
    ),
    max_size=6,
)


@given(some_rows.filter(bool), some_rows.filter(bool), st.data())
def test_rows_are_written_as_the_middle_of_an_object(
    rows: list[Row], others: list[Row], data: st.DataObject
) -> None:
    """The rows of several tables follow each other, whatever comes before and after them."""
    tables = {
        "one": Table(rows),
        "two": Table([{f"other {name}": value for name, value in row.items()} for row in others]),
    }
    images = range(data.draw(st.integers(1, 5)))
    chosen = {
        name: np.array([data.draw(st.integers(0, len(table) - 1)) for _ in images])
        for name, table in tables.items()
    }
    joined = JointRows.all_of(tables)

    for _ in range(2):  # what was written is known the second time
        written = zip(*(rows_of.write(chosen) for rows_of in joined), strict=True)
        read = [json.loads(b"{" + b"".join(parts) + b'"end":1}') for parts in written]
        assert [
            {**tables["one"].rows[one], **tables["two"].rows[two], "end": 1}
            for one, two in zip(chosen["one"].tolist(), chosen["two"].tolist(), strict=True)
        ] == read


def test_large_tables_are_written_alone() -> None:
    """They would have too many combinations; every table is written once, in the tables' order."""
    sizes = {"a": 40_000, "b": 2, "c": 3, "d": 70_000, "e": 1}
    tables = {name: Table([{name: n} for n in range(size)]) for name, size in sizes.items()}

    names = [rows_of.names for rows_of in JointRows.all_of(tables)]

    assert list(sizes) == [name for some in names for name in some]
    assert [["a"], ["b", "c"], ["d"], ["e"]] == names


@given(some_rows)
def test_values_by_number_are_what_filters_find(rows: list[Row]) -> None:
    """Texts and booleans have numbers; whole numbers, null and missing values are -1."""
    table = Table(rows)

    for field, (codes, values) in table.values.items():
        found = [values[code] if code >= 0 else None for code in codes.tolist()]
        wanted = [row.get(field) for row in rows]
        assert found == [
            str(value).lower() if isinstance(value, bool) else
            value if isinstance(value, str) else None
            for value in wanted
        ]  # fmt: skip
        assert len(set(values)) == len(values)
    assert len(rows) == len(table)


def test_fields_are_those_of_all_rows() -> None:
    """In the order of their first occurrence."""
    assert ["a", "n", "b"] == Table(ROWS).fields


def test_numbers_and_words_are_columns() -> None:
    """What is missing is null."""
    table = Table(ROWS)

    assert [-1, 1, -1, -1, -1] == table.numbers("n", -1).tolist()
    assert np.int64 == table.numbers("n", -1).dtype
    assert [None, "x", "y", "x", None] == table.words("a")


@pytest.mark.parametrize("preset", PRESETS)
def test_no_field_is_in_two_tables(preset: str) -> None:
    """An image has a row of each table, so a field in two tables would occur twice."""
    tables = World(read_spec(preset), 7).tables

    fields = [field for table in tables.values() for field in table.fields]

    assert len(set(fields)) == len(fields)


def test_rules_are_complete() -> None:
    """Each kind and way has its row, and each format of a file its weight."""
    assert 4 * 7 == len(KINDS)
    assert {"gold", "private", "shared", "market"} == {row["__imagetype"] for row in KINDS}
    assert "iso" == FORMATS[-1]
    assert len(FORMATS) == len(FORMATS_OF_FILES) + 1
    assert len({extra.field for extra in EXTRAS}) == len(EXTRAS)
