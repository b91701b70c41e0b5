"""Which of several media types a client prefers, by its Accept header (RFC 7231, 5.3.2)."""

from collections.abc import Sequence
from functools import lru_cache

from glancetape_cassettes.lazy_regex import lazy_compile

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_GAP = r"[ \t]*"
_VALUE = rf"(?:{_TOKEN}|{_QUOTED})"
_RANGE = lazy_compile(
    rf"{_GAP}({_TOKEN})/({_TOKEN})"
    rf"((?:{_GAP};{_GAP}(?![qQ]=){_TOKEN}={_VALUE})*)"
    rf"(?:{_GAP};{_GAP}[qQ]=(0(?:\.[0-9]{{0,3}})?|1(?:\.0{{0,3}})?)"
    rf"(?:{_GAP};{_GAP}{_TOKEN}(?:={_VALUE})?)*)?{_GAP}\Z"
)
_ELEMENT = lazy_compile(rf"(?:{_QUOTED}|[^,])+")
_EMPTY_FIRST = lazy_compile(rf"{_GAP},{_GAP}[^, \t]")  # such a list is malformed

_LONGEST = 2000  # characters; reading takes the square of it at worst

_Range = tuple[str, str, float]  # type, subtype, quality


@lru_cache(maxsize=256)
def accepted(header: str, offers: Sequence[str]) -> str | None:
    """Return the offer that the client prefers, the first of equals; None when it accepts none.

    An empty header accepts nothing, and a malformed one everything, as in WebOb, which Glance uses.
    """
    ranges = _ranges(header)
    if ranges is None:
        return offers[0]
    liked = [(_quality(offer, ranges), -place, offer) for place, offer in enumerate(offers)]
    quality, _, best = max(liked)
    return best if quality > 0 else None


def _ranges(header: str) -> list[_Range] | None:
    """Return the ranges of a header; None when it is malformed."""
    if len(header) > _LONGEST:
        return None
    if _EMPTY_FIRST.match(header):
        return None
    found = []
    for element in _ELEMENT.findall(header):
        if not element.strip(" \t"):
            continue
        match = _RANGE.match(element)
        if match is None:
            return None
        kind, subtype, parameters, quality = match.groups()
        if not parameters or subtype == "*":  # text/html;level=1 is not what is offered
            found.append((kind.lower(), subtype.lower(), float(quality or 1)))
    return found


def _quality(offer: str, ranges: list[_Range]) -> float:
    """Return the quality of the most specific range that fits."""
    kind, _, subtype = offer.partition("/")
    for wanted in ((kind, subtype), (kind, "*"), ("*", "*")):
        for *media, quality in ranges:
            if tuple(media) == wanted:
                return quality
    return 0.0
