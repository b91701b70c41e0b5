"""How alike two captures are, in parts from 0 to 1.

The likeness of two columns is 1 less the total variation distance: the share of images that have
the same label in both.

    Ubuntu 60%, Windows 40%   and   Ubuntu 50%, Windows 50%   ->   0.90
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from glancetape_generators.learning.capture import Capture, is_known
from glancetape_generators.learning.comparing.measured_columns import (
    has_many_labels,
    measured_columns,
    presence_alone,
    presence_of,
)
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.parts.parentage import ABSENT, Labels, parents_of
from glancetape_generators.learning.parts.project_sizes import sizes
from glancetape_generators.sampling.draws import Ints

PARTS = ("shapes", "pairs", "presence", "skew", "parents", "names", "ties")
"""What is compared: single columns, pairs of them, sets of fields, sizes of projects, ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two captures are."""

    parts: Mapping[str, float]
    """PARTS -> likeness"""
    columns: Mapping[str, float]
    """Column -> likeness"""
    pairs: Mapping[tuple[str, str], float]
    """Two columns -> likeness"""

    @property
    def score(self) -> float:
        """The mean of shapes and pairs."""
        return (self.parts["shapes"] + self.parts["pairs"]) / 2


def compare(one: Capture, other: Capture) -> Likeness:
    """Return how alike two captures are; columns that never vary are not counted."""
    columns = dict(_aligned(measured_columns(one), measured_columns(other)))
    shapes = {name: _alike(first, second) for name, (first, second) in columns.items()}
    pairs = dict(_pairs(columns))
    presence = _merged(presence_of(one), presence_of(other))
    parts = {
        "shapes": _mean(shapes.values()),
        "pairs": _mean(pairs.values()),
        "presence": _alike(*presence),
        "skew": _ranked_alike(*(sizes(each, Classified(each).tenants) for each in (one, other))),
        "parents": _mean(
            (
                shapes.get("parent", 1.0),
                _alike(*(_powers(_parents(each)) for each in (one, other))),
            )
        ),
        "names": shapes.get("name template", 1.0),
        "ties": _alike(*(_powers(_sharing(each)) for each in (one, other))),
    }
    return Likeness(parts=parts, columns=shapes, pairs=pairs)


def _aligned(
    one: Mapping[str, Labels], other: Mapping[str, Labels]
) -> Iterator[tuple[str, tuple[Ints, Ints]]]:
    """Yield the columns of both with labels numbered alike; those with one label are left out."""
    counts = [len(next(iter(columns.values())).codes) if columns else 0 for columns in (one, other)]
    for name in dict.fromkeys((*one, *other)):
        first, second = (
            columns.get(name) or Labels([ABSENT], np.zeros(count, np.int64))
            for columns, count in zip((one, other), counts, strict=True)
        )
        if has_many_labels(first) or has_many_labels(second):
            first, second = presence_alone(first), presence_alone(second)
        merged = _merged(first, second)
        if len(np.unique(np.concatenate(merged))) > 1:
            yield name, merged


def _merged(one: Labels, other: Labels) -> tuple[Ints, Ints]:
    """Return the numbers of the labels of both, in one numbering."""
    numbers: dict[str, int] = {}
    found = []
    for each in (one, other):
        of_names = [numbers.setdefault(name, len(numbers)) for name in each.names]
        found.append(np.array(of_names or [0], np.int64)[each.codes])
    return found[0], found[1]


def _alike(one: Ints, other: Ints) -> float:
    if not len(one) or not len(other):
        return 1.0 if len(one) == len(other) else 0.0
    count = int(max(one.max(), other.max())) + 1
    first, second = (np.bincount(each, minlength=count) / len(each) for each in (one, other))
    return 1 - float(np.abs(first - second).sum()) / 2


def _pairs(columns: Mapping[str, tuple[Ints, Ints]]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the likeness of each pair of columns, whose labels are the pairs of their labels."""
    for (name, (one, other)), (name_2, (one_2, other_2)) in combinations(columns.items(), 2):
        width = int(max(one_2.max(), other_2.max())) + 1
        yield (name, name_2), _alike(one * width + one_2, other * width + other_2)


def _ranked_alike(one: Ints, other: Ints) -> float:
    """Compare the shares of the largest, the second and so on."""
    length = max(len(one), len(other))
    if not len(one) or not len(other):
        return 1.0 if len(one) == len(other) else 0.0
    first, second = (np.pad(each / each.sum(), (0, length - len(each))) for each in (one, other))
    return 1 - float(np.abs(first - second).sum()) / 2


def _powers(counts: Ints) -> Ints:
    """Return how many doublings from 1 reach each count: 3 for 5 and for 8, 4 for 9."""
    return np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64)


def _parents(capture: Capture) -> Ints:
    """Return for each parent how many images were made from it."""
    children = parents_of(capture).children
    return children[children > 0]


def _sharing(capture: Capture) -> Ints:
    """Return for each image how many images were created in the same second."""
    created = capture.seconds("created_at")
    _, which, counts = np.unique(
        created[is_known(created)], return_inverse=True, return_counts=True
    )
    return counts[which]


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else 1.0
