"""What a list can be sorted by.

A module without imports: `glancetape --help` and usage errors need it before anything is loaded.
"""

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
"""(sort key, is it descending), the most significant first."""
