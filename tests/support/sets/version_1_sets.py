"""Image sets of version 1, as glancetape 0.1 wrote them."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import orjson
from pyroaring import BitMap

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.schema import APPLICATION_ID

STATEMENTS = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE images (position INTEGER PRIMARY KEY, id TEXT NOT NULL,"
    " created_at TEXT NOT NULL, json BLOB NOT NULL)",
    "CREATE TABLE property_values (property TEXT NOT NULL, value TEXT NOT NULL,"
    " count INTEGER NOT NULL, positions BLOB NOT NULL)",
    "CREATE TABLE rare_values (first INTEGER PRIMARY KEY, entries BLOB NOT NULL)",
    "CREATE TABLE orders (sort_key TEXT PRIMARY KEY, positions BLOB NOT NULL,"
    " places BLOB NOT NULL, ranks BLOB NOT NULL, starts BLOB NOT NULL)",
    "CREATE TABLE ranges (property TEXT NOT NULL, start INTEGER NOT NULL, low INTEGER,"
    " below BLOB NOT NULL, numbers BLOB NOT NULL, positions BLOB NOT NULL)",
    "CREATE TABLE statistics (property TEXT PRIMARY KEY, images INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE UNIQUE INDEX images_by_id ON images (id)",
    "CREATE UNIQUE INDEX property_values_by_value ON property_values (property, value)",
    "CREATE INDEX ranges_by_low ON ranges (property, low, start)",
)


def write_version_1(path: Path, images: ImageSet, about: Mapping[str, str]) -> None:
    """Write the images and members of a set; the orders and the other indexes are left empty."""
    members: dict[str, BitMap] = {}
    for position, some in images.members_at(0, len(images)).items():
        for project, status in some:
            members.setdefault(f"{status} {project}", BitMap()).add(position)
    with closing(sqlite3.connect(path)) as tables:
        tables.execute("PRAGMA page_size = 8192")
        tables.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        tables.execute("PRAGMA user_version = 1")
        for statement in STATEMENTS:
            tables.execute(statement)
        known = {"images": str(len(images)), **about}
        tables.executemany("INSERT INTO about VALUES (?, ?)", known.items())
        bodies = images.bodies(range(len(images)))
        tables.executemany(
            "INSERT INTO images VALUES (?, ?, ?, ?)",
            (
                (position, image_id, orjson.loads(body)["created_at"], body)
                for position, (image_id, body) in enumerate(zip(images.ids(), bodies, strict=True))
            ),
        )
        tables.executemany(
            "INSERT INTO property_values VALUES ('members', ?, ?, ?)",
            ((value, len(found), found.serialize()) for value, found in members.items()),
        )
        with_members = len(BitMap.union(*members.values())) if members else 0
        counted = {**images.counts(), "members": with_members}
        tables.executemany(
            "INSERT INTO statistics VALUES (?, ?)",
            ((name, count) for name, count in counted.items() if count),
        )
        tables.commit()
