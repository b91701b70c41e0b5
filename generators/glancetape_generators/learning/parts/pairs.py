"""Values that depend on another field: a tree of pairs, as the section `given` of a spec.

    platform Ubuntu   -> min_disk 40        of all fields that min_disk could depend on, platform
    platform Windows  -> min_disk 80        says most about it

How much a field says of another is their mutual information, less what chance makes of it in so
few images (Miller and Madow, 1955). Only fields that rules leave free are looked at. A table has
two fields, and each of its buckets passes the threshold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glancetape_generators.learning.capture import Capture, Code, Column
from glancetape_generators.learning.parts.free_values import OTHER, FreeProperty
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.threshold import Threshold, rounded
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import DISKS, WAYS
from glancetape_generators.world.field_tables import KIND_NAMES

_LEAST = 0.03  # nats that a field has to say
_DEVIATIONS = 6  # standard deviations above chance
_DISK = "min_disk"
_MOST_VALUES = 12  # of a field to depend on

Tables = dict[str, dict[str, dict[str, dict[Code, int]]]]
"""Field -> value -> field that depends on it -> value -> weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A field of a pair, and the images in which it is free."""

    column: Column
    free: Flags


def learn_pairs(
    capture: Capture,
    images: Classified,
    properties: Mapping[str, FreeProperty],
    disks: Mapping[str, Mapping[Code, int]],
    threshold: Threshold,
) -> Tables:
    """Return the fields that depend on another one, given the learned properties and disks."""
    all_images = np.ones(capture.count, bool)
    own = {
        name: _Field(column=_shown(capture.column(name), one), free=capture.has(name))
        for name, one in properties.items()
    }
    conditions = {
        **own,
        "kind": _Field(column=Column(list(KIND_NAMES), images.kind), free=all_images),
        "made": _Field(column=Column(list(WAYS), images.way), free=images.tenants),
        "platform": _Field(column=images.platform, free=all_images),
    }
    targets = dict(own)
    if images.is_ims:  # in Glance, a snapshot has the disk of its server, which a pair would change
        targets[_DISK] = _disk(capture, images, disks)
    found: Tables = {}
    for target, condition in _tree(targets, conditions):
        for value, weights in _table(
            capture, targets[target], conditions[condition], threshold
        ).items():
            found.setdefault(condition, {}).setdefault(value, {})[target] = weights
    return found


def _shown(column: Column, one: FreeProperty) -> Column:
    """Return a property's column with `other` for the values that are not in the spec."""
    numbers: dict[Code, int] = {value: number for number, value in enumerate(one.values)}
    other = numbers.get(OTHER, -1)
    values = [value if value is None else str(value) for value in column.values]
    of_values = np.array([numbers.get(value, other) for value in values] or [-1], np.int64)
    codes = np.where(column.codes >= 0, of_values[column.codes], -1)
    return Column(list(one.values), codes)


def _disk(capture: Capture, images: Classified, disks: Mapping[str, Mapping[Code, int]]) -> _Field:
    """Return min_disk where nothing but `disks` decides it: in images without a parent."""
    free = images.is_made("file") & (images.disk_group == DISKS.index("Linux"))
    column = capture.column(_DISK)
    kept = disks.get("Linux", {})
    known = np.array([value in kept for value in column.values] or [False])
    return _Field(column=column, free=free & known[column.codes])


def _tree(targets: Mapping[str, _Field], conditions: Mapping[str, _Field]) -> list[tuple[str, str]]:
    """Return each target with the condition that says most about it.

    What depends on another field is no condition itself.
    """
    said = sorted(
        (
            (_information(targets[target], conditions[condition]), target, condition)
            for target in targets
            for condition in conditions
            if target != condition
        ),
        key=lambda one: (-one[0], one[1], one[2]),
    )
    found: dict[str, str] = {}
    for information, target, condition in said:
        is_free = target not in found and target not in found.values() and condition not in found
        if information >= _LEAST and is_free:
            found[target] = condition
    return list(found.items())


def _information(one: _Field, other: _Field) -> float:
    """Return what two fields say about each other in the images in which both are free."""
    both = one.free & other.free & (one.column.codes >= 0) & (other.column.codes >= 0)
    return mutual_information(one.column.codes[both], other.column.codes[both])


def mutual_information(first: Ints, second: Ints) -> float:
    """Return the mutual information of two columns in nats, less what chance makes of it."""
    count = len(first)
    if not count:
        return 0.0
    joint = first * (int(second.max()) + 1) + second
    cells = [np.unique(codes, return_counts=True)[1] for codes in (first, second, joint)]
    plain = [-(counts / count * np.log(counts / count)).sum() for counts in cells]
    chance = [(len(counts) - 1) / (2 * count) for counts in cells]
    information = float(plain[0] + plain[1] - plain[2])
    # Twice the information of all images has a chi-squared distribution where there is none.
    free = (len(cells[0]) - 1) * (len(cells[1]) - 1)
    if 2 * count * information < free + _DEVIATIONS * np.sqrt(2 * free):
        return 0.0
    return information + chance[0] + chance[1] - chance[2]


def _table(
    capture: Capture, target: _Field, condition: _Field, threshold: Threshold
) -> dict[str, dict[Code, int]]:
    """Return the weights of the target's values for each value of the condition."""
    width = len(target.column.values)
    both = target.free & condition.free & (target.column.codes >= 0) & (condition.column.codes >= 0)
    pairs: Ints = np.where(both, condition.column.codes * width + target.column.codes, -1)
    count = max(1, width * len(condition.column.values))
    passing = threshold.kept(capture, pairs, count)
    counts = np.bincount(pairs[pairs >= 0], minlength=count)
    found: dict[str, dict[Any, int]] = {}
    for number, value in enumerate(condition.column.values):
        cells = range(number * width, (number + 1) * width)
        weights = {
            target.column.values[cell - number * width]: int(counts[cell])
            for cell in cells
            if passing[cell]
        }
        if weights and value is not None:
            ordered = dict(sorted(weights.items(), key=lambda pair: (-pair[1], str(pair[0]))))
            found[str(value)] = rounded(ordered)
    common = sorted(found, key=lambda one: (-len(found[one]), one))[:_MOST_VALUES]
    return {value: found[value] for value in sorted(common)}
