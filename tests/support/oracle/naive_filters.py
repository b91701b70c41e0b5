"""Which images a list query asks for: the conditions of the naive oracle in naive.py."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from support.oracle import naive_query as read
from support.oracle.naive_query import Pairs, Refused

Image = Mapping[str, Any]
Condition = Callable[[Image], bool]

NUMBERS = ("size", "virtual_size", "min_disk", "min_ram")
TIMES = ("created_at", "updated_at")
WITH_OPERATORS = ("name", "id", "status", "container_format", "disk_format")
TEXTS = (*WITH_OPERATORS, "visibility", "checksum", "owner", "os_hash_algo", "os_hash_value")
FLAGS = ("protected", "os_hidden")
ONLY_GLANCE = ("os_hidden", "os_hash_algo", "os_hash_value")
DEFAULTS = {"visibility": "shared", "min_disk": 0, "min_ram": 0} | dict.fromkeys(FLAGS, False)

# Names that are neither columns nor properties of an image but of its class in Glance.
RELATED = ("tags", "members", "locations", "properties")
CLASS_TEXTS = {
    "__tablename__": "images",
    "__name__": "Image",
    "__qualname__": "Image",
    "__module__": "glance.db.sqlalchemy.models",
    "__doc__": "Represents an image in the datastore.",
}
CLASS_NAMES = "delete get items iteritems keys metadata mro registry save to_dict update values"
NOT_PROPERTIES = {"self", "file", "schema", *CLASS_NAMES.split()}

UNLISTED_STATUSES = ("killed", "deleted", "pending_delete")
DELETED_STATUSES = ("deleted", "pending_delete")
COMPARISONS = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}


@dataclass(frozen=True)
class Rules:
    """Who answers whom: Glance, an older one, or an API version of IMS, a project's query."""

    version: str  # glance, older, queens or mitaka
    project: str
    is_operator: bool = False
    """Whether the caller sees the images of all projects."""

    @property
    def ims(self) -> bool:
        return self.version in ("queens", "mitaka")

    @property
    def visibilities(self) -> tuple[str, ...]:
        return {
            "glance": ("community", "public", "private", "shared", "all"),
            "older": ("community", "public", "private", "shared"),
            "queens": ("community", "public", "private", "shared"),
            "mitaka": ("public", "private", "shared"),
        }[self.version]

    def is_column(self, name: str) -> bool:
        if self.version != "glance" and name in ONLY_GLANCE:
            return False
        return name in (*NUMBERS, *TIMES, *TEXTS, *FLAGS, "deleted", "deleted_at")


def make_conditions(
    rest: Pairs, tags: list[str], member_status: str, rules: Rules
) -> tuple[list[Condition], bool]:
    """Return what an image must meet, and if a number is too large for the database.

    The errors come in the order in which Glance finds them: flags, what it takes for lists, then
    the filters with a syntax in the order of the query, then the others.
    """
    conditions: list[Condition] = [lambda image: image["status"] not in UNLISTED_STATUSES]
    conditions += flag_conditions(rest, rules)
    visibility = read.take_first(rest, "visibility")
    conditions.append(lambda image: is_listed(image, visibility, member_status, rules))
    for name in ("checksum", "os_hash_value"):
        value = read.take_first(rest, name) if rules.is_column(name) else None
        if value is not None:  # a second one stays and must hold as well
            conditions.append(column_is(name, value))
    if read.values_of(rest, "properties") or read.values_of(rest, "changes-since"):
        raise read.erred()
    read.take_all(rest, "deleted")
    if tags:
        read.take_all(rest, "tags")
    else:
        tags = list(read.take_first(rest, "tags") or "")
    conditions += [has_tag(tag, rules) for tag in tags]

    # A name stands where it stood first and has its last value.
    filters = dict(rest)
    plain = {name: value for name, value in filters.items() if not has_syntax(name)}
    too_large = False
    for name, value in filters.items():
        if name in TIMES:
            conditions.append(compare_time(name, value))
        elif name in WITH_OPERATORS:
            conditions.append(compare_text(name, value))
        elif has_syntax(name):
            border = read.read_range(value)
            if not rules.is_column(name[:-4]):
                raise read.erred()
            too_large = too_large or not read.SMALLEST <= border <= read.LARGEST
            conditions.append(in_range(name[:-4], name[-4:], border))
    if any(name in RELATED for name in plain):
        raise read.erred()
    conditions += [equals(name, value, rules) for name, value in plain.items()]
    return conditions, too_large


