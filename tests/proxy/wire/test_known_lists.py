"""A page of a list that was asked for before has the bytes that it has without that."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from glancetape.faults.lab import names
from glancetape.options import Settings
from glancetape.session.image_set_player import KnownList
from glancetape.session.opening import open_session
from glancetape.wire import known_lists
from glancetape.wire.answering import Answering
from glancetape.wire.messages import Fields, Received, read_request
from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.interaction import Response
from support.one_image import ME, OTHER, ims_image
from support.oracle.queries import random_queries
from support.sets.imagesets import newest_first, shared
from support.sets.set_files import make_set
from support.wire.known_and_plain import TOKEN, Both, asking

IMAGES = [
    *(ims_image(f"public-{number:02d}", min_disk=number % 5) for number in range(40)),
    *(ims_image(f"mine-{number}", owner=ME, visibility="private") for number in range(9)),
    ims_image("others", owner=OTHER, visibility="private"),
    ims_image("gone", owner=ME, status="deleted"),
    ims_image("waits", owner=ME, status="pending_delete"),
    ims_image("sp ace", owner=ME),
    ims_image("918273645"),
    shared("with-me", me="accepted"),
    shared("offered", me="pending"),
]
MARKERS = [str(image["id"]) for image in IMAGES]
MINE = ((b"X-Project-Id", ME.encode()),)
ACCEPTS = (*TOKEN, (b"Accept", b"application/json"))
NEWER = (*TOKEN, (b"X-Api-Version", b"2.9"))
LISTS = (
    "",
    "visibility=public&",
    "sort_key=name&sort_dir=asc&",
    "sort=min_disk:desc,name:asc&",
    "min_disk=3&name=a%20b&",
    "visibility=private&sort_key=id&",
    "name=918273645&",
    "name=the-last-image-of-a-page&",
    "min_disk=918273645&",
    "tag=a&tag=b&name=x&name=y&",
    "visibility=nothing&",
)
PAGES = (
    "limit={limit}&marker={marker}",
    "marker={marker}&limit={limit}",
    "marker={marker}",
    "limit={limit}&min_disk=2&marker={marker}",
    "limit={limit};marker={marker}",
    "limit={limit}&marker={marker}&",
    "limit={limit}&limit=3&marker={marker}",
    "limit={limit}&marker={marker}&marker=mine-1",
    "limit={limit}&m%61rker={marker}",
    "limit={limit}&marker={marker}&l%69mit=2",
    "name=a?limit={limit}&marker={marker}",
    "?limit={limit}&marker={marker}",
    "marker={marker}&name=a?limit={limit}",
    "name=a?marker={marker}&limit={limit}",
)
LIMITS = ("2", "3", "007", "0", "25", "1000", "1001", "123456789", "1234567890", "-1", "x", "")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the set lies."""
    path = tmp_path_factory.mktemp("set") / "some.images"
    make_set(path, newest_first(IMAGES), {"home_project": ME})
    return path


@contextmanager
def both(path: Path, **options: Any) -> Iterator[Both]:
    """Open a set twice."""
    settings = replace(Settings(replay=(path,)), **options)
    with open_session(settings) as one, open_session(settings) as other:
        yield Both(Answering(one), Answering(other))


def pages_of_lists(seed: int, count: int) -> Iterator[str]:
    """Yield queries for pages; those of a list follow each other."""
    rng = Random(seed)
    for _ in range(count):
        listed, page = rng.choice(LISTS), rng.choice(PAGES)
        for _ in range(4):
            limit = rng.choice(LIMITS if rng.random() < 0.3 else LIMITS[:4])
            marker = rng.choice(MARKERS if rng.random() < 0.7 else [*MARKERS, "nothing", "", "%41"])
            yield listed + page.format(limit=limit, marker=marker.replace(" ", "%20"))


