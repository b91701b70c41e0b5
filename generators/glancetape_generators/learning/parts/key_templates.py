"""Key-set templates: which optional properties images of one way of making have together.

    of 900 instances: 500 have {a, b}, 380 have {a}, 12 have {a, b, c}, 8 have {b}
    templates:        {a, b} 571, {a} 429      the few others count as the one that is nearest

A property of the capture's own is in templates if it goes with other properties or with the way
of making, as `commit` goes with `pipeline`; otherwise it has a share of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.parts.kinds_and_ways import Sorted
from glancetape_generators.learning.parts.pairs import mutual_information
from glancetape_generators.learning.threshold import Threshold, rounded
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import TEMPLATED
from glancetape_generators.spec.templates import optional_keys
from glancetape_generators.world.field_tables import UPLOADING

_MOST = 24  # templates of one way of making
_LEAST = 0.01  # nats that other keys say about a property


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTemplates:
    """The section `templates` of a spec."""

    templates: Mapping[str, Sequence[Mapping[str, Any]]]
    properties: frozenset[str]
    """Properties of the capture's own that they decide about."""
    folded: int
    """How many images have a set of keys that is not among them."""


def key_templates(
    capture: Capture, images: Sorted, properties: Collection[str], threshold: Threshold
) -> KeyTemplates:
    """Return the templates of each of TEMPLATED that enough images show."""
    sorts = _sorts(images)
    # A property that comes with the data says nothing about images without.
    chosen = (sorts >= 0) & ~capture.is_value("status", *UPLOADING)
    keys = [*optional_keys(is_glance=not images.is_ims), *properties]
    having = {key: capture.has(key) for key in keys}
    going_along = _going_along(having, properties, sorts, chosen)
    alone = set(properties) - going_along
    codes, sets = _sets(
        {key: one for key, one in having.items() if key not in alone}, capture.count
    )
    found: dict[str, list[dict[str, Any]]] = {}
    folded = 0
    for number, name in enumerate(TEMPLATED):
        mine = np.where(chosen & (sorts == number), codes, -1)
        counts = np.bincount(mine[mine >= 0], minlength=len(sets))
        passing = threshold.kept(capture, mine, len(sets)) & (counts > 0)
        order = sorted(np.flatnonzero(passing).tolist(), key=lambda one: (-counts[one], sets[one]))
        if not order:
            folded += int(counts.sum())
            continue
        kept = order[:_MOST]
        others = np.setdiff1d(np.flatnonzero(counts), kept).tolist()
        folded += int(counts[others].sum())
        totals = {one: int(counts[one]) for one in kept}
        for other in others:
            # Of those that are as near, the most frequent one, which comes first.
            nearest = min(kept, key=lambda one: len(set(sets[one]) ^ set(sets[other])))
            totals[nearest] += int(counts[other])
        found[name] = [
            {"weight": weight, "keys": list(sets[one])} for one, weight in rounded(totals).items()
        ]
    named = {key for of in found.values() for one in of for key in one["keys"]}
    return KeyTemplates(templates=found, properties=frozenset(going_along & named), folded=folded)


def _sorts(images: Sorted) -> Ints:
    """Return the number of TEMPLATED of each image, -1 where its way of making is not known."""
    found = np.where(images.of_kind("gold", "market"), -1, images.way)
    for kind in ("gold", "market"):
        found[images.of_kind(kind)] = TEMPLATED.index(kind)
    return found


def _going_along(
    having: Mapping[str, Flags], properties: Collection[str], sorts: Ints, chosen: Flags
) -> set[str]:
    """Return the properties whose presence goes with the way of making or with another key."""
    found = set()
    for name in properties:
        mine = having[name][chosen].astype(np.int64)
        others = [sorts[chosen]]
        others += [flags[chosen].astype(np.int64) for key, flags in having.items() if key != name]
        if any(mutual_information(mine, other) >= _LEAST for other in others):
            found.add(name)
    return found


def _sets(having: Mapping[str, Flags], count: int) -> tuple[Ints, list[tuple[str, ...]]]:
    """Return the number of each image's set of keys, and the sets."""
    codes = np.zeros(count, np.int64)
    sets: list[tuple[str, ...]] = [()]
    for key, flags in having.items():
        pairs, numbers = np.unique(codes * 2 + flags, return_inverse=True)
        sets = [(*sets[one >> 1], key) if one & 1 else sets[one >> 1] for one in pairs.tolist()]
        codes = numbers.astype(np.int64)
    return codes, sets
