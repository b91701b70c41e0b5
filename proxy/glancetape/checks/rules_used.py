"""The rules on which the answer to a list request depends, by name."""

from typing import Any
from urllib.parse import parse_qsl

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.conditions import Between, Broken, Condition, Has, When
from glancetape_cassettes.cloud.listing.query import read_query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.imageset.image_fields import FIELDS
from glancetape_cassettes.imageset.indexed_values import TAGS

_POOLS = ("visibility", "member_status", "os_hidden")
_SORTING = ("sort", "sort_key", "sort_dir")


def rules_used(text: str, status: int, page: Any, dialect: Dialect) -> list[str]:
    """The rules that a query string and its answer depend on, in the order of a report."""
    try:
        query, marker = read_query(text, dialect)
    except Refused:
        return ["refusal"]
    if status != 200:
        return ["refusal"]
    asked = dict(parse_qsl(text, keep_blank_values=True, errors="replace"))
    named = ",".join(asked[name] for name in ("sort", "sort_key") if name in asked)
    named = named.replace(":", ",")
    if any(name in asked for name in _SORTING):
        keys = {key.strip() for key in named.split(",")}
        sorts = [key for key, _ in query.sort if key in keys] or ["created_at"]
        found = [f"sort by {key}" for key in sorts]
    else:
        found = ["default order"]
    found.append("limit" if "limit" in asked else "default limit")
    if marker is not None:
        found.append("marker")
    kinds = {
        _kind(condition, asked)
        for condition in query.conditions
        if not (isinstance(condition, Has) and _is_always(condition, asked, dialect))
    }
    found += sorted(kinds)
    found += [name for name in _POOLS if name in asked]
    found.append("links")
    found.append("no next on the last page" if page.get("next") is None else "next")
    return found


def _is_always(condition: Has, asked: dict[str, str], dialect: Dialect) -> bool:
    return condition.name not in asked and condition.name in dict(dialect.always)


def _kind(condition: Condition, asked: dict[str, str]) -> str:
    match condition:
        case Has(name):
            return _kind_of_text(name, asked)
        case When():
            return "filter by a time"
        case Between():
            return "filter by a number"
        case Broken():
            return "odd bound"
        case _:
            return "filter that nothing matches"


def _kind_of_text(name: str, asked: dict[str, str]) -> str:
    if name == TAGS:
        return "tag"
    if asked.get(name, "").startswith("in:"):
        return "filter by a list of values"
    return "filter by a field" if name in FIELDS else "filter by a property"
