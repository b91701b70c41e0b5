"""Describe what an image set contains, as text for people and as an object for programs."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.values import MEMBERS, TAGS, values_of

_VALUES = 5
_SMALL = 10_000  # up to so many images are read and counted one by one
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
        "file": images.path.name,
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


def as_text(description: dict[str, Any]) -> str:
    """Return a description as aligned lines."""
    properties = description["properties"]
    lines = [
        ("images", f"{description['images']:,} in {description['bytes'] / 1e6:,.1f} MB"),
        *(
            (name.replace("_", " "), value or "none")
            for name, value in description["about"].items()
        ),
        ("created", " to ".join(description["created"]) or "-"),
        ("members", _shares(description["members"]) or "none"),
        ("", ""),
        *(
            (f"{name} ({found['images']:,})", _with_others(found))
            for name, found in properties.items()
        ),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{width}}  {value}".rstrip() for name, value in lines)


def _with_others(found: dict[str, Any]) -> str:
    others = found["images"] - sum(found["values"].values())
    shown = _shares(found["values"])
    if others <= 0:  # an image may have several tags
        return shown
    return f"{shown}, others {others:,}" if shown else f"{others:,} with rare values"


def _shares(counts: dict[str, int]) -> str:
    return ", ".join(
        f"{value if _is_plain(value) else repr(value)} {count:,}" for value, count in counts.items()
    )


def _is_plain(value: str) -> bool:
    """Whether a value is clear without quotes: it does not look empty or like null."""
    return value.isprintable() and value.strip() == value and value not in ("", "null", "None")
