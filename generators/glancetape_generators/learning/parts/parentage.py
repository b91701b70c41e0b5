"""What images were made from: which kind of parent, and how many children a parent has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glancetape_generators.learning.capture import Capture, Code
from glancetape_generators.learning.parts.kinds_and_ways import Sorted
from glancetape_generators.learning.parts.project_sizes import fit_evenness
from glancetape_generators.learning.threshold import Threshold, percent
from glancetape_generators.sampling.draws import Ints
from glancetape_generators.spec.spec import PARENT_FIELDS

ABSENT = "absent"
"""The label of an image that lacks something."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A column: the labels, and for each image the number of its label."""

    names: Sequence[str]
    codes: Ints


@dataclass(frozen=True, slots=True)
class Parents:
    """What images were made from."""

    kind: Labels
    """For each image: public, own, missing (not in the capture) or absent."""
    children: Ints
    """For each image, how many were made from it; 0 for an image that is not public.

    A part of a capture has all public images, and not all images of a project.
    """


PUBLIC, OWN, MISSING = "public", "own", "missing"


def parents_of(capture: Capture) -> Parents:
    """Return the parents that images name."""
    labels = (PUBLIC, OWN, MISSING, ABSENT)
    kind = np.full(capture.count, labels.index(ABSENT), np.int64)
    ids = capture.column("id")
    place_of = {value: place for place, value in enumerate(ids.values)}
    at = np.full(len(ids.values) + 1, -1, np.int64)
    at[ids.codes] = np.arange(capture.count)
    children = np.zeros(capture.count + 1, np.int64)  # one more: of no image
    # The operator's images: in a plain Glance, older builds of them may be community images.
    operators = capture.is_public | Sorted(capture).of_kind("gold")
    for name in PARENT_FIELDS:
        column = capture.column(name)
        of_values = np.array([_place(value, place_of) for value in column.values] or [-2], np.int64)
        found = np.where(column.codes >= 0, of_values[column.codes], -2)
        # In a part of a capture, the id of a parent may be known and the parent elsewhere.
        place = np.where(found >= 0, at[np.maximum(found, 0)], -1)
        is_public = (place >= 0) & operators[np.maximum(place, 0)]
        kind[found == -1] = labels.index(MISSING)
        kind[found >= 0] = labels.index(OWN)
        kind[is_public] = labels.index(PUBLIC)
        children += np.bincount(place[is_public], minlength=capture.count + 1)
    kind[Sorted(capture).of_kind("market")] = labels.index(ABSENT)
    return Parents(Labels(labels, kind), children[: capture.count])


def _place(value: Code, place_of: Mapping[Code, int]) -> int:
    """Return the number of an id, -1 for one that is not there, -2 for a text that is no id."""
    if not isinstance(value, str) or len(value) < 32:
        return -2
    return place_of.get(value, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentChoice:
    """The section `parents` of a spec; None for what the capture does not show."""

    own: int | None
    evenness: int | None


def parent_choice(capture: Capture, images: Sorted, threshold: Threshold) -> ParentChoice:
    """Return how often instances are made from own images, and how popular public images are."""
    found = parents_of(capture)
    kinds = found.kind.names
    instances = images.is_made("instance") & images.tenants
    own = instances & (found.kind.codes == kinds.index(OWN))
    public = instances & (found.kind.codes == kinds.index(PUBLIC))
    known = own | public
    share = percent(own, known) if threshold.passes(capture, known) else None
    platform = images.platform.codes
    groups = []
    for number in range(len(images.platform.values)):
        children = np.sort(found.children[images.of_kind("gold") & (platform == number)])[::-1]
        if children.sum() >= threshold.images and len(children) > 1:
            groups.append(children)
    return ParentChoice(own=share, evenness=fit_evenness(*groups) if groups else None)
