"""Describe what an image set contains: counts, times and the commonest values."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexed_values import MEMBERS, TAGS, values_of
from glancetape_cassettes.plain_names import shown_name

_VALUES = 5
_SMALL = 10_000  # the images of a set up to this size are read and counted
_ABOUT = ("made_by", "made_from", "dialect", "home_project")
# These come first, then the other properties by name, then the tags.
_COLUMNS = ("visibility", "status", "owner", "disk_format", "container_format", "protected")


def describe(images: ImageSet) -> dict[str, Any]:
    """Return counts, who made the set, the time it spans, and its most frequent values."""
    counts = images.counts()
    members = counts.pop(MEMBERS, 0)
    values = _values(images, counts)
    names = (*_COLUMNS, *sorted(counts.keys() - {*_COLUMNS, TAGS}))
    return {
        "file": shown_name(images.path),
        "bytes": images.path.stat().st_size,
        "images": len(images),
        "about": {name: images.about[name] for name in _ABOUT if name in images.about},
        "created": list(images.times_created()),
        "members": {
            status: count for status in MEMBER_STATUSES if (count := images.count_members(status))
        }
        if members
        else {},
        "tagged": counts.get(TAGS, 0),
        "properties": {
            name: {"images": counts[name], "values": values.get(name, {})}
            for name in (*names, TAGS)
            if name in counts
        },
    }


def _values(images: ImageSet, counts: Iterable[str]) -> dict[str, dict[str, int]]:
    """Count the most frequent values of each property; in a large set only indexed common ones."""
    if len(images) > _SMALL:
        return {name: dict(images.common_values(name, _VALUES)) for name in counts}
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for image in images:
        for name in counts:
            found[name].update(values_of(image, name))
    return {
        name: dict(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:_VALUES])
        for name, counter in found.items()
    }
