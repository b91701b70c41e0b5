"""Recorded pages and what they were asked, as the dialect reads it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.collection.gathering import RecordedPage
from glancetape_cassettes.deriving.walks import QueriedPage


def read_pages(pages: Iterable[RecordedPage], dialect: Dialect) -> Iterator[QueriedPage]:
    """Read what recorded pages were asked; one that the dialect would refuse is left out."""
    for page in pages:
        try:
            query, marker = read_query(page.query, dialect)
        except Refused:
            continue
        if page.problem or _is_as_long_as_asked(page, query, dialect):
            yield QueriedPage(page, query, marker)
        else:
            problem = "a page is not as long as its limit and its next say"
            yield QueriedPage(replace(page, problem=problem), query, marker)


def _is_as_long_as_asked(page: RecordedPage, query: Query, dialect: Dialect) -> bool:
    count = len(page.ids)
    if page.has_next or count > query.limit:
        return count == query.limit
    return not (dialect.next_on_full_page and count == query.limit > 0)
