"""What may leave a capture: only what enough images of enough projects have.

A bucket is one value, or a pair of values, with the number of images that have it. With 10 images
and 3 projects as the threshold:

    min_disk 40    812 images of 9 projects    stays
    min_disk 77     14 images of 1 project     is left out: it would show one project's habit
    min_disk 90      4 images of 4 projects    is left out: it would show single images

All projects see public images, so for these only the number of images counts. A capture that shows
few projects cannot hide one among others; there, too, only the number of images counts. The view of
one project is such a capture for its own images, and not for those that others share with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from glancetape_generators.learning.capture import SEVERAL, Capture, Code, Column
from glancetape_generators.sampling.draws import Flags, Ints

PROJECTS = 3
"""The least number of projects that share a bucket."""
Value = TypeVar("Value", bound=Code)
_PARTS = 1000  # weights are parts of a thousand


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least number of images and of projects that must have what leaves a capture."""

    images: int
    projects: int
    """1 where the number of images alone counts."""

    @classmethod
    def of(cls, capture: Capture, images: int) -> "Threshold":
        """Return the threshold for a capture, with a least number of images."""
        return cls(images, PROJECTS if capture.projects >= SEVERAL else 1)

    def passes(self, capture: Capture, chosen: Flags) -> bool:
        """Whether the chosen images are enough."""
        codes = np.where(chosen, 0, -1)
        return bool(self.kept(capture, codes, 1)[0])

    def percent(self, capture: Capture, part: Flags, of: Flags) -> int:
        """Return the share of some images among others, in whole percent.

        A part of too few is 0, and one that too few lack is 100: both would show those few.
        """
        if not self.passes(capture, part & of):
            return 0
        return percent(part, of) if self.passes(capture, of & ~part) else 100

    def first_enough(self, capture: Capture, places: Ints) -> int:
        """Return the first of some images up to which there are enough, -1 if there never are."""
        own = ~capture.is_open[places] & (capture.owners[places] >= 0)
        _, firsts = np.unique(capture.owners[places[own]], return_index=True)
        is_new = np.zeros(len(places), np.bool_)
        is_new[np.flatnonzero(own)[firsts]] = True
        enough = np.arange(1, len(places) + 1) >= self.images
        if self.projects > 1:
            public = np.cumsum(capture.is_open[places]) >= self.images
            enough &= public | (np.cumsum(is_new) >= self.projects)
        return int(places[enough.argmax()]) if enough.any() else -1

    def kept(self, capture: Capture, codes: Ints, count: int) -> Flags:
        """Return for each of `count` buckets whether it passes, given each image's bucket."""
        used = codes >= 0
        found = np.bincount(codes[used], minlength=count) >= self.images
        if self.projects > 1:
            public = np.bincount(codes[used & capture.is_open], minlength=count) >= self.images
            found &= public | (_projects(capture, codes, count) >= self.projects)
        return found

    def kept_entries(self, capture: Capture, places: Ints, codes: Ints, count: int) -> Flags:
        """Return the same for buckets of which an image can have several."""
        pairs = np.unique(places * (count + 1) + codes)
        places, codes = np.divmod(pairs, count + 1)
        found = np.bincount(codes, minlength=count) >= self.images
        if self.projects > 1:
            public = capture.is_open[places]
            of_public = np.bincount(codes[public], minlength=count) >= self.images
            owners = capture.owners[places]
            own = np.unique(
                codes[~public & (owners >= 0)] * (1 << 32) + owners[~public & (owners >= 0)]
            )
            found &= of_public | (np.bincount(own >> 32, minlength=count) >= self.projects)
        return found


def _projects(capture: Capture, codes: Ints, count: int) -> Ints:
    some = (codes >= 0) & (capture.owners >= 0) & ~capture.is_open
    pairs = np.unique(codes[some] * (1 << 32) + capture.owners[some])
    return np.bincount(pairs >> 32, minlength=count)


@dataclass(frozen=True, slots=True)
class Kept:
    """The buckets of a column that pass, the most frequent first."""

    counts: Mapping[Code, int]
    folded: int
    """How many images are in the buckets that do not."""

    def weights(self) -> dict[Code, int]:
        """Return the weights of the buckets, in parts of a thousand."""
        return rounded(self.counts)


def count_kept(threshold: Threshold, capture: Capture, column: Column, chosen: Flags) -> Kept:
    """Count the values of a column among the chosen images; those that pass are kept."""
    count = len(column.values)
    if not count:
        return Kept({}, 0)
    codes = np.where(chosen, column.codes, -1)
    passing = threshold.kept(capture, codes, count)
    counts = np.bincount(codes[codes >= 0], minlength=count)
    order = sorted(
        np.flatnonzero(passing).tolist(), key=lambda one: (-counts[one], str(column.values[one]))
    )
    kept = {column.values[one]: int(counts[one]) for one in order}
    return Kept(kept, int(counts[~passing].sum()))


def rounded(counts: Mapping[Value, int]) -> dict[Value, int]:
    """Return counts as parts of a thousand, at least 1 each: they do not show how many there were.

    >>> rounded({"Ubuntu": 20_000, "Windows": 10_001})
    {'Ubuntu': 667, 'Windows': 333}
    """
    total = sum(counts.values())
    return {
        value: max(1, (count * _PARTS + total // 2) // total)
        for value, count in counts.items()
        if count
    }


def percent(part: Flags, of: Flags) -> int:
    """Return the share of some images among others, in whole percent."""
    whole = int(of.sum())
    return (int((part & of).sum()) * 100 + whole // 2) // whole if whole else 0
