"""Which questions a recorded walk answers, which it cannot, and what is refused: by example."""

from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.interaction import header
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.asking import derive, find
from support.clouds.clouds import Caller, Cloud, comparable
from support.clouds.histories import History, Walk, record
from support.clouds.recorded_lists import listed_image, opened, walk
from support.clouds.small_images import ME, OTHER
from support.drawn.examples import share_of
from support.hunt.questions import list_question, random_image
from support.one_image import Image

MINE = Caller(ME)


def image_by_number(number: int, **fields: Any) -> Image:
    """Make an image of its own second; every fourth has the same name."""
    return listed_image(number, **{"name": f"name {number % 4}", **fields})


IMAGES = (
    image_by_number(1),
    image_by_number(2, name="镜像", tags=["a=b", "x"]),
    image_by_number(3, visibility="private", owner=ME, protected=True),
    image_by_number(4, __os_type="Windows", tags=[]),
    image_by_number(5, visibility="private", owner=ME, tags=["x", "y"]),
    image_by_number(6, status="queued", disk_format="iso"),
    image_by_number(7, min_disk=40, min_ram=1024),
    image_by_number(8, visibility="private", owner=OTHER),
    image_by_number(9, updated_at="2021-01-01T00:00:00Z"),
)

COVERED = (
    "",
    "limit=3",
    "limit=0",
    "limit=1000",
    f"limit=2&marker={IMAGES[3]['id']}",
    f"marker={IMAGES[0]['id']}",
    "sort_key=name&sort_dir=asc",
    "sort_key=size&sort_dir=desc&limit=2",
    "sort=disk_format:asc,name:desc&limit=4",
    "sort_dir=asc",
    f"sort_key=name&sort_dir=asc&limit=2&marker={IMAGES[5]['id']}",
    f"sort_key=updated_at&limit=3&marker={IMAGES[1]['id']}",
    "visibility=public",
    "visibility=private",
    "visibility=private&sort_key=id&sort_dir=asc&limit=1",
    "name=name+1",
    "name=in:name+1,%E9%95%9C%E5%83%8F",
    "name=nobody",
    "status=queued",
    "status=in:active,queued&limit=2",
    "disk_format=iso",
    "container_format=bare&limit=5",
    f"id={IMAGES[6]['id']}",
    f"id={IMAGES[7]['id']}",
    f"owner={ME}",
    "protected=true",
    "size_min=20&size_max=50",
    "size=30",
    "min_disk=40",
    "min_ram_max=0&limit=2",
    "tag=x",
    "tag=x&tag=y",
    "tag=a%3Db",
    "tag=none",
    "__os_type=Linux",
    "__os_type=Windows&limit=1",
    "__os_type=Linux&visibility=public&status=active&sort_key=name&sort_dir=asc&limit=2",
    "created_at=gte:2020-01-01T00:00:05Z",
    "created_at=lt:2020-01-01T00:00:05Z&limit=2",
    "updated_at=gte:2020-06-01",
    "created_at=eq:2019-01-01T00:00:00Z",
)
REFUSED = (
    "limit=abc",
    "limit=-1",
    "sort_key=owner",
    "sort_dir=up",
    "visibility=bogus",
    "member_status=bogus",
    "protected=maybe",
    "name=neq:a",
    "created_at=gt:yesterday",
    "marker=nope",
)


def walked(dialect: str, query: str, folder: Path, *, pages: int = 100) -> tuple[Cloud, Deriver]:
    """Record a walk, or its first pages, and open a deriver on them that knows the cloud."""
    cloud = Cloud(dialect, [dict(one) for one in IMAGES])
    history = History(cloud, [MINE])
    walk = Walk(MINE, query, ())
    for _ in range(pages):
        if walk.query is not None:
            history.advance(walk)
    return cloud, Deriver(record(history, folder, (0,)), dialect)


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_questions_that_a_walk_plainly_covers_are_answered(dialect: str, tmp_path: Path) -> None:
    """Orders, limits, markers, filters, tags and visibilities, from one unfiltered walk."""
    cloud, deriver = walked(dialect, "limit=2", tmp_path)

    for query in COVERED:
        outcome = derive(deriver, MINE.request(query))

        assert isinstance(outcome, Answer), (query, outcome)
        expected = cloud.answer(query, ME)
        assert (query, comparable(expected, dialect)) == (
            query,
            comparable(outcome.response, dialect),
        )


def test_a_filtered_walk_answers_what_asks_for_less(tmp_path: Path) -> None:
    """If the question has all filters of the walk."""
    cloud, deriver = walked("glance", "visibility=public&__os_type=Linux&limit=3", tmp_path)

    for query in COVERED:
        question = f"{query}{'&' * bool(query)}__os_type=Linux&visibility=public"
        if "visibility=p" in query or "__os_type" in query or "marker" in query:
            continue
        outcome = derive(deriver, MINE.request(question))

        assert isinstance(outcome, Answer), (question, outcome)
        expected = comparable(cloud.answer(question, ME), "glance")
        assert (question, expected) == (question, comparable(outcome.response, "glance"))


@pytest.mark.parametrize("query", REFUSED)
def test_what_glance_refuses_is_refused_in_its_words(query: str, tmp_path: Path) -> None:
    """A refusal needs no walk."""
    cloud, deriver = walked("glance", "limit=2", tmp_path, pages=1)

    outcome = derive(deriver, MINE.request(query))

    assert isinstance(outcome, Answer), outcome
    expected = cloud.answer(query, ME)
    assert expected.status == outcome.response.status
    assert expected.body == outcome.response.body
    assert "application/json" == header(outcome.response.headers, "content-type")


