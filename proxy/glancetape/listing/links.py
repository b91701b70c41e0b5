"""The links of a page: where it begins, and where it goes on."""

from urllib.parse import urlencode

from glancetape.listing.dialects import Dialect, Pairs

LIST_PATH = "/v2/images"


def first_link(pairs: Pairs, dialect: Dialect) -> str:
    """Give the link to the first page: the request's parameters without the marker."""
    return _link(_echoed(pairs, dialect))


def next_link(pairs: Pairs, dialect: Dialect, marker: str) -> str:
    """Give the link to the next page: the first one's parameters, then the marker."""
    return _link((*_echoed(pairs, dialect), ("marker", marker)))


def _echoed(pairs: Pairs, dialect: Dialect) -> Pairs:
    kept = tuple(pair for pair in pairs if pair[0] != "marker")
    if not dialect.repeats_in_links:
        kept = tuple(dict(kept).items())  # the first place, the last value
    if dialect.always:
        asked = {name for name, _ in kept}
        kept = (*(pair for pair in dialect.always if pair[0] not in asked), *kept)
    return kept


def _link(pairs: Pairs) -> str:
    return f"{LIST_PATH}?{urlencode(pairs)}" if pairs else LIST_PATH
