"""What every database takes and reads alike: which one a cloud has is not known."""

import re
from collections.abc import Sequence

from glancetape_cassettes.imageset.collations import alike, reads_alike
from glancetape_cassettes.imageset.image_fields import NUMBERS

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_MOST_JOINS = 50
"""Tags and properties in a query that every database takes: MySQL joins 61 tables, SQLite 64, and
Glance joins some of its own."""
_MOST_VALUES = 500
"""Values in one `in:` that every database takes: SQLite before 3.32 took 999 in all."""
_MOST_SORT_KEYS = 50
"""The same for the keys of a `sort`. SQLite takes 2,000, but after a marker Glance compares each
key together with all keys before it."""


def why_a_database_may_refuse(parameters: Sequence[tuple[str, str]]) -> str:
    """Why a database may fail at the values of a query, or read them otherwise; "" if none does.

    Observed: PostgreSQL fails at each of these, and MySQL takes `min_disk=abc` for 0.
    """
    for name, value in parameters:
        if "\0" in name + value:
            return "some databases take no text with a zero byte"
        if name in NUMBERS and not reads_alike(name, value):
            return f"databases differ in how they compare such a text with the number {name}"
        if name == "deleted_at":
            return "some databases compare no text with deleted_at"
        if name == "visibility" and not value:
            return "some databases have no empty visibility"
    return ""


def asks_too_much(parameters: Sequence[tuple[str, str]]) -> bool:
    """Whether some database may take fewer joins, values or sort keys than a query has."""
    return _most_joins(parameters) > _MOST_JOINS or _has_many_values(parameters)


def _most_joins(parameters: Sequence[tuple[str, str]]) -> int:
    """Return how many tables a list joins at most; `tags=ab` are two tags."""
    return sum(len(value) if name == "tags" else 1 for name, value in parameters)


def _has_many_values(parameters: Sequence[tuple[str, str]]) -> bool:
    """Whether a parameter lists too many values or sort keys; `sort=name,size` has two."""
    return any(
        value.count(",") >= (_MOST_SORT_KEYS if name == "sort" else _MOST_VALUES)
        for name, value in parameters
    )


def may_be_an_id(text: str) -> bool:
    """Whether an image may have this id; to any other text Glance always answers the same.

    As a marker it gets a 400, in a path a 404. MySQL finds an id by what is like it, such as the
    id with a blank at its end, and PostgreSQL takes no zero byte.
    """
    return _UUID.match(alike(text)) is not None or "\0" in text
