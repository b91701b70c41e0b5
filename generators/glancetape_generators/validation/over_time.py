"""Rules on the images of a set in the order of time: versions rise, and nothing waits for long.

Neither is a conflict of two claims, so they are gathered beside those of `conflicts`: a few
numbers for each image that has a version in its name, or that waits for its data.
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
from glancetape_generators.validation.rules.rule import UNSEEN, Finding, Image, Rule, id_of, shown
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
RULES = (VERSIONS_RISE, WAITING_RECENT)

_versioned = re.compile(r"(.+)-v([0-9]{1,9})").fullmatch
_FORM = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST = timedelta(days=7)
_FEW = 4


@dataclass(slots=True, kw_only=True)
class Moments:
    """What is gathered of some images; each column has a number for each image it is about."""

    latest: str = ""
    """The latest time in these images."""
    waiting: list[tuple[str, int]] = field(default_factory=list)
    """Time and position of each image that waits."""
    series: "array[int]" = field(default_factory=lambda: array("Q"))
    """For each image with a version, the hash of its owner and of its name without it."""
    created: "array[int]" = field(default_factory=lambda: array("q"))
    version: "array[int]" = field(default_factory=lambda: array("q"))
    position: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, image: Image, position: int) -> None:
        """Add the next image."""
        created, name = image.get("created_at"), image.get("name")
        if created is None or image.get("__imagetype") not in TENANTS:
            return
        self.latest = max(self.latest, created, image.get("updated_at", ""))
        if image.get("status") in WAITING:
            self.waiting.append((created, position))
        found = _versioned(name) if name else None
        seconds = _seconds(created)
        if found is None or seconds is None:
            return
        series = f"{image.get('owner')}\0{found[1]}".encode("utf-8", "surrogatepass")
        self.series.append(int.from_bytes(blake2b(series, digest_size=8).digest()))
        self.created.append(int(seconds.timestamp()))
        self.version.append(int(found[2]))
        self.position.append(position)

    def extend(self, other: "Moments") -> None:
        """Add what was gathered of images at later positions."""
        self.latest = max(self.latest, other.latest)
        self.waiting += other.waiting
        for name in ("series", "created", "version", "position"):
            getattr(self, name).extend(getattr(other, name))

    def broken(self) -> Iterator[tuple[str, int, str]]:
        """Yield the rule, the image's position, and what is wrong, for each that breaks one."""
        yield from self._falling()
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

    def _falling(self) -> Iterator[tuple[str, int, str]]:
        series, created, version = (
            _column(self.series, np.uint64),
            _column(self.created, np.int64),
            _column(self.version, np.int64),
        )
        order = np.lexsort((version, created, series))
        series, version = series[order], version[order]
        falls = (series[1:] == series[:-1]) & (version[1:] < version[:-1])
        for place in np.flatnonzero(falls).tolist():
            position = self.position[int(order[place + 1])]
            yield VERSIONS_RISE.name, position, f"an earlier one is -v{int(version[place])}"


def finding_over_time(broken: tuple[str, int, str], image: Image) -> Finding:
    """Return the finding of an image that breaks one of these rules."""
    rule, _, message = broken
    if rule == VERSIONS_RISE.name:
        message = f"name is {shown(image.get('name'))}, {message}"
    return Finding(rule, id_of(image), message)


def _column(numbers: "array[int]", kind: Any) -> "np.ndarray[Any, np.dtype[Any]]":
    return np.frombuffer(numbers, kind) if numbers else np.empty(0, kind)


def _seconds(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
