"""Tables: rows as JSON, as columns of numbers and as values by number."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.sampling.joining import Chosen
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.vocabulary.tables import JointRows, Row, Table, lay_out
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
def test_members_of_several_tables_are_written_in_any_order(
    rows: list[Row], others: list[Row], data: st.DataObject
) -> None:
    """With a comma after those that come first, and before the others."""
    tables = {
        "one": Table(rows),
        "two": Table([{f"other {name}": value for name, value in row.items()} for row in others]),
    }
    names = data.draw(st.permutations([*tables["one"].fields, *tables["two"].fields]))
    first = frozenset(names[: data.draw(st.integers(0, len(names)))])
    images = range(data.draw(st.integers(1, 5)))
    chosen = {
        name: np.array([data.draw(st.integers(0, len(table) - 1)) for _ in images])
        for name, table in tables.items()
    }
    parts = lay_out([*names[: len(first)], "alone", *names[len(first) :]], tables, first)

    for _ in range(2):  # what was written is known the second time
        columns = [
            _texts(part.write(chosen, len(images)))
            if isinstance(part, JointRows)
            else [b'"alone":0'] * len(images)
            for part in parts
        ]
        for place, written in enumerate(zip(*columns, strict=True)):
            row = {
                **tables["one"].rows[chosen["one"][place]],
                **tables["two"].rows[chosen["two"][place]],
                "alone": 0,
            }
            wanted = [*names[: len(first)], "alone", *names[len(first) :]]
            read = json.loads(b"{" + b"".join(written) + b"}")
            assert row == read
            assert [name for name in wanted if name in row] == list(read)


def _texts(column: Chosen) -> list[bytes]:
    texts: list[bytes] = column.table[column.numbers].tolist()
    return texts


def test_members_are_written_together_while_they_have_few_combinations() -> None:
    """A large table is written alone; values that a table has several times count once."""
    sizes = {"a": 40_000, "b": 20, "c": 30, "d": 70_000, "e": 1, "f": 3}
    tables = {name: Table([{name: n} for n in range(size)]) for name, size in sizes.items()}
    tables["g"] = Table([{"g": n % 2} for n in range(9_000)])

    parts = lay_out([*sizes, "g"], tables, ())

    assert [["a"], ["b", "c"], ["d"], ["e", "f", "g"]] == [
        part.fields for part in parts if isinstance(part, JointRows)
    ]
    assert [40_000, 600, 70_000, 6] == [len(part) for part in parts]


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
