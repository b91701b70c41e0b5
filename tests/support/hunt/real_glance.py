"""A real Glance in the place of the cloud in memory: it judges the answers of a replay.

Before each question its database gets the images that the cloud has then, so any state of a history
can be asked about. It has words of its own for refusals, and members have times there: of these
only the status is compared. It has no data, so of that the cloud in memory judges.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from glancetape_cassettes.interaction import Response
from support.clouds.clouds import FRACTIONS, on_the_wire
from support.hunt.drawing import History
from support.hunt.judging import Question, answer
from support.hunt.people import OPERATOR, REFUSED, UNKNOWN, Person
from support.hunt.world import HuntCloud
from support.interop.glance import Glance, start_glance

_TABLES = ("image_members", "image_tags", "image_properties", "images")
_COLUMNS = (
    "id name size virtual_size status visibility checksum os_hash_algo os_hash_value min_disk "
    "min_ram owner protected os_hidden disk_format container_format"
).split()
_NOT_NULL = {"min_disk": 0, "min_ram": 0, "protected": False, "os_hidden": False}
_NOT_PROPERTIES = {*_COLUMNS, "created_at", "updated_at", "tags", "members", FRACTIONS}
Rows = Iterator[tuple[str, dict[str, Any]]]


def in_its_cloud(history: History) -> History | None:
    """Return a history as it happens in a cloud that is set up as this Glance; None if in none.

    Who may do nothing gets a 403 in the cloud in memory, and here also a 400, 404 or 405: that
    depends on what Glance looks at first.
    """
    scene = history.scene
    if scene.cloud.dialect != "glance" or scene.second is not None:
        return None
    if any(one.role == REFUSED for one in scene.people):
        return None
    cloud = HuntCloud("glance", scene.cloud.images)
    people = tuple(replace(one, hidden=()) for one in scene.people)
    return replace(history, scene=replace(scene, cloud=cloud, people=people))


class RealGlance:
    """A running Glance, over an SQLite database that can be written to."""

    def __init__(self, glance: Glance, database: Path) -> None:
        """Ask a Glance whose images are in this database."""
        self._netloc = urlsplit(glance.url).netloc
        self._database = database
        self._shown: list[dict[str, Any]] | None = None

    def answer(self, cloud: HuntCloud, person: Person, question: Question) -> Response:
        """Return what a Glance with the images of a cloud gives for a question."""
        if question.path.endswith("/file"):
            return answer(cloud, person, question)
        if self._shown != cloud.images:
            self._load(cloud.images)
            self._shown = cloud.images
        path = f"{question.base}/{question.path}{'?' * bool(question.query)}"
        headers = {"Accept": "application/json", **dict(question.conditions)}
        if person.role != UNKNOWN:
            role = "admin" if person.role == OPERATOR else "member"
            headers["X-Auth-Token"] = f"hunter:{person.project}:{role}"
        with closing(HTTPConnection(self._netloc, timeout=60)) as connection:
            connection.request(question.method, path + on_the_wire(question.query), headers=headers)
            got = connection.getresponse()
            given = Response(got.status, got.reason, (), got.read())
        known = answer(cloud, person, question)
        if given.status == 200 and not question.path.endswith("/members"):
            return given
        return known if known.status == given.status else given

    def _load(self, images: Iterable[Mapping[str, Any]]) -> None:
        with closing(sqlite3.connect(self._database, timeout=60)) as database, database:
            for table in _TABLES:
                database.execute(f"DELETE FROM {table}")
            for image in images:
                for table, row in rows_of(image):
                    names, values = ", ".join(row), ", ".join("?" * len(row))
                    database.execute(
                        f"INSERT INTO {table} ({names}) VALUES ({values})", [*row.values()]
                    )


def rows_of(image: Mapping[str, Any]) -> Rows:
    """Yield the rows of an image in Glance's tables, each with the name of its table."""
    fractions = image.get(FRACTIONS, {})
    times = {
        name: stored_time(image.get(name, image["created_at"]), fractions.get(name, 0))
        for name in ("created_at", "updated_at")
    }
    is_gone = image["status"] == "deleted"
    columns = {name: image.get(name, _NOT_NULL.get(name)) for name in _COLUMNS}
    gone = {"deleted": is_gone, "deleted_at": times["updated_at"] if is_gone else None}
    yield "images", columns | times | gone
    common = {"image_id": image["id"], "deleted": False, **times}
    for name, value in image.items():
        if name not in _NOT_PROPERTIES:
            yield "image_properties", common | {"name": name, "value": value}
    for tag in image.get("tags", ()):
        yield "image_tags", common | {"value": tag}
    for member in image.get("members", ()):
        as_member = {"member": member["member_id"], "status": member["status"], "can_share": False}
        yield "image_members", common | as_member


def stored_time(text: str, microseconds: int) -> str:
    """Return a time of an image as SQLAlchemy writes it into SQLite."""
    time = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") + timedelta(microseconds=microseconds)
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")


@contextmanager
def running_glance() -> Iterator[RealGlance]:
    """Start a Glance without images, and stop it in the end; the first call of all installs it."""
    with TemporaryDirectory(prefix="hunt-glance-") as name:
        state = Path(name, "state")
        glance = start_glance((), Path(name), "--state", str(state))
        try:
            yield RealGlance(glance, state / "glance.sqlite")
        finally:
            glance.stop()
