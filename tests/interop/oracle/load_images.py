"""Loads images into Glance's database through Glance's own models.

Input is NDJSON, one image a line, in the fields that GET /v2/images shows; so what one Glance lists
another can load. Nothing is written unless every line is good.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from glance.db.sqlalchemy import api as db_api
from glance.db.sqlalchemy import models
from sqlalchemy import insert, select

TIME = "%Y-%m-%dT%H:%M:%SZ"
NO_DEFAULT = object()

# field -> (accepted types, value when the field is absent)
COLUMNS: dict[str, tuple[tuple[type, ...], Any]] = {
    "id": ((str,), NO_DEFAULT),
    "name": ((str, type(None)), None),
    "status": ((str,), NO_DEFAULT),
    "visibility": ((str,), "shared"),
    "owner": ((str, type(None)), None),
    "size": ((int, type(None)), None),
    "virtual_size": ((int, type(None)), None),
    "checksum": ((str, type(None)), None),
    "os_hash_algo": ((str, type(None)), None),
    "os_hash_value": ((str, type(None)), None),
    "min_disk": ((int,), 0),
    "min_ram": ((int,), 0),
    "protected": ((bool,), False),
    "os_hidden": ((bool,), False),
    "disk_format": ((str, type(None)), None),
    "container_format": ((str, type(None)), None),
}
DELETED = ("deleted", "pending_delete")
LIVING = ("queued", "saving", "active", "killed", "deactivated", "importing", "uploading")
CHOICES = {
    "visibility": ("public", "private", "shared", "community"),
    "status": (*LIVING, *DELETED),
}
MEMBER_STATUSES = ("pending", "accepted", "rejected")
# Made by the API from the id, or handled apart from the plain columns.
NOT_PROPERTIES = {*COLUMNS, "self", "file", "schema", "created_at", "updated_at", "tags", "members"}
# Where the data of an image is. This Glance has no data, so it shows none of them.
NOT_LOADED = {"direct_url", "locations"}

Row = dict[str, Any]


class BadImage(ValueError):
    """A line that is not an image; says which line and why."""


def load_images(path: Path) -> int:
    """Write every image of the file into the database and return how many there were."""
    with db_api.get_engine().begin() as connection:
        taken = set(connection.scalars(select(models.Image.id)))
        rows: dict[type, list[Row]] = {
            models.Image: [],
            models.ImageProperty: [],
            models.ImageTag: [],
            models.ImageMember: [],
        }
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                for model, row in rows_of(json.loads(line)):
                    rows[model].append(row)
                image_id = rows[models.Image][-1]["id"]
                if image_id in taken:
                    raise BadImage(f"id {image_id} is there twice")
                taken.add(image_id)
            except ValueError as error:
                raise BadImage(f"{path}, line {number}: {error}") from error
        for model, model_rows in rows.items():
            if model_rows:
                connection.execute(insert(model), model_rows)
        return len(rows[models.Image])


def rows_of(image: Any) -> Iterator[tuple[type, Row]]:
    """Yield the database rows of one image, its own row first."""
    if not isinstance(image, dict):
        raise BadImage("not a JSON object")
    times = read_times(image)
    row = {field: read_column(image, field) for field in COLUMNS} | times
    row["deleted"] = row["status"] in DELETED
    row["deleted_at"] = times["updated_at"] if row["deleted"] else None
    yield models.Image, row

    # The rows' own deleted flag stays off the image's: Glance hides them by the image.
    common = {"image_id": row["id"], **times}
    for name, value in image.items():
        if name in NOT_PROPERTIES or name in NOT_LOADED:
            continue
        if not isinstance(value, str | None):
            raise BadImage(f"custom property {name} is {value!r}, not text or null")
        yield models.ImageProperty, {**common, "name": name, "value": value}
    for tag in read_list(image, "tags"):
        if not isinstance(tag, str):
            raise BadImage(f"tag {tag!r} is not text")
        yield models.ImageTag, {**common, "value": tag}
    for member in read_list(image, "members"):
        if not isinstance(member, dict) or not isinstance(member.get("member_id"), str):
            raise BadImage(f"member {member!r} has no member_id")
        if member.get("status") not in MEMBER_STATUSES:
            raise BadImage(f"member status {member.get('status')!r} is none of {MEMBER_STATUSES}")
        yield (
            models.ImageMember,
            {**common, "member": member["member_id"], "status": member["status"]},
        )


def read_column(image: Row, field: str) -> Any:
    """Return the checked value of a plain column."""
    types, default = COLUMNS[field]
    value = image.get(field, default)
    if value is NO_DEFAULT:
        raise BadImage(f"{field} is missing")
    # bool is an int to Python, not to a reader of the file.
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise BadImage(f"{field} is {value!r}")
    if field in CHOICES and value not in CHOICES[field]:
        raise BadImage(f"{field} {value!r} is none of {CHOICES[field]}")
    return value


def read_times(image: Row) -> Row:
    """Return created_at and updated_at; an image never updated has the time of its creation."""
    times = {}
    for field, default in (("created_at", None), ("updated_at", image.get("created_at"))):
        text = image.get(field, default)
        try:
            times[field] = datetime.strptime(text, TIME)
        except (TypeError, ValueError) as error:
            raise BadImage(f"{field} is {text!r}, not a time like 2018-09-06T14:03:27Z") from error
    return times


def read_list(image: Row, field: str) -> list[Any]:
    """Return a field that holds a list; empty when absent."""
    value = image.get(field, [])
    if not isinstance(value, list):
        raise BadImage(f"{field} is {value!r}, not a list")
    return value
