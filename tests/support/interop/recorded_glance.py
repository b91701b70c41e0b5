"""Recording a real Glance through the product's proxy, and asking the recording and the Glance."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.interaction import Headers, Request, header
from glancetape_cassettes.replaying.answers import Miss
from support.clouds.asking import derive
from support.clouds.clouds import on_the_wire
from support.images.varied import PROJECTS
from support.interop.asking_glance import ask, ask_path
from support.interop.glance import Glance
from support.oracle.queries import random_queries

ME = PROJECTS[0]
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """What answers are compared by."""

    status: int
    content_type: str | None
    body: Any


def comparable(status: int, content_type: str | None, body: bytes) -> Answer:
    """Return an error byte for byte, a page or an image in the order of its names, tags sorted."""
    if status != 200:
        return Answer(status, content_type, body)
    page: dict[str, Any] = json.loads(body)
    for image in page.get("images", [page]):
        image["tags"].sort()
    return Answer(status, content_type, list(page.items()))


class Recorded:
    """A Glance, and what can be derived from a cassette that was recorded of it."""

    def __init__(self, glance: Glance, cassette: Path) -> None:
        self.glance = glance
        self.cassette = cassette
        session = open_session(Settings(replay=(cassette,), keep_ids=True))
        assert session.recorded is not None
        self.deriver = Deriver(session.recorded)

    def theirs(self, query: str, project: str, accept: str | None = JSON) -> Answer:
        """Ask the real Glance."""
        status, headers, body = ask(self.glance.url, query, project, accept)
        return comparable(status, headers["content-type"], body)

    def ours(
        self, query: str, project: str, accept: str | None = JSON, *, named: bool = False
    ) -> Answer | Miss:
        """Derive the answer; `named`: the request says whose it is, as signed ones do."""
        headers: Headers = (("X-Auth-Token", f"user:{project}:member"),)
        if named:
            headers = (*headers, ("X-Project-Id", project))
        if accept is not None:
            headers = (*headers, ("Accept", accept))
        return self._derived(f"/v2/images{'?' * bool(query)}{on_the_wire(query)}", headers)

    def their_image(self, target: str, accept: str | None = JSON) -> Answer:
        """Ask the real Glance for one image."""
        status, headers, body = ask_path(self.glance.url, target, ME, accept)
        return comparable(status, headers["content-type"], body)

    def our_image(self, target: str, accept: str | None = JSON) -> Answer | Miss:
        """Derive what it answers."""
        headers: Headers = (("X-Auth-Token", f"user:{ME}:member"),)
        if accept is not None:
            headers = (*headers, ("Accept", accept))
        return self._derived(target, headers)

    def _derived(self, path: str, headers: Headers) -> Answer | Miss:
        outcome = derive(
            self.deriver, Request("GET", self.glance.url + path, headers), any_host=True
        )
        if isinstance(outcome, Miss) or outcome is None:
            assert outcome is not None, path
            return outcome
        response = outcome.response
        kind = header(response.headers, "content-type")
        return comparable(response.status, kind, response.body)

    def compare(
        self, count: int, seed: int, images: Sequence[dict[str, Any]] = ()
    ) -> tuple[int, list[str]]:
        """Ask queries; gives how many were answered, and those answered otherwise than live.

        They are drawn from these images, else from all that Glance was started with.
        """
        answered, wrong = 0, []
        for query in random_queries(images or self.glance.images, count, seed):
            ours = self.ours(query, ME)
            if not isinstance(ours, Miss):
                answered += 1
                if ours != self.theirs(query, ME):
                    wrong.append(query)
        return answered, wrong


def walk_named(proxy: str, query: str) -> None:
    """Follow `next` to its end with requests that name the project."""
    headers = {"X-Auth-Token": f"user:{ME}:member", "X-Project-Id": ME, "Accept": JSON}
    target: str | None = f"/v2/images?{query}"
    with requests.Session() as session:
        session.trust_env = False
        while target is not None:
            page = session.get(proxy + target, headers=headers, timeout=60).json()
            target = page.get("next")


def walk(proxy: str, query: str, project: str = ME, *, pages: int = 1000) -> list[dict[str, Any]]:
    """Follow `next` for so many pages; gives the images."""
    images: list[dict[str, Any]] = []
    for page in walking(proxy, query, project, pages=pages):
        images += page["images"]
    return images


def walking(
    proxy: str, query: str, project: str = ME, *, pages: int = 1000
) -> Iterator[dict[str, Any]]:
    """Follow `next` page by page."""
    for _ in range(pages):
        status, _, body = ask(proxy, query, project)
        assert 200 == status
        page: dict[str, Any] = json.loads(body)
        yield page
        if "next" not in page:
            break
        query = urlsplit(page["next"]).query
