"""Image sets as files: NDJSON with records, and sets made from it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from glancetape_cassettes.imageset.indexed_values import hash_of
from glancetape_cassettes.imageset.making.importing import Imported, import_ndjson

Record = dict[str, Any]


def record(image_id: str, **fields: Any) -> Record:
    """Return a record with the required fields and some more; `...` leaves a field out."""
    required = {
        "id": image_id,
        "status": "active",
        "visibility": "public",
        "owner": "o" * 32,
        "created_at": "2018-09-06T14:03:27Z",
    }
    return {name: value for name, value in {**required, **fields}.items() if value is not ...}


def to_line(one: Mapping[str, Any] | bytes) -> bytes:
    """Return a record as a line without its end; bytes are returned as they are."""
    return one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()


def write_ndjson(path: Path, records: Iterable[Mapping[str, Any] | bytes]) -> Path:
    """Write an NDJSON file and return its path."""
    path.write_bytes(b"".join(to_line(one) + b"\n" for one in records))
    return path


def make_set(
    path: Path,
    records: Iterable[Mapping[str, Any] | bytes],
    about: Mapping[str, str] = MappingProxyType({}),
    **options: Any,
) -> Imported:
    """Make an image set from records, through an NDJSON file beside it.

    About is what the set says of itself, such as its dialect and its home project.
    """
    source = write_ndjson(path.with_suffix(".ndjson"), records)
    return import_ndjson(source, path, dict(about), **options)


def value_with_hash(name: str, hashed: int, length: int) -> str:
    """Return a value of a property with a given hash; `length` letters, at least 40."""
    flat = "a" * length
    base = hash_of(name, flat)
    # CRC is linear: changing a letter flips the same bits whatever the other letters are.
    rows: dict[int, tuple[int, int]] = {}
    for place in range(length):
        change = hash_of(name, flat[:place] + "c" + flat[place + 1 :]) ^ base
        change, places = _reduced(change, 1 << place, rows)
        if change:
            rows[change.bit_length()] = change, places
    left, places = _reduced(hashed ^ base, 0, rows)
    value = "".join("c" if places >> place & 1 else "a" for place in range(length))
    assert (0, hashed) == (left, hash_of(name, value))
    return value


def _reduced(change: int, places: int, rows: dict[int, tuple[int, int]]) -> tuple[int, int]:
    for width in sorted(rows, reverse=True):
        if change.bit_length() == width:
            change, places = change ^ rows[width][0], places ^ rows[width][1]
    return change, places
