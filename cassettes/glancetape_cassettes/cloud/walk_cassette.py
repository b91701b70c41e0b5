"""A walk through an image set, written as a cassette: the first page, then each `next`.

The cassette is what a recorder in front of a cloud with these images would have written. Nothing in
it depends on the clock or on chance, so the same plan gives the same bytes.
"""

from dataclasses import dataclass, replace
from email.utils import formatdate
from hashlib import blake2b
from typing import IO, Any
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.cloud.links import LIST_PATH
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.formats.body import (
    to_readable,
)
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.own_layout import header_text
from glancetape_cassettes.imageset.image_fields import format_time
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Interaction, Request
from glancetape_cassettes.version import __version__

_LAST = 253_402_300_799  # 9999-12-31T23:59:59Z


@dataclass(frozen=True, slots=True)
class WalkPlan:
    """Where a walk is recorded from, when it begins, and the seed of its request ids."""

    origin: str
    """Scheme and host, `https://ims.example.com`."""
    began: int
    """Seconds since 1970; each page takes one."""
    seed: int


@dataclass(frozen=True, slots=True)
class WalkSize:
    """How much a walk showed."""

    images: int
    pages: int


def record_walk(images: ImageSet, walk: WalkPlan, file: IO[bytes]) -> WalkSize:
    """Write the walk of a set's home project as a cassette.

    The first page is recorded twice if its link `first` differs from the request, as the link has
    what the cloud adds: a client may go back to the first page by it.
    """
    # The ids are those of the image set, not stand-ins.
    file.write(header_text(f"glancetape {__version__}", "", keep_ids=True).encode())
    walker = _Walker(images, walk)
    seen = pages = asked = 0
    links = [LIST_PATH]
    while links:
        interaction, page = walker.ask(links.pop(), asked)
        body = to_readable(interaction.response.body)
        file.write(emit(interaction, to_readable(b""), body).encode())
        asked += 1
        if asked == 1 and page["first"] != LIST_PATH:
            links = [page["first"]]
            continue
        seen, pages = seen + len(page["images"]), pages + 1
        links = [page["next"]] if "next" in page else []
    return WalkSize(seen, pages)


class _Walker:
    """Requests the pages of a set as its home project."""

    def __init__(self, images: ImageSet, walk: WalkPlan) -> None:
        self._lister, self._walk = Lister(images), walk
        self._project, self._dialect = images.about["home_project"], images.about["dialect"]
        headers = [("Host", urlsplit(walk.origin).netloc), ("Accept", "application/json")]
        if self._project:
            headers.append(("X-Project-Id", self._project))
        self._headers = tuple(headers)

    def ask(self, link: str, number: int) -> tuple[Interaction, dict[str, Any]]:
        """Return the interaction that follows a link, and its page; `number` counts from 0."""
        request_id = blake2b(f"{self._walk.seed}/{number}".encode(), digest_size=16).hexdigest()
        answer = self._lister.list_images(
            link.partition("?")[2], self._project, self._dialect, self._headers, request_id
        )
        now = min(self._walk.began + number, _LAST)
        dated = (("Date", formatdate(now, usegmt=True)), *answer.headers)
        request = Request("GET", self._walk.origin + link, self._headers)
        response = replace(answer, headers=dated)
        return Interaction(request, response, format_time(now)), orjson.loads(answer.body)
