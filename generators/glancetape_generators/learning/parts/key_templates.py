"""Key-set templates: which optional properties images of one way of making have together.

    of 900 instances: 500 have {a, b}, 380 have {a}, 12 have {a, b, c}, 8 have {b}
    groups:           {a, b} with those of {a, b, c} and {b}, 520; {a} 380
    templates:        {a, b} 578, {a} 422

Images with a set of keys that too few have join those with the nearest set, until enough images
and projects are in each group. The template of a group has the keys that most of its images have.

A property of the capture's own is in templates if it goes with other properties or with the way
of making, as `commit` goes with `pipeline`; otherwise it has a share of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.parts.free_values import FreeProperty
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.parts.pairs import mutual_information
from glancetape_generators.learning.threshold import Threshold, rounded
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import TEMPLATED
from glancetape_generators.spec.templates import optional_keys
from glancetape_generators.world.field_tables import UPLOADING

_MOST = 20  # templates of one way of making
_LEAST = 0.01  # nats that other keys say about a property
_MOST_SETS = 1000  # that others can join
_PASSES = 10
_MOST_CHANGE = 4  # of the size of a group, as a factor


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTemplates:
    """The section `templates` of a spec."""

    templates: Mapping[str, Sequence[Mapping[str, Any]]]
    properties: frozenset[str]
    """Properties of the capture's own that they decide about."""
    folded: int
    """How many images have a set of keys that is not among them."""


def key_templates(
    capture: Capture,
    images: Classified,
    properties: Mapping[str, FreeProperty],
    threshold: Threshold,
) -> KeyTemplates:
    """Return the templates of each of TEMPLATED that enough images show."""
    sorts = _sorts(images)
    # A property that comes with the data says nothing about images without.
    chosen = (sorts >= 0) & ~capture.is_value("status", *UPLOADING)
    keys = [*optional_keys(is_glance=not images.is_ims), *properties]
    having = {key: capture.has(key) for key in keys}
    going_along = {
        name
        for name, one in properties.items()
        if _goes_along(name, having, sorts, chosen & images.of_kind(*one.kinds))
    }
    having = {key: of for key, of in having.items() if key in going_along or key not in properties}
    found: dict[str, list[dict[str, Any]]] = {}
    folded = 0
    for number, name in enumerate(TEMPLATED):
        places = np.flatnonzero(chosen & (sorts == number))
        marks = np.stack([having[key][places] for key in having], axis=1)
        groups = list(_groups(capture, places, marks, threshold))
        folded += len(places) - sum(one.alike for one in groups)
        if groups:
            weights = rounded(dict(enumerate(_weights(groups, marks))))
            found[name] = [
                {
                    "weight": weights[number],
                    "keys": [key for key, has in zip(having, one.keys, strict=True) if has],
                }
                for number, one in enumerate(groups)
            ]
    named = {key for of in found.values() for one in of for key in one["keys"]}
    return KeyTemplates(templates=found, properties=frozenset(going_along & named), folded=folded)


def _sorts(images: Classified) -> Ints:
    """Return the number of TEMPLATED of each image, -1 where its way of making is not known."""
    found = np.where(images.of_kind("gold", "market"), -1, images.way)
    for kind in ("gold", "market"):
        found[images.of_kind(kind)] = TEMPLATED.index(kind)
    return found


def _goes_along(name: str, having: Mapping[str, Flags], sorts: Ints, chosen: Flags) -> bool:
    """Whether the presence of a property goes with the way of making or with another key."""
    mine = having[name][chosen].astype(np.int64)
    others = [of[chosen].astype(np.int64) for key, of in having.items() if key != name]
    return any(mutual_information(mine, one) >= _LEAST for one in (sorts[chosen], *others))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Images with sets of keys that are alike."""

    count: int
    keys: Flags
    """Which keys its template has."""
    alike: int
    """How many of its images have exactly these."""


def _groups(capture: Capture, places: Ints, marks: Flags, threshold: Threshold) -> Iterator[_Group]:
    """Yield groups of the images at some places, the largest first; `marks` has their keys."""
    if not len(places):
        return
    sets, codes, counts = np.unique(marks, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")  # the sets are in the order of their keys
    group_of = _joined(
        sets[order], counts[order], capture, places, _placed(order, codes), threshold
    )
    for group in sorted(
        set(group_of.tolist()) - {-1}, key=lambda one: -int((group_of == one).sum())
    ):
        mine = group_of == group
        having = marks[mine].sum(axis=0)
        is_usual = having * 2 > int(mine.sum())
        keys = np.array(
            [
                bool(usual)
                and threshold.passes(capture, _chosen(capture, places[mine & marks[:, key]]))
                for key, usual in enumerate(is_usual)
            ]
        )
        alike = int((marks[mine] == keys).all(axis=1).sum())
        yield _Group(count=int(mine.sum()), keys=keys, alike=alike)


def _weights(groups: Sequence[_Group], marks: Flags) -> list[int]:
    """Return the sizes of groups, changed so that each key has the share that it has in `marks`.

    Those who join a group lose the keys that it lacks, so the keys of many small groups would be
    too rare. Each key in turn is given its share, several times (raking, Deming and Stephan, 1940).
    """
    keys = np.stack([one.keys for one in groups])
    sizes = np.array([one.count for one in groups], float)
    found = sizes.copy()
    for key in [*np.flatnonzero(keys.any(axis=0) & ~keys.all(axis=0))] * _PASSES:
        has, wanted = keys[:, key], float(marks[:, key].mean())
        share = found[has].sum() / found.sum()
        if 0 < wanted < 1 and 0 < share < 1:
            found *= np.where(has, wanted / share, (1 - wanted) / (1 - share))
    found = np.clip(found, sizes / _MOST_CHANGE, sizes * _MOST_CHANGE)
    return [max(1, round(one)) for one in (found * 1000).tolist()]


def _placed(order: Ints, codes: Ints) -> Ints:
    """Return codes as places in an order."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    found: Ints = place[codes.reshape(-1)]
    return found


def _joined(
    sets: Flags, counts: Ints, capture: Capture, places: Ints, codes: Ints, threshold: Threshold
) -> Ints:
    """Return the group of each image, the number of a set; -1 for all if they are too few.

    `sets` are those of the images, the most frequent first, and `codes` the number of each image's.
    """
    into = np.arange(len(sets))
    for other in range(_MOST_SETS, len(sets)):
        into[other] = _nearest(sets, other, np.arange(_MOST_SETS))
    alive = list(range(min(len(sets), _MOST_SETS)))
    for smallest in reversed(range(len(alive))):
        mine = _chosen(capture, places[into[codes] == smallest])
        if len(alive) <= _MOST and threshold.passes(capture, mine):
            continue
        alive.remove(smallest)
        if not alive:
            return np.full(len(places), -1, np.int64)
        into[into == smallest] = _nearest(sets, smallest, np.array(alive, np.int64))
    return into[codes]


def _nearest(sets: Flags, one: int, others: Ints) -> int:
    """Return which of some sets is nearest to one; of those that are as near, the first."""
    return int(others[(sets[others] ^ sets[one]).sum(axis=1).argmin()])


def _chosen(capture: Capture, places: Ints) -> Flags:
    found = np.zeros(capture.count, np.bool_)
    found[places] = True
    return found
