"""Requests that have the bytes of an earlier one but for the marker: they are not read again.

A client that walks through a list sends the same bytes each time, with another marker:

    GET /v2/images?limit=25&marker= b6c6...  HTTP/1.1 Host: ... X-Auth-Token: ...
    before                          marker   after

The first of them was parsed, and answered in full, and its list is known. What the bytes around the
marker mean does not depend on the marker, as long as that is plain: the method, the host, who asks,
and the list. So finding them again replaces all of that.
"""

import re
from typing import TYPE_CHECKING

from glancetape.wire.answering import Answering
from glancetape.wire.messages import Received

if TYPE_CHECKING:
    from glancetape.wire.known_lists import OtherPage, OtherPages

_MARKER = re.compile(rb"marker=([0-9A-Za-z_-]{1,255})(?=[& ])")
_NAMES = (b"?marker=", b"&marker=")
_LONGEST = 8192
"""Bytes of a request that is remembered."""
_MOST = 512


class KnownRequests:
    """Answers requests as the bytes that they are, if they are like those that it has learned."""

    def __init__(self, answering: Answering) -> None:
        """Know none yet."""
        self._answering = answering
        self._pages: dict[tuple[bytes, bytes], OtherPages] = {}

    def find(self, data: bytes) -> "OtherPage | None":
        """The response to a whole request; None if it has to be read."""
        found = _MARKER.search(data) if self._pages else None
        if found is None:
            return None
        start, end = found.span(1)
        pages = self._pages.get((data[:start], data[end:]))
        return self._answering.other_page(pages, found[1].decode()) if pages else None

    def learn(self, data: bytes, received: Received) -> None:
        """Remember a whole request, which has been answered; the connection goes on after it."""
        found = _MARKER.search(data)
        if found is None or len(data) > _LONGEST or received.names_host:
            return
        if any(name.lower() == b"expect" for name, _ in received.fields):
            return  # it gets another answer before its answer
        start, end = found.span(1)
        # There are other pages only for a URL with one marker, so that is this one.
        if data[:start].endswith(_NAMES):
            pages = self._answering.other_pages(received, direct=True)
            if len(self._pages) >= _MOST:
                self._pages.clear()
            if pages is not None:
                self._pages[data[:start], data[end:]] = pages
