"""What is in an image set, for people and for programs."""

from typing import Any

from glancetape_cassettes.imageset.image import MEMBER_STATUSES
from glancetape_cassettes.imageset.reading import ImageSet
from glancetape_cassettes.imageset.values import MEMBERS, TAGS

_VALUES = 5
_ABOUT = ("made_by", "made_from", "dialect", "home_project")
# Told at the top; the rest are the custom properties.
_COLUMNS = ("visibility", "status", "owner", "disk_format", "container_format", "protected")


def describe(images: ImageSet) -> dict[str, Any]:
    """Describe a set: counts, who made it, the time it spans, and its commonest values."""
    counts = images.counts()
    members = counts.pop(MEMBERS, 0)
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
            name: {"images": counts[name], "values": dict(images.common_values(name, _VALUES))}
            for name in (*names, TAGS)
            if name in counts
        },
    }


def as_text(description: dict[str, Any]) -> str:
    """Lay a description out in aligned lines."""
    properties = description["properties"]
    lines = [
        ("images", f"{description['images']:,} in {description['bytes'] / 1e6:,.1f} MB"),
        *((name.replace("_", " "), value) for name, value in description["about"].items()),
        ("created", " to ".join(description["created"]) or "-"),
        ("members", _shares(description["members"]) or "none"),
        ("", ""),
        *(
            (f"{name} ({found['images']:,})", _shares(found["values"]) or "no common values")
            for name, found in properties.items()
        ),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{width}}  {value}".rstrip() for name, value in lines)


def _shares(counts: dict[str, int]) -> str:
    return ", ".join(
        f"{value if value and value.isprintable() else repr(value)} {count:,}"
        for value, count in counts.items()
    )
