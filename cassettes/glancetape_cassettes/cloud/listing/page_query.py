"""Reading the query of a page: what all pages of a list have in common is read only once.

The pages of a list differ in their marker and often in their limit:

    ?visibility=public&limit=25&marker=ID    the list ?visibility=public&limit=..., limit 25,
    ?visibility=public&limit=7               no limit but these, and a marker or none

So the text without both is the key under which the rest is kept.
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import is_plain
from glancetape_cassettes.cloud.listing.query import Query, parameters_of, read_query

_LONG = 512  # characters
# Written so by every client that was seen. All other texts are read as a whole.
_MARKER = re.compile(r"(?:^|&)marker=([0-9A-Za-z_-]+)(?=&|\Z)")
_LIMIT = re.compile(r"(?:^|(?<=&))limit=([0-9]{1,9})(?=&|\Z)")
_SOME_LIMIT = "987654321"
# The same two, in a whole URL.
_OF_A_PAGE = re.compile(r"([?&])(?:marker=([0-9A-Za-z_-]+)|limit=([0-9]{1,9}))(?=&|\Z)")


class PageQuery(NamedTuple):
    """The query of a page. A tuple, because one is made for each page."""

    query: Query
    """The query of the list; its limit and its link to the first page are those of some page."""
    limit: int
    first: str
    """The link to the first page."""
    marker: str | None
    key: Hashable
    """Equal keys are of the same list."""


@dataclass(frozen=True, slots=True, eq=False)  # part of cache keys: identity is fast and enough
class _List:
    """A list, whatever the limit of its pages."""

    query: Query
    before_limit: str
    """The link to its first page up to the limit."""
    after_limit: str

    def first_with(self, limit: str) -> str:
        """Return the link to the first page; the limit is "" if the query has none."""
        return f"{self.before_limit}{limit}{self.after_limit}"


def read_page_query(text: str, dialect: Dialect) -> PageQuery:
    """Return what a query string asks for, which has no question mark.

    Raises Refused, with the cloud's words.
    """
    if len(text) < _LONG:
        marker = _MARKER.search(text)
        rest = text
        if marker is not None:
            rest = (text[: marker.start()] + text[marker.end() :]).removeprefix("&")
        limit = _LIMIT.search(rest)
        if limit is None:
            found = _read_list(rest, None, dialect)
        else:
            found = _read_list(rest[: limit.start(1)], rest[limit.end(1) :], dialect)
        if found is not None:
            return PageQuery(
                found.query,
                found.query.limit if limit is None else min(int(limit[1]), dialect.limit_cap),
                found.first_with("" if limit is None else limit[1]),
                None if marker is None else marker[1],
                found,
            )
    return whole(*read_query(text, dialect), dialect)


class PageUrl(NamedTuple):
    """The URL of a page after a marker, taken apart."""

    list: Hashable
    """What the URLs of all pages of a list have in common, if they are written alike."""
    marker: str
    limit: str | None
    """As it is written; None without one."""


def page_url(url: str) -> PageUrl | None:
    """Take the URL of a page apart; None for another URL, and for one that is written unusually.

    ".../images?limit=2&marker=ab"     ".../images?", "ab", "2"
    ".../images?marker=ab&limit=2"     (".../images", "?", "", "&", "", "marker, limit"), "ab", "2"

    After the first question mark, another one is part of a name or value: `?name=a?limit=2`.
    """
    if url.count("?") != 1:
        return None
    # Most end with both, which are found without a pattern in half the time.
    start, _, marker = url.rpartition("&marker=")
    before, _, limit = start.rpartition("limit=")
    if (
        before.endswith(("?", "&"))
        and not ("marker=" in before or "limit=" in before)
        and is_plain(marker)
        and _is_number(limit)
    ):
        return PageUrl(before, marker, limit)
    match _OF_A_PAGE.split(url):
        case [before, mark, marker, None, after] if marker is not None:
            return PageUrl((before, mark, after), marker, None)
        case [before, mark, None, limit, between, other, marker, None, after] if marker is not None:
            return PageUrl((before, mark, between, other, after, "limit, marker"), marker, limit)
        case [before, mark, marker, None, between, other, None, limit, after] if marker is not None:
            return PageUrl((before, mark, between, other, after, "marker, limit"), marker, limit)
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def first_with_limit(asked: PageQuery) -> Callable[[str], str] | None:
    """Return what gives the link to the first page for a limit, if the query has one.

    None for a query that was read as a whole.
    """
    found = asked.key
    return found.first_with if isinstance(found, _List) else None


@lru_cache(maxsize=1024)
def _read_list(before: str, after: str | None, dialect: Dialect) -> _List | None:
    """Return the list of a text whose limit, if there is an `after`, is between the two parts.

    None for a text that has to be read as a whole: another marker or limit is written differently.
    """
    text = before if after is None else before + _SOME_LIMIT + after
    names = [name for name, _ in parameters_of(text)]
    if "marker" in names or names.count("limit") != (after is not None):
        return None
    query, _ = read_query(text, dialect)
    if after is None:
        return _List(query, query.first, "")
    before_limit, *parts = query.first.split(_SOME_LIMIT)
    return _List(query, before_limit, parts[0]) if len(parts) == 1 else None


def whole(query: Query, marker: str | None, dialect: Dialect) -> PageQuery:
    """Return the query of a page that was read as a whole."""
    key = (
        query.visibility,
        query.member_status,
        query.hidden,
        query.sort,
        query.conditions,
        query.extension,
        dialect,
    )
    return PageQuery(query, query.limit, query.first, marker, key)
