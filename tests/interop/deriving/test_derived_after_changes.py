"""Recordings from before and after a real Glance was changed give no answer that is out of date.

The changes are made around the recorder, through Glance's own API. Images that it creates have
times with fractions of a second, which no list shows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
import requests

from interop.conftest import StartGlance
from support.images.varied import varied_images
from support.interop.asking_glance import ask, asking
from support.interop.glance import Glance
from support.interop.recorded_glance import ME, Recorded, walk, walking
from support.running.proxies import recording

IMAGES = 300
QUERIES = 300
PATCH = "application/openstack-images-v2.1-json-patch"


@dataclass(frozen=True)
class Changed:
    """The ids of the images that were made, renamed and deleted."""

    made: list[str]
    renamed: list[str]
    deleted: list[str]

    @property
    def all(self) -> list[str]:
        return [*self.made, *self.renamed, *self.deleted]


def change(glance: Glance, seed: int, count: int = 6) -> Changed:
    """Make, rename and delete so many images each, as their owner; keeps `glance.images` true."""
    rng = Random(seed)
    own = [
        image
        for image in glance.images
        if image["owner"] == ME and not image["protected"] and not image["os_hidden"]
    ]
    chosen = rng.sample(own, 2 * count)
    renamed = [rename(glance, image) for image in chosen[:count]]
    deleted = [delete(glance, image) for image in chosen[count:]]
    made = [make(glance, rng) for _ in range(count)]
    return Changed(made, renamed, deleted)


def make(glance: Glance, rng: Random) -> str:
    """Create an image without data; its id is drawn, so that it says nothing of the time."""
    image = {"id": str(UUID(int=rng.getrandbits(128), version=4)), "name": "zebra"}
    image |= {"__os_type": "Linux", "visibility": "private"}
    made = send(glance, "POST", "", json=image)
    glance.images.append({**made, "tags": []})
    return image["id"]


def rename(glance: Glance, image: dict[str, Any]) -> str:
    """Return an image another name."""
    patch = '[{"op": "replace", "path": "/name", "value": "renamed"}]'
    send(glance, "PATCH", image["id"], data=patch, headers={"Content-Type": PATCH})
    image["name"] = "renamed"
    return str(image["id"])


def delete(glance: Glance, image: dict[str, Any]) -> str:
    """Delete an image."""
    send(glance, "DELETE", image["id"])
    glance.images.remove(image)
    return str(image["id"])


def send(glance: Glance, method: str, image_id: str, **more: Any) -> dict[str, Any]:
    """Send a request straight to Glance, past any recorder."""
    headers = {"X-Auth-Token": f"user:{ME}:member", **more.pop("headers", {})}
    url = f"{glance.url}/v2/images/{image_id}".removesuffix("/")
    with requests.Session() as session:
        session.trust_env = False
        response = session.request(method, url, headers=headers, timeout=60, **more)
    assert response.ok, response.text
    return dict(response.json()) if response.content else {}


def show(proxy: str, image_ids: list[str]) -> None:
    """Record lists that show how these images are now, or that they are gone."""
    for image_id in image_ids:
        status, _, _ = ask(proxy, f"id={image_id}", ME)
        assert 200 == status


@pytest.fixture(name="glance")
def _glance(start_glance: StartGlance) -> Iterator[Glance]:
    """Start a Glance that may be changed."""
    glance = start_glance(varied_images(IMAGES, seed=43))
    with asking():
        yield glance
    glance.stop()


def before_alone(glance: Glance, proxy: str) -> None:
    """The walk is out of date, and pages of single images show it."""
    walk(proxy, "limit=50")
    show(proxy, change(glance, seed=1).all)


def a_single_sign(glance: Glance, proxy: str) -> None:
    """The walk is out of date in many ways, but only one is shown, by a page of the same list."""
    walk(proxy, "limit=50")
    change(glance, seed=2)
    walk(proxy, "limit=20", pages=1)


def a_part_again(glance: Glance, proxy: str) -> None:
    """One filtered walk stands again, the unfiltered one is out of date."""
    walk(proxy, "limit=50")
    changed = change(glance, seed=3)
    walk(proxy, "__os_type=Linux&limit=40")
    show(proxy, changed.all)


def everything_again(glance: Glance, proxy: str) -> None:
    """A second walk shows everything as it is now."""
    walk(proxy, "limit=50")
    change(glance, seed=4)
    walk(proxy, "limit=40")


def in_the_middle_of_a_walk(glance: Glance, proxy: str) -> None:
    """The first pages are older than the change, the last ones newer."""
    pages = walking(proxy, "sort_key=id&sort_dir=asc&limit=20")
    for _ in range(3):
        next(pages)
    changed = change(glance, seed=5)
    for _ in pages:
        pass
    show(proxy, changed.all)


def many_made_at_once(glance: Glance, proxy: str) -> None:
    """Most of what was made shares a second; which came first is not shown."""
    change(glance, seed=6, count=20)
    walk(proxy, "limit=50")
    walk(proxy, "sort_key=updated_at&sort_dir=asc&limit=25")


STORIES: tuple[Callable[[Glance, str], None], ...] = (
    before_alone,
    a_single_sign,
    a_part_again,
    everything_again,
    in_the_middle_of_a_walk,
    many_made_at_once,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_recording_of_a_cloud_that_changed_gives_no_wrong_answer(
    glance: Glance, tmp_path: Path, story: Callable[[Glance, str], None]
) -> None:
    """Compared with the Glance as it is now; asked for what was there before, too."""
    cassette = tmp_path / "images.yaml"
    before = [dict(image) for image in glance.images]
    with recording(cassette, glance.url, keep_ids=True) as proxy, asking():
        story(glance, proxy.url)

    images = [*before, *glance.images]
    answered, wrong = Recorded(glance, cassette).compare(QUERIES, 2500, images)

    assert [] == wrong
    assert answered > 0


def test_a_walk_that_was_recorded_again_answers_as_one_that_was_never_out_of_date(
    glance: Glance, tmp_path: Path
) -> None:
    """What was recorded before the change takes nothing from what was recorded after."""
    cassette = tmp_path / "images.yaml"
    with recording(cassette, glance.url, keep_ids=True) as proxy, asking():
        everything_again(glance, proxy.url)

    answered, wrong = Recorded(glance, cassette).compare(QUERIES, seed=2600)

    assert [] == wrong
    assert answered > QUERIES / 2
