"""The pages of a derived list for one caller: what they have in common is worked out once.

A page that needs a further look is not made here, but proved by itself, as the first one was:

- it was recorded, so it is no derived page;
- its marker is not of the walk, may be gone, or is one after which Glance loses images;
- it has a limit of which it is not known how many images this cloud lists then;
- redaction would change its URI, so that it is not the question that it looks like.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.page_maker import PageMaker, Parts
from glancetape_cassettes.cloud.responses import request_id_of, shown_id
from glancetape_cassettes.deriving.lists.recorded_pages import Pages
from glancetape_cassettes.deriving.walking.limits import Limits
from glancetape_cassettes.replaying.answers import Provenance


class ProvedPages(NamedTuple):
    """What makes the pages of a list, and the interactions that prove them all, as text."""

    pages: PageMaker
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedList:
    """A list that a recording proves, for one caller in one state."""

    source: str
    """The interactions that prove its pages, such as `basic.yaml#1-4`."""
    dialect: Dialect
    limits: Limits
    caller: str
    before_query: str
    """The URI of a page up to its query."""
    recorded: Pages
    pages: PageMaker
    keeps: Callable[[Sequence[tuple[str, str]], str], bool] | None
    """Whether redaction keeps a URI; None where nothing is redacted."""
    provenance: Provenance = Provenance.DERIVED
    may_be_dropped: bool = False

    def page(self, query: str, marker: str, limit: str | None) -> tuple[str, bytes] | None:
        """The request id and the body of the page of a query; None if it has to be asked for.

        Marker and limit are those in the query.
        """
        if (marker, limit) in self.recorded or not self._is_certain(limit):
            return None
        uri = self.before_query + query
        if self.keeps is not None:
            differing = [("marker", marker)]
            if limit is not None:
                differing.append(("limit", limit))
            if not self.keeps(differing, uri):
                return None
        body = self.pages.body(marker, limit)
        return None if body is None else (self._shown_id(uri), body)

    def parts(self, query: str, marker: str, limit: str | None) -> tuple[str, Parts] | None:
        """The same; the body is one part."""
        found = self.page(query, marker, limit)
        return None if found is None else (found[0], ([found[1]], len(found[1])))

    def _is_certain(self, limit: str | None) -> bool:
        asked = None if limit is None else int(limit)
        return asked != 0 and self.limits.is_certain(asked)

    def _shown_id(self, uri: str) -> str:
        return shown_id(request_id_of(uri, self.caller), self.dialect)
