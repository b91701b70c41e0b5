"""A simulated cloud over a set of a few images, asked as a client asks it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from glancetape_cassettes.cloud.asking import Identity
from glancetape_cassettes.cloud.overlay.changed_images import Changes
from glancetape_cassettes.cloud.simulated_cloud import SimulatedCloud
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Request, Response, header
from support.sets.imagesets import ME, REQUEST_ID, Image
from support.sets.set_files import make_set

ORIGIN = "https://cloud.example"


class Asked:
    """A simulated cloud in one dialect, and what it answers."""

    def __init__(self, images: ImageSet, dialect: str, changes: Changes | None = None) -> None:
        self.images = images
        self.changes = changes
        self.cloud = SimulatedCloud(images, dialect, changes)

    def ask(
        self,
        method: str,
        target: str,
        *,
        project: str | None = ME,
        identity: Identity | None = None,
        accept: str | None = "application/json",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        origin: str = ORIGIN,
    ) -> Response:
        """Answer a request of a project, or of an identity; without either, of nobody."""
        sent = {"Accept": accept, **(headers or {})}
        request = Request(
            method,
            origin + target,
            tuple((name, value) for name, value in sent.items() if value is not None),
            body,
        )
        if identity is None and project is not None:
            identity = Identity(project=project)
        return self.cloud.respond(request, identity, REQUEST_ID)

    def change(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        kind: str = "application/json",
        **how: Any,
    ) -> Response:
        """Answer a request with a body: JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        raw = b"" if body is None else raw
        return self.ask(method, target, body=raw, headers={"Content-Type": kind}, **how)

    def get(self, target: str, **how: Any) -> Any:
        """Return the document of a request that is answered."""
        response = self.ask("GET", target, **how)
        assert response.status in (200, 300), response
        return json.loads(response.body)


class Simulate(Protocol):
    """Make a set and a cloud over it; see simulated."""

    def __call__(self, images: Iterable[Image], dialect: str = ...) -> Asked: ...


class Clock:
    """A time that goes on by a second whenever it is asked for."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.now = start

    def __call__(self) -> float:
        self.now += 1
        return self.now


@contextmanager
def simulated(
    folder: Path, images: Iterable[Image], dialect: str = "glance", changes: Changes | None = None
) -> Iterator[Asked]:
    """Make a set in a folder, and a cloud over it; a writable one if there are `changes`."""
    path = folder / "set.images"
    make_set(path, images)
    with ImageSet(path) as opened:
        yield Asked(opened, dialect, changes)


def message_of(response: Response) -> str:
    """Return the words of a refusal in JSON."""
    body = json.loads(response.body)
    text = body["message"] if "message" in body else body.get("error_msg", body.get("error"))
    return str(text).removesuffix("<br /><br />\n\n\n")


def headers_of(response: Response, *names: str) -> tuple[str | None, ...]:
    """Return the values of headers."""
    return tuple(header(response.headers, name) for name in names)
