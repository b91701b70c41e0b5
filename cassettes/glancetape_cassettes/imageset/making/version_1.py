"""Converting image sets of version 1, whose images were rows of the database.

Each image keeps its bytes and its members, and the set its home project and dialect.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import schema
from glancetape_cassettes.imageset.image_fields import BadImage
from glancetape_cassettes.imageset.indexed_values import MEMBERS
from glancetape_cassettes.imageset.making.blocks import (
    BLOCK,
    ListedImage,
    listed_as_stored,
    make_block,
)
from glancetape_cassettes.imageset.making.importing import Imported, Progress
from glancetape_cassettes.imageset.making.ndjson import Redact
from glancetape_cassettes.imageset.making.set_writer import SetWriter, beside

_WINDOW = 16 * BLOCK  # images whose members are in memory together
_CHOSEN = ("home_project", "dialect")


def is_version_1(path: Path) -> bool:
    """Whether a file is an image set of version 1; false for one that cannot be read."""
    try:
        return schema.is_database(path) and schema.version_of(path) == 1
    except (ImageSetError, OSError):
        return False


def convert(
    source: Path,
    out: Path,
    about: Mapping[str, str],
    *,
    redact: Redact | None = None,
    identity: Callable[[str], str] = str,
    force: bool = False,
    progress: Progress = lambda *_: None,
) -> Imported:
    """Write the images of a set of version 1 to a new set.

    What `about` does not choose is as in the old set; `identity` returns what `redact` makes of a
    project's id. Raises ImageSetError and leaves `out` as it was.
    """
    redacted: list[int] = []
    with closing(schema.open_version_1(source)) as tables:
        tables.begin_question()
        with _reading(source):
            old = {str(name): str(value) for name, value in tables.execute("SELECT * FROM about")}
            count = int(old.pop("images"))
            ((there,),) = tables.execute("SELECT count(*) FROM images")
            if there != count:
                raise ValueError(f"{there} of {count} images are there")
            old["home_project"] = identity(old["home_project"])
        chosen = {name: about[name] for name in _CHOSEN if name in about}
        with beside(out, force=force) as partial, SetWriter(partial) as writer:
            waiting, first = _images(tables, count, redact, redacted), 0
            while first < count:
                with _reading(source):
                    block = make_block(islice(waiting, BLOCK), first)
                    if not block.ids:
                        raise ValueError(f"only {first} of {count} images are there")
                writer.add(block)
                first += len(block.ids)
                progress("images", first, count)
            writer.finish({**about, **old, **chosen}, lambda step: progress(step, 0, 0))
    return Imported(count, 0, (), sum(redacted))


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        yield
    except BadImage as error:
        raise ImageSetError(f"{source}: {error}.") from error
    except (sqlite3.Error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise schema.damaged(source, error) from error


def _images(
    tables: schema.SetConnection, count: int, redact: Redact | None, redacted: list[int]
) -> Iterator[ListedImage]:
    rows = tables.execute("SELECT position, json FROM images ORDER BY position")
    for first in range(0, count, _WINDOW):
        tables.begin_question()
        members = _members(tables, first, first + _WINDOW)
        for position, stored in islice(rows, _WINDOW):
            image, body = orjson.loads(stored), stored
            image[MEMBERS] = members.get(position, [])
            replaced = 0
            if redact is not None:
                image, replaced = redact(image)
            its_members = image.pop(MEMBERS)
            if replaced:
                redacted.append(replaced)
                body = orjson.dumps(image)
            yield listed_as_stored(image, body, its_members)


def _members(
    tables: schema.SetConnection, first: int, last: int
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    window = BitMap(range(first, last))
    for value, positions in tables.execute(
        "SELECT value, positions FROM property_values WHERE property = ?", (MEMBERS,)
    ):
        status, _, project = value.partition(" ")
        for position in BitMap.deserialize(positions) & window:
            found.setdefault(position, []).append({"member_id": project, "status": status})
    return found
