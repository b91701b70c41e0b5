"""Reading the value of a parameter: the condition that images have to satisfy."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from glancetape_cassettes.cloud.listing.conditions import (
    Between,
    Broken,
    Condition,
    Has,
    Nothing,
    When,
    condition_of,
    equality,
    is_compared,
)
from glancetape_cassettes.cloud.refusals import Refused

SECOND = int(datetime(2018, 10, 28, 10, tzinfo=UTC).timestamp())
LARGEST = (1 << 63) - 1
read = partial(condition_of, newer_columns=True)
created: Callable[..., Between] = partial(Between, "created_at")


@pytest.mark.parametrize(
    "name", "owner checksum size visibility __os_type bogus tags minimum _mi".split()
)
def test_most_parameters_are_compared_as_they_are(name: str):
    assert is_compared(name)


@pytest.mark.parametrize(
    "name",
    "name id status container_format disk_format created_at updated_at size_min x_max _min".split(),
)
def test_some_parameters_are_read_first(name: str):
    assert not is_compared(name)


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ("eq:2018-10-28T10:00:00Z", created(SECOND, SECOND)),
        ("2018-10-28T10:00:00Z", created(SECOND, SECOND)),
        ("2018-10-28 10:00:00", created(SECOND, SECOND)),
        ("2018-10-28T10:00:00.000Z", created(SECOND, SECOND)),
        ("2018-10-28T18:00:00+08:00", created(SECOND, SECOND)),
        ("2018-10-28T10:00", created(SECOND, SECOND)),
        ("20181028T100000Z", created(SECOND, SECOND)),
        ("neq:2018-10-28T10:00:00Z", created(SECOND, SECOND, outside=True)),
        ("gt:2018-10-28T10:00:00Z", created(SECOND + 1, None)),
        ("gte:2018-10-28T10:00:00Z", created(SECOND, None)),
        ("lt:2018-10-28T10:00:00Z", created(None, SECOND - 1)),
        ("lte:2018-10-28T10:00:00Z", created(None, SECOND)),
        ("eq:2018-10-28T10:00:00.5Z", created(SECOND + 1, SECOND)),
        ("neq:2018-10-28T10:00:00.5Z", created(SECOND + 1, SECOND, outside=True)),
        ("gt:2018-10-28T10:00:00.5Z", created(SECOND + 1, None)),
        ("gte:2018-10-28T10:00:00.5Z", created(SECOND + 1, None)),
        ("lt:2018-10-28T10:00:00.5Z", created(None, SECOND)),
        ("lte:2018-10-28T10:00:00.5Z", created(None, SECOND)),
        ("lt:1969-12-31T23:59:59.5Z", created(None, -1)),
        ("eq:1969-12-31T23:59:59Z", created(-1, -1)),
    ],
)
def test_a_time_is_a_range_of_whole_seconds(value: str, condition: Condition):
    read_condition = read("created_at", value)

    assert isinstance(read_condition, When)
    assert condition == read_condition.seconds


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a", ["a"]),
        ("", [""]),
        ("a,b", ["a,b"]),
        ("eq:a", ["a"]),
        ("eq:", [""]),
        ("eq:in:a", ["in:a"]),
        ("2018-10-28T10:00:00Z", ["2018-10-28T10:00:00Z"]),
        ("in:a", ["a"]),
        ("in:a,b", ["a", "b"]),
        ("in:a,b,a", ["a", "b"]),
        ("in: a, b ", [" a", " b "]),
        ("in:", []),
        ("in:,", [""]),
        ("in:,a", ["", "a"]),
        ("in:a,", ["a"]),
        ("in:a,,b", ["a", "", "b"]),
        ('in:"a,b"', ["a,b"]),
        ('in:"a,b",c', ["a,b", "c"]),
        ('in:c,"a,b"', ["c", "a,b"]),
        ('in:""', [""]),
        (r'in:"a\"b"', [r"a\"b"]),
        ("in:a:b", ["a:b"]),
    ],
)
@pytest.mark.parametrize("name", ["name", "id", "status", "container_format", "disk_format"])
def test_texts_are_one_value_or_a_list(name: str, value: str, wanted: list[str]):
    assert Has(name, frozenset(wanted)) == read(name, value)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("40", 40),
        ("040", 40),
        ("-1", -1),
        ("+40", 40),
        (" 40\n", 40),
        ("40.0", 40),
        ("40.", 40),
        (".0", 0),
        ("4e1", 40),
        ("4E+1", 40),
        ("400e-1", 40),
        (str(LARGEST), LARGEST),
        (str(-LARGEST - 1), -LARGEST - 1),
    ],
)
@pytest.mark.parametrize("name", ["size", "virtual_size", "min_disk", "min_ram"])
def test_a_number_is_read_as_the_database_reads_it(name: str, value: str, number: int):
    assert Between(name, number, number) == equality(name, value)


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "abc", "40GB", "40.5", "0x28", "1_0", "٥", "\xa05", "in:40", "eq:40", "4e-1"),
        *("nan", "inf", "e1", ".", "1e400", "9" * 5000, str(LARGEST + 1), str(-LARGEST - 2)),
    ],
)
def test_a_text_that_is_no_number_equals_no_number(value: str):
    assert Nothing() == equality("min_disk", value)


@pytest.mark.parametrize(
    ("name", "value", "condition"),
    [
        ("size_min", "5", Between("size", 5, None)),
        ("size_max", "5", Between("size", None, 5)),
        ("min_disk_min", " 5 ", Between("min_disk", 5, None)),
        ("min_ram_max", "-5", Between("min_ram", None, -5)),
        ("virtual_size_min", "1_0", Between("virtual_size", 10, None)),
        ("size_min", "٥", Between("size", 5, None)),
        ("size_min", "+４０", Between("size", 40, None)),
        ("size_max", "\xa040\u2003", Between("size", None, 40)),
        ("checksum_min", "\xa040", Broken()),
        ("size_max", str(LARGEST), Between("size", None, LARGEST)),
        ("size_max", str(LARGEST + 1), Broken()),
        ("size_min", str(-LARGEST - 2), Broken()),
        ("owner_min", "5", Broken()),
        ("created_at_max", "5", Broken()),
        ("os_hidden_min", "5", Broken()),
    ],
)
def test_bounds_are_inclusive_and_of_64_bits(name: str, value: str, condition: Condition):
    assert condition == read(name, value)


@pytest.mark.parametrize("name", ["os_hidden", "os_hash_algo", "os_hash_value"])
def test_older_glance_has_no_such_column_to_bound(name: str):
    with pytest.raises(Refused) as caught:
        condition_of(f"{name}_min", "5", newer_columns=False)
    assert 500 == caught.value.status


@pytest.mark.parametrize("name", ["__os_type", "owner", "checksum", "visibility", "bogus", "", "é"])
@pytest.mark.parametrize("value", ["", "a", "eq:a", "in:a,b", " a "])
def test_other_parameters_have_to_be_equal(name: str, value: str):
    assert Has(name, frozenset((value,))) == equality(name, value)


@pytest.mark.parametrize(
    ("name", "value", "condition"),
    [
        ("__tablename__", "images", None),
        ("__tablename__", "image", Nothing()),
        ("__name__", "Image", None),
        ("__class__", "Image", Nothing()),
        ("metadata", "x", Nothing()),
        ("deleted_at", "2018", Nothing()),
    ],
)
def test_names_within_glance_hold_for_all_images_or_none(
    name: str, value: str, condition: Condition | None
):
    assert condition == equality(name, value)


@pytest.mark.parametrize("name", ["members", "locations", "tags"])
def test_relations_cannot_be_compared(name: str):
    with pytest.raises(Refused) as caught:
        equality(name, "x")
    assert 500 == caught.value.status
