"""A walk through an image set as a cassette: page by page, each by the `next` of the one before.

It is what a recorder would have written that stood before a cloud with these images. Nothing in it
comes from a clock or from chance, so the same walk is the same bytes.
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
    """From where a walk is recorded, when it began, and what makes its request ids."""

    origin: str
    """Scheme and host, `https://ims.example.com`."""
    began: int
    """Seconds since 1970; each page takes one."""
    seed: int


@dataclass(frozen=True, slots=True)
class WalkSize:
    """What a walk came to."""

    images: int
    pages: int


def record_walk(images: ImageSet, walk: WalkPlan, file: IO[bytes]) -> WalkSize:
    """Write the walk of a set's home project as a cassette.

    The first page is there twice, as a client may also go back to it by its link `first`, which
    says what the service has added.
    """
    # The ids are those of the set, and no key has made anything of them.
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
    """Asks a set as its home project, page by page."""

    def __init__(self, images: ImageSet, walk: WalkPlan) -> None:
        self._lister, self._walk = Lister(images), walk
        self._project, self._dialect = images.about["home_project"], images.about["dialect"]
        headers = [("Host", urlsplit(walk.origin).netloc), ("Accept", "application/json")]
        if self._project:
            headers.append(("X-Project-Id", self._project))
        self._headers = tuple(headers)

    def ask(self, link: str, number: int) -> tuple[Interaction, dict[str, Any]]:
        """Give the interaction of a number with the page that is in it."""
        request_id = blake2b(f"{self._walk.seed}/{number}".encode(), digest_size=16).hexdigest()
        answer = self._lister.list_images(
            link.partition("?")[2], self._project, self._dialect, self._headers, request_id
        )
        now = min(self._walk.began + number, _LAST)
        dated = (("Date", formatdate(now, usegmt=True)), *answer.headers)
        request = Request("GET", self._walk.origin + link, self._headers)
        response = replace(answer, headers=dated)
        return Interaction(request, response, format_time(now)), orjson.loads(answer.body)
