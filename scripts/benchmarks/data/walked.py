"""A cassette of 1,000 pages: one whole walk through what a generated set shows its home project."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from benchmarks.data.made_sets import LARGE, MadeSets
from benchmarks.data.pages import Page, write_cassette
from benchmarks.running.children import BenchmarkError
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet

PAGES, PAGE_SIZE = 1000, 25
_DIALECT = "ims"
_NEXT = re.compile(rb'"next":"([^"]+)",')
_PLACE = 7  # in a page; the last one is in its `next`
_MARKERS = 8


def write_walk(cassette: Path, made: MadeSets) -> list[Page]:
    """Write the cassette and give its pages."""
    with ImageSet(made.generated(LARGE)) as images:
        pages = list(walk(images, PAGES))
    last = pages[-1]  # as if the set had no more than what was walked through
    pages[-1] = Page(last.target, _NEXT.sub(b"", last.body))
    write_cassette(cassette, pages)
    return pages


def walk(images: ImageSet, count: int) -> Iterator[Page]:
    """List the first pages of what the home project sees."""
    lister, home = Lister(images), images.about["home_project"]
    target = f"/v2/images?limit={PAGE_SIZE}"
    for number in range(1, count + 1):
        body = lister.list_images(target.partition("?")[2], home, _DIALECT).body
        yield Page(target, body)
        following = _NEXT.search(body)
        if following is None:
            raise BenchmarkError(f"{images.path}: the walk ends at page {number}")
        target = following[1].decode()


def ids_of(pages: Sequence[Page]) -> list[str]:
    """Return the ids of all images of a walk."""
    return [one for page in pages for one in _ids_in(page)]


def markers_of(pages: Sequence[Page]) -> list[str]:
    """Return ids of images from all over a walk."""
    return [_ids_in(page)[_PLACE] for page in pages[:: len(pages) // _MARKERS]]


def _ids_in(page: Page) -> list[str]:
    return [image["id"] for image in orjson.loads(page.body)["images"]]
