"""What is derived from a recording is what the real Glance that was recorded answers.

Recorded through the product's own proxy; then questions that nobody recorded are put to the
recording, and to the Glance. What changed meanwhile is in test_derived_after_changes.py.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from glancetape_cassettes.replaying.answers import Miss
from interop.conftest import StartGlance
from support.clouds.unprovable import Judge, has_odd_values
from support.images.varied import PROJECTS, varied_images
from support.interop.asking_glance import ask, asking
from support.interop.glance import Glance
from support.interop.recorded_glance import (
    JSON,
    ME,
    Recorded,
    comparable,
    walk,
    walk_named,
    walking,
)
from support.oracle.queries import random_queries
from support.running.proxies import recording, replaying

IMAGES = 2000
QUERIES = 1000
QUERIES_OF_A_PART = 300
OVER_HTTP = 50
LONGEST = 100
"""Images on the longest page that is recorded."""
OTHER = PROJECTS[1]
ACCEPTS = (JSON, JSON, JSON, None, "*/*", "text/html", "text/plain", "nonsense")


@pytest.fixture(scope="module", name="glance")
def _glance(start_glance: StartGlance) -> Iterator[Glance]:
    glance = start_glance(varied_images(IMAGES, seed=41))
    with asking():
        yield glance
    glance.stop()


@pytest.fixture(scope="module", name="whole")
def _whole(glance: Glance, tmp_path_factory: pytest.TempPathFactory) -> tuple[Recorded, Judge]:
    """Record one unfiltered walk and the default limit, and keep for the judge what it showed."""
    cassette = tmp_path_factory.mktemp("whole") / "images.yaml"
    with recording(cassette, glance.url, keep_ids=True) as proxy, asking():
        shown = walk(proxy.url, f"limit={LONGEST}")
        walk(proxy.url, "", pages=1)
    return Recorded(glance, cassette), Judge(shown, ME, LONGEST)


def test_one_walk_answers_most_questions_as_glance_does_and_the_rest_is_beyond_it(
    whole: tuple[Recorded, Judge],
) -> None:
    """Status, images, order, links, errors byte for byte; misses by an independent judge."""
    recorded, judge = whole
    answered, wrong, unexplained = 0, [], []
    reasons: Counter[str] = Counter()
    for number, query in enumerate(random_queries(recorded.glance.images, QUERIES, seed=2000)):
        accept = ACCEPTS[number % len(ACCEPTS)]
        ours = recorded.ours(query, ME, accept)
        if isinstance(ours, Miss):
            assert ours.reason.endswith("."), query
            rule = judge.why_unprovable(query)
            reasons[rule or "none"] += 1
            if rule is None:
                unexplained.append((query, ours.reason))
        else:
            answered += 1
            if ours != recorded.theirs(query, ME, accept):
                wrong.append((query, accept))

    assert [] == wrong
    assert [] == unexplained
    assert answered >= 0.7 * (QUERIES - reasons["odd values"]), reasons  # databases differ in those


NAMES = (
    "Ubuntu 22.04",
    "a/b",
    "a%2541",
    "<b>",
    "a'\"b",
    "镜像",
    "a\0b",
    "x" * 300,
    "0" * 32,
    "a.json",
    "schemas",
)


def test_single_images_are_those_of_glance_and_the_rest_is_a_miss(
    whole: tuple[Recorded, Judge],
) -> None:
    """200 ids of images of anybody, in every form of error; each name is a 404."""
    recorded, judge = whole
    rng = Random(7)
    ids = [image["id"] for image in rng.sample(recorded.glance.images, 200)]
    listed = set(judge.by_id)
    answered, wrong = 0, []
    for number, name in enumerate(
        [*ids, *NAMES, ids[0].upper(), f"{ids[1]}?x=%ff", f"{ids[0]}?limit=a"]
    ):
        target = name if "?" in name else quote(name, safe="")
        accept = ACCEPTS[number % len(ACCEPTS)]
        ours = recorded.our_image(f"/v2/images/{target}", accept)
        if isinstance(ours, Miss):
            assert name not in listed, name
            continue
        answered += 1
        if ours != recorded.their_image(f"/v2/images/{target}", accept):
            wrong.append((name, accept, ours))

    assert [] == wrong
    assert answered >= len(listed.intersection(ids)) + len(NAMES)


def test_a_proxy_that_replays_the_walk_gives_the_same_marked_derived(
    whole: tuple[Recorded, Judge],
) -> None:
    """Over HTTP, the Glance out of reach: what was recorded is all there is."""
    recorded, _ = whole
    queries = random_queries(recorded.glance.images, 10 * OVER_HTTP, seed=2100)
    queries = (one for one in queries if one)  # the list without parameters was recorded
    proved = (one for one in queries if not isinstance(recorded.ours(one, ME), Miss))
    with replaying(recorded.cassette, keep_ids=True) as proxy, asking():
        for query, _ in zip(proved, range(OVER_HTTP), strict=False):
            status, headers, body = ask(proxy.url, query, ME)

            assert headers["x-glancetape"].startswith("derived; "), query
            ours = comparable(status, headers["content-type"], body)
            assert recorded.theirs(query, ME) == ours, query


def test_a_redacted_recording_gives_the_same_lists(glance: Glance, tmp_path: Path) -> None:
    """Projects have stand-ins in it; who asks by real ids gets links with real ids."""
    cassette = tmp_path / "images.yaml"
    with recording(cassette, glance.url) as proxy, asking():
        walk(proxy.url, f"limit={LONGEST}")
        walk(proxy.url, "", pages=1)
    queries = list(random_queries(glance.images, 2 * OVER_HTTP, seed=2150))
    queries += [f"owner={project}&limit=3" for project in PROJECTS]
    queries += [f"owner={project}&sort=name,id:asc" for project in PROJECTS]
    answered = 0
    with replaying(cassette) as proxy, asking():
        for query in queries:
            status, headers, body = ask(proxy.url, query, ME)
            if headers["x-glancetape"].startswith("derived; "):
                answered += 1
                live_status, _, live_body = ask(glance.url, query, ME)
                assert live_status == status, query
                assert without_fields(live_body) == without_fields(body), query

    assert answered > len(queries) / 2


def without_fields(body: bytes) -> Any:
    """Return a page with the ids of its images only, and an error as it is."""
    if not body.startswith(b'{"images"'):
        return body
    page = json.loads(body)
    return page | {"images": [image["id"] for image in page["images"]]}


def first_pages(proxy: str) -> None:
    walk(proxy, "limit=100", pages=3)
    walk(proxy, "sort_key=name&sort_dir=asc&limit=50", pages=2)
    walk(proxy, "visibility=private&limit=20", pages=1)
    walk(proxy, "sort_key=size&sort_dir=asc&limit=7")  # ends early: Glance loses what follows


def one_filtered_walk(proxy: str) -> None:
    walk(proxy, "visibility=public&__os_type=Linux&limit=50")


def two_walks_at_once(proxy: str) -> None:
    """Their pages take turns, and they share images."""
    walks = [walking(proxy, "__os_type=Linux&limit=60"), walking(proxy, "visibility=public")]
    while walks:
        walks = [one for one in walks if next(one, None) is not None]


PARTS: dict[str, Callable[[str], None]] = {
    "first pages only": first_pages,
    "one filtered walk": one_filtered_walk,
    "two overlapping walks": two_walks_at_once,
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_list_gives_no_wrong_answer(
    glance: Glance, tmp_path: Path, part: str
) -> None:
    """What it does not prove is left open, however much of it was seen."""
    cassette = tmp_path / "images.yaml"
    with recording(cassette, glance.url, keep_ids=True) as proxy, asking():
        PARTS[part](proxy.url)

    recorded = Recorded(glance, cassette)
    answered, wrong = recorded.compare(QUERIES_OF_A_PART, seed=2200)

    assert [] == wrong
    assert answered > 0


def test_a_filtered_walk_answers_what_its_filters_cover(glance: Glance, tmp_path: Path) -> None:
    """Random filters, sorts and pages, each with the filters of the walk."""
    cassette = tmp_path / "images.yaml"
    with recording(cassette, glance.url, keep_ids=True) as proxy, asking():
        one_filtered_walk(proxy.url)
    recorded = Recorded(glance, cassette)
    answered, asked = 0, 0

    for query in random_queries(glance.images, QUERIES_OF_A_PART, seed=2300):
        if "visibility" in query or "__os_type" in query or has_odd_values(query):
            continue
        asked += 1
        narrowed = f"{query}{'&' * bool(query)}visibility=public&__os_type=Linux"
        ours = recorded.ours(narrowed, ME)
        if not isinstance(ours, Miss):
            answered += 1
            assert recorded.theirs(narrowed, ME) == ours, narrowed

    assert answered > asked / 2


def test_the_walk_of_another_project_answers_nothing_but_what_needs_none(
    glance: Glance, tmp_path: Path
) -> None:
    """Refusals, and pages that are empty whatever there is."""
    cassette = tmp_path / "images.yaml"
    with recording(cassette, glance.url, keep_ids=True) as proxy:
        walk_named(proxy.url, "limit=200")
    recorded = Recorded(glance, cassette)
    answered = 0

    for query in random_queries(glance.images, QUERIES_OF_A_PART, seed=2400):
        answered += not isinstance(recorded.ours(query, ME, named=True), Miss)
        ours = recorded.ours(query, OTHER, named=True)
        if not isinstance(ours, Miss):
            assert ours.status != 200 or [] == dict(ours.body)["images"], query
            assert recorded.theirs(query, OTHER) == ours, query

    assert answered > QUERIES_OF_A_PART / 2
