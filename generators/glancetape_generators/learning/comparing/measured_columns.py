"""The columns by which two captures are compared: fields, and what follows from several of them.

    os_version: Ubuntu 22.04 server 64bit    tags: 2    hour: 14    parent: public

A column gives each image one short label. Of ids and other texts that differ from image to image,
the label only shows whether there is one.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from glancetape_generators.learning.capture import MEMBER, TAG, Capture, is_known
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.parts.name_templates import coarse_templates
from glancetape_generators.learning.parts.parentage import ABSENT, Labels, parents_of
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import WAYS
from glancetape_generators.world.field_tables import KIND_NAMES

_PRESENT = "present"
_MOST_LABELS = 100
_MOST_FIELDS = 500  # a file of odd property names is compared by the most frequent
_NOT_COMPARED = frozenset(
    """
    id self file schema name owner created_at updated_at active_at checksum size os_hash_value
    __originalimagename __image_location __image_size __data_origin _sys_enterprise_project_id
    direct_url owner_id user_id owner_project_name owner_user_name
    """.split()
)
# Ids of things that many images share: only their presence is compared.
_HIDDEN = frozenset(["enterprise_project_id", "__system__cmkid", "__backup_id", "__productcode"])
_DAY = 86_400


def measured_columns(capture: Capture) -> dict[str, Labels]:
    """Return the columns of a capture by name."""
    return {**dict(_fields(capture)), **dict(_derived(capture))}


def _fields(capture: Capture) -> Iterator[tuple[str, Labels]]:
    for name in _compared(capture):
        if name not in _NOT_COMPARED:
            column = capture.column(name)
            texts = column.texts()
            if name in _HIDDEN:
                texts = ["0" if text == "0" else _PRESENT for text in texts]
            yield name, _labels([*texts, ABSENT], column.codes)


def _compared(capture: Capture) -> list[str]:
    """Return the names of the fields that most images have, in the order of the capture."""
    names = capture.names
    if len(names) <= _MOST_FIELDS:
        return names
    return sorted(names, key=lambda one: (-capture.images_with(one), one))[:_MOST_FIELDS]


def has_many_labels(column: Labels) -> bool:
    """Whether labels differ so much from image to image that they cannot be compared."""
    return len(column.names) > _MOST_LABELS


def presence_alone(column: Labels) -> Labels:
    """Return the column with no label but present and absent."""
    return _labels([ABSENT if one == ABSENT else _PRESENT for one in column.names], column.codes)


def _labels(texts: Sequence[str], codes: Ints) -> Labels:
    """Return labels from texts in which some may be equal; code -1 is the last of `texts`."""
    numbers: dict[str, int] = {}
    of_texts = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
    return Labels(list(numbers), of_texts[codes])


def _derived(capture: Capture) -> Iterator[tuple[str, Labels]]:
    classified = Classified(capture)
    yield "kind", Labels(KIND_NAMES, classified.kind)
    yield "way of making", _labels([*WAYS, ABSENT], classified.way)
    for name, entries in (("number of tags", TAG), ("number of members", MEMBER)):
        yield name, _numbered(np.minimum(capture.counted(entries), 20))
    yield "name template", _names_of(capture)
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
    yield "rank of the project", _ranks(capture, classified.tenants)


def _numbered(numbers: Ints) -> Labels:
    values, codes = np.unique(numbers, return_inverse=True)
    return Labels([str(one) for one in values.tolist()], codes.astype(np.int64))


def _by_size(numbers: Ints) -> Labels:
    """Label numbers by their power of two; negative ones are absent."""
    powers = np.where(numbers > 0, np.log2(np.maximum(numbers, 1)).astype(np.int64) + 1, 0)
    return _numbered(np.where(numbers < 0, -1, powers))


def _names_of(capture: Capture) -> Labels:
    """Return templates of names in which all words and marks are alike."""
    found = coarse_templates(capture, Classified(capture).tenants)
    return _labels([*found.templates, ABSENT], found.codes)


def _ranks(capture: Capture, tenants: Flags) -> Labels:
    """Label each image with the rank of its project: 1, 2, 3-4, 5-8 and so on."""
    counts = np.bincount(capture.owners[tenants & (capture.owners >= 0)])
    ranks = np.ones(len(counts) + 1, np.int64)
    ranks[np.argsort(-counts, kind="stable")] = np.arange(1, len(counts) + 1)
    mine = np.where(tenants & (capture.owners >= 0), capture.owners, -1)
    found = np.where(mine >= 0, np.ceil(np.log2(ranks[np.minimum(mine, len(counts))])), -1)
    return _numbered(found.astype(np.int64))


def presence_of(capture: Capture) -> Labels:
    """Label each image with the set of fields that it has."""
    names = sorted(name for name in _compared(capture) if name not in ("self", "file", "schema"))
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
