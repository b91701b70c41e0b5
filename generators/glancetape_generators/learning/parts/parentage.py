"""What images were made from: which kind of parent, and how many children a parent has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glancetape_generators.learning.capture import Capture, Code, Column
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.parts.project_sizes import fit_evenness
from glancetape_generators.learning.parts.public_images import (
    ELSEWHERE,
    UNKNOWN,
    places_of_parents,
)
from glancetape_generators.learning.threshold import Threshold, count_kept
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
    children = np.zeros(capture.count + 1, np.int64)  # one more: of no image
    # The operator's images: in a plain Glance, older builds of them may be community images.
    operators = capture.is_public | Classified(capture).of_kind("gold")
    for place in places_of_parents(capture):
        is_public = (place >= 0) & operators[np.maximum(place, 0)]
        kind[place == UNKNOWN] = labels.index(MISSING)
        kind[(place >= 0) | (place == ELSEWHERE)] = labels.index(OWN)
        kind[is_public] = labels.index(PUBLIC)
        children += np.bincount(place[is_public], minlength=capture.count + 1)
    kind[Classified(capture).of_kind("market")] = labels.index(ABSENT)
    return Parents(Labels(labels, kind), children[: capture.count])


def count_unseen(capture: Capture, images: Classified, threshold: Threshold) -> int:
    """Return from how many images that are not in the capture tenants' images were made.

    0 where too few were made from such images.
    """
    made = images.tenants & images.is_made("instance", "server_backup")
    ids: set[Code] = set()
    unseen = np.zeros(capture.count, np.bool_)
    for name, place in zip(PARENT_FIELDS, places_of_parents(capture), strict=True):
        column, here = capture.column(name), made & (place == UNKNOWN)
        ids.update(column.values[code] for code in np.unique(column.codes[here]).tolist())
        unseen |= here
    return len(ids) if threshold.passes(capture, unseen) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentChoice:
    """The section `parents` of a spec; None for what the capture does not show."""

    own: int | None
    evenness: int | None
    popular: Mapping[Code, int]
    """Name of a public image -> its part of a thousand children."""
    left_out: int
    """How many were made from public images that too few others were made from."""


def parent_choice(capture: Capture, images: Classified, threshold: Threshold) -> ParentChoice:
    """Return how often instances are made from own images, and how popular public images are."""
    found = parents_of(capture)
    kinds = found.kind.names
    instances = images.is_made("instance") & images.tenants
    own = instances & (found.kind.codes == kinds.index(OWN))
    public = instances & (found.kind.codes == kinds.index(PUBLIC))
    if count_unseen(capture, images, threshold) and not threshold.passes(
        capture, images.of_kind("gold")
    ):
        # A list of private images shows no public ones: they are what is missing.
        public |= instances & (found.kind.codes == kinds.index(MISSING))
    known = own | public
    share = threshold.percent(capture, own, known) if threshold.passes(capture, known) else None
    platform = images.platform.codes
    groups = []
    for number in range(len(images.platform.values)):
        children = np.sort(found.children[images.of_kind("gold") & (platform == number)])[::-1]
        if children.sum() >= threshold.images and len(children) > 1:
            groups.append(children)
    named = Column([one.name for one in images.public.known], images.public.number_of)
    can_be = np.array([one.system.weight > 0 for one in images.public.known] or [False])
    made = images.tenants & (named.codes >= 0) & can_be[named.codes]
    kept = count_kept(threshold, capture, named, made)
    return ParentChoice(
        own=share,
        evenness=fit_evenness(*groups) if groups else None,
        popular=kept.weights(),
        left_out=kept.folded,
    )
