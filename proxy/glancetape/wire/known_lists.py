"""Pages of lists that were asked for before, after other images: most of their work is done.

A client walks through a list, or many clients do. The pages differ in their marker and limit, and
their responses in the body, its length, and the id of the request. All else was worked out, and put
into bytes, for the first page. What comes out is compared with that page before it is used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from glancetape.session.counts import Counts
from glancetape.session.session import Session
from glancetape.wire.messages import Fields, Received, Sent
from glancetape.wire.response_cache import Ready, ReadyAnswers, Words
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.later import later

if TYPE_CHECKING:  # of these a session loads what it has
    from glancetape.session.image_set_player import KnownList
    from glancetape_cassettes.cloud.listing import page_query
    from glancetape_cassettes.cloud.listing.page_query import PageUrl
    from glancetape_cassettes.deriving.lists.derived_list import DerivedList
    from glancetape_cassettes.imageset.checked_file import Bytes

    Parts = tuple[Sequence[Bytes], int]
    """What is sent, in pieces, and how many bytes that is."""
else:  # for the second page of a list
    page_query = later("glancetape_cassettes.cloud.listing.page_query")

_MOST = 512
_LONGEST = 4096
"""Bytes of the URL and the headers of a request whose list is remembered: all of them are kept."""
_LENGTH = b"Content-Length"
_MARKER = re.compile(r"[?&]marker=([0-9A-Za-z_-]+)(?=&|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A list, and the response to one of its pages, cut where pages differ."""

    list: "KnownList | DerivedList"
    sent: Sent
    fields: Fields
    """Up to the id of the request."""
    name: bytes
    """That of the header with it."""
    more_fields: Fields
    """From there up to the length of the body."""
    head: bytes
    more_head: bytes

    def page(self, query: str, asked: "PageUrl") -> Sent | None:
        found = self.list.page(query, asked.marker, asked.limit)
        if found is None:
            return None
        shown, body = found
        request_id, length = shown.encode(), b"%d" % len(body)
        return self.sent.with_body(
            body,
            (*self.fields, (self.name, request_id), *self.more_fields, (_LENGTH, length)),
            b"".join((self.head, request_id, self.more_head, length, b"\r\n\r\n")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPages:
    """The responses to a request that was answered, with any other marker in its place."""

    known: _Known
    version: int
    """That of the state, for which they are true."""
    counts: Counts
    ready: ReadyAnswers
    asked: "PageUrl"
    before_query: str
    """The URL up to its query, with the question mark."""
    before: str
    """What the query has before the marker."""
    after: str
    words: Words
    """Those of the request but for its URL: `words[0]` is the method."""

    def page(self, marker: str, version: int) -> "OtherPage | None":
        """The response with a marker, which is plain.

        None for a page that was asked for before and is not kept.
        """
        query = f"{self.before}{marker}{self.after}"
        words = (self.words[0], self.before_query + query, *self.words[1:])
        kept, hashed = self.ready.get(words, version), hash(words)
        if version != self.version or (kept is None and self.ready.came_before(hashed)):
            return None
        return OtherPage(self, marker, query, hashed, kept)


class OtherPage:
    """One of these responses; nothing of it is made yet."""

    __slots__ = ("_hashed", "_kept", "_marker", "_pages", "_query")

    def __init__(
        self, pages: OtherPages, marker: str, query: str, hashed: int, kept: Ready | None
    ) -> None:
        """Take the query and the hash of the words, and the response if that is kept."""
        self._pages, self._marker, self._query = pages, marker, query
        self._hashed, self._kept = hashed, kept

    def parts(self) -> "Parts | None":
        """Head and body in pieces, of which all but the first only the system may read.

        None if the page has to be asked for in full.
        """
        if self._kept is not None:
            sent = self._kept.sent
            return [sent.head, sent.body], len(sent.head) + len(sent.body)
        known = self._pages.known
        found = known.list.parts(self._query, self._marker, self._pages.asked.limit)
        if found is None:
            return None
        shown, (parts, length) = found
        head = b"%b%b%b%d\r\n\r\n" % (known.head, shown.encode(), known.more_head, length)
        parts[0] = head + parts[0]
        return parts, length + len(head)

    def whole(self) -> bytes | None:
        """The same in one piece."""
        if self._kept is not None:
            return self._kept.sent.head + self._kept.sent.body
        made = self._pages.known.page(self._query, self._pages.asked._replace(marker=self._marker))
        return None if made is None else made.head + made.body

    def count(self) -> None:
        """Count it, and remember that it was asked for."""
        pages, kept = self._pages, self._kept
        if kept is not None:
            pages.counts.count_answer(kept.provenance, kept.source)
            return
        pages.ready.comes_again(self._hashed)
        pages.counts.count_answer(pages.known.list.provenance, pages.known.list.source)


class KnownLists:
    """The lists of which a page was answered, from an image set or by a proof."""

    def __init__(self, session: Session) -> None:
        """Know none yet."""
        self._session = session
        self._known: dict[object, _Known | None] = {}
        self._version = 0

    def page(self, received: Received, words: Words, version: int) -> Sent | None:
        """The response to a request for a page of a known list; None for another request.

        `words` are those of the request, and `version` is that of the state.
        """
        if version != self._version:
            self._known.clear()
            self._version = version
        asked = (
            page_query.page_url(received.url) if self._known and received.method == "GET" else None
        )
        if asked is None:
            return None
        key = asked.list, words[2:]  # all but the method and the URL
        known = self._known.get(key)
        if known is None:
            return None
        sent = known.page(received.url.partition("?")[2], asked)
        if sent is None:
            if known.list.may_be_dropped:
                del self._known[key]
            return None
        self._session.counts.count_answer(known.list.provenance, known.list.source)
        return sent

    def other_pages(
        self, received: Received, words: Words, ready: ReadyAnswers
    ) -> OtherPages | None:
        """What answers a request of a known list with other markers; None for another request.

        Its URL has to be one that `page_url` takes apart.
        """
        asked = page_query.page_url(received.url) if self._known else None
        if asked is None or received.method != "GET" or _is_long(received):
            return None
        known = self._known.get((asked.list, words[2:]))
        if known is None:
            return None
        # Another value may have the same bytes: `name=marker=ab!&marker=ab`.
        found = _MARKER.search(received.url)
        assert found is not None  # `page_url` found it too
        start, query_at = found.start(1), received.url.index("?") + 1
        return OtherPages(
            known=known,
            version=self._version,
            ready=ready,
            counts=self._session.counts,
            asked=asked,
            before_query=received.url[:query_at],
            before=received.url[query_at:start],
            after=received.url[found.end() :],
            words=(words[0], *words[2:]),
        )

    def add(
        self, received: Received, words: Words, request: Request, sent: Sent, *, any_host: bool
    ) -> None:
        """Know the list of a request from now on, which was answered with `sent`."""
        asked = page_query.page_url(received.url)
        if asked is None or sent.status != 200 or received.method != "GET" or _is_long(received):
            return
        key = asked.list, words[2:]
        if key in self._known:
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        found = self._session.known_list(request, any_host=any_host)
        if found is None:
            self._known[key] = None
        elif page := found.page(received.url.partition("?")[2], asked.marker, asked.limit):
            self._known[key] = _known(received, asked, sent, found, shown_id=page[0])
        # Otherwise this page has to be asked for, and what comes out cannot be compared with it.


def _is_long(received: Received) -> bool:
    return len(received.url) + sum(len(a) + len(b) for a, b in received.fields) > _LONGEST


def _known(
    received: Received,
    asked: "PageUrl",
    sent: Sent,
    found: "KnownList | DerivedList",
    *,
    shown_id: str,
) -> _Known | None:
    request_id = shown_id.encode()
    places = [place for place, (_, value) in enumerate(sent.fields) if value == request_id]
    before, _, after = sent.head.partition(request_id)
    if len(places) != 1 or sent.fields[-1][0] != _LENGTH or request_id in after:
        return None
    known = _Known(
        list=found,
        sent=replace(sent, body=b""),
        fields=sent.fields[: places[0]],
        name=sent.fields[places[0]][0],
        more_fields=sent.fields[places[0] + 1 : -1],
        head=before,
        more_head=after.removesuffix(sent.fields[-1][1] + b"\r\n\r\n"),
    )
    again = known.page(received.url.partition("?")[2], asked)
    is_same = again is not None and again == sent and again.head == sent.head
    return known if is_same else None
