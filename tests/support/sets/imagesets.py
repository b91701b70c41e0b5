"""Image sets of a few hand-written images, and queries as a client sends them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import orjson

from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_fields import format_time, parse_time
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Response, header
from support.one_image import ME, OTHER, Image, ims_image
from support.sets.set_files import make_set

THIRD = "c" * 32
REQUEST_ID = "0123456789abcdef" * 2
_NEWEST = parse_time("created_at", "2018-09-06T14:03:27Z")


def shared(image_id: str, /, owner: str = OTHER, **members: str) -> Image:
    """Return a shared image; members by the names me and third, with their status."""
    projects = {"me": ME, "third": THIRD}
    rows = [{"member_id": projects[who], "status": status} for who, status in members.items()]
    return ims_image(image_id, visibility="shared", owner=owner, __imagetype="shared", members=rows)


def newest_first(images: Iterable[Image]) -> Iterator[Image]:
    """Yield images of which each without created_at is a minute older than the one before it.

    So those lists that are not sorted come in the order of the images.
    """
    for number, one in enumerate(images):
        created = one.get("created_at") or format_time(_NEWEST - 60 * number)
        yield {**one, "created_at": created}


@dataclass
class Cloud:
    """A simulated cloud; queries come from one project in one dialect unless they say otherwise."""

    lister: Lister
    dialect: str = "ims"

    def ask(
        self,
        query: str,
        *,
        project: str | None = ME,
        dialect: str = "",
        accept: str | None = None,
        version: str | None = None,
    ) -> Response:
        """Answer a query; accept and version are the headers Accept and X-Api-Version."""
        sent = (("accept", accept), ("x-api-version", version))
        headers = tuple((name, value) for name, value in sent if value is not None)
        return self.lister.list_images(query, project, dialect or self.dialect, headers, REQUEST_ID)

    def page(self, query: str = "", **how: Any) -> dict[str, Any]:
        """Answer a query that must return a page."""
        response = self.ask(query, **how)
        assert (200, "OK") == (response.status, response.reason), response.body
        page: dict[str, Any] = orjson.loads(response.body)
        return page

    def names(self, query: str = "", **how: Any) -> str:
        """Return the names of a page's images, joined by spaces."""
        return " ".join(str(image["name"]) for image in self.page(query, **how)["images"])

    def refusal(self, query: str, **how: Any) -> tuple[int, str]:
        """Return status and message of a refusal in JSON."""
        response = self.ask(query, accept="application/json", **how)
        message = orjson.loads(response.body)["message"]
        return response.status, message.removesuffix("<br /><br />\n\n\n")

    def walk(self, query: str, most: int = 1000, **how: Any) -> list[str]:
        """Follow `next` to the end and return the ids of all pages."""
        found = []
        for _ in range(most):
            page = self.page(query, **how)
            found += [image["id"] for image in page["images"]]
            if "next" not in page:
                return found
            query = urlsplit(page["next"]).query
        raise AssertionError(f"The walk did not end: {query}")


class MakeCloud(Protocol):
    """Make a set and open it; see cloud_of."""

    def __call__(self, images: Iterable[Image], dialect: str = ...) -> Cloud: ...


@contextmanager
def cloud_of(folder: Path, images: Iterable[Image], dialect: str = "ims") -> Iterator[Cloud]:
    """Make a set in a folder, its newest image first, and open it."""
    path = folder / "set.images"
    make_set(path, newest_first(images))
    with ImageSet(path) as images_set:
        yield Cloud(Lister(images_set), dialect)


def parameters(link: str) -> list[tuple[str, str]]:
    """Return the parameters of a link, in their order."""
    assert urlsplit(link).path == "/v2/images"
    return parse_qsl(urlsplit(link).query, keep_blank_values=True)


def content_type(response: Response) -> str | None:
    """Return the content type of an answer."""
    return header(response.headers, "content-type")
