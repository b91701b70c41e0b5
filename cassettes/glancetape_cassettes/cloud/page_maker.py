"""The pages of one list after a marker. What they have in common is worked out once.

The pages of a list differ in what they begin after, in how many images they show, and in their
links, which name both:

    {"images":[     ],"first":"/v2/images?limit=25","next":"/v2/images?limit=25&marker=b6..."}
              images                       limit                        limit       last image
"""

from collections.abc import Callable
from dataclasses import dataclass

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import is_plain, next_link
from glancetape_cassettes.cloud.listing.page_query import PageQuery, first_with_limit
from glancetape_cassettes.cloud.responses import Page, in_envelope
from glancetape_cassettes.imageset.checked_file import Bytes

_LIMIT, _LAST = "918273645", "the-last-image-of-a-page"
_WORDS = (_LIMIT.encode(), _LAST.encode())

Cut = Callable[[str, int], tuple[Bytes, str | None] | None]
"""Returns up to so many images after a marker, and the id of the last one if others follow it.

None for a marker that somebody has to look at, who then words the refusal.
"""
_Envelope = tuple[bytes, bytes]
"""What comes before and after the images, with words where a limit or an id has to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMaker:
    """Makes the pages of a list for one project."""

    cut: Cut
    limit_cap: int
    default_limit: int
    with_next: _Envelope
    without_next: _Envelope

    def body(self, marker: str, limit: str | None) -> bytes | None:
        """Return the page after a marker, as JSON; `limit` is as it was asked for.

        None for a page that has to be asked for: its marker is no image that the project sees, or
        is no plain id.
        """
        number = self.default_limit if limit is None else int(limit)
        found = self.cut(marker, min(number, self.limit_cap))
        if found is None:
            return None
        images, last = found
        if last is None:
            before, after = self.without_next
        elif is_plain(last):
            before, after = self.with_next
        else:
            return None
        limit_word, last_word = _WORDS
        limited = b"" if limit is None else limit.encode()
        before, after = before.replace(limit_word, limited), after.replace(limit_word, limited)
        if last is not None:
            named = last.encode()
            before, after = before.replace(last_word, named), after.replace(last_word, named)
        return b"".join((before, images, after))


def page_maker_for(asked: PageQuery, dialect: Dialect, cut: Cut) -> PageMaker | None:
    """Return what makes pages of a list, of which `asked` is one after a marker.

    None for a query that was read as a whole, or that has our own words in it.
    """
    first = first_with_limit(asked, _LIMIT)
    if first is None or any(word in asked.first for word in (_LIMIT, _LAST)):
        return None
    following = next_link(first, _LAST, dialect)
    with_next, without_next = (
        in_envelope(Page(b"", first, link), dialect)[::2] for link in (following, None)
    )
    return PageMaker(
        cut=cut,
        limit_cap=dialect.limit_cap,
        default_limit=dialect.default_limit,
        with_next=with_next,
        without_next=without_next,
    )
