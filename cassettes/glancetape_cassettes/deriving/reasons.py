"""Why a recording proves no answer, and which requests would make it do so."""

from collections.abc import Sequence

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import LIST_PATH, next_link
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.deriving.coverage import why_not_covered
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.validity import CheckedWalk
from glancetape_cassettes.deriving.walks import Walk

_LARGEST = 1000  # images a page


class NotProved(Exception):
    """The recording does not prove an answer; says why in one sentence.

    `requests` are the requests, each a path, that would make the question answerable.
    """

    def __init__(self, why: str, *requests: str) -> None:
        """Say why, and what would help."""
        super().__init__(why)
        self.requests = requests


def unknown_marker(marker: str) -> NotProved:
    """Say that nothing is known of where a marker stands."""
    return NotProved(
        f"Whether image {marker}, the marker, was there, and where it stood, is not recorded.",
        f"{LIST_PATH}/{marker}",
    )


def refusal_not_recorded(refused: Refused, query_string: str) -> NotProved:
    """Say that a cloud whose refusals are not documented would refuse a query."""
    return NotProved(
        f"It would be refused ({refused.message.removesuffix('.')}), and how this "
        "cloud says that is not recorded.",
        f"{LIST_PATH}?{query_string}",
    )


def odd_bound(query_string: str) -> NotProved:
    """Say that databases differ in what a bound on a column of text finds."""
    return NotProved(
        "What a bound on a column of text gives depends on the cloud's database.",
        f"{LIST_PATH}?{query_string}",
    )


def uncertain_matches(why: str, query: Query) -> NotProved:
    """Say why it is not certain which images match a query."""
    return NotProved(f"It is not certain which images match: {why}.", query.first)


def uncertain_order(why: str, query: Query) -> NotProved:
    """Say why it is not certain in which order the images of a page come."""
    return NotProved(f"The order is not certain: {why}.", query.first)


def nothing_covers(query: Query, walks: Sequence[CheckedWalk], dialect: Dialect) -> NotProved:
    """Say what keeps the nearest walk from answering a query."""
    fresh = _first_of_walk_for(query, dialect)
    # What contradicts a whole walk may begin another: that the first no longer holds says more.
    for one in sorted(walks, key=lambda one: not one.walk.is_complete):
        walk = one.walk
        if why_not_covered(walk.query, query):
            continue
        where = f"The walk that would prove it ({_range(walk)})"
        if walk.is_complete:
            return NotProved(f"{where} no longer holds: {one.why_void}.", fresh)
        if walk.problem:
            return NotProved(f"{where} breaks off: {walk.problem}.", fresh)
        following = next_link(walk.query.first, walk.ids[-1]) if walk.ids else fresh
        return NotProved(f"{where} was not recorded to its end.", f"{following} and each next")
    if walks and walks[0].walk.is_complete:
        nearest = walks[0].walk
        why = f": the walk {_range(nearest)} {why_not_covered(nearest.query, query)}"
    else:
        why = ""
    return NotProved(f"No recorded walk covers it{why}.", fresh)


def _first_of_walk_for(query: Query, dialect: Dialect) -> str:
    """Give the first request of the walk that would prove most about what a query may see."""
    parameters = []
    if query.visibility in ("community", "all"):
        parameters.append(f"visibility={query.visibility}")
    elif query.visibility == "shared" and not dialect.own_shared:
        parameters.append("visibility=shared")
    if query.member_status != "accepted":
        parameters.append(f"member_status={query.member_status}")
    if query.hidden:
        parameters.append("os_hidden=true")
    parameters.append(f"limit={_LARGEST}")
    return f"{LIST_PATH}?{'&'.join(parameters)} and each next"


def _range(walk: Walk) -> str:
    return format_sources(page.source for page in walk.pages)
