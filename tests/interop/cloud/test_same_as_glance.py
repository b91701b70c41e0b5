"""An image set in the dialect `glance` answers as a real Glance 33 that holds the same images.

What differs on purpose stands in `deviations` and has a test below that shows both sides.
"""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Headers, header
from interop.conftest import StartGlance
from support.images.varied import PROJECTS, varied_images
from support.interop.asking_glance import ask, asking
from support.interop.glance import Glance
from support.oracle.deviations import DEVIATIONS, asks_odd_bounds
from support.oracle.naive import naive_answer
from support.oracle.naive_query import read_pairs, take_order, values_of
from support.oracle.queries import random_queries
from support.sets.set_files import make_set

IMAGES = 2000
QUERIES = 400  # for each of three projects
ASKING = PROJECTS[:3]
ACCEPTS = (
    "application/json",
    None,
    "*/*",
    "text/html",
    "text/plain",
    "application/json, */*;q=.1",  # malformed: a digit is missing
    "application/json, */*;q=0.1",
    "text/html;q=0.2, application/json;q=0.9",
    "nonsense",
)

NULLABLE_KEYS = {"name", "size"}


@dataclass(frozen=True)
class Answer:
    """What both sides are compared by."""

    status: int
    content_type: str
    body: Any


class Both:
    """The same images, in a real Glance and in an image set."""

    def __init__(self, glance: Glance, folder: Path) -> None:
        self.glance = glance
        make_set(folder / "images.images", glance.images)
        self.lister = Lister(ImageSet(folder / "images.images"))

    def theirs(self, query: str, project: str, accept: str | None = "application/json") -> Answer:
        """Ask the real Glance."""
        status, headers, body = ask(self.glance.url, query, project, accept)
        assert headers["x-openstack-request-id"].startswith("req-")
        return Answer(status, headers["content-type"], comparable(status, body))

    def ours(self, query: str, project: str, accept: str | None = "application/json") -> Answer:
        """Ask the image set."""
        sent: Headers = () if accept is None else (("Accept", accept),)
        response = self.lister.list_images(query, project, "glance", sent)
        assert (header(response.headers, "x-openstack-request-id") or "").startswith("req-")
        content_type = header(response.headers, "content-type") or ""
        return Answer(response.status, content_type, comparable(response.status, response.body))

    def walk(self, query: str, project: str, *, ours: bool, most: int) -> list[str]:
        """Follow `next` to its end, or over `most` pages; give the ids."""
        ids: list[str] = []
        for _ in range(most):
            answer = self.ours(query, project) if ours else self.theirs(query, project)
            assert answer.status == 200
            page = dict(answer.body)
            ids += [image["id"] for image in page["images"]]
            if "next" not in page:
                break
            query = urlsplit(page["next"]).query
        return ids


def comparable(status: int, body: bytes) -> Any:
    """Return an error byte for byte, and a page in the order of its names, tags in any order."""
    if status != 200:
        return body
    page = json.loads(body)
    for image in page["images"]:
        image["tags"].sort()
        for name, value in image.items():
            if name.startswith("__") and value is None:
                image[name] = ""  # the deviation "null properties"
    return list(page.items())


