"""An image set answers as plain loops over its images do, for any set and any query."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Headers
from support.clouds.small_images import members_of
from support.drawn.examples import examples, share_of
from support.drawn.rolls import Roll, lists_of, octets, pick, records, sometimes
from support.images.varied import PROJECTS, varied_images
from support.one_image import id_of
from support.oracle.deviations import status_of
from support.oracle.naive import NaiveAnswer, links_in_any_order, naive_answer
from support.oracle.naive_query import ERRED
from support.oracle.plain_queries import sorting
from support.oracle.queries import queries, random_queries
from support.sets.set_files import make_set

Image = Mapping[str, Any]

VERSIONS = (("glance", None), ("glance-pre-17", None), ("ims", None), ("ims", "Q"))
SEEDED_QUERIES = share_of(700)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

# Few values, so that most images tie with others in most ways.
SMALL = records(
    {
        "name": (None, "", "a", "B", "b", "é", "镜像", "a,b", "x:y"),
        "status": ("active", "queued", "killed", "deleted"),
        "visibility": ("public", "private", "shared", "community"),
        "owner": (*PROJECTS[:2], None),
        "created_at": ("2018-09-06T14:03:27Z", "2018-09-06T14:03:28Z"),
        "updated_at": ("2018-09-06T14:03:28Z", "2020-01-01T00:00:00Z"),
        "size": (None, 0, 1, 40),
        "min_disk": (0, 40),
        "disk_format": (None, "raw", "zvhd2"),
        "container_format": (None, "bare"),
        "protected": (False, True),
        "tags": lists_of(("a=b", "a.b", "x"), 3),
        "members": members_of(*PROJECTS[:2]),
        "__isregistered": sometimes("true", "true", "false"),
        "__os_type": sometimes("Linux", "linux", "", None),
        "__system_support_market": sometimes(False, True),
        "os_hidden": sometimes(False, True),
    }
)
MOST = 12


def small_sets() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw up to a dozen images with different ids."""

    def with_ids(images: list[dict[str, Any]], drawn: bytes) -> list[dict[str, Any]]:
        numbers = Roll(drawn).shuffle(range(len(images)))
        ids = [id_of(number) for number in numbers]
        return [{**image, "id": one} for image, one in zip(images, ids, strict=True)]

    return st.builds(with_ids, st.lists(SMALL, max_size=MOST), octets(MOST))


def lister_of(images: Iterable[Image], folder: Path) -> Lister:
    make_set(folder / "set.images", images)
    return Lister(ImageSet(folder / "set.images"))


def answered(
    lister: Lister, query: str, project: str, dialect: str, version: str | None
) -> NaiveAnswer:
    sent: Headers = (("Accept", "application/json"),)
    if version is not None:
        sent = (*sent, ("X-Api-Version", version))
    response = lister.list_images(query, project, dialect, sent)
    body = json.loads(response.body)
    if response.status != 200:
        message = body["message"].removesuffix("<br /><br />\n\n\n")
        return NaiveAnswer(response.status, None, None, None, message)
    ids = [image["id"] for image in body["images"]]
    return in_any_order(NaiveAnswer(200, ids, body["first"], body.get("next"), None), dialect)


def as_a_set(query: str, expected: NaiveAnswer, dialect: str) -> NaiveAnswer:
    """Return Glance's answer as an image set gives it."""
    status = status_of(query, expected.status)
    if status != expected.status:
        return NaiveAnswer(status, None, None, None, ERRED)
    return in_any_order(expected, dialect)


def in_any_order(answer: NaiveAnswer, dialect: str) -> NaiveAnswer:
    """Return an answer as it is compared; `test_hash_order` has the order of an older Glance."""
    return links_in_any_order(answer) if dialect == "glance-pre-17" else answer


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("dialect", "version"), VERSIONS)
@pytest.mark.parametrize("count", [0, 1, 40, 300])
def test_seeded_queries_are_answered_as_by_plain_loops(
    tmp_path: Path, count: int, dialect: str, version: str | None
) -> None:
    """Well-formed and malformed queries, over all kinds of odd images."""
    images = list(varied_images(count, seed=3))
    lister = lister_of(images, tmp_path)

    for number, query in enumerate(random_queries(images, SEEDED_QUERIES, seed=count)):
        project = PROJECTS[number % 3]
        expected = naive_answer(images, query, project, dialect, version)
        given_answer = answered(lister, query, project, dialect, version)
        assert (query, as_a_set(query, expected, dialect)) == (query, given_answer)