@pytest.mark.parametrize("dialect", NAMES)
def test_a_page_of_a_known_list_has_the_bytes_of_one_that_is_asked_for_alone(
    images: Path, dialect: str
) -> None:
    """All ways to write a query, all dialects, several callers and versions of the API."""
    with both(images, dialect=dialect) as two:
        for number, query in enumerate(pages_of_lists(3, 100)):
            fields = (TOKEN, MINE, ACCEPTS, NEWER, ())[number // 4 % 5]
            two.ask(asking(query, fields))

    assert two.known > 40


@pytest.mark.parametrize("dialect", NAMES)
def test_a_session_gives_the_page_of_a_known_list_that_one_gives_which_knows_none(
    images: Path, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows lists without a wire too: mitmproxy and the plugin ask it for each page."""
    known, response = list[Response](), KnownList.response
    monkeypatch.setattr(KnownList, "response", lambda *given: _added(known, response(*given)))
    settings = replace(Settings(replay=(images,)), dialect=dialect)
    with open_session(settings) as ours, open_session(settings) as plain:
        assert plain.player is not None
        for number, query in enumerate(pages_of_lists(4, 100)):
            fields = (TOKEN, MINE, ACCEPTS, NEWER, ())[number // 4 % 5]
            request = read_request(asking(query, fields))
            plain.player._lists.clear()
            expected = plain.answer(request, any_host=True)

            assert expected == ours.answer(request, any_host=True), query

    assert len(known) > 40


def _added(known: list[Response], made: Response | None) -> Response | None:
    known.extend([made] if made is not None else [])
    return made


def test_queries_of_all_kinds_have_the_bytes_that_they_had(images: Path) -> None:
    """Good ones and bad ones; most are the first of their list."""
    with both(images) as two:
        for query in random_queries(IMAGES, 150, 5):
            for limit, marker in (("4", "public-03"), ("5", "public-11")):
                more = f"limit={limit}&marker={marker}"
                for one in (query, f"{query}&{more}", f"{more}&{query}"):
                    two.ask(asking(one, MINE))

    assert two.known > 40


def known_after(two: Both, received: Iterable[Received]) -> int:
    """Ask for pages; return how many of them were pages of known lists."""
    before = two.known
    for one in received:
        two.ask(one)
    return two.known - before


def walk(fields: Fields = TOKEN, method: str = "GET") -> list[Received]:
    """Requests for five pages of a list."""
    return [asking(f"limit=2&marker=public-0{place}", fields, method) for place in range(5)]


def test_every_page_of_a_list_but_the_first_is_of_a_known_one(images: Path) -> None:
    """And so are those of its other callers, each after the first."""
    with both(images) as two:
        assert 4 == known_after(two, walk())
        assert 4 == known_after(two, walk(MINE))
        assert 0 == known_after(two, walk((), "GET"))
        assert 0 == known_after(two, walk(TOKEN, "HEAD"))


def test_a_token_that_ends_makes_no_list_known(images: Path) -> None:
    """The list would stay known after that."""
    with both(images) as two:
        assert two.ours.session.player is not None
        login = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": "dana", "domain": {"name": "Default"}, "password": "x"}}}}}  # fmt: skip
        asked = replace(
            asking("", ((b"Content-Type", b"application/json"),)),
            method="POST",
            url="http://127.0.0.1:8180/v3/auth/tokens",
            target=b"/v3/auth/tokens",
            body=orjson.dumps(login),
        )
        given = two.ours.reply(asked, direct=True)
        assert given is not None
        token = dict(given.fields)[b"X-Subject-Token"]
        two.known = 0
        for one in walk(((b"X-Auth-Token", token),)):
            two.ours.reply(one, direct=True)

        assert two.ours._lists is not None
        assert not any(two.ours._lists._known.values())


@pytest.mark.parametrize(
    "options",
    [
        {"writable": True},
        {"own_project": OTHER},
        {"latency": "1ms"},
        {"lab": names()[:1]},
    ],
)
def test_what_an_answer_depends_on_beside_its_query_makes_no_list_known(
    images: Path, options: dict[str, Any]
) -> None:
    """Changes, and an id in the place of another; faults and a lab have answers of their own."""
    settings = Settings.of({"replay": [str(images)], **options})
    with open_session(settings) as session:
        answering = Answering(session)
        for one in walk():
            answering.reply(one, direct=True)

        assert answering._lists is not None
        is_known = any(answering._lists._known.values())
    assert is_known is ("latency" in options)


def test_a_caller_who_watches_sees_every_page(images: Path) -> None:
    """The pytest plugin and mitmproxy show each request."""
    with open_session(Settings(replay=(images,))) as session:
        seen: list[str] = []
        answering = Answering(session, lambda exchange: seen.append(exchange.source))
        for one in walk():
            answering.reply(one, direct=True)

    assert ["some.images"] * 5 == seen


def test_lists_without_end_take_no_memory_without_end(
    images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client may ask for other lists for ever."""
    monkeypatch.setattr(known_lists, "_MOST", 8)
    with open_session(Settings(replay=(images,))) as session:
        answering = Answering(session)
        for number in range(30):
            answering.reply(asking(f"min_disk={number}&marker=public-01"), direct=True)

        assert answering._lists is not None
        assert 0 < len(answering._lists._known) <= 8


def test_a_list_of_long_headers_is_not_remembered(images: Path) -> None:
    """They may have 256 KiB, and differ in each request."""
    with both(images) as two:
        assert 4 == known_after(two, walk((*TOKEN, (b"X-Long", b"a" * 1000))))
        assert 0 == known_after(two, walk((*TOKEN, (b"X-Long", b"a" * 5000))))


def test_any_number_of_limits_makes_the_pages_that_it_made(images: Path) -> None:
    """What is around the images is kept for a few limits only."""
    with both(images) as two:
        asked = [
            asking(f"limit={limit}&marker=public-{place:02d}")
            for place in range(3)
            for limit in range(1, 40)
        ]
        assert len(asked) - 1 == known_after(two, asked)
