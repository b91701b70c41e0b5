"""Count the numbers in a picture of an image set, all of them from its indexes."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import (
    GONE_STATUSES,
    LIVING_STATUSES,
    MEMBER_STATUSES,
    VISIBILITIES,
    BadImage,
    parse_time,
)
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.picture.calendar import Step, step_for
from glancetape_cassettes.imageset.picture.counting import Counted, Share, Shares

KINDS = 4  # kinds with a colour of their own; any further ones are "other"
NAMED = 10  # projects, and platforms, that are shown by name
_VALUES = 8
_TAIL = 10_000  # the most images that are read to count projects with few images
_MOST_OWNERS = 1_000_000
_POINTS = 20  # ranks drawn between a power of ten and the next one


@dataclass(frozen=True, slots=True)
class Creation:
    """How many images of each kind were created in each step of time; the last kind is "other"."""

    first: int
    """Time of the oldest image, in seconds since 1970."""
    last: int
    """Time of the newest image."""
    step: Step
    begins: tuple[int, ...]
    """When each step begins, then when the last one ends."""
    kinds: tuple[tuple[int, ...], ...]
    """For each step the number of images of each kind."""

    @property
    def totals(self) -> tuple[int, ...]:
        """The number of images created in each step."""
        return tuple(map(sum, self.kinds))


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform, and how many of its images have each type of system, then other types."""

    share: Share
    systems: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Platforms:
    """The most frequent platforms and types of system, the most frequent first."""

    shares: Shares
    by: str
    """The property that holds the types; "" when no image has it."""
    systems: tuple[str, ...]
    rows: tuple[Platform, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Which projects own the images."""

    owned: int
    """Images that have an owner."""
    largest: tuple[Share, ...]
    count: int
    """Projects that were counted."""
    points: tuple[tuple[int, int], ...]
    """Ranks and sizes of some of them: each of the largest, then fewer and fewer."""
    half: int
    """How many of the largest own half of the images; 0 when that is not known."""
    uncounted: int = 0
    """Images of projects that were not counted, because each has few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that the page shows about an image set."""

    file: str
    nbytes: int
    images: int
    about: dict[str, str]
    kinds: Shares
    visibility: Shares
    status: Shares
    platforms: Platforms
    projects: Ownership
    environments: Shares
    formats: Shares
    tags: Shares
    members: tuple[Share, ...]
    creation: Creation | None
    """None when there are no images."""


def picture_of(images: ImageSet) -> Picture:
    """Return the picture of an image set; raises ImageSetError when the set is damaged."""
    counted = Counted(images)
    visibility = counted.shares_of("visibility", VISIBILITIES)
    kinds = counted.shares("__imagetype", KINDS) if counted.having("__imagetype") else visibility
    members = ((status, images.count_members(status)) for status in MEMBER_STATUSES)
    return Picture(
        file=images.path.name,
        nbytes=images.path.stat().st_size,
        images=len(images),
        about=dict(images.about),
        kinds=kinds,
        visibility=visibility,
        status=counted.shares_of("status", (*LIVING_STATUSES, *GONE_STATUSES)),
        platforms=_platforms(counted),
        projects=_projects(counted),
        environments=counted.shares("virtual_env_type", _VALUES),
        formats=counted.shares("disk_format", _VALUES),
        tags=counted.shares("tags", 2 * _VALUES),
        members=tuple(Share(status, count) for status, count in members if count),
        creation=_creation(images, kinds) if len(images) else None,
    )


def _first(counted: Counted, *names: str) -> str:
    """Return the first property that images have, or the last one if they have none."""
    return next((name for name in names if counted.having(name)), names[-1])


def _platforms(counted: Counted) -> Platforms:
    """Count platforms by type of system; a plain Glance has other property names for both."""
    shares = counted.shares(_first(counted, "__platform", "os_distro"), NAMED)
    name = _first(counted, "__os_type", "os_type")
    systems = [share.value for share in counted.most_common(name, KINDS)]
    of_systems = [counted.images.having(name, system) for system in systems]
    rows = []
    for share in shares.parts:
        of_platform = counted.images.having(shares.name, share.value)
        counts = [of_platform.intersection_cardinality(bitmap) for bitmap in of_systems]
        rows.append(Platform(share, (*counts, max(0, share.count - sum(counts)))))
    return Platforms(shares, name if systems else "", tuple(systems), tuple(rows))


def _projects(counted: Counted) -> Ownership:
    found = counted.most_common("owner", _MOST_OWNERS)
    owned = counted.having("owner")
    uncounted = max(0, owned - sum(share.count for share in found))
    if 0 < uncounted <= _TAIL:
        found += _small_projects(counted.images, found)
        found.sort(key=lambda share: (-share.count, share.value))
        uncounted = max(0, owned - sum(share.count for share in found))
    sizes = [share.count for share in found]
    half = bisect_left(list(accumulate(sizes)), (owned + 1) // 2) + 1
    return Ownership(
        owned=owned,
        largest=tuple(found[:NAMED]),
        count=len(found),
        points=tuple((rank, sizes[rank - 1]) for rank in _ranks(len(sizes))),
        half=half if half <= len(sizes) else 0,
        uncounted=uncounted,
    )


def _small_projects(images: ImageSet, large: list[Share]) -> list[Share]:
    """Count the images of projects that are too small for the index of common values."""
    rest = BitMap(range(len(images))) - images.having_any("owner", [share.value for share in large])
    counts: dict[str, int] = {}
    for position in rest if len(rest) <= 2 * _TAIL else ():  # includes images without a project
        owner = images.image_at(position).get("owner")
        if isinstance(owner, str):
            counts[owner] = counts.get(owner, 0) + 1
    return [Share(owner, count) for owner, count in counts.items()]


def _ranks(last: int) -> list[int]:
    """Return ranks from 1 to `last` that are evenly spaced on a logarithmic axis."""
    ranks = {1, last} if last else set()
    exponent = 0
    while (rank := round(10 ** (exponent / _POINTS))) < last:
        ranks.add(rank)
        exponent += 1
    return sorted(ranks)


def _creation(images: ImageSet, kinds: Shares) -> Creation:
    try:
        first, last = (parse_time("created_at", time) for time in images.times_created())
    except BadImage as error:
        raise ImageSetError(f"{images.path} is damaged ({error}); make it again.") from error
    first = min(first, last)
    step = step_for(first, last)
    numbers = range(step.number(first), step.number(last) + 1)
    begins = (*map(step.begin, numbers), step.begin(numbers[-1] + 1))
    # A set holds the newest images first, so the images of a step are at consecutive positions.
    places = [len(images) - len(images.less("created_at", begin)) for begin in begins]
    of_kinds = [images.having(kinds.name, share.value) for share in kinds.parts]
    rows = []
    for start, end in pairwise(places):
        counts = [bitmap.range_cardinality(end, start) for bitmap in of_kinds]
        rows.append((*counts, max(0, start - end - sum(counts))))
    return Creation(first, last, step, begins, tuple(rows))
