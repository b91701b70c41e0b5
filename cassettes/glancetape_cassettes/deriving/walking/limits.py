"""Limits: what recorded pages show of a cloud's default `limit`, and of its largest one.

Both are settings of a Glance, so pages of all callers, paths and states of a host count together.

Example. A Glance was asked for three lists:

    limit=3    3 images and a next    the largest limit is 3 or more
               7 images, no next      a full page has a next, so the default is 8 or more
    limit=9    7 images, no next      the largest limit is 8 or more

A query without `limit` that matches 5 images is proved: whatever the default is, all 5 are on the
page. One that matches 8 is a miss, because the page may end after the eighth or not, until a page
without `limit` that has a `next` shows the default. So is `limit=100` if more than 8 images match.

One change: the user names the dialect. Then the documented limits count, 25 and 1000, unless a page
refutes them. The API document has a default for IMS, and no largest limit.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.query import limit_asked
from glancetape_cassettes.cloud.refusals import Refused

_ANY = 1 << 63


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLength:
    """How many images a recorded page has, and how many it was asked for."""

    asked: int | None
    """Its `limit`; None without one."""
    count: int
    has_next: bool

    @classmethod
    def of(cls, query: str, answer: Any) -> Self | None:
        """The length of a page, by its query string and its JSON; None if it is not a page."""
        images = answer.get("images") if isinstance(answer, dict) else None
        if not isinstance(images, list):
            return None
        return cls.counted(query, len(images), has_next=answer.get("next") is not None)

    @classmethod
    def counted(cls, query: str, count: int, *, has_next: bool) -> Self | None:
        """The length of a page whose images were counted; None if its `limit` is refused."""
        try:
            text = limit_asked(query)
            asked = None if text is None else int(text)
        except (Refused, ValueError):
            return None
        return cls(asked=asked, count=count, has_next=has_next)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a host. Those that are None are not known, but for the least they can be."""

    default: int | None
    least_default: int
    largest: int | None
    least_largest: int

    def is_certain(self, asked: int | None) -> bool:
        """Whether it is known where a page ends that is asked for with this `limit`, or without."""
        if asked is None:
            return self.default is not None
        return self.largest is not None or asked <= self.least_largest

    def for_answers(self, dialect: Dialect) -> Dialect:
        """Return the dialect with these limits, or with the least that they can be."""
        return self._in(dialect, self.least_largest)

    def for_pages(self, dialect: Dialect) -> Dialect:
        """Return the dialect with these limits, by which recorded pages are read.

        4 images and a `next` for `limit=5` are a full page only if the largest limit is known to be
        4. Otherwise an image may have been cut out of it.
        """
        return self._in(dialect, _ANY)

    def _in(self, dialect: Dialect, otherwise: int) -> Dialect:
        default = self.least_default if self.default is None else self.default
        largest = otherwise if self.largest is None else self.largest
        return replace(dialect, default_limit=default, limit_cap=largest)

    def as_json(self) -> str:
        """Return the limits as a collection's file stores them."""
        found = self.default, self.least_default, self.largest, self.least_largest
        return orjson.dumps(found).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote."""
        default, least_default, largest, least_largest = orjson.loads(text)
        return cls(
            default=default,
            least_default=least_default,
            largest=largest,
            least_largest=least_largest,
        )


def limits_of(pages: Iterable[PageLength], dialect: Dialect, *, is_named: bool) -> Limits:
    """Return what pages of a host show; `is_named` when the user named the dialect.

    A page with a `next` is full: 50 images without `limit` show a default of 50. 200 images for
    `limit=1000` show that the cloud gives no more than 200, if another page is as long and none is
    longer: a single page may have been cut by hand.
    """
    defaults, shorter = [0], Counter[int]()
    least_default = least_largest = 1
    longest = 0
    for page in pages:
        if page.has_next:
            least = page.count
            if page.asked is None:
                defaults.append(page.count)
            elif page.count < page.asked:
                shorter[page.count] += 1
        else:  # a Glance gives a `next` after every full page, so this page is not full
            least = page.count + dialect.next_on_full_page
            if page.asked is None:
                least_default = max(least_default, least)
        longest = max(longest, page.count)
        least_largest = max(least_largest, least)
    default: int | None = max(defaults) or None
    if default is None or default < least_default:
        is_documented = dialect.gateway or is_named
        default = dialect.default_limit if is_documented else None
    if default is not None and default < least_default:
        default = None
    least_largest = max(least_largest, default or 0)
    largest: int | None = None
    if longest == least_largest and shorter[longest] > 1:
        largest = longest
    elif is_named and dialect.limit_cap >= least_largest:
        largest = dialect.limit_cap
    return Limits(
        default=default,
        least_default=least_default,
        largest=largest,
        least_largest=largest or least_largest,
    )
