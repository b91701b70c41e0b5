"""A writable set in the dialect `glance` is changed, and refuses changes, as a real Glance 33.

The same requests go to both, one after the other. Ids that the cloud makes up, and times, differ.
"""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from glancetape.session.image_set_player import Player
from glancetape_cassettes.interaction import Request, header
from glancetape_cassettes.replaying.answers import Answer
from interop.conftest import StartGlance
from support.clouds.changes import JSON, PATCH, Change, changes_of_images, scripted_changes
from support.images.varied import PROJECTS, varied_images
from support.interop.glance import Glance
from support.sets.set_files import make_set

ME, OTHER, THIRD = PROJECTS[:3]
COMPARED = ("content-type", "allow", "content-md5")

TODAY = re.compile(r"20(2[5-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MADE_UP = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass
class Side:
    """One of the two clouds, and the ids that it made up, in their order."""

    made: list[str] = field(default_factory=list)

    def comparable(self, status: int, headers: Any, body: bytes, known: set[str]) -> Any:
        """Return what both are compared by."""
        text = body.decode()
        location = header(headers, "location") or ""
        for found in MADE_UP.findall(location):
            self.made.append(found)
        for number, one in enumerate(self.made):
            text = text.replace(one, f"made-{number}")
            location = location.replace(one, f"made-{number}")
        kinds = [header(headers, name) for name in COMPARED]
        path = urlsplit(location).path
        try:
            shown = json.loads(text, object_pairs_hook=list)
        except ValueError:
            return status, kinds, path, text
        return status, kinds, path, comparable(shown)


def comparable(shown: Any) -> Any:
    """Times of this run are left out, and tags stand in no order."""
    if isinstance(shown, str):
        return TODAY.sub("now", shown)
    if isinstance(shown, list) and all(isinstance(one, tuple) for one in shown):
        return [
            (name, _comparable_field(name, value))
            for name, value in shown
            if name not in ("created_at", "updated_at")
        ]
    if isinstance(shown, list):
        return [comparable(one) for one in shown]
    return shown


def _comparable_field(name: str, value: Any) -> Any:
    if name == "tags":
        return sorted(value)
    return "" if name.startswith("__") and value is None else comparable(value)


class Both:
    """The same images in a real Glance and in a writable set."""

    def __init__(self, glance: Glance, folder: Path) -> None:
        self.glance = glance
        make_set(folder / "set.images", glance.images)
        self.player = Player.open(folder / "set.images", "glance", None, writable=True)
        self.known = {image["id"] for image in glance.images}
        self.sides = Side(), Side()

    def ask(self, change: Change) -> tuple[Any, Any]:
        """Send a request to both; return theirs and ours."""
        return self._theirs(change), self._ours(change)

    def _target(self, change: Change, side: Side) -> str:
        return change.target.format(*side.made, last=side.made[-1] if side.made else "none")

    def _body(self, change: Change, side: Side) -> bytes:
        body = change.body
        for number, one in enumerate(side.made):
            body = body.replace(f"made-{number}".encode(), one.encode())
        return body

    def _theirs(self, change: Change) -> Any:
        side = self.sides[0]
        connection = http.client.HTTPConnection(urlsplit(self.glance.url).netloc, timeout=60)
        headers = {
            "X-Auth-Token": f"user:{change.project}:{change.role}",
            "Accept": "application/json",
            **({"Content-Type": change.content_type} if change.content_type else {}),
        }
        body = self._body(change, side)
        connection.request(
            change.method, self._target(change, side), headers=headers, body=body or None
        )
        response = connection.getresponse()
        raw = response.read()
        connection.close()
        return side.comparable(response.status, response.getheaders(), raw, self.known)

    def _ours(self, change: Change) -> Any:
        side = self.sides[1]
        headers = [("X-Project-Id", change.project), ("Accept", "application/json")]
        if change.content_type:
            headers.append(("Content-Type", change.content_type))
        request = Request(
            change.method,
            self.glance.url + self._target(change, side),
            tuple(headers),
            self._body(change, side),
        )
        answer = self.player.play(request)
        assert isinstance(answer, Answer), (change, answer)
        response = answer.response
        return side.comparable(response.status, response.headers, response.body, self.known)


@pytest.fixture(name="both")
def _both(start_glance: StartGlance, tmp_path: Path) -> Iterator[Both]:
    glance = start_glance(varied_images(80, seed=4))
    both = Both(glance, tmp_path)
    yield both
    both.player.close()
    glance.stop()


def test_scripted_changes_have_the_same_answers(both: Both) -> None:
    """Every operation, right and wrong: statuses, words, headers, and the images after it."""
    differing = []
    for change in scripted_changes(ME, OTHER, THIRD):
        theirs, ours = both.ask(change)
        if theirs != ours:
            differing.append((change, theirs, ours))

    assert not differing


def test_changes_of_images_that_are_there_have_the_same_answers(both: Both) -> None:
    """Own and others', in every status; then the lists are the same."""
    differing = []
    for change in changes_of_images(both.glance.images, ME, OTHER):
        theirs, ours = both.ask(change)
        if theirs != ours:
            differing.append((change, theirs, ours))
    for project in (ME, OTHER, THIRD):
        for query in ("limit=200", "limit=200&visibility=shared&member_status=all", "tag=a-tag"):
            change = Change("GET", f"/v2/images?{query}", project=project)
            theirs, ours = both.ask(change)
            if theirs != ours:
                differing.append((change, theirs, ours))

    assert not differing


def test_the_requests_are_of_every_kind() -> None:
    """Otherwise the comparison would prove little."""
    changes = [*scripted_changes(ME, OTHER, THIRD)]

    assert {"POST", "PATCH", "PUT", "DELETE", "GET"} == {one.method for one in changes}
    assert {JSON, PATCH} < {one.content_type for one in changes}
