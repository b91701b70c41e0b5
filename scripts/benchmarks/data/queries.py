"""The queries of the mixes: 20 of filters, sorts, limits and markers, as clients send them."""

import re
from collections.abc import Sequence

FILTERS = (
    "__os_type=Windows",
    "__os_type=Linux&status=active&visibility=public",
    "__platform=Ubuntu&limit=10",
    "visibility=private&min_disk=40",
    "created_at=lt:2025-06-01T00:00:00Z",
    "protected=true&__os_bit=64&hw_firmware_type=uefi&__support_kvm=true",
)
SORTS = (
    "sort_key=created_at&sort_dir=asc&limit=25",
    "sort_key=size&sort_dir=asc&limit=25",
    "sort_key=updated_at&sort_dir=desc&limit=25",
    "sort_key=id&sort_dir=asc&__os_type=Linux&limit=25",
    "sort=disk_format:desc,created_at:asc&limit=25",
)


MIX = (
    *(re.sub(r"&?limit=\d+", "", query) for query in (*FILTERS, *SORTS)),
    "",
    "status=active",
    "visibility=public",
    "__os_bit=64&status=active",
    "disk_format=zvhd2",
    "min_disk=40&__os_type=Linux",
    "sort_key=name&sort_dir=asc",
    "sort_key=name&sort_dir=desc&status=active",
    "updated_at=gt:2020-01-01T00:00:00Z",
)
"""20 queries, each of which is asked for the page after a random image."""


def page_after(query: str, limit: int, marker: str) -> str:
    """Write the target of a page of a query."""
    return asked("&".join(filter(None, (query, f"limit={limit}", f"marker={marker}"))))


def asked(query: str) -> str:
    """Write a request's target."""
    return f"/v2/images?{query}"


def not_recorded(markers: Sequence[str]) -> list[str]:
    """Return 20 targets that a walk in pages of 25 proves.

    `markers` are ids of images that are listed, 5 or more.
    """
    # Databases put images without a size first or last.
    sorts = [query for query in SORTS if "key=size" not in query]
    limits = [f"limit={number}" for number in (1, 5, 10, 15, 20)]
    behind = [f"limit=20&marker={one}" for one in markers[:3]]
    both = [f"__os_type=Linux&limit=25&marker={markers[3]}", f"{SORTS[0]}&marker={markers[4]}"]
    return [asked(query) for query in (*FILTERS, *sorts, *limits, *behind, *both)]
