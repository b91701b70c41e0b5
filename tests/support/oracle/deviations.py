"""Where an image set answers otherwise than Glance on purpose, and how to tell such a query."""

from urllib.parse import unquote_to_bytes

DEVIATIONS = {
    "odd bounds": "A bound on a text column, such as `name_min=5`, is a 500, as with PostgreSQL; "
    "SQLite compares text with numbers somehow.",
    "lost nulls": "A walk sorted by a key that has nulls (`sort_key=size`) shows every image once; "
    "Glance loses some.",
    "many joins": "A query may name any number of tags and properties; a Glance with SQLite takes "
    "63.",
    "method override": "`_method=POST` is a property like any other; Glance takes it for the "
    "method of the request.",
    "null properties": "A property that is null in the set is shown as null, as IMS shows it; "
    "Glance shows an empty text. No filter finds it in either.",
    "tag order": "Tags keep the order that they came in; each process of Glance has its own order.",
}
"""What differs, as docs/dialects.md tells it."""

_NO_NUMBERS = (
    "name id status container_format disk_format owner checksum os_hash_algo os_hash_value "
    "visibility protected os_hidden deleted deleted_at created_at updated_at __abstract__ "
    "__table_initialized__"
).split()
_ODD_BOUNDS = {f"{name}_{end}".encode() for name in _NO_NUMBERS for end in ("min", "max")}


def asks_odd_bounds(query: str) -> bool:
    """Return whether a query has a bound on a column that is no number."""
    raw = query.encode("utf-8", "surrogateescape").replace(b"+", b" ").replace(b";", b"&")
    names = {unquote_to_bytes(part.partition(b"=")[0]) for part in raw.split(b"&")}
    return bool(names & _ODD_BOUNDS)


def status_of(query: str, status: int) -> int:
    """Return the status of an image set, given Glance's: a 500 for an odd bound comes last."""
    return 500 if status == 200 and asks_odd_bounds(query) else status