@pytest.mark.parametrize("query", REFUSED)
def test_how_ims_refuses_is_not_known(query: str, tmp_path: Path) -> None:
    """The words of IMS are not documented, so there is no answer."""
    _, deriver = walked("ims", "limit=2", tmp_path)

    assert isinstance(derive(deriver, MINE.request(query)), Miss)


@pytest.mark.parametrize(
    "query",
    [
        "visibility=community",
        "visibility=all",
        "os_hidden=true",
        "member_status=pending",
        "member_status=all",
        "marker=00000000-0000-4000-8000-000000000099",
        f"marker={IMAGES[7]['id']}",
        "created_at=gt:2020-01-01T00:00:05Z",
        "created_at=eq:2020-01-01T00:00:05Z",
        "name_min=5",
    ],
)
def test_what_an_unfiltered_walk_cannot_know_is_not_answered(query: str, tmp_path: Path) -> None:
    """Images that it leaves out, markers that it lacks, fractions of seconds, odd bounds."""
    _, deriver = walked("glance", "limit=2", tmp_path)

    outcome = derive(deriver, MINE.request(query))

    assert isinstance(outcome, Miss)
    assert outcome.reason.endswith(".")


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_first_pages_alone_prove_nothing(dialect: str, tmp_path: Path) -> None:
    """Before the page without `next`, any image may be missing. The miss names what would help."""
    _, deriver = walked(dialect, "limit=2", tmp_path, pages=2)

    for query in ("sort_key=name", "visibility=public", "name=nobody", "limit=5"):
        outcome = derive(deriver, MINE.request(query))

        assert isinstance(outcome, Miss), query
        assert outcome.answerable_with, query


def test_only_lists_and_images_are_derived(tmp_path: Path) -> None:
    """Not members, schemas or requests that change something."""
    _, deriver = walked("glance", "limit=2", tmp_path)
    request = MINE.request("")

    for path in ("/v2/images/x/members", "/v2/schemas/image", "/v3/auth/tokens", "/"):
        other = type(request)("GET", f"http://glance:9292{path}", request.headers)
        assert derive(deriver, other) is None, path
    assert derive(deriver, type(request)("POST", request.uri, request.headers, b"{}")) is None


@pytest.mark.parametrize("query", ["status=active;limit=2", "limit=%D9%A2", "limit=2&limit=9"])
def test_how_a_limit_is_written_does_not_change_the_default_one(query: str, tmp_path: Path) -> None:
    """A semicolon separates parameters like an ampersand, and digits need not be ASCII."""
    cloud = Cloud("glance", [dict(one) for one in IMAGES])
    history = History(cloud, [MINE])
    for each in ("limit=100", query):
        history.ask(MINE, each)
    deriver = Deriver(record(history, tmp_path, (0,)), "glance")

    outcome = derive(deriver, MINE.request("sort_key=id"))

    assert isinstance(outcome, Answer), outcome
    expected = comparable(cloud.answer("sort_key=id", ME), "glance")
    assert expected == comparable(outcome.response, "glance")


@pytest.mark.parametrize(
    "query",
    [
        "sort_key=name&sort_dir=asc",
        "visibility=community",
        "visibility=all&name=name+1",
        "os_hidden=true",
        "member_status=all&sort_key=size",
    ],
)
def test_what_would_help_helps(query: str, tmp_path: Path) -> None:
    """Once the requests are recorded that a miss names, there is an answer."""
    hidden, market = (
        image_by_number(20, os_hidden=True),
        image_by_number(21, visibility="community"),
    )
    cloud = Cloud("glance", [*(dict(one) for one in IMAGES), hidden, market])
    history = History(cloud, [MINE])
    history.ask(MINE, "limit=2")
    (tmp_path / "before").mkdir()
    refused = derive(Deriver(record(history, tmp_path / "before", (0,))), MINE.request(query))
    assert isinstance(refused, Miss)

    for request in refused.answerable_with:
        target = urlsplit(request.removeprefix("GET ").removesuffix(" and each next"))
        walk = Walk(MINE, target.query, ())
        while walk.query is not None:
            history.advance(walk)
    outcome = derive(Deriver(record(history, tmp_path, (0,))), MINE.request(query))

    assert isinstance(outcome, Answer), outcome
    expected = comparable(cloud.answer(query, ME), "glance")
    assert expected == comparable(outcome.response, "glance")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(share_of(40)))
def test_what_a_miss_names_settles_it(seed: int, tmp_path: Path) -> None:
    """What a walk settles may leave a doubt about the order or the marker, which is named next."""
    rng = Random(seed)
    dialect = rng.choice(("glance", "ims"))
    history = History(Cloud(dialect, [random_image(rng, one, dialect) for one in range(8)]), [MINE])
    walk(history, rng.choice(("limit=3", "limit=100", "")))
    walked_only = list(history.interactions)
    for number in range(12):
        _, query = list_question(rng, history.cloud.images)
        history.interactions[:] = walked_only
        outcome: Answer | Miss = Miss(reason="nothing asked")
        for time in range(3):
            folder = tmp_path / f"{number}-{time}"
            folder.mkdir()
            recorded = opened(history, folder)
            request = MINE.request(query)
            outcome = find(recorded, request)
            if isinstance(outcome, Miss):
                with closing(Deriver(recorded)) as deriver:
                    outcome = derive(deriver, request) or outcome
            if isinstance(outcome, Answer):
                break
            (named,) = outcome.answerable_with
            asked = urlsplit(named.removeprefix("GET ").removesuffix(" and each next")).query
            if named.endswith(" and each next"):
                walk(history, asked)
            else:
                history.ask(MINE, asked)
        assert isinstance(outcome, Answer), (query, outcome)
