"""Replacing the secrets in a text, and the few texts that are known to hold none.

Finding secrets takes large expressions, which take 60 ms to load and compile. What almost every
request for images consists of is known without them:

    User-Agent   limit=25   marker=e3e70682-c209-4cac-a29f-6fbed82c07cd   /v2/images
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from glancetape_cassettes.later import later
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.policy import LIST_PARAMETERS, PLAIN_NAMES

if TYPE_CHECKING:
    from glancetape_cassettes.redaction import secret_patterns
else:
    secret_patterns = later("glancetape_cassettes.redaction.secret_patterns")

_MOST_CACHED = 256
_HARMLESS = lazy_compile(
    r"(?:(?:{names})=)?(?:\d{{1,6}}|{id})|/v2/(?:cloud)?images(?:/{id})?".format(
        names="|".join(LIST_PARAMETERS),
        # As RFC 9562 makes them, so one byte is beyond ASCII: the digits encode no text. Nor do
        # they begin like data that is compressed.
        id=r"(?!1f|28|42|50|78|fd)[0-9a-f]{8}(?:-[0-9a-f]{4}){2}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    )
)

_READABLE = lazy_compile(rb"[\t\r\n -~](?:\0{0,3}[\t\r\n -~]){7,}")
_READABLE_WIDE = lazy_compile(rb"(?:[\t\r\n -~]\x00){8,}")
_MOST_WHOLE = 256 * 1024


def is_harmless(text: str) -> bool:
    """Whether a text is one of those that hold no secret; others may hold none either."""
    return text in PLAIN_NAMES or _HARMLESS.fullmatch(text) is not None


def scrub(text: str) -> str:
    """Return text with every secret replaced; text without one comes back unchanged.

    What has more readings than can be searched is replaced whole.
    """
    return _scrub_cached(text) if len(text) <= _MOST_CACHED else secret_patterns.scrub(text)


@lru_cache(maxsize=8192)  # pages repeat most of their values
def _scrub_cached(text: str) -> str:
    return text if is_harmless(text) else secret_patterns.scrub(text)


def scrub_binary(body: bytes) -> bytes:
    """Return binary data with every secret replaced.

    Data over 256 KiB is searched in its readable parts only, as `strings` shows them.
    """
    body = _READABLE_WIDE.sub(_scrub_wide, body)
    if len(body) <= _MOST_WHOLE:
        return scrub(body.decode("latin-1")).encode("latin-1", "replace")
    return _READABLE.sub(lambda part: scrub(part[0].decode()).encode(), body)


def _scrub_wide(part: re.Match[bytes]) -> bytes:
    """Return a part with two bytes a character, as Windows writes it, without its secrets."""
    return scrub(part[0].decode("utf-16-le")).encode("utf-16-le")
