"""The columns by which two captures are compared: fields, and what follows from several of them.

    os_version: Ubuntu 22.04 server 64bit    tags: 2    hour: 14    parent: public

A column says for each image one short label. Ids and other texts that differ from image to image
only say whether they are there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glancetape_generators.learning.capture import MEMBER, TAG, Capture, Code, is_known
from glancetape_generators.learning.parts.kinds_and_ways import Sorted
from glancetape_generators.learning.parts.name_templates import templates_of
from glancetape_generators.learning.threshold import Threshold
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import WAYS
from glancetape_generators.world.field_tables import KIND_NAMES

ABSENT = "absent"
_PRESENT = "present"
_MOST_LABELS = 100
_NOT_COMPARED = frozenset(
    """
    id self file schema name owner created_at updated_at active_at checksum size os_hash_value
    __originalimagename __image_location __image_size __data_origin _sys_enterprise_project_id
    direct_url
    """.split()
)
_HIDDEN = frozenset(["enterprise_project_id", "__system__cmkid", "__backup_id", "__productcode"])
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Labels:
    """A column: the labels, and for each image the number of its label."""

    names: Sequence[str]
    codes: Ints


def measured_columns(capture: Capture) -> dict[str, Labels]:
    """Return the columns of a capture by name."""
    return {**dict(_fields(capture)), **dict(_derived(capture))}


def _fields(capture: Capture) -> Iterator[tuple[str, Labels]]:
    for name, column in capture.columns.items():
        if name in _NOT_COMPARED:
            continue
        texts = column.texts()
        if len(texts) > _MOST_LABELS or name in _HIDDEN:
            texts = ["0" if text == "0" else _PRESENT for text in texts]
        yield name, _labels([*texts, ABSENT], column.codes)


def _labels(texts: Sequence[str], codes: Ints) -> Labels:
    """Return labels of which each occurs once; -1 is the last of `texts`."""
    numbers: dict[str, int] = {}
    of_texts = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
    return Labels(list(numbers), of_texts[codes])


def _derived(capture: Capture) -> Iterator[tuple[str, Labels]]:
    sorted_ = Sorted(capture)
    yield "kind", Labels(KIND_NAMES, sorted_.kind)
    yield "way of making", _labels([*WAYS, ABSENT], sorted_.way)
    for name, entries in (("number of tags", TAG), ("number of members", MEMBER)):
        yield name, _numbered(np.minimum(capture.counted(entries), 20))
    yield "name template", names_of(capture)
    created, updated = capture.seconds("created_at"), capture.seconds("updated_at")
    has_time = is_known(created)
    day = np.where(has_time, created // _DAY, 0)
    yield (
        "half-year",
        _numbered(np.where(has_time, (created // (_DAY * 365.25 / 2)).astype(np.int64), -1)),
    )
    yield "weekday", _numbered(np.where(has_time, (day + 3) % 7, -1))
    yield "hour", _numbered(np.where(has_time, created // 3600 % 24, -1))
    later = np.where(has_time & is_known(updated), updated - created, -1)
    yield "time until the last change", _by_size(later // 600)
    yield "size of the data", _by_size(capture.numbers("__image_size") >> 26)
    yield "parent", parents_of(capture).kind
    yield "rank of the project", _ranks(capture, sorted_.tenants)


def _numbered(numbers: Ints) -> Labels:
    values, codes = np.unique(numbers, return_inverse=True)
    return Labels([str(one) for one in values.tolist()], codes.astype(np.int64))


def _by_size(numbers: Ints) -> Labels:
    """Label numbers by their power of two; negative ones are absent."""
    powers = np.where(numbers > 0, np.log2(np.maximum(numbers, 1)).astype(np.int64) + 1, 0)
    return _numbered(np.where(numbers < 0, -1, powers))


def names_of(capture: Capture) -> Labels:
    """Return templates of names in which all words and marks are alike."""
    found = templates_of(capture, Sorted(capture).tenants, Threshold(1, 1), coarse=True)
    return _labels([*found.templates, ABSENT], found.codes)


def _ranks(capture: Capture, tenants: Flags) -> Labels:
    """Label each image with the rank of its project: 1, 2, 3-4, 5-8 and so on."""
    counts = np.bincount(capture.owners[tenants & (capture.owners >= 0)])
    ranks = np.ones(len(counts) + 1, np.int64)
    ranks[np.argsort(-counts, kind="stable")] = np.arange(1, len(counts) + 1)
    mine = np.where(tenants & (capture.owners >= 0), capture.owners, -1)
    found = np.where(mine >= 0, np.ceil(np.log2(ranks[np.minimum(mine, len(counts))])), -1)
    return _numbered(found.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Parents:
    """What images were made from."""

    kind: Labels
    """For each image: public, own, missing (not in the capture) or absent."""
    children: Ints
    """For each public image that is a parent, how many images were made from it."""


_PARENT_FIELDS = ("__originalimagename", "base_image_ref")


def parents_of(capture: Capture) -> Parents:
    """Return the parents that images name."""
    labels = ("public", "own", "missing", ABSENT)
    kind = np.full(capture.count, labels.index(ABSENT), np.int64)
    ids = capture.column("id")
    place_of = {value: place for place, value in enumerate(ids.values)}
    at = np.full(len(ids.values) + 1, -1, np.int64)
    at[ids.codes] = np.arange(capture.count)
    children = np.zeros(capture.count + 1, np.int64)  # one more: of no image
    for name in _PARENT_FIELDS:
        column = capture.column(name)
        of_values = np.array([_place(value, place_of) for value in column.values] or [-2], np.int64)
        found = np.where(column.codes >= 0, of_values[column.codes], -2)
        # In a part of a capture, the id of a parent may be known and the parent elsewhere.
        place = np.where(found >= 0, at[np.maximum(found, 0)], -1)
        is_public = (place >= 0) & capture.is_public[np.maximum(place, 0)]
        kind[found == -1] = labels.index("missing")
        kind[found >= 0] = labels.index("own")
        kind[is_public] = labels.index("public")
        # A part of a capture has all public images, and not all images of a project.
        children += np.bincount(place[is_public], minlength=capture.count + 1)
    kind[Sorted(capture).of_kind("market")] = labels.index(ABSENT)
    return Parents(Labels(labels, kind), children[children > 0])


def _place(value: Code, place_of: Mapping[Code, int]) -> int:
    """Return the number of an id, -1 for one that is not there, -2 for a text that is no id."""
    if not isinstance(value, str) or len(value) < 32:
        return -2
    return place_of.get(value, -1)


def presence_of(capture: Capture) -> Labels:
    """Label each image with the set of fields that it has."""
    names = sorted(name for name in capture.columns if name not in ("self", "file", "schema"))
    marks = np.zeros(capture.count, np.int64)
    patterns: list[tuple[str, ...]] = [()]
    for name in names:
        pairs, codes = np.unique(marks * 2 + capture.has(name), return_inverse=True)
        patterns = [
            (*patterns[pair >> 1], name) if pair & 1 else patterns[pair >> 1]
            for pair in pairs.tolist()
        ]
        marks = codes.astype(np.int64)
    return Labels([" ".join(one) for one in patterns], marks)
