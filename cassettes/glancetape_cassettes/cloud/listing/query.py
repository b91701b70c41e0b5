"""Reading a query string: a Query, or the cloud's refusal.

The order of the checks is Glance's (observed on 33.0.0): of several mistakes the same one is told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from glancetape_cassettes.cloud.dialects import Dialect, Pairs
from glancetape_cassettes.cloud.links import first_link
from glancetape_cassettes.cloud.listing.conditions import (
    Broken,
    Condition,
    Has,
    condition_of,
    equality,
    is_compared,
)
from glancetape_cassettes.cloud.refusals import NOT_DECODED, bad_request, server_error
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.imageset.indexed_values import BOOLEANS, TAGS
from glancetape_cassettes.imageset.sort_keys import Sort

ALL_STATUSES = "all"

_LONG = 512  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What all pages of a list ask."""

    first: str
    """The link to the first page."""
    limit: int
    visibility: str | None
    """None when all that one sees by default is asked for."""
    member_status: str
    hidden: bool | None
    """None where the cloud does not know hidden images."""
    sort: Sort
    """Ends with id, where no ties are left."""
    sort_keys: frozenset[str]
    """All keys that are asked for, those behind id too: Glance compares the marker by them."""
    conditions: frozenset[Condition]
    breaks: bool
    """Whether Glance fails on it with 500 once all else is checked."""
    size: int
    """About how many bytes it takes as the key of a cache."""


def read_query(text: str, dialect: Dialect) -> tuple[Query, str | None]:
    """Read a query string, without its question mark: what it asks, and its marker.

    Raises Refused.
    """
    pairs = list(_pairs(text))
    marker = None
    for place, (name, value) in enumerate(pairs):
        if name == "marker":  # the first one; others become filters
            marker = value
            del pairs[place]
            break
    # The pages of a walk differ in their marker alone. What is long is not worth keeping.
    read = _read_again if len(text) < _LONG else _read
    return read(tuple(pairs), dialect), marker


def limit_asked(text: str) -> str | None:
    """Give the limit that a query string names, as it stands there. Raises Refused."""
    return next((value for name, value in _pairs(text) if name == "limit"), None)


def _read(pairs: Pairs, dialect: Dialect) -> Query:
    rest = _Parameters(pairs)
    limit = rest.take("limit")
    member_status = rest.take("member_status")
    tags = [tag.strip() for tag in rest.take_all("tag")]
    visibility = rest.last("visibility")
    if visibility and visibility not in dialect.visibilities:
        raise bad_request(f"Invalid visibility value: {visibility}")
    if rest.last("changes-since"):
        raise bad_request('The "changes-since" filter is no longer available on v2.')
    if member_status is None:
        member_status = "accepted"
    elif member_status not in MEMBER_STATUSES and member_status != ALL_STATUSES:
        raise bad_request(f"Invalid status: {member_status}")
    number = dialect.default_limit if limit is None else _limit(limit)
    sort, keys = _sort(rest, dialect)
    hidden = (_boolean(rest, "os_hidden", lower=True) or False) if dialect.newer_columns else None
    protected = _boolean(rest, "protected")
    visibility = rest.take("visibility")
    conditions = set(_conditions(rest, tags, dialect))
    if protected is not None:
        conditions.add(Has("protected", frozenset((BOOLEANS[protected],))))
    conditions.update(Has(name, frozenset((value,))) for name, value in dialect.always)
    return Query(
        first=first_link(pairs, dialect),
        limit=min(number, dialect.limit_cap),
        visibility=visibility,
        member_status=member_status,
        hidden=hidden,
        sort=sort,
        sort_keys=keys,
        conditions=frozenset(conditions - {Broken()}),
        breaks=Broken() in conditions,
        size=_size(pairs, conditions),
    )


_read_again = lru_cache(maxsize=1024)(_read)


def _size(pairs: Pairs, conditions: Iterable[Condition]) -> int:
    values = sum(len(one.values) for one in conditions if isinstance(one, Has))
    # A text is 50 to 80 bytes and up to four a character; it stands in the links and in a set.
    return (
        1000
        + 300 * (len(pairs) + values)
        + 4 * sum(len(name) + len(value) for name, value in pairs)
    )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    try:
        raw = text.encode("utf-8", "surrogateescape").replace(b"+", b" ")
        for part in raw.replace(b";", b"&").split(b"&"):
            if part:
                name, _, value = part.partition(b"=")
                yield unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()
    except UnicodeError:
        raise bad_request(NOT_DECODED) from None


