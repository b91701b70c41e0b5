"""The conditions of a query: what each filter requires of an image.

`name=in:a,b` is Has("name", {"a", "b"}), `size_min=5` is Between("size", 5, None). Equal conditions
choose the same images. How Glance reads the parameters is observed on 33.0.0; the sentences of the
refusals are its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from glancetape_cassettes.cloud.dialects import NEWER_FIELDS
from glancetape_cassettes.cloud.listing.time_filters import is_time, seconds_of
from glancetape_cassettes.cloud.refusals import bad_request, server_error
from glancetape_cassettes.imageset.image_fields import INT64, NUMBERS, TIMES
from glancetape_cassettes.lazy_regex import lazy_compile


@dataclass(frozen=True, slots=True)
class Has:
    """The property has one of the values; `tags` when an image has one of the tags."""

    name: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Between:
    """The number, or the time in whole seconds, is in [low, high]; None leaves that side open.

    With `outside` it is not in there. Null is neither.
    """

    name: str
    low: int | None
    high: int | None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """The time is before, at or after a moment, which a query names to the microsecond.

    `created_at=gt:T` and `created_at=gte:T+1` are two conditions. They find the same images in an
    image set, which holds whole seconds, but a cloud may hold an image of T and a half.
    """

    name: str
    operator: str
    """`eq`, `neq`, `gt`, `gte`, `lt` or `lte`."""
    moment: int
    """In microseconds since 1970."""

    @property
    def seconds(self) -> Between:
        """The range of whole seconds that finds the same images in an image set."""
        second, fraction = divmod(self.moment, _MICROSECONDS)
        past = fraction > 0  # no whole second equals a moment that lies past one
        match self.operator:
            case "eq":
                return Between(self.name, second + past, second)
            case "neq":
                return Between(self.name, second + past, second, outside=True)
            case "gt":
                return Between(self.name, second + 1, None)
            case "gte":
                return Between(self.name, second + past, None)
            case "lt":
                return Between(self.name, None, second - (not past))
            case _:
                return Between(self.name, None, second)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Matches no image."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Glance's database refuses the filter, after everything else is checked: 500."""


Condition = Has | Between | When | Nothing | Broken


@dataclass(frozen=True, slots=True)
class Lacks:
    """The property has none of the values, or the image does not have it."""

    name: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasOrLacks:
    """The property has one of the values, or the image does not have it."""

    name: str
    values: frozenset[str]


ExtensionCondition = Has | Lacks | HasOrLacks
"""What only the list `/v2/cloudimages` can ask for."""

_MICROSECONDS = 1_000_000  # in a second
_TIME_OPERATORS = frozenset(("eq", "neq", "gt", "gte", "lt", "lte"))
_OPERATORS = ("name", "id", "status", "container_format", "disk_format")
_TEXTS = (*_OPERATORS, "owner", "checksum", "os_hash_algo", "os_hash_value", "visibility")
_COLUMNS = frozenset((*_TEXTS, *NUMBERS, *TIMES, "protected", "os_hidden", "deleted", "deleted_at"))
_RELATIONS = frozenset(("members", "locations", "tags"))
# Attributes of Glance's class for images that are not columns. Comparing text with them gives the
# same result for every image.
_CONSTANTS = {
    "__tablename__": "images",
    "__module__": "glance.db.sqlalchemy.models",
    "__doc__": "Represents an image in the datastore.",
    "__name__": "Image",
    "__qualname__": "Image",
}
_ATTRIBUTES = frozenset(
    "__abstract__ __class__ __contains__ __delattr__ __dict__ __dir__ __eq__ __format__ __ge__ "
    "__getattribute__ __getitem__ __getstate__ __gt__ __hash__ __init__ __init_subclass__ "
    "__iter__ __le__ __lt__ __mapper__ __ne__ __new__ __protected_attributes__ __reduce__ "
    "__reduce_ex__ __repr__ __setattr__ __setitem__ __sizeof__ __str__ __subclasshook__ __table__ "
    "__table_args__ __table_initialized__ __weakref__ _as_dict _extra_keys _sa_class_manager "
    "_sa_registry delete get items iteritems keys metadata registry save to_dict update "
    "values".split()
)
# SQLite reads text as a number if the column is one.
_BLANKS = r"[ \t\n\v\f\r]*"
_NUMBER = lazy_compile(
    rf"{_BLANKS}([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?){_BLANKS}", re.ASCII
)
_LIST_ITEM = lazy_compile(r'"((?:[^"\\]|\\.)*)",?|([^,]+),?|,')


