"""What is asked of an image set: kinds of queries, and pages of each to ask for in turns."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from benchmarks.data.made_sets import EMPTY, OTHER_PROJECT, PLANTED, PROJECT
from benchmarks.running.children import BenchmarkError
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.sort_keys import SORT_KEYS
from support.images.varied import FIRST_TIME, SPAN

DIALECT = "ims"
PAGE_SIZE = 25
_LARGE_PAGE = 1000
_PAGES = 64  # different ones of a kind
_NEXT = re.compile(rb'"next":"[^"]*marker=([^"&]+)"')

# Each narrows the ones before; what all of them leave is many pages of the smaller set too.
_FILTERS = (
    ("__image_source_type", "uds"),
    ("__os_type", "Linux"),
    ("status", "active"),
    ("protected", "false"),
    ("virtual_env_type", "FusionCompute"),
    ("hw_firmware_type", "bios"),
    ("container_format", "bare"),
    ("__os_bit", "64"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of query, and some of that kind."""

    name: str
    queries: tuple[str, ...]
    sorts: bool = False
    """Whether a sort order has to be worked out."""
    limit: int = PAGE_SIZE
    project: str = PROJECT
    walked: bool = True
    """Whether pages further on are asked for too."""


def kinds_of(images: ImageSet) -> Iterator[Kind]:
    """Return all kinds of queries, with values that are in a set."""
    yield Kind("first page", ("",))
    own = list(_own(images))
    deep = [_query(marker=image["id"]) for image in own[len(own) // 2 :]]
    yield Kind("deep marker", tuple(deep), walked=False)
    for count in (1, 4, 8):
        name = "1 filter" if count == 1 else f"{count} filters"
        yield Kind(name, (urlencode(_FILTERS[:count]),))
    yield Kind("conjunction of 3 images", tuple(_shelved(PLANTED)), walked=False)
    yield Kind("conjunction of none", tuple(_shelved(EMPTY)), walked=False)
    yield Kind("tag", tuple(_query(tag=tag) for tag in ("x86", "a=b", "team=web")))
    for key in ("created_at", "updated_at"):
        yield Kind(f"time operator on {key}", tuple(_times(key)))
    yield Kind("name=", tuple(_query(name=image["name"]) for image in own), walked=False)
    yield Kind("id=", tuple(_query(id=image["id"]) for image in own), walked=False)
    unknown = (_query(**{f"no_such_{number}": "x"}) for number in range(16))
    yield Kind("unknown property", tuple(unknown), walked=False)
    for key in SORT_KEYS:
        for way in ("asc", "desc"):
            sort, sorts = f"sort_key={key}&sort_dir={way}", key != "created_at"
            yield Kind(f"sort {key} {way}", (sort,), sorts)
            yield Kind(f"sort {key} {way}, filter", (f"__os_type=Linux&{sort}",), sorts)
    mixed = ("sort=name:asc,size:desc", "sort=disk_format:desc,updated_at:asc")
    yield Kind("sort by two keys, mixed", mixed, True)
    yield Kind("limit=1000", (f"limit={_LARGE_PAGE}",), limit=_LARGE_PAGE)
    views = ("", "visibility=shared", "visibility=private")
    yield Kind("another project's view", views, project=OTHER_PROJECT)


def _query(**parameters: str) -> str:
    return urlencode(parameters)


def _own(images: ImageSet) -> Iterator[Mapping[str, str]]:
    """Return images from all over a set that the project sees and that have a name of their own."""
    for position in range(0, len(images) - 20 * PAGE_SIZE, max(1, len(images) // 800)):
        image = images.image_at(position)
        own = image["owner"] == PROJECT and image["__isregistered"] == "true"
        if own and re.search(r" \d{5,}$", image["name"] or ""):
            yield image


def _shelved(places: Iterable[tuple[str, str]]) -> Iterator[str]:
    for zone, rack in places:
        yield _query(__zone=zone, __rack=rack)


def _times(key: str) -> Iterator[str]:
    operators = ("gt", "gte", "lt", "lte", "neq")
    for number, operator in enumerate(operators, start=2):
        moment = FIRST_TIME + timedelta(seconds=SPAN * number // (len(operators) + 3))
        yield _query(**{key: f"{operator}:{moment.isoformat()}Z"})


def pages_of(lister: Lister, kind: Kind) -> list[str]:
    """Return queries for different pages of a kind; in a walk each page but the last is full."""
    most = max(1, _PAGES // len(kind.queries))
    pages: list[str] = []
    for query in kind.queries:
        markers = _markers(lister, kind, query, most - 1) if kind.walked and most > 1 else []
        pages += [paged(query, kind.limit)]
        pages += [paged(query, kind.limit, marker) for marker in markers]
    return pages[: max(_PAGES, len(kind.queries))]


def paged(query: str, limit: int, marker: str | None = None) -> str:
    """Ask for a page of a query."""
    parts = [query] if query else []
    if "limit=" not in query:
        parts.append(f"limit={limit}")
    if marker:
        parts.append(f"marker={marker}")
    return "&".join(parts)


def _markers(lister: Lister, kind: Kind, query: str, most: int) -> list[str]:
    """Return markers from all over a query; after each comes at least one full page."""
    step = min(_LARGE_PAGE, max(kind.limit, len(lister.images) // 10 // _PAGES))
    return list(walk(lister, kind, query, step, most + 1))[:-1]


def walk(lister: Lister, kind: Kind, query: str, step: int, most: int) -> Iterator[str]:
    """Ask for up to `most` pages of `step` images, and yield the markers of the next ones."""
    marker = None
    for _ in range(most):
        found = _NEXT.search(ask(lister, kind, paged(query, step, marker)))
        if found is None:
            break
        marker = found[1].decode()
        yield marker


def ask(lister: Lister, kind: Kind, query: str) -> bytes:
    """Ask and give the body. Raises BenchmarkError when the query is refused."""
    answer = lister.list_images(query, kind.project, DIALECT)
    if answer.status != 200:
        raise BenchmarkError(f"{query!r} was answered {answer.status}: {answer.body[:300]!r}")
    return answer.body
