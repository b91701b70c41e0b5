"""A walk through an image set as a cassette: page by page, each by the `next` of the one before.

It is what a recorder would have written that stood before a cloud with these images. Nothing in it
comes from a clock or from chance, so the same walk is the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import formatdate
from hashlib import blake2b
from typing import IO, Any
from urllib.parse import urlsplit

import orjson

from glancetape import __version__
from glancetape.listing.answer import Lister
from glancetape.listing.links import LIST_PATH
from glancetape_cassettes.body import (
    to_readable,
)
from glancetape_cassettes.emit import emit
from glancetape_cassettes.imageset.image import time_of
from glancetape_cassettes.imageset.reading import ImageSet
from glancetape_cassettes.interaction import Interaction, Request
from glancetape_cassettes.layout import header_text

_LAST = 253_402_300_799  # 9999-12-31T23:59:59Z


@dataclass(frozen=True, slots=True)
class Walk:
    """From where a walk is recorded, when it began, and what makes its request ids."""

    origin: str
    """Scheme and host, `https://ims.example.com`."""
    began: int
    """Seconds since 1970; each page takes one."""
    seed: int


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk came to."""

    images: int
    pages: int


def record_walk(images: ImageSet, walk: Walk, file: IO[bytes]) -> Walked:
    """Write the walk of a set's home project as a cassette."""
    # The ids are those of the set, and no key has made anything of them.
    file.write(header_text(f"glancetape {__version__}", "", ids_kept=True).encode())
    seen = pages = 0
    for interaction, page in _pages(images, walk):
        body = to_readable(interaction.response.body)
        file.write(emit(interaction, to_readable(b""), body).encode())
        seen, pages = seen + len(page["images"]), pages + 1
    return Walked(seen, pages)


def _pages(images: ImageSet, walk: Walk) -> Iterator[tuple[Interaction, dict[str, Any]]]:
    """Give each interaction with the page that is in it."""
    lister = Lister(images)
    project, dialect = images.about["home_project"], images.about["dialect"]
    headers = [("Host", urlsplit(walk.origin).netloc), ("Accept", "application/json")]
    if project:
        headers.append(("X-Project-Id", project))
    asked = tuple(headers)
    link, number = LIST_PATH, 0
    while link:
        request_id = blake2b(f"{walk.seed}/{number}".encode(), digest_size=16).hexdigest()
        query = link.partition("?")[2]
        answer = lister.answer(query, project, dialect, asked, request_id)
        now = min(walk.began + number, _LAST)
        page = orjson.loads(answer.body)
        dated = (("Date", formatdate(now, usegmt=True)), *answer.headers)
        request = Request("GET", walk.origin + link, asked)
        yield Interaction(request, replace(answer, headers=dated), time_of(now)), page
        link, number = page.get("next", ""), number + 1
