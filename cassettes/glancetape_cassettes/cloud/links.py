"""The links of a page: `first`, and `next` while the list goes on."""

from urllib.parse import urlencode

from glancetape_cassettes.cloud.dialects import Dialect, Pairs

LIST_PATH = "/v2/images"


def first_link(pairs: Pairs, dialect: Dialect) -> str:
    """Return the link to the first page: the request's parameters without the marker."""
    echoed = _echoed(pairs, dialect)
    return f"{LIST_PATH}?{urlencode(echoed)}" if echoed else LIST_PATH


def next_link(first: str, marker: str) -> str:
    """Return the link to the page after a marker: the link to the first page, then the marker."""
    return f"{first}{'&' if '?' in first else '?'}{urlencode((('marker', marker),))}"


def _echoed(pairs: Pairs, dialect: Dialect) -> Pairs:
    kept = tuple(pair for pair in pairs if pair[0] != "marker")
    if not dialect.repeats_in_links:
        kept = tuple(dict(kept).items())  # the first place, the last value
    if dialect.always:
        asked = {name for name, _ in kept}
        kept = (*(pair for pair in dialect.always if pair[0] not in asked), *kept)
    return kept