@pytest.fixture(scope="module", name="both")
def _both(start_glance: StartGlance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with asking():
        glance = start_glance(varied_images(IMAGES, seed=33))
        yield Both(glance, tmp_path_factory.mktemp("set"))
        glance.stop()


def has_nulls_before(query: str) -> bool:
    pairs = read_pairs(query)
    return bool(values_of(pairs, "marker")) and any(
        key in NULLABLE_KEYS for key, _ in take_order(list(pairs))
    )


@pytest.mark.parametrize("project", ASKING)
def test_random_queries_get_the_same_answer(both: Both, project: str) -> None:
    """Status, images, order, links, and errors byte for byte, whatever form is accepted."""
    excused = 0
    seed = 100 + PROJECTS.index(project)
    for number, query in enumerate(random_queries(both.glance.images, QUERIES, seed)):
        accept = ACCEPTS[number % len(ACCEPTS)]
        theirs, ours = both.theirs(query, project, accept), both.ours(query, project, accept)
        if theirs != ours:
            excused += 1
            if asks_odd_bounds(query):
                assert ours.status == 500, (query, accept)
                continue
            # Only what Glance loses; then the total order has to hold.
            assert theirs.status == ours.status == 200, (query, accept)
            assert has_nulls_before(query), (query, accept)
            ids = [image["id"] for image in dict(ours.body)["images"]]
            assert naive_answer(both.glance.images, query, project).ids == ids
            continue
        assert theirs == ours, (query, accept)

    assert excused < QUERIES / 25


def test_escapes_that_lack_digits_are_read_alike(both: Both) -> None:
    """Links show how each was read."""
    rng = Random("escapes")
    for _ in range(300):
        text = "".join(rng.choices("%%%%%0aAfgG5+-_2", k=rng.randrange(1, 7)))
        query = rng.choice((f"name={text}", f"{text}=a", f"limit=5{text}", f"tag={text}&limit=2"))
        theirs, ours = (ask(query, PROJECTS[0]) for ask in (both.theirs, both.ours))

        assert theirs == ours, query


WALKS = (
    "limit=100",
    "limit=7&tag=x86",
    "sort_key=updated_at&sort_dir=asc&limit=61",
    "sort_key=id&limit=100",
    "sort_key=status&sort_dir=asc&limit=50",
    "sort=container_format,disk_format:asc&limit=100",
    "visibility=public&__os_type=Linux&limit=25",
    "visibility=shared&member_status=all&limit=9",
    "created_at=gte:2019-01-01T00:00:00Z&limit=40",
    "visibility=all&os_hidden=true&limit=10",
    "visibility=public&sort_key=disk_format&sort_dir=asc&sort_key=created_at&sort_dir=asc&limit=500",
)


@pytest.mark.parametrize("query", WALKS)
def test_walks_go_the_same_way_to_the_same_end(both: Both, query: str) -> None:
    """Every page of a walk is the same, the last and empty one included."""
    pages = IMAGES // 5
    theirs = both.walk(query, PROJECTS[0], ours=False, most=pages)

    assert theirs
    assert theirs == both.walk(query, PROJECTS[0], ours=True, most=pages)


def test_a_caller_without_credentials_is_refused_in_the_same_words(both: Both) -> None:
    """401 comes before anything else, and without a request id."""
    for accept in ACCEPTS:
        sent = {} if accept is None else {"Accept": accept}
        connection = http.client.HTTPConnection(urlsplit(both.glance.url).netloc, timeout=30)
        connection.request("GET", "/v2/images?limit=abc", headers=sent)
        theirs = connection.getresponse()
        body = theirs.read()
        connection.close()
        ours = both.lister.list_images("limit=abc", None, "glance", tuple(sent.items()))
        assert (theirs.status, body) == (ours.status, ours.body)
        assert theirs.getheader("content-type") == header(ours.headers, "content-type")
        assert theirs.getheader("x-openstack-request-id") is None
        assert header(ours.headers, "x-openstack-request-id") is None


# What differs on purpose


def test_deviation_odd_bounds(both: Both) -> None:
    """SQLite finds names above "5"; PostgreSQL refuses the comparison, and so do we."""
    assert both.theirs("name_min=5", PROJECTS[0]).status == 200
    assert both.ours("name_min=5", PROJECTS[0]).status == 500


def test_deviation_lost_nulls(both: Both) -> None:
    """Where sizes are null Glance's pages do not make up its list; ours do."""
    query = "sort_key=size&sort_dir=asc&limit=100"
    whole = both.theirs("sort_key=size&sort_dir=asc&limit=1000", PROJECTS[0])
    listed = [image["id"] for image in dict(whole.body)["images"]]
    theirs = both.walk(query, PROJECTS[0], ours=False, most=30)
    ours = both.walk(query, PROJECTS[0], ours=True, most=30)

    assert len(theirs) < len(listed)
    assert listed == ours[: len(listed)]
    assert len(set(ours)) == len(ours)


def test_deviation_many_joins(both: Both) -> None:
    """SQLite joins no more than 64 tables; there is nothing to learn from that for a client."""
    query = urlencode([(f"p{number}", "x") for number in range(70)])

    assert both.theirs(query, PROJECTS[0]).status == 500
    assert both.ours(query, PROJECTS[0]).status == 200


def test_deviation_method_override(both: Both) -> None:
    """What Glance takes for the method is for us, who answer GET only, a property."""
    assert both.theirs("_method=POST", PROJECTS[0]).status == 400
    assert [] == dict(both.ours("_method=POST", PROJECTS[0]).body)["images"]


def test_deviation_null_properties(both: Both) -> None:
    """IMS shows null properties as null; Glance shows an empty text that no filter finds."""
    with_null = next(
        image
        for image in both.glance.images
        if image.get("__description", "") is None
        and image["visibility"] == "public"
        and not image["os_hidden"]
    )
    query = f"id={with_null['id']}"
    _, _, body = ask(both.glance.url, query, PROJECTS[0])
    ours = both.lister.list_images(query, PROJECTS[0], "glance")

    assert "" == json.loads(body)["images"][0]["__description"]
    assert json.loads(ours.body)["images"][0]["__description"] is None
    assert [] == dict(both.theirs(f"{query}&__description=", PROJECTS[0]).body)["images"]
    assert [] == dict(both.ours(f"{query}&__description=", PROJECTS[0]).body)["images"]


def test_deviation_tag_order(both: Both) -> None:
    """Both have the same tags; only ours have the order of the file."""
    ours = json.loads(both.lister.list_images("limit=1000", PROJECTS[0], "glance").body)["images"]
    _, _, body = ask(both.glance.url, "limit=1000", PROJECTS[0])
    theirs = {image["id"]: image["tags"] for image in json.loads(body)["images"]}
    as_given = {image["id"]: image["tags"] for image in both.glance.images}

    assert all(as_given[image["id"]] == image["tags"] for image in ours)
    assert any(as_given[image_id] != tags for image_id, tags in theirs.items())
    assert all(sorted(as_given[image_id]) == sorted(tags) for image_id, tags in theirs.items())


def test_every_deviation_has_a_test() -> None:
    """The list is what the tests show."""
    start = "test_deviation_"
    tests = {name.removeprefix(start) for name in globals() if name.startswith(start)}

    assert {name.replace(" ", "_") for name in DEVIATIONS} == tests
