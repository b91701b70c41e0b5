"""The pages of one list after a marker. What they have in common is worked out once.

The pages of a list differ in what they begin after, in how many images they show, and in their
links, which name both:

    {"images":[     ],"first":"/v2/images?limit=25","next":"/v2/images?limit=25&marker=b6..."}
              images                       limit                        limit       last image
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import is_plain, next_link
from glancetape_cassettes.cloud.listing.page_query import PageQuery, first_with_limit
from glancetape_cassettes.cloud.responses import Page, in_envelope
from glancetape_cassettes.imageset.checked_file import Bytes

LAST = "the-last-image-of-a-page"
"""Stands for the id of the last image where a page is made ready; no query may have it."""
_MOST_LIMITS = 16  # of a list; clients have one or two

Images = tuple[Sequence[Bytes], int, Bytes | str | None]
"""The images of a page: one piece after the other, how many bytes these have together, and the id
of the last image if others follow.

Bytes are an id that a link contains as it is; of a text that has to be found out.
"""

Cut = Callable[[str, int], tuple[Bytes, str | None] | None]
"""Returns the images after a marker, at most a number, and the last one's id if more follow.

None for a marker that is not a listed image, of which only the whole query says what it gets.
"""

CutMapped = Callable[[str, int], Images | None]
"""Returns the same in pieces that only the system may read (`ImageSet.mapped`)."""
Parts = tuple[list[Bytes], int]
"""A page, one piece after the other, and how many bytes these have together."""
Links = Callable[[str | None, str], tuple[str, str]]
"""Returns the links `first` and `next` of a page, by its limit and the id of its last image."""


class _Envelope(NamedTuple):
    """What is around the images of pages with the same limit.

    A page that has a `next` is the three parts, of which two have the id of the last image between
    them, and two the images: `has_next_first` says which come first.
    """

    with_next: tuple[bytes, bytes, bytes]
    has_next_first: bool
    without_next: tuple[bytes, bytes]
    most: int
    """How many images they show at most."""
    lengths: tuple[int, int]
    """How many bytes it has with a `next`, without the id in it, and how many without one."""


class PageMaker:
    """Makes the pages of a list for one project."""

    __slots__ = ("_cut", "_cut_mapped", "_dialect", "_envelopes", "_links")

    def __init__(
        self, cut: Cut, dialect: Dialect, links: Links, cut_mapped: CutMapped | None = None
    ) -> None:
        """Make pages of images that `cut` returns, and `cut_mapped` where they are in a file."""
        self._cut = cut
        self._cut_mapped = cut_mapped
        self._dialect = dialect
        self._links = links
        self._envelopes: dict[str | None, _Envelope] = {}

    def body(self, marker: str, limit: str | None) -> bytes | None:
        """Return the page after a marker, as JSON; `limit` is as it was asked for.

        None if it has to be asked for: nothing comes after this marker for certain, or an id has to
        be encoded in the link.
        """
        envelope = self._envelopes.get(limit) or self._envelope_of(limit)
        found = self._cut(marker, envelope.most)
        made = found and _around(envelope, (found[0],), len(found[0]), found[1])
        return b"".join(made[0]) if made else None

    def parts(self, marker: str, limit: str | None) -> Parts | None:
        """Return the same in pieces; those of images only the system may read."""
        if self._cut_mapped is None:
            body = self.body(marker, limit)
            return None if body is None else ([body], len(body))
        envelope = self._envelopes.get(limit) or self._envelope_of(limit)
        found = self._cut_mapped(marker, envelope.most)
        return None if found is None else _around(envelope, *found)

    def _envelope_of(self, limit: str | None) -> _Envelope:
        first, following = self._links(limit, LAST)
        last = LAST.encode()
        before, _, after = in_envelope(Page(b"", first, following), self._dialect)
        is_before = last in before
        one, _, two = (before if is_before else after).partition(last)
        with_next = (one, two, after) if is_before else (before, one, two)
        start, _, end = in_envelope(Page(b"", first, None), self._dialect)
        number = self._dialect.default_limit if limit is None else int(limit)
        most = min(number, self._dialect.limit_cap)
        lengths = sum(map(len, with_next)), len(start) + len(end)
        found = _Envelope(with_next, is_before, (start, end), most, lengths)
        if len(self._envelopes) >= _MOST_LIMITS:
            self._envelopes.clear()
        self._envelopes[limit] = found
        return found


def _around(
    envelope: _Envelope, images: Sequence[Bytes], length: int, last: Bytes | str | None
) -> Parts | None:
    """Return the images of a page with what is around them; None for an id to be encoded."""
    with_next, has_next_first, without_next, _, (more, more_without_next) = envelope
    if last is None:
        before, after = without_next
        return [before, *images, after], length + more_without_next
    if isinstance(last, str):
        if not is_plain(last):
            return None
        last = last.encode()
    before, between, after = with_next
    length += more + len(last)
    if has_next_first:
        return [before, last, between, *images, after], length
    return [before, *images, between, last, after], length


def page_maker_for(
    asked: PageQuery, dialect: Dialect, cut: Cut, cut_mapped: CutMapped
) -> PageMaker | None:
    """Return what makes pages of a list, of which `asked` is one after a marker.

    None for a query that was read as a whole, or that has our own word in it.
    """
    first = first_with_limit(asked)
    if first is None or LAST in asked.first:
        return None

    def links(limit: str | None, last: str) -> tuple[str, str]:
        link = first(limit or "")
        return link, next_link(link, last, dialect)

    return PageMaker(cut, dialect, links, cut_mapped)
