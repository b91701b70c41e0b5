"""Converting image sets of version 1, whose images were rows of the database.

Each image keeps its bytes and its members, and the set its home project and dialect.

Version 1 has no checksums, and the file may come from anywhere. So all that is read is compared
with what else the file says of it: an image with its row, its place with the default order, members
with their counts. What contradicts itself is refused, and nothing is written.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.regular_file import is_database
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.image_fields import (
    FIELDS,
    MEMBER_STATUSES,
    BadImage,
    check,
    shown,
)
from glancetape_cassettes.imageset.indexed_values import MEMBERS
from glancetape_cassettes.imageset.making.blocks import make_block
from glancetape_cassettes.imageset.making.importing import Imported, Progress
from glancetape_cassettes.imageset.making.listed_images import BLOCK, ListedImage, listed_as_stored
from glancetape_cassettes.imageset.making.ndjson import Redact, refuse_repeated
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.making.whole_file import beside

_WINDOW = 16 * BLOCK  # images whose members are in memory together
_MEMBERSHIPS = "SELECT value, count, positions FROM property_values WHERE property = ?"


class _About(NamedTuple):
    """What a set says of itself."""

    images: int
    home_project: str
    dialect: str
    others: dict[str, str]
    """How it was made."""


def is_version_1(path: Path) -> bool:
    """Whether a file is an image set of version 1; false for one that cannot be read."""
    try:
        return is_database(path) and schema.version_of(path) == 1
    except (ImageSetError, OSError):
        return False


def convert(
    source: Path,
    out: Path,
    about: Mapping[str, str],
    *,
    dialects: Collection[str],
    redact: Redact | None = None,
    identity: Callable[[str], str] = str,
    force: bool = False,
    progress: Progress = lambda *_: None,
) -> Imported:
    """Write the images of a set of version 1 to a new set.

    What `about` does not choose is as in the old set, whose dialect must be one of `dialects`;
    `identity` returns what `redact` makes of a project's id. Raises ImageSetError and leaves `out`
    as it was.
    """
    redacted: list[int] = []
    with closing(schema.open_version_1(source)) as tables:
        with _reading(source):
            old = _about(tables)
            _check_members(tables, old.images)
        chosen = {
            "home_project": about.get("home_project") or identity(_home_of(old, source)),
            "dialect": about.get("dialect") or _dialect_of(old, dialects, source),
        }
        with beside(out, force=force) as partial, SetWriter(partial) as writer:
            waiting, first = _images(tables, old.images, _naming(source, redact), redacted), 0
            while first < old.images:
                with _reading(source):
                    block = make_block(islice(waiting, BLOCK), first)
                    if not block.ids:
                        raise ValueError(f"only {first} of {old.images} images are there")
                writer.add(block)
                first += len(block.ids)
                progress("images", first, old.images)
            writer.finish({**about, **old.others, **chosen}, lambda step: progress(step, 0, 0))
    return Imported(old.images, 0, (), sum(redacted))


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise schema.damaged(source, error) from error


def _about(tables: schema.SetConnection) -> _About:
    tables.begin_question()
    known = dict(tables.execute("SELECT name, value FROM about"))
    if not all(isinstance(text, str) for pair in known.items() for text in pair):
        raise ValueError("its table 'about' has what is not text")
    missing = [name for name in ("images", "home_project", "dialect") if name not in known]
    if missing:
        raise ValueError(f"its table 'about' has no {missing[0]}")
    ((there,),) = tables.execute("SELECT count(*) FROM images")
    said = known.pop("images")
    if said != str(there):
        raise ValueError(f"{there} images are there, not {shown(said)}")
    return _About(there, known.pop("home_project"), known.pop("dialect"), known)


def _home_of(old: _About, source: Path) -> str:
    if not old.home_project.isprintable():
        raise ImageSetError(f"{source} has a home project that is not text; give --home-project.")
    return old.home_project


def _dialect_of(old: _About, dialects: Collection[str], source: Path) -> str:
    if old.dialect not in dialects:
        raise ImageSetError(f"{source} has an unknown dialect; give --dialect.")
    return old.dialect


def _naming(source: Path, redact: Redact | None) -> Redact:
    """Return `redact`, with the file in its errors: a secret in an id is not damage."""

    def redacting(image: dict[str, Any]) -> tuple[dict[str, Any], int]:
        if redact is None:
            return image, 0
        try:
            return redact(image)
        except BadImage as error:
            raise ImageSetError(f"{source}: image {shown(image['id'])}: {error}.") from error

    return redacting


def _images(
    tables: schema.SetConnection, count: int, redact: Redact, redacted: list[int]
) -> Iterator[ListedImage]:
    rows = tables.execute("SELECT position, id, created_at, json FROM images ORDER BY position")
    newer: tuple[int, str] | None = None
    for first in range(0, count, _WINDOW):
        tables.begin_question()
        members = _members(tables, first, first + _WINDOW)
        for number, row in enumerate(islice(rows, _WINDOW), first):
            position, image_id, created_at, stored = row
            if position != number:
                raise ValueError(f"it has no image {number}")
            try:
                image, body = _image(image_id, created_at, stored, members.get(number, []))
            except ValueError as error:
                raise ValueError(f"its image {number}: {error}") from error
            image, replaced = redact(image)
            its_members = image.pop(MEMBERS)
            if replaced:
                redacted.append(replaced)
                body = orjson.dumps(image)
            listed = listed_as_stored(image, body, its_members)
            if newer is not None and newer <= (listed.created, image["id"]):
                raise ValueError(f"its image {number} is not in the default order")
            newer = listed.created, image["id"]
            yield listed


def _image(
    image_id: object, created_at: object, stored: object, members: list[dict[str, Any]]
) -> tuple[dict[str, Any], bytes]:
    """Return a row's image with its members, and as it was stored. Raises ValueError."""
    if not isinstance(stored, bytes):
        raise BadImage("it is not stored as bytes")
    image = orjson.loads(stored)
    if not isinstance(image, dict) or MEMBERS in image:
        raise BadImage("not a JSON object with an image")
    if (image.get("id"), image.get("created_at")) != (image_id, created_at):
        raise BadImage("its id or time is not that of its row")
    # From a recorded list it may have no owner, and properties that are lists and objects.
    check(
        {
            "owner": None,
            **{name: value if name in FIELDS else None for name, value in image.items()},
            MEMBERS: members,
        }
    )
    refuse_repeated(stored, image)
    return {**image, MEMBERS: members}, stored


def _members(
    tables: schema.SetConnection, first: int, last: int
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    window = BitMap(range(first, last))
    for value, _, positions in tables.execute(_MEMBERSHIPS, (MEMBERS,)):
        status, _, project = value.partition(" ")
        for position in BitMap.deserialize(positions) & window:
            found.setdefault(position, []).append({"member_id": project, "status": status})
    return found


def _check_members(tables: schema.SetConnection, count: int) -> None:
    """Raise ValueError unless the memberships are those of as many images as the set says."""
    tables.begin_question()
    with_members = BitMap()
    for value, its_count, stored in tables.execute(_MEMBERSHIPS, (MEMBERS,)):
        positions = BitMap.deserialize(stored)
        if not isinstance(value, str) or value.partition(" ")[0] not in MEMBER_STATUSES:
            raise ValueError("it has a member of an unknown status")
        if len(positions) != its_count or (positions and positions.max() >= count):
            raise ValueError("a member has other images than the set says")
        with_members |= positions
    said = tables.execute("SELECT images FROM statistics WHERE property = ?", (MEMBERS,))
    if len(with_members) != next(said, (0,))[0]:
        raise ValueError("members of images are missing")