class _Parameters:
    """The parameters that are still to be read; of repeated ones Glance takes now the first, now
    the last, and what it leaves becomes a filter."""

    def __init__(self, pairs: Pairs) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def last(self, name: str) -> str | None:
        return self._values[name][-1] if name in self._values else None

    def take(self, name: str) -> str | None:
        """Take the first value, leave the others."""
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) == 1:
            del self._values[name]
        return values.pop(0)

    def take_all(self, name: str) -> list[str]:
        return self._values.pop(name, [])

    def left(self) -> list[tuple[str, str]]:
        """Give the last value of each parameter that is left."""
        return [(name, values[-1]) for name, values in self._values.items()]


def _limit(text: str) -> int:
    try:
        limit = int(text)
    except ValueError:
        raise bad_request("limit param must be an integer") from None
    if limit < 0:
        raise bad_request("limit param must be positive")
    return limit


def _boolean(rest: _Parameters, name: str, *, lower: bool = False) -> bool | None:
    """Take a parameter that is true or false; None when it is not there."""
    value = rest.last(name)
    if value is None:
        return None
    rest.take_all(name)
    value = value.lower() if lower else value
    for boolean, word in BOOLEANS.items():
        if value == word:
            return boolean
    raise bad_request(
        f"Invalid value '{value}' for '{name}' filter. Valid values are 'true' or 'false'."
    )


def _sort(rest: _Parameters, dialect: Dialect) -> tuple[Sort, frozenset[str]]:
    """Take the sort parameters; gives all keys that decide, and all that are asked for.

    Those that decide have created_at and id behind them.
    """
    if "sort" in rest:
        if "sort_key" in rest or "sort_dir" in rest:
            raise bad_request("Old and new sorting syntax cannot be combined")
        keys, descending = [], []
        for part in (rest.take("sort") or "").strip().split(","):
            key, _, direction = part.partition(":")
            keys.append(_sort_key(key, dialect))
            descending.append(_is_descending(direction or "desc"))
    else:
        keys = [_sort_key(key, dialect) for key in rest.take_all("sort_key")]
        descending = [_is_descending(direction) for direction in rest.take_all("sort_dir")]
        if len(descending) > 1 and len(descending) != len(keys):
            raise bad_request("Number of sort dirs does not match the number of sort keys")
    keys = keys or ["created_at"]
    # One direction is that of all keys and of the ties; with several, ties are descending.
    ties = descending[0] if len(descending) == 1 else True
    if len(descending) < 2:
        descending = [ties] * len(keys)
    decisive = dict(reversed([*zip(keys, descending, strict=True)]))  # the first of a key counts
    ordered = {key: decisive[key] for key in keys}
    for key in ("created_at", "id"):
        ordered.setdefault(key, ties)
    pairs = list(ordered.items())
    return tuple(pairs[: [key for key, _ in pairs].index("id") + 1]), frozenset(keys)


def _sort_key(text: str, dialect: Dialect) -> str:
    key = text.strip()
    if key not in dialect.sort_keys:
        raise bad_request(
            f"Invalid sort key: {key}. It must be one of the following: "
            f"{', '.join(dialect.sort_keys)}."
        )
    return key


def _is_descending(text: str) -> bool:
    direction = text.strip()
    if direction not in ("asc", "desc"):
        raise bad_request(f"Invalid sort direction: {direction}")
    return direction == "desc"


def _conditions(rest: _Parameters, tags: list[str], dialect: Dialect) -> Iterator[Condition]:
    """Read all other parameters, each a filter."""
    rest.take_all("deleted")
    for name in ("checksum", "os_hash_value") if dialect.newer_columns else ("checksum",):
        if (value := rest.take(name)) is not None:
            yield Has(name, frozenset((value,)))
    if "properties" in rest or "changes-since" in rest:
        raise server_error()
    if tags:
        rest.take_all("tags")
    # A slip that Glance reads letter by letter.
    for tag in tags or rest.take("tags") or ():
        yield Has(TAGS, frozenset(_spellings(tag) if dialect.old_tags else (tag,)))
    left = rest.left()
    for name, value in left:
        if not is_compared(name):
            yield condition_of(name, value, newer_columns=dialect.newer_columns)
    for name, value in left:
        if is_compared(name) and (condition := equality(name, value)) is not None:
            yield condition


def _spellings(tag: str) -> Iterator[str]:
    yield tag
    if "=" in tag:
        yield tag.replace("=", ".", 1)
