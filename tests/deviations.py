"""Where an image set answers otherwise than Glance on purpose, and how to tell such a query."""

from urllib.parse import unquote_to_bytes

DEVIATIONS = {
    "odd bounds": "name_min=5 and the like on what is no number are a 500, as with PostgreSQL; "
    "SQLite compares them somehow",
    "lost nulls": "a walk along a key that has nulls gives every image once; Glance loses some",
    "many joins": "any number of tags and properties may be asked for; SQLite takes 63",
    "method override": "_method=POST is a property like any other; Glance takes it for the method",
    "null properties": "a property that is null is shown as null; Glance shows it as empty text",
    "tag order": "tags keep the order they came in; Glance's changes with each process",
}

_NO_NUMBERS = (
    "name id status container_format disk_format owner checksum os_hash_algo os_hash_value "
    "visibility protected os_hidden deleted deleted_at created_at updated_at __abstract__ "
    "__table_initialized__"
).split()
_ODD_BOUNDS = {f"{name}_{end}".encode() for name in _NO_NUMBERS for end in ("min", "max")}


def asks_odd_bounds(query: str) -> bool:
    """Tell whether a query has a bound on a column that is no number."""
    raw = query.encode("utf-8", "surrogateescape").replace(b"+", b" ").replace(b";", b"&")
    names = {unquote_to_bytes(part.partition(b"=")[0]) for part in raw.split(b"&")}
    return bool(names & _ODD_BOUNDS)