@examples(200, suppress_health_check=SLOW)
@given(data=st.data())
def test_any_small_set_answers_any_query_as_plain_loops_do(data: st.DataObject) -> None:
    """Ties, nulls, members and tags in all their combinations."""
    images = data.draw(small_sets())
    asked = list(data.draw(st.lists(queries(images), min_size=8, max_size=8)))
    dialect, version = data.draw(st.sampled_from(VERSIONS))
    project = data.draw(st.sampled_from(PROJECTS[:3]))
    with tempfile.TemporaryDirectory() as folder:
        lister = lister_of(images, Path(folder))
        for query in asked:
            expected = naive_answer(images, query, project, dialect, version)
            given_answer = answered(lister, query, project, dialect, version)
            assert (query, as_a_set(query, expected, dialect)) == (query, given_answer)
        lister.images.close()


FILTERS = (
    ("visibility", "public"),
    ("visibility", "shared"),
    ("member_status", "all"),
    ("status", "active"),
    ("tag", "x"),
    ("tag", "a=b"),
    ("protected", "false"),
    ("created_at", "gte:2018-09-06T14:03:28Z"),
    ("updated_at", "neq:2018-09-06T14:03:28Z"),
    ("name", "in:a,B,,b"),
)
ORDERS = octets(8).map(lambda drawn: sorting(Roll(drawn)))


@examples(200, suppress_health_check=SLOW)
@given(
    images=small_sets(),
    filters=st.lists(st.sampled_from(FILTERS), max_size=3, unique_by=lambda pair: pair[0]),
    sort=ORDERS,
    limit=st.integers(1, 5),
    version=st.sampled_from(VERSIONS),
    project=st.sampled_from(PROJECTS[:3]),
)
def test_walking_next_visits_every_match_once_and_ends(
    images: list[dict[str, Any]],
    filters: list[tuple[str, str]],
    sort: list[tuple[str, str]],
    limit: int,
    version: tuple[str, str | None],
    project: str,
) -> None:
    """The pages of a walk, put together, are the list that a single page would give."""
    if version[0] != "ims":  # its links keep the last of repeated parameters
        sort = list(dict(sort).items())
    asked = urlencode([*filters, *sort])
    expected = naive_answer(images, f"{asked}&limit=1000", project, *version).ids
    with tempfile.TemporaryDirectory() as folder:
        lister = lister_of(images, Path(folder))
        query: str | None = f"{asked}&limit={limit}"
        walked: list[str] = []
        for _ in range(len(images) + 2):
            if query is None:
                break
            page = answered(lister, query, project, *version)
            assert page.ids is not None
            walked += page.ids
            query = urlsplit(page.next).query if page.next else None
        lister.images.close()

    assert query is None
    assert expected == walked


@examples(100, suppress_health_check=SLOW)
@given(images=small_sets(), sort=ORDERS, version=st.sampled_from(VERSIONS), data=st.data())
def test_any_image_that_may_be_seen_is_a_good_marker(
    images: list[dict[str, Any]],
    sort: list[tuple[str, str]],
    version: tuple[str, str | None],
    data: st.DataObject,
) -> None:
    """One that is filtered out, hidden or the last: the page begins where it would be."""
    assume(images)
    marker = pick(data.draw, images)["id"]
    query = urlencode([*sort, ("status", "active"), ("marker", marker), ("limit", "3")])
    with tempfile.TemporaryDirectory() as folder:
        lister = lister_of(images, Path(folder))
        given_answer = answered(lister, query, PROJECTS[0], *version)
        lister.images.close()

    expected = naive_answer(images, query, PROJECTS[0], *version)
    assert in_any_order(expected, version[0]) == given_answer
