"""In which order a cloud writes the members of an image.

IMS is a Java program in front of Glance: its images come out in the order of a `HashMap`, which is
that of the names' hash codes. An own property stands wherever its hash puts it:

    schema, min_disk, created_at, __image_source_type, container_format, file, updated_at, ...

All published answers that nobody wrote by hand have this order. Glance writes properties first,
then its own fields in the order of its schema (observed: Glance 33).
"""

from collections.abc import Collection

USUAL = range(25, 49)
"""How many members most images have: the map has 64 buckets for them."""
# Names of one bucket keep the order in which they were put in. These are observed; for others that
# share a bucket nothing is known.
_PUT_IN_FIRST = ("updated_at", "protected", "__os_bit", "__os_version", "name", "self")

_GLANCE_FIELDS = (
    *("name", "disk_format", "container_format", "visibility", "size", "virtual_size", "status"),
    *("checksum", "protected", "min_ram", "min_disk", "owner", "os_hidden", "os_hash_algo"),
    *("os_hash_value", "id", "created_at", "updated_at", "direct_url", "locations", "tags"),
    *("self", "file", "schema"),
)


def ims_order(names: Collection[str], members: int | None = None) -> list[str]:
    """Return the members of an image in the order of IMS.

    `members` is their number where `names` are only some of them.

    The map has twice as many buckets as soon as three quarters of them would be used.
    """
    buckets = 16
    while (members or len(names)) > buckets * 3 // 4:
        buckets *= 2
    first = {name: place for place, name in enumerate(_PUT_IN_FIRST)}
    return sorted(
        names, key=lambda name: (_hash(name) & buckets - 1, first.get(name, len(first)), name)
    )


def glance_order(names: Collection[str]) -> list[str]:
    """Return the members of an image in the order of Glance.

    Properties have the order of a real Nova snapshot: `boot_roles`, then from z to a.
    """
    properties = sorted((name for name in names if name not in _GLANCE_FIELDS), reverse=True)
    properties.sort(key=lambda name: name != "boot_roles")
    return [*properties, *(name for name in _GLANCE_FIELDS if name in names)]


def _hash(name: str) -> int:
    """Return the number from which Java's HashMap takes the bucket of a name."""
    units = name.encode("utf-16-be", "surrogatepass")
    hashed = 0
    for place in range(0, len(units), 2):
        hashed = 31 * hashed + int.from_bytes(units[place : place + 2], "big") & 0xFFFFFFFF
    return hashed ^ hashed >> 16
