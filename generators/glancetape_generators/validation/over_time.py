"""Rules on the images of a set in the order of time: versions and disks grow, nothing waits long.

None is a conflict of two claims, so they are gathered beside those of `conflicts`: a few numbers
for each image that has a version in its name, shows a server, or waits for its data.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import numpy as np

from glancetape_generators.validation.rules.facts import MEANING
from glancetape_generators.validation.rules.kinds import TENANTS
from glancetape_generators.validation.rules.origins import uuid_of, way_of
from glancetape_generators.validation.rules.rule import (
    UNSEEN,
    Cloud,
    Finding,
    Image,
    Rule,
    id_of,
    shown,
)
from glancetape_generators.validation.rules.shape import is_uuid
from glancetape_generators.validation.rules.sizes import WAITING

VERSIONS_RISE = Rule(
    "versions-rise",
    "Of images of a project that differ only in -vNUMBER, a later one has no lower number.",
    MEANING,
    UNSEEN,
)
WAITING_RECENT = Rule(
    "waiting-recent",
    "Most images that are queued or saving were made in the last week of the set.",
    MEANING,
    UNSEEN,
)
SERVER_DISK = Rule(
    "server-disk",
    "Of the images of a server, a later one has no smaller min_disk.",
    MEANING,
    UNSEEN,
    Cloud.ANY,
)
RULES = (VERSIONS_RISE, SERVER_DISK, WAITING_RECENT)

_versioned = re.compile(r"(.+)-v([0-9]{1,9})").fullmatch
_FORM = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST = timedelta(days=7)
_FEW = 4
_ANY_DISK = 1 << 40  # GB; what a column holds


@dataclass(slots=True, kw_only=True)
class Growing:
    """Numbers that must not fall in a series; each column has one for each image it is about."""

    series: "array[int]" = field(default_factory=lambda: array("Q"))
    """The hash of what the images of a series have in common."""
    created: "array[int]" = field(default_factory=lambda: array("q"))
    number: "array[int]" = field(default_factory=lambda: array("q"))
    position: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, series: str, created: datetime, number: int, position: int) -> None:
        """Add the next image of a series."""
        hashed = blake2b(series.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self.series.append(int.from_bytes(hashed))
        self.created.append(int(created.timestamp()))
        self.number.append(number)
        self.position.append(position)

    def extend(self, other: "Growing") -> None:
        """Add what was gathered of images at later positions."""
        for name in ("series", "created", "number", "position"):
            getattr(self, name).extend(getattr(other, name))

    def falls(self) -> Iterator[tuple[int, int]]:
        """Yield the position of each image whose number is lower, and the number before it."""
        series, created, number = (
            _column(self.series, np.uint64),
            _column(self.created, np.int64),
            _column(self.number, np.int64),
        )
        order = np.lexsort((number, created, series))
        series, number = series[order], number[order]
        falls = (series[1:] == series[:-1]) & (number[1:] < number[:-1])
        for place in np.flatnonzero(falls).tolist():
            yield self.position[int(order[place + 1])], int(number[place])


@dataclass(slots=True, kw_only=True)
class Moments:
    """What is gathered of some images."""

    latest: str = ""
    """The latest time in these images."""
    waiting: list[tuple[str, int]] = field(default_factory=list)
    """Time and position of each image that waits."""
    versions: Growing = field(default_factory=Growing)
    disks: Growing = field(default_factory=Growing)

    def add(self, image: Image, position: int) -> None:
        """Add the next image."""
        created = _seconds(image.get("created_at", ""))
        server, disk = _server_of(image), image.get("min_disk")
        if created is not None and server and disk is not None and 0 <= disk < _ANY_DISK:
            self.disks.add(server, created, disk, position)
        if "created_at" not in image or image.get("__imagetype") not in TENANTS:
            return
        self.latest = max(self.latest, image["created_at"], image.get("updated_at", ""))
        if image.get("status") in WAITING:
            self.waiting.append((image["created_at"], position))
        found = _versioned(image.get("name") or "")
        if found is not None and created is not None:
            self.versions.add(f"{image.get('owner')}\0{found[1]}", created, int(found[2]), position)

    def extend(self, other: "Moments") -> None:
        """Add what was gathered of images at later positions."""
        self.latest = max(self.latest, other.latest)
        self.waiting += other.waiting
        self.versions.extend(other.versions)
        self.disks.extend(other.disks)

    def broken(self) -> Iterator[tuple[str, int, str]]:
        """Yield the rule, the image's position, and what is wrong, for each that breaks one."""
        for position, before in self.versions.falls():
            yield VERSIONS_RISE.name, position, f"an earlier one is -v{before}"
        for position, before in self.disks.falls():
            yield SERVER_DISK.name, position, f"{before} GB earlier"
        latest = _seconds(self.latest)
        stuck = [
            (created, position)
            for created, position in self.waiting
            if latest is not None
            and (since := _seconds(created)) is not None
            and latest - since > _LONGEST
        ]
        if len(stuck) > max(_FEW, len(self.waiting) // 2):  # real clouds have some, too
            for created, position in stuck:
                yield WAITING_RECENT.name, position, f"waits since {created}"


def finding_over_time(broken: tuple[str, int, str], image: Image) -> Finding:
    """Return the finding of an image that breaks one of these rules."""
    rule, _, message = broken
    if rule == VERSIONS_RISE.name:
        message = f"name is {shown(image.get('name'))}, {message}"
    if rule == SERVER_DISK.name:
        message = f"min_disk is {shown(image.get('min_disk'))}, {message}"
    return Finding(rule, id_of(image), message)


def _server_of(image: Image) -> str | None:
    """Return the id of the server that an image was made from; None if that is not known."""
    server = uuid_of(image) if way_of(image) == "instance" else image.get("instance_uuid")
    return server if is_uuid(server or "") else None


def _column(numbers: "array[int]", kind: Any) -> "np.ndarray[Any, np.dtype[Any]]":
    return np.frombuffer(numbers, kind) if numbers else np.empty(0, kind)


def _seconds(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
