"""Which of several media types a client would have, by its Accept header (RFC 9110, 12.5.1)."""

import re
from collections.abc import Sequence
from functools import lru_cache

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_RANGE = re.compile(
    rf"\s*({_TOKEN})/({_TOKEN})((?:\s*;\s*{_TOKEN}(?:=(?:{_TOKEN}|{_QUOTED}))?)*)\s*\Z"
)
_PARAMETER = re.compile(rf";\s*({_TOKEN})(?:=({_TOKEN}|{_QUOTED}))?")
_QUALITY = re.compile(r"(?:0?\.\d{1,3}|0\.?|1(?:\.0{0,3})?)\Z", re.ASCII)
_ELEMENT = re.compile(rf"(?:{_QUOTED}|[^,])+")

_Range = tuple[str, str, float]  # type, subtype, quality


@lru_cache(maxsize=256)
def accepted(header: str, offers: Sequence[str]) -> str | None:
    """Give the offer that is liked best, the earlier of equals; None when none is accepted.

    An empty header accepts nothing, one that cannot be read everything: so WebOb, which Glance
    asks.
    """
    ranges = _ranges(header)
    if ranges is None:
        return offers[0]
    liked = [(_quality(offer, ranges), -place, offer) for place, offer in enumerate(offers)]
    quality, _, best = max(liked)
    return best if quality > 0 else None


def _ranges(header: str) -> list[_Range] | None:
    """Read the ranges of a header; None when it is malformed."""
    found = []
    for part in _ELEMENT.findall(header):
        if not part.strip():
            continue
        match = _RANGE.match(part)
        if match is None:
            return None
        kind, subtype, rest = match.groups()
        kind, subtype, quality, plain = kind.lower(), subtype.lower(), 1.0, True
        for name, value in _PARAMETER.findall(rest):
            if name.lower() == "q":
                if not _QUALITY.match(value):
                    return None
                quality = float(value)
                break
            plain = False
        if plain or subtype == "*":  # text/html;level=1 is not what is offered
            found.append((kind, subtype, quality))
    return found


def _quality(offer: str, ranges: list[_Range]) -> float:
    """Give the quality of the most specific range that fits."""
    kind, _, subtype = offer.partition("/")
    for wanted in ((kind, subtype), (kind, "*"), ("*", "*")):
        for a, b, quality in ranges:
            if (a, b) == wanted:
                return quality
    return 0.0