def has_syntax(name: str) -> bool:
    """Return whether the values of a filter are more than what to be equal to."""
    return name in (*TIMES, *WITH_OPERATORS) or name.endswith(("_min", "_max"))


def flag_conditions(rest: Pairs, rules: Rules) -> list[Condition]:
    """Return what is asked of the flags and, by IMS, of all images; os_hidden=false in Glance."""
    conditions: list[Condition] = []
    if rules.ims:
        conditions.append(lambda image: property_text(image, "__isregistered") == "true")
    elif rules.version == "glance":
        hidden = (read.take_all(rest, "os_hidden") or ["false"])[-1]
        conditions.append(column_is("os_hidden", read.read_flag("os_hidden", hidden.lower())))
    protected = read.take_all(rest, "protected")
    if protected:
        conditions.append(column_is("protected", read.read_flag("protected", protected[-1])))
    return conditions


def column(image: Image, name: str) -> Any:
    """Return the value of a column; times as datetimes."""
    if name in TIMES:
        return read_stored_time(image.get(name, image["created_at"]))
    return image.get(name, DEFAULTS.get(name))


@lru_cache(maxsize=100_000)
def read_stored_time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def column_is(name: str, value: Any) -> Condition:
    return lambda image: bool(column(image, name) == value)


def in_range(name: str, side: str, border: int) -> Condition:
    """Compare a column with a number as SQLite does: a text as text, a time is above them all."""

    def holds(image: Image) -> bool:
        if name in TIMES:
            return side == "_min"
        value: Any = False if name == "deleted" else column(image, name)
        if value is None:
            return False
        limit: Any = str(border) if name in TEXTS else border
        return bool(value >= limit if side == "_min" else value <= limit)

    return holds


def compare_time(name: str, text: str) -> Condition:
    word, value = read.read_operator(text)
    time = read.read_utc(name, value)
    if word not in COMPARISONS:
        raise Refused("Unable to filter on a unknown operator.")
    return lambda image: COMPARISONS[word](column(image, name), time)


def compare_text(name: str, text: str) -> Condition:
    word, value = read.read_operator(text)
    if word not in ("eq", "in"):
        raise Refused(f"Unable to filter by unknown operator '{word}'.")
    wanted = [value] if word == "eq" else read.read_list(value)
    return lambda image: column(image, name) in wanted


def equals(name: str, value: str, rules: Rules) -> Condition:
    """Compare a column or, if there is none of the name, a custom property."""
    if name in CLASS_TEXTS:
        return lambda image: value == CLASS_TEXTS[name]
    if not rules.is_column(name):
        return lambda image: property_text(image, name) == value
    if name in NUMBERS:
        number = read.read_number(value)
        return lambda image: number is not None and bool(column(image, name) == number)
    return column_is(name, value)


def property_text(image: Image, name: str) -> str | None:
    value = None if name in NOT_PROPERTIES else image.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def has_tag(tag: str, rules: Rules) -> Condition:
    wanted = [tag]
    if rules.ims and "=" in tag:
        wanted.append(tag.replace("=", ".", 1))
    return lambda image: any(text in image.get("tags", ()) for text in wanted)


def is_shared_with(image: Image, project: str, member_status: str) -> bool:
    """Return whether the project is a member of a shared image, in the given status or in any."""
    return column(image, "visibility") == "shared" and any(
        member["member_id"] == project and member_status in ("all", member["status"])
        for member in image.get("members", ())
    )


def is_listed(image: Image, visibility: str | None, member_status: str, rules: Rules) -> bool:
    """Return whether an image can stand in the project's list at all."""
    stored: str = column(image, "visibility")
    own: bool = image.get("owner") == rules.project
    shared = is_shared_with(image, rules.project, member_status)
    if rules.version == "mitaka":
        return {
            None: stored == "public" or own or shared,
            "public": stored == "public",
            "private": stored == "private" and own,
            "shared": shared and not own,
        }.get(visibility, False)
    if not (stored in ("public", "community") or own or shared or rules.is_operator):
        return False
    if visibility is None:
        return own or stored != "community"
    return stored == visibility or (visibility == "all" and "all" in rules.visibilities)