def is_compared(name: str) -> bool:
    """Whether a parameter is compared as it is, without operators and bounds."""
    return not name.endswith(("_min", "_max")) and name not in TIMES and name not in _OPERATORS


def condition_of(name: str, value: str, *, newer_columns: bool) -> Condition:
    """Return the condition of a parameter with an operator or a bound. Raises Refused."""
    if name.endswith(("_min", "_max")):
        return _bound(name, value, newer_columns)
    if name in TIMES:
        return _time(name, value)
    return Has(name, frozenset(_wanted(value)))


def equality(name: str, value: str) -> Condition | None:
    """Return the condition of a parameter that is compared as it is. Raises Refused.

    None when it holds for every image.
    """
    if name in NUMBERS:
        number = _number(value)
        return Nothing() if number is None else Between(name, number, number)
    if name == "deleted_at":
        return Nothing()
    if name in _RELATIONS:
        raise server_error()
    if name in _CONSTANTS:
        return None if value == _CONSTANTS[name] else Nothing()
    if name in _ATTRIBUTES:
        return Nothing()
    return Has(name, frozenset((value,)))


def _bound(name: str, value: str, newer_columns: bool) -> Condition:
    column, is_lowest = name[:-4], name.endswith("_min")
    try:
        number = int(value)
    except ValueError:
        raise bad_request("Unable to filter on a range with a non-numeric value.") from None
    if column not in _COLUMNS or (column in NEWER_FIELDS and not newer_columns):
        raise server_error()
    # Databases differ in how they compare a number with a column of text: SQLite compares them
    # somehow, PostgreSQL refuses.
    if column not in NUMBERS or not -INT64 <= number < INT64:
        return Broken()
    return Between(column, number, None) if is_lowest else Between(column, None, number)


def _split_operator(value: str) -> tuple[str, str]:
    operator, colon, rest = value.partition(":")
    return (operator, rest) if colon and not is_time(value) else ("eq", value)


def _time(name: str, value: str) -> Condition:
    operator, text = _split_operator(value)
    try:
        second, fraction = seconds_of(text)
    except ValueError:
        raise bad_request(
            f'Bad "{name}" query filter format. Use ISO 8601 DateTime notation.'
        ) from None
    except OverflowError:
        raise server_error() from None
    if operator not in _TIME_OPERATORS:
        raise bad_request("Unable to filter on a unknown operator.")
    return When(name, operator, second * _MICROSECONDS + fraction)


def _wanted(value: str) -> Iterator[str]:
    operator, text = _split_operator(value)
    if operator == "eq":
        yield text
    elif operator == "in":
        yield from _listed(text)
    else:
        raise bad_request(f"Unable to filter by unknown operator '{operator}'.")


def _listed(text: str) -> Iterator[str]:
    """Yield the values of a comma-separated list in which double quotes protect commas."""
    is_open = False
    for place, character in enumerate(text):
        if character != '"' or (place and text[place - 1] == "\\"):
            continue
        if not is_open and place and text[place - 1] != ",":
            problem = "There is no comma before opening quotation mark."
        elif is_open and text[place + 1 : place + 2] not in ("", ","):
            problem = "There is no comma after closing quotation mark."
        else:
            is_open = not is_open
            continue
        raise bad_request(f"Invalid filter value {text}. {problem}")
    if is_open:
        raise bad_request(f"Invalid filter value {text}. The quote is not closed.")
    for match in _LIST_ITEM.finditer(text):
        yield match[1] or match[2] or ""


def _number(text: str) -> int | None:
    """Return the integer that SQLite compares with a column of numbers; None when there is none."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    try:
        number = int(match[1])
    except ValueError:
        real = float(match[1])
        if not real.is_integer():
            return None
        number = int(real)
    return number if -INT64 <= number < INT64 else None
