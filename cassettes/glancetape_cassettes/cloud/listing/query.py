"""Reading a query string: a Query, or the cloud's refusal.

The checks come in Glance's order (observed on 33.0.0), so a query with several mistakes is refused
for the same one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from glancetape_cassettes.cloud.dialects import Dialect, Pairs
from glancetape_cassettes.cloud.links import first_link
from glancetape_cassettes.cloud.listing.conditions import (
    Broken,
    Condition,
    ExtensionCondition,
    Has,
    Nothing,
    condition_of,
    equality,
    is_compared,
)
from glancetape_cassettes.cloud.listing.escapes import unescaped
from glancetape_cassettes.cloud.refusals import NOT_DECODED, bad_request, server_error
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.imageset.indexed_values import BOOLEANS, TAGS
from glancetape_cassettes.imageset.sort_keys import Sort

ALL_STATUSES = "all"

_LONG = 512  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What all pages of a list have in common, and the limit of one of them."""

    first: str
    """The link to the first page."""
    limit: int
    asked_limit: int | None
    """The limit as it was asked for, before the cloud's largest one; None without one."""
    visibility: str | None
    """None when the query does not name one: everything but community images of others."""
    own_shared: bool
    """Whether `visibility=shared` lists the caller's own images too, as it does in its version."""
    member_status: str
    hidden: bool | None
    """None if the cloud does not know hidden images."""
    sort: Sort
    """All keys that decide, the last one `id`, which leaves no ties."""
    sort_keys: frozenset[str]
    """All keys that the query names, also after `id`: Glance compares the marker by them."""
    conditions: frozenset[Condition]
    breaks: bool
    """Whether Glance answers it with 500 after all other checks."""
    size: int
    """About how many bytes the query takes as the key of a cache."""
    extension: frozenset[ExtensionCondition] = frozenset()


def read_query(text: str, dialect: Dialect) -> tuple[Query, str | None]:
    """Return the query and the marker of a query string, which has no question mark.

    Raises Refused, with the cloud's words.
    """
    pairs = list(_pairs(text))
    marker = None
    for place, (name, value) in enumerate(pairs):
        if name == "marker":  # the first one; Glance takes further ones as filters
            marker = value
            del pairs[place]
            break
    # The pages of a walk differ in their marker only, so their query is kept, unless it is long.
    read = _read_again if len(text) < _LONG else _read
    return read(tuple(pairs), dialect), marker


def limit_asked(text: str) -> str | None:
    """Return the `limit` of a query string as text; None without one. Raises Refused."""
    return next((value for name, value in _pairs(text) if name == "limit"), None)


def parameters_of(text: str) -> list[tuple[str, str]]:
    """Return all names and values of a query string, decoded. Raises Refused."""
    return list(_pairs(text))


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
    asked = None if limit is None else _limit(limit)
    number = dialect.default_limit if asked is None else asked
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
        asked_limit=asked,
        visibility=visibility,
        own_shared=dialect.own_shared,
        member_status=member_status,
        hidden=hidden,
        sort=sort,
        sort_keys=keys,
        conditions=frozenset(conditions),
        breaks=Broken() in conditions,
        size=_size(pairs, conditions),
    )


_read_again = lru_cache(maxsize=1024)(_read)


def _size(pairs: Pairs, conditions: Iterable[Condition]) -> int:
    values = sum(len(one.values) for one in conditions if isinstance(one, Has))
    # A text takes 50 to 80 bytes and up to four per character, once in the links and once in a set.
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
                yield unescaped(name).decode(), unescaped(value).decode()
    except UnicodeError:
        raise bad_request(NOT_DECODED) from None


class _Parameters:
    """The parameters that are still to be read.

    From repeated ones Glance takes the first or the last, and the rest become filters.
    """

    def __init__(self, pairs: Pairs) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def last(self, name: str) -> str | None:
        return self._values[name][-1] if name in self._values else None

    def take(self, name: str) -> str | None:
        """Take the first value and leave the others."""
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) == 1:
            del self._values[name]
        return values.pop(0)

    def take_all(self, name: str) -> list[str]:
        return self._values.pop(name, [])

    def left(self) -> list[tuple[str, str]]:
        """Return the last value of each parameter that is left."""
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
    """Take a parameter that is true or false; None when it is absent."""
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
    """Take the sort parameters: return the keys that decide, and all keys that are named.

    `sort_key=name` decides by name, then created_at, then id.
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
    # A single direction holds for all keys and for ties. With several, ties are descending.
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
    """Yield the conditions of all other parameters, which are filters."""
    rest.take_all("deleted")
    for name in ("checksum", "os_hash_value") if dialect.newer_columns else ("checksum",):
        if (value := rest.take(name)) is not None:
            yield Has(name, frozenset((value,)))
    if "properties" in rest or "changes-since" in rest:
        raise server_error()
    if tags:
        rest.take_all("tags")
    # Without `tag`, Glance reads `tags=ab` letter by letter: tags a and b.
    for tag in tags or rest.take("tags") or ():
        yield Has(TAGS, frozenset(_spellings(tag) if dialect.old_tags else (tag,)))
    left = rest.left()
    for name, value in left:
        if not is_compared(name):
            yield condition_of(name, value, newer_columns=dialect.newer_columns)
    for name, value in left:
        if name in dialect.unknown_fields:
            yield Nothing()  # a property that no image has
        elif is_compared(name) and (condition := equality(name, value)) is not None:
            yield condition


def _spellings(tag: str) -> Iterator[str]:
    yield tag
    if "=" in tag:
        yield tag.replace("=", ".", 1)
