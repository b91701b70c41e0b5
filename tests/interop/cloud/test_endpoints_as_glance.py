"""An image set in the dialect `glance` answers at every endpoint as a real Glance 33 does."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from glancetape.session.image_set_player import Player
from glancetape_cassettes.interaction import Request, header
from glancetape_cassettes.replaying.answers import Miss
from interop.conftest import StartGlance
from support.clouds.endpoints import METHODS, PATHS, of_images
from support.images.varied import PROJECTS, varied_images
from support.interop.glance import Glance
from support.sets.set_files import make_set

ME, OTHER = PROJECTS[:2]
ACCEPTS = ("application/json", "*/*", None, "text/html")
READS = ("GET", "HEAD", "OPTIONS")
COMPARED = ("content-type", "allow", "location", "content-md5")


@dataclass(frozen=True)
class Told:
    """What an answer is compared by."""

    status: int
    headers: tuple[str | None, ...]
    body: Any


class Both:
    """The same images in a real Glance and in an image set."""

    def __init__(self, glance: Glance, folder: Path) -> None:
        self.glance = glance
        self.connection = http.client.HTTPConnection(urlsplit(glance.url).netloc, timeout=60)
        make_set(folder / "set.images", glance.images)
        self.player = Player.open(folder / "set.images", "glance", None)

    def theirs(self, method: str, target: str, project: str | None, accept: str | None) -> Told:
        headers = {} if project is None else {"X-Auth-Token": f"user:{project}:member"}
        if accept is not None:
            headers["Accept"] = accept
        self.connection.request(method, target, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.will_close:
            self.connection.close()
        return told(response.status, response.getheaders(), body)

    def ours(
        self, method: str, target: str, project: str | None, accept: str | None
    ) -> Told | Miss:
        named = () if project is None else (("X-Project-Id", project),)
        sent = (*named, *(() if accept is None else (("Accept", accept),)))
        request = Request(method, self.glance.url + target, sent)
        answer = self.player.play(request, is_alone=True)
        if isinstance(answer, Miss):
            return answer
        body = b"" if method == "HEAD" else answer.response.body
        return told(answer.response.status, answer.response.headers, body)


def told(status: int, headers: Any, body: bytes) -> Told:
    request_id = header(headers, "x-openstack-request-id") or ""
    kinds = (*(header(headers, name) for name in COMPARED), request_id[:4])
    is_document = status in (200, 300) and header(headers, "content-type") == "application/json"
    return Told(status, kinds, comparable(body) if is_document else body)


def comparable(body: bytes) -> Any:
    """Tags stand in no order, and null properties are empty texts; see the list's deviations."""
    if not body:
        return body
    document = json.loads(body)
    for image in document.get("images", [document]):
        if isinstance(image.get("tags"), list):
            image["tags"].sort()
        for name, value in image.items():
            if name.startswith("__") and value is None:
                image[name] = ""
    return list(document.items())


@pytest.fixture(scope="module", name="both")
def _both(start_glance: StartGlance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    glance = start_glance(varied_images(120, seed=9))
    both = Both(glance, tmp_path_factory.mktemp("set"))
    yield both
    both.player.close()
    both.connection.close()
    glance.stop()


def images_of_each_kind(both: Both) -> list[str]:
    """Return an image for each relation that a caller can have to one, and for each status."""
    kinds: dict[tuple[Any, ...], str] = {}
    for image in both.glance.images:
        member = {one["member_id"]: one["status"] for one in image.get("members", ())}.get(ME)
        status = image["status"] if image["owner"] == ME else ""
        kinds.setdefault((image["owner"] == ME, image["visibility"], member, status), image["id"])
    return list(kinds.values())


@pytest.mark.parametrize("method", METHODS)
def test_every_endpoint_answers_every_method_as_glance_does(both: Both, method: str) -> None:
    """Status, headers, words; what a set does not simulate is a miss and never another answer."""
    paths = [*PATHS, *of_images(images_of_each_kind(both)[:3], ME, OTHER)]
    misses = 0
    for number, target in enumerate(paths):
        for project in (ME, None):
            accept = ACCEPTS[number % len(ACCEPTS)]
            ours = both.ours(method, target, project, accept)
            if isinstance(ours, Miss):
                misses += 1
                assert method not in READS, target
                assert project is not None, target
                continue
            assert both.theirs(method, target, project, accept) == ours, (target, project, accept)

    assert misses < len(paths) / 2


def test_escaped_letters_of_a_path_are_read_as_glance_reads_them(both: Both) -> None:
    """Of the version too; an escaped slash is a part of a segment."""
    rng = Random(5)
    paths = [*PATHS, *of_images(images_of_each_kind(both)[:1], ME, OTHER)]
    for target in paths:
        path, mark, query = target.partition("?")
        if "%" in path:
            continue
        escaped = "".join(
            f"%{ord(one):02{rng.choice('xX')}}" if one != "/" and rng.random() < 0.3 else one
            for one in path
        )
        for written in (escaped, path[0] + path[1:].replace("/", "%2F", 1)):
            asked = "GET", f"{written}{mark}{query}", ME, "application/json"
            assert both.theirs(*asked) == both.ours(*asked), written


def test_whatever_is_below_an_image_is_as_in_glance(both: Both) -> None:
    """Own and others', shared and not, in every status."""
    paths = [*of_images(images_of_each_kind(both), ME, OTHER)]
    statuses = set()
    for target in paths:
        ours = both.ours("GET", target, ME, "application/json")
        assert both.theirs("GET", target, ME, "application/json") == ours, target
        assert not isinstance(ours, Miss)
        statuses.add(ours.status)

    assert {200, 204, 403, 404, 405} == statuses
