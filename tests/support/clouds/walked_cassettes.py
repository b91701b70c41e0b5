"""Cassettes for the commands: walks and single lists of a small cloud."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from glancetape_cassettes.interaction import Interaction, Request, Response
from support.clouds.clouds import Caller, Cloud
from support.clouds.histories import History, Walk, write
from support.clouds.recorded_lists import listed_image
from support.clouds.small_images import ME
from support.one_image import Image

MINE = Caller(ME)


def walked_image(number: int, **fields: Any) -> Image:
    """Return an image by its number; every third has the same name."""
    return listed_image(number, **{"name": f"name {number % 3}", "tags": ["x", "y"], **fields})


IMAGES = (
    *(walked_image(number) for number in range(1, 6)),
    walked_image(6, visibility="private", owner=ME, tags=[]),
    walked_image(7, disk_format="iso", __os_type="Windows"),
)


def cloud_of(dialect: str = "glance", images: Iterable[dict[str, Any]] = IMAGES) -> Cloud:
    """Make a cloud of copies of images."""
    return Cloud(dialect, [dict(one) for one in images])


def walk(history: History, query: str = "limit=2", caller: Caller = MINE, pages: int = 99) -> None:
    """Record a walk, or its first pages."""
    going = Walk(caller, query, ())
    for _ in range(pages):
        if going.query is not None:
            history.advance(going)


def recorded(path: Path, cloud: Cloud, *queries: str, walks: Iterable[str] = ("limit=2",)) -> Path:
    """Write a cassette of walks and of lists that were asked besides."""
    history = History(cloud, [MINE])
    for query in walks:
        walk(history, query)
    for query in queries:
        history.ask(MINE, query)
    return write(path, history.interactions)


def edited(interaction: Interaction, **fields: Any) -> Interaction:
    """Return an interaction whose page has other members."""
    page = json.loads(interaction.response.body) | fields
    response = Response(
        interaction.response.status,
        interaction.response.reason,
        interaction.response.headers,
        json.dumps(page).encode(),
    )
    return Interaction(interaction.request, response, interaction.recorded_at)


def answered(query: str, body: bytes, status: int = 200) -> Interaction:
    """Make a list request with any answer."""
    headers = (
        ("Content-Type", "application/json"),
        ("x-openstack-request-id", "req-00000000-0000-4000-8000-000000000000"),
    )
    request: Request = MINE.request(query)
    return Interaction(request, Response(status, "", headers, body), "2026-11-23T12:00:00Z")
