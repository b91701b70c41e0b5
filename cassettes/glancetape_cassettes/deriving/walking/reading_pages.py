"""Recorded pages with their queries, read by the rules of a dialect."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from glancetape_cassettes.cloud.dialects import Dialect, dialect_of
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.collection.recorded_lists import RecordedPage
from glancetape_cassettes.deriving.walking.limits import Limits
from glancetape_cassettes.deriving.walking.walks import QueriedPage

Read = dict[tuple[str, str, Limits], tuple[Query, str | None] | None]
"""Queries and markers of query strings, by their API version and the limits of their cloud; None
for what is refused."""


def read_pages(
    pages: Iterable[RecordedPage], dialect: Dialect, limits: Limits, read: Read
) -> Iterator[QueriedPage]:
    """Yield recorded pages with their queries, without those that the dialect would refuse.

    A page of another length than its `limit` and its `next` imply gets a problem: the dialect's
    default or largest limit is not the cloud's, so nothing follows from where the page ends.
    `read` has what was read before by the rules of the same dialect, and gets the rest.
    """
    rules_of = {"": limits.for_pages(dialect)}
    for page in pages:
        if page.version not in rules_of:
            rules_of[page.version] = limits.for_pages(dialect_of(dialect.name, page.version))
        rules = rules_of[page.version]
        key = page.query, page.version, limits
        if key not in read:
            read[key] = _read(page.query, rules)
        if (found := read[key]) is None:
            continue
        query, marker = found
        # Of a page that only contradicts only some images are kept, so its length shows nothing.
        if page.problem or page.only_contradicts or _has_the_length_of(page, query, rules):
            yield QueriedPage(page, query, marker)
        else:
            problem = "the length of a page does not fit its limit and its next"
            yield QueriedPage(replace(page, problem=problem), query, marker)


def _read(text: str, dialect: Dialect) -> tuple[Query, str | None] | None:
    try:
        return read_query(text, dialect)
    except Refused:
        return None


def _has_the_length_of(page: RecordedPage, query: Query, dialect: Dialect) -> bool:
    """Whether a page is full if it has a `next`, and not full if it has none.

    IMS ends with a full page if nothing follows; Glance gives a `next` after every full page.
    """
    count = len(page.ids)
    if page.has_next or count > query.limit:
        return count == query.limit
    return not (dialect.next_on_full_page and count == query.limit > 0)
