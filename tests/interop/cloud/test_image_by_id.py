"""An image set in the dialect `glance` shows one image, or refuses to, as a real Glance 33 does."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from glancetape.session.image_set_player import Player
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, VISIBILITIES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Request, header
from interop.conftest import StartGlance
from support.images.varied import PROJECTS, varied_images
from support.interop.glance import Glance
from support.sets.set_files import make_set

ME, OTHER = PROJECTS[:2]
ACCEPTS = (
    "application/json",
    None,
    "*/*",
    "text/html",
    "text/plain",
    "application/json, */*;q=.1",  # malformed: a digit is missing
    "nonsense",
)
ABSENT = {
    "unknown": "00000000-0000-4000-8000-000000000000",
    "malformed": "abc",
    "as long as an id": "x" * 36,
    "overlong": "x" * 37,
    "much too long": "x" * 300,
    "markup": "%3Cb%3E",
    "blanks": "%20a%20",
    "a plus": "a+b",
    "a quote": "a'%22b",
    "an escaped slash": "a%2Fb",
    "an escaped percent sign": "a%2541",
    "not ASCII": "%E9%95%9C",
    "a zero": "a%00b",
    "an ending": "a.json",
}


class Both:
    """The same images, in a real Glance and in an image set."""

    def __init__(self, glance: Glance, folder: Path) -> None:
        self.glance = glance
        make_set(folder / "images.images", glance.images)
        self.images = ImageSet(folder / "images.images")
        self.lister = Lister(self.images)
        self.player = Player(self.images, "glance", None)

    def asked(
        self, target: str, accept: str | None = "application/json", *, method: str = "GET",
        project: str | None = ME,
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:  # fmt: skip
        """Ask both; give what they are compared by, theirs first."""
        headers = {} if project is None else {"X-Auth-Token": f"user:{project}:member"}
        if accept is not None:
            headers["Accept"] = accept
        connection = http.client.HTTPConnection(urlsplit(self.glance.url).netloc, timeout=60)
        connection.request(method, target, headers=headers)
        theirs = connection.getresponse()
        body = theirs.read()
        connection.close()
        named = () if project is None else (("X-Project-Id", project),)
        sent = (*named, *(() if accept is None else (("Accept", accept),)))
        request = Request(method, f"http://glance{target}", sent)
        answer = self.player.play(request)
        ours = getattr(answer, "response", None)
        assert ours is not None, answer
        return (
            _told(theirs.status, theirs.getheaders(), body),
            _told(ours.status, ours.headers, ours.body),
        )


def _told(status: int, headers: Any, body: bytes) -> tuple[Any, ...]:
    return (
        status,
        header(headers, "content-type"),
        header(headers, "allow"),
        (header(headers, "x-openstack-request-id") or "")[:4],
        body if status != 200 else _comparable(json.loads(body)),
    )


def _comparable(image: dict[str, Any]) -> dict[str, Any]:
    """Tags stand in no order, and null properties are empty texts; see the list's deviations."""
    image["tags"].sort()
    return {
        name: "" if name.startswith("__") and value is None else value
        for name, value in image.items()
    }


@pytest.fixture(scope="module", name="both")
def _both(start_glance: StartGlance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    images = list(varied_images(300, seed=5))
    gone = [
        {**images[number], "id": f"{status}-{visibility}", "status": status, "owner": owner,
         "visibility": visibility}
        for number, (status, visibility, owner) in enumerate(
            (status, visibility, owner)
            for status in GONE_STATUSES
            for visibility, owner in (("private", ME), ("public", OTHER))
        )
    ]  # fmt: skip
    nobodys = [
        {**images[0], "id": f"nobodys-{visibility}", "owner": None, "visibility": visibility}
        for visibility in VISIBILITIES
    ]
    glance = start_glance([*images, *gone, *nobodys])
    both = Both(glance, tmp_path_factory.mktemp("set"))
    yield both
    both.images.close()
    glance.stop()


def test_every_image_is_shown_or_not_as_by_glance(both: Both) -> None:
    """Own and others', hidden, of the community, offered, gone: whatever there is."""
    statuses = set()
    for image in both.glance.images:
        theirs, ours = both.asked(f"/v2/images/{image['id']}")
        statuses.add(theirs[0])
        assert theirs == ours, image["id"]

    assert {200, 404} == statuses


@pytest.mark.parametrize("image_id", ABSENT.values(), ids=ABSENT.keys())
def test_an_image_that_is_not_there_is_refused_in_the_same_words(both: Both, image_id: str) -> None:
    """Byte for byte, in each form."""
    for accept in ACCEPTS:
        theirs, ours = both.asked(f"/v2/images/{image_id}", accept)
        assert 404 == theirs[0]
        assert theirs == ours, accept


def test_a_query_behind_an_id_is_not_looked_at(both: Both) -> None:
    """Nor is what it is made of."""
    target = f"/v2/images/{both.glance.images[0]['id']}"

    for query in ("?x=1", "?limit=abc", "?x=%ff"):
        theirs, ours = both.asked(target + query)
        assert theirs == ours


def test_the_id_in_other_letters_is_another(both: Both) -> None:
    """Ids are compared as they are."""
    image_id = next(
        image["id"]
        for image in both.glance.images
        if image["visibility"] == "public" and image["id"].upper() != image["id"]
    )
    upper, same = both.asked(f"/v2/images/{image_id.upper()}"), both.asked(f"/v2/images/{image_id}")

    assert (404, 200) == (upper[0][0], same[0][0])
    assert upper[0] == upper[1]
    assert same[0] == same[1]


@pytest.mark.parametrize("project", [ME, None], ids=["a member", "nobody"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", ["/v2/images", "/v2/images/nope", "/v2.0/images/nope"])
def test_methods_and_missing_credentials_are_refused_alike(
    both: Both, target: str, method: str, project: str | None
) -> None:
    """401 before 404 and 405."""
    if (target, method, project) == ("/v2/images", "GET", ME):
        pytest.skip("this is the list itself")
    for accept in ACCEPTS:
        theirs, ours = both.asked(target, accept, method=method, project=project)
        assert theirs == ours, accept
