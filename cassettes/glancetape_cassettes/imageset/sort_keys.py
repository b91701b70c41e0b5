"""What a list can be sorted by; apart from the rest, as it is asked before anything is loaded."""

SORT_KEYS = (
    "name",
    "status",
    "container_format",
    "disk_format",
    "size",
    "id",
    "created_at",
    "updated_at",
)
"""Observed on Glance 33, and in the code of Glance from 12 on."""

Sort = tuple[tuple[str, bool], ...]
"""Sort keys with whether each is descending; the first decides first."""
