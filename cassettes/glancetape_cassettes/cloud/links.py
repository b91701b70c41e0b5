"""The links of a page: `first`, and `next` while the list goes on; and what a path names."""

import re
from urllib.parse import parse_qsl, quote_plus, unquote_to_bytes, urlencode

from glancetape_cassettes.cloud.dialects import Dialect, Pairs
from glancetape_cassettes.cloud.hash_order import in_hash_order
from glancetape_cassettes.imageset.stored.plain_ids import PLAIN

LIST_PATH = "/v2/images"
_SLASH = re.compile("(%2[Ff])")


def first_link(pairs: Pairs, dialect: Dialect) -> str:
    """Return the link to the first page: the request's parameters without the marker."""
    echoed = _echoed(pairs, dialect)
    return f"{LIST_PATH}?{urlencode(echoed)}" if echoed else LIST_PATH


def is_plain(marker: str) -> bool:
    """Whether a link contains an id as it is, for certain: letters, digits, `-` and `_`."""
    return marker.isascii() and marker != "" and not marker.encode().translate(None, PLAIN)


def next_link(first: str, marker: str, dialect: Dialect) -> str:
    """Return the link to the page after a marker: the link to the first page, with the marker."""
    if not is_plain(marker):
        marker = quote_plus(marker)
    path, _, query = first.partition("?")
    if not query:
        return f"{path}?marker={marker}"
    if not dialect.hash_order_in_links:
        return f"{first}&marker={marker}"
    written = dict(zip((name for name, _ in parse_qsl(query, True)), query.split("&"), strict=True))
    written["marker"] = f"marker={marker}"
    return f"{path}?{'&'.join(written[name] for name in in_hash_order(written, marker=True))}"


def _echoed(pairs: Pairs, dialect: Dialect) -> Pairs:
    kept = tuple(pair for pair in pairs if pair[0] != "marker")
    if not dialect.repeats_in_links:
        kept = tuple(dict(kept).items())  # the first place, the last value
    if dialect.always:
        asked = {name for name, _ in kept}
        kept = (*(pair for pair in dialect.always if pair[0] not in asked), *kept)
    if dialect.hash_order_in_links:
        values = dict(kept)
        kept = tuple((name, values[name]) for name in in_hash_order(values))
    return kept


def decode_segment(segment: str) -> str:
    """Return a segment of a path as Glance's server decodes it.

    Observed: an escaped slash stays escaped, other bytes become latin-1.
    """
    return "".join(
        part if _SLASH.fullmatch(part) else unquote_to_bytes(part).decode("latin-1")
        for part in _SLASH.split(segment)
    )
