"""What the database of a cloud makes of a list: MySQL and PostgreSQL beside SQLite.

Written from what a real Glance 33 answered over MariaDB 10.11 and PostgreSQL 15. SQLite is what the
naive oracle is written for.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any

from support.clouds.clouds import Order, cell
from support.oracle.naive_filters import NUMBERS, TIMES, WITH_OPERATORS, Image
from support.oracle.naive_query import Pairs

SQLITE, MYSQL, POSTGRESQL = "sqlite", "mysql", "postgresql"
NOT_COMPARED = frozenset(
    "limit marker sort sort_key sort_dir visibility member_status protected os_hidden "
    "changes-since".split()
)
LEADING_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
PLAIN_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*", re.ASCII)
SIGNS = " _-,;:!?."


def mysql_text(text: str) -> str:
    """Return a text as MySQL compares it: no case, no accents, and no blanks at its end."""
    base = (unicodedata.normalize("NFD", one)[0] for one in text.rstrip(" "))
    return "".join(one.lower() for one in base)


def mysql_image(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image with its texts, and the names of its properties, so."""
    found: dict[str, Any] = {}
    for name, value in image.items():
        if isinstance(value, str) and name not in (*TIMES, "id", "visibility"):
            compared: Any = mysql_text(value)
        elif name == "tags":
            compared = [mysql_text(tag) for tag in value]
        else:
            compared = value
        found[mysql_text(name) if name.startswith("__") else name] = compared
    return found


def mysql_pairs(pairs: Pairs) -> Pairs:
    """Return the parameters of a query as MySQL compares them."""
    return [
        (mysql_text(name) if name.startswith("__") else name, _value(name, value))
        for name, value in pairs
    ]


def _value(name: str, value: str) -> str:
    if name in (*NOT_COMPARED, *TIMES) or name.endswith(("_min", "_max")):
        return value
    if name in NUMBERS:
        number = LEADING_NUMBER.match(value)
        return number[0] if number else "0"
    if name in WITH_OPERATORS and ":" in value:
        word, _, rest = value.partition(":")
        return f"{word}:{mysql_text(rest)}"
    return mysql_text(value)


def postgresql_fails(pairs: Pairs) -> bool:
    """Return whether PostgreSQL fails at a query that Glance itself does not refuse."""
    last = dict(pairs)
    return any(
        "\0" in name + value
        or name == "deleted_at"
        or (name, value) == ("visibility", "")
        or (name in NUMBERS and not is_integer(name, value))
        for name, value in last.items()
    )


def is_integer(name: str, value: str) -> bool:
    """Return whether PostgreSQL reads a text as a number that its column may have."""
    bits = 31 if name.startswith("min_") else 63
    return PLAIN_NUMBER.fullmatch(value) is not None and abs(int(value)) < 1 << bits


def postgresql_text(text: str) -> tuple[list[tuple[int, int]], str]:
    """Return the place of a text in an English order: signs, digits, letters."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    base = [one for one in folded if not unicodedata.combining(one)]
    weights = [(0, SIGNS.index(one)) if one in SIGNS else (1, ord(one)) for one in base]
    return weights, text.swapcase()


def postgresql_sorted(images: list[Image], order: Order) -> list[Image]:
    """Return images in the order that PostgreSQL lists them in: null is above everything."""

    def compare(one: Image, other: Image) -> int:
        for key, direction in order:
            left, right = cell(one, key), cell(other, key)
            if left == right:
                continue
            if left is None or right is None:
                below = right is None
            elif isinstance(left, str):
                below = postgresql_text(left) < postgresql_text(right)
            else:
                below = left < right
            return -1 if below == (direction == "asc") else 1
        return 0

    return sorted(images, key=cmp_to_key(compare))


def is_behind(order: Order, image: Image, marker: Image) -> bool:
    """Return whether PostgreSQL finds an image behind a marker: a null cell counts as "" or 0."""
    for key, direction in order:
        left, right = (_filled(key, cell(one, key)) for one in (image, marker))
        if left == right:
            continue
        below = (
            postgresql_text(left) < postgresql_text(right)
            if isinstance(left, str)
            else left < right
        )
        return bool(below == (direction == "desc"))
    return False


def _filled(key: str, value: Any) -> Any:
    if value is None:
        return 0 if key in NUMBERS else ""
    return value
