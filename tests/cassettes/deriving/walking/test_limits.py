"""Which limits a recording shows, and what is proved without knowing them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.cloud.dialects import GLANCE, IMS_QUEENS, Dialect
from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.deriving.walking.limits import Limits, PageLength, limits_of
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive
from support.clouds.clouds import Caller, comparable
from support.clouds.histories import History, write
from support.clouds.recorded_lists import (
    ASKED,
    MINE,
    THEIRS,
    derived_from,
    history_of,
    keep_page,
    listed_image,
    shown,
    shown_by,
    walk,
)
from support.hunt.world import HuntCloud

Shown = tuple[int | None, int, bool]
"""The limit that was asked for, the number of images, and whether the page has a `next`."""
CUT: Shown = (500, 100, True)


def limits(shown: Iterable[Shown], dialect: Dialect = GLANCE, *, is_named: bool) -> Limits:
    pages = (PageLength(asked=asked, count=count, has_next=more) for asked, count, more in shown)
    return limits_of(pages, dialect, is_named=is_named)


@pytest.mark.parametrize(
    ("shown", "known", "named"),
    [
        ([], "default >= 1, largest >= 1", "25, 1000"),
        ([(None, 10, True)], "10, largest >= 10", "10, 1000"),
        ([(None, 10, True), (3, 3, True)], "10, largest >= 10", "10, 1000"),
        ([(None, 10, False)], "default >= 11, largest >= 11", "25, 1000"),
        ([(None, 10, True), (None, 9, True)], "10, largest >= 10", "10, 1000"),
        ([(None, 25, False)], "default >= 26, largest >= 26", "default >= 26, 1000"),
        ([(None, 40, False), (None, 60, False)], "default >= 61, largest >= 61", None),
        ([(None, 40, True), (None, 30, False)], "40, largest >= 40", "40, 1000"),
        ([CUT], "default >= 1, largest >= 100", "25, 1000"),
        ([CUT] * 2, "default >= 1, 100", "25, 100"),
        ([CUT, (900, 100, True), (9, 9, True)], "default >= 1, 100", "25, 100"),
        ([CUT, (500, 99, True)], "default >= 1, largest >= 100", "25, 1000"),
        ([*[CUT] * 2, (500, 101, False)], "default >= 1, largest >= 102", "25, 1000"),
        ([*[CUT] * 2, (500, 100, False)], "default >= 1, largest >= 101", "25, 1000"),
        ([(500, 100, False)], "default >= 1, largest >= 101", "25, 1000"),
        ([(5, 5, True)], "default >= 1, largest >= 5", "25, 1000"),
        ([(2000, 2000, True)], "default >= 1, largest >= 2000", "25, largest >= 2000"),
        ([(None, 0, True)], "default >= 1, largest >= 1", "25, 1000"),
        ([(None, 10, True), *[CUT] * 2], "10, 100", "10, 100"),
    ],
)
def test_pages_show_the_limits_or_the_least_they_can_be(
    shown: list[Shown], known: str, named: str | None
) -> None:
    """A page with a `next` is full, and one without is not, as Glance lists images."""
    assert known == described(limits(shown, is_named=False))
    if named is not None:
        assert named == described(limits(shown, is_named=True))


def described(found: Limits) -> str:
    default = f"default >= {found.least_default}" if found.default is None else str(found.default)
    largest = f"largest >= {found.least_largest}" if found.largest is None else str(found.largest)
    return f"{default}, {largest}"


@pytest.mark.parametrize(
    ("shown", "known"),
    [
        ([], "25, largest >= 25"),
        ([(None, 25, False)], "25, largest >= 25"),
        ([(None, 26, False)], "default >= 26, largest >= 26"),
        ([(None, 50, True)], "50, largest >= 50"),
        ([CUT], "25, largest >= 100"),
    ],
)
def test_the_default_of_ims_is_documented(shown: list[Shown], known: str) -> None:
    """A page may refute it. Its largest limit is not documented."""
    assert known == described(limits(shown, IMS_QUEENS, is_named=False))


def test_limits_are_stored_as_they_are() -> None:
    """With the collection, so that its pages need not be read again."""
    found = limits([(None, 10, False), *[CUT] * 2], is_named=False)

    assert found == Limits.from_json(found.as_json())


def test_the_example_of_limits(tmp_path: Path) -> None:
    """That of the module's docstring: 8 images fit a page for certain, a ninth does not."""
    history = history_of(*(listed_image(number) for number in range(1, 9)))
    walk(history, "limit=3")
    for query in ("name=in:" + ",".join(f"name {one}" for one in range(1, 8)), "limit=9&name=x"):
        history.ask(MINE, query)
    deriver = derived_from(history, tmp_path, "auto")
    seven, eight = f"{ASKED}&size_min=20", ASKED

    assert [2, 3, 4, 5, 6, 7, 8] == shown(deriver, seven)
    assert isinstance(shown(deriver, eight), str)
    assert isinstance(shown(deriver, f"{eight}&limit=100"), str)
    named = derived_from(history, tmp_path, "glance")
    assert 8 == len(shown(named, eight)) == len(shown(named, f"{eight}&limit=100"))


def test_a_newcomer_who_recorded_one_page_needs_no_limit(tmp_path: Path) -> None:
    """`GET /v2/images` without `next` shows that the default is larger than what it lists."""
    history = history_of(*(listed_image(number) for number in range(1, 41)))
    history.cloud = HuntCloud("glance", history.cloud.images, default_limit=100)
    walk(history, "")
    assert 1 == len(history.interactions)

    deriver = derived_from(history, tmp_path, "auto")

    assert 40 == len(shown(deriver, ASKED))
    assert 40 == len(shown(deriver, "status=active"))
    assert 40 == len(shown(deriver, "status=active&limit=1000"))


def test_a_miss_names_the_request_that_shows_the_default(tmp_path: Path) -> None:
    """Once it is recorded, the question has an answer."""
    history = history_of(*(listed_image(number) for number in range(1, 9)))
    history.cloud = HuntCloud("glance", history.cloud.images, default_limit=5)
    walk(history, "limit=3")

    missed = derive(derived_from(history, tmp_path, "auto"), MINE.request(ASKED))

    assert isinstance(missed, Miss)
    assert "how many images this cloud lists then is not recorded" in missed.reason
    assert ("GET http://glance:9292/v2/images",) == missed.answerable_with
    history.ask(MINE, "")
    assert [1, 2, 3, 4, 5] == shown(derived_from(history, tmp_path, "auto"), ASKED)


@pytest.mark.parametrize(("host", "is_shown"), [("glance:9292", True), ("other:9292", False)])
def test_the_pages_of_all_callers_of_a_host_show_its_limits(
    host: str, is_shown: bool, tmp_path: Path
) -> None:
    """They are settings of the cloud: those of another host show nothing."""
    history = history_of(*(listed_image(number) for number in range(1, 9)), callers=(MINE, THEIRS))
    history.cloud = HuntCloud("glance", history.cloud.images, default_limit=5)
    walk(history, "limit=3")
    history.ask(THEIRS, "")
    last = history.interactions[-1]
    there = replace(last.request, uri=last.request.uri.replace("glance:9292", host))
    history.interactions[-1] = replace(last, request=there)

    found = shown(derived_from(history, tmp_path, "auto"), ASKED)

    assert is_shown == ([1, 2, 3, 4, 5] == found)


def test_a_limit_and_no_limit_are_the_same_question_if_the_default_is_shown(
    tmp_path: Path,
) -> None:
    """A Glance that lists 3 by default: `limit=3` is exact, and `limit=25` is not."""
    history = history_of(*(listed_image(number) for number in range(1, 9)))
    history.cloud = HuntCloud("glance", history.cloud.images, default_limit=3)
    history.ask(MINE, "")
    history.ask(MINE, f"{ASKED}&limit=3")
    deriver = derived_from(history, tmp_path, "auto")

    for query, listed in (("limit=3", [8, 7, 6]), (ASKED, [1, 2, 3])):
        found = derive(deriver, MINE.request(query))
        assert isinstance(found, Answer)
        assert Provenance.EXACT == found.provenance
        assert listed == shown(deriver, query)
    for query in ("limit=25", "limit=3&limit=3"):
        assert isinstance(shown(deriver, query), str), query


@pytest.mark.parametrize(
    ("dialect", "named", "is_exact"),
    [("ims", "auto", True), ("glance", "auto", False), ("glance", "glance", True)],
)
def test_25_is_the_default_where_that_is_documented_or_named(
    dialect: str, named: str, is_exact: bool, tmp_path: Path
) -> None:
    """Only the first page is recorded, with `limit=25`, so that nothing can be derived."""
    history = history_of(*(listed_image(number) for number in range(1, 40)), dialect=dialect)
    history.ask(MINE, "limit=25")

    found = derive(derived_from(history, tmp_path, named), MINE.request(""))

    assert is_exact == isinstance(found, Answer)


@given(
    limit=st.integers(2, 6),
    cut=st.integers(0, 5),
    asked=st.sampled_from(("limit=1000", "limit=2", "limit=4", ASKED + "&limit=25")),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_page_that_was_cut_by_hand_shows_no_largest_limit(
    limit: int, cut: int, asked: str, tmp_path: Path
) -> None:
    """It is not as long as its limit and its next say, so its walk proves nothing."""
    history = history_of(*(listed_image(number) for number in range(1, 9)))
    walk(history, f"limit={limit}")
    first = history.interactions[0]
    page = orjson.loads(first.response.body)
    del page["images"][cut % limit]
    response = replace(first.response, body=orjson.dumps(page))
    history.interactions[0] = replace(first, response=response)
    with TemporaryDirectory(dir=tmp_path) as own:
        reason = shown(derived_from(history, Path(own), "auto"), asked)

    assert isinstance(reason, str)
    assert "the length of a page does not fit its limit and its next" in reason


def test_the_limit_that_a_recording_shows_is_that_of_its_answers(tmp_path: Path) -> None:
    """A Glance that returns three images when the query has no limit."""
    history = history_of()
    keep_page(history, "", [shown_by(4), shown_by(3), shown_by(2)], f"marker={shown_by(2)['id']}")
    keep_page(history, f"marker={shown_by(2)['id']}", [shown_by(1)])

    deriver = derived_from(history, tmp_path, "auto")

    assert [1, 2, 3] == shown(deriver, "sort_key=id&sort_dir=asc")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", range(40))
def test_no_answer_depends_on_a_limit_that_nothing_shows(seed: int, tmp_path: Path) -> None:
    """Clouds with random limits, recorded and asked at random; the cloud says what is right."""
    rng = Random(f"limits/{seed}")
    count = rng.choice((0, 1, 3, 6, 9))
    largest = rng.choice((1000, 1000, 3, 4, 7))
    cloud = HuntCloud(
        rng.choice(("glance", "glance", "ims")),
        [listed_image(number) for number in range(1, count + 1)],
        default_limit=rng.choice((25, 1, 2, 4, 5, 8, 100)),
        largest_limit=largest,
    )
    if cloud.dialect == "ims":
        cloud.default_limit, cloud.largest_limit = 25, rng.choice((1000, 30))
    history = History(cloud, [Caller(MINE.project)])
    asked = ("", "limit=2", "limit=3", "limit=5", "limit=1000", "name=x", "size_min=40")
    for query in rng.choices(asked, k=rng.randint(1, 4)):
        if rng.random() < 0.6:
            walk(history, query)
        else:
            history.ask(MINE, query)
    path = write(tmp_path / "a.yaml", history.interactions)
    recorded = RecordedAnswers([load_cassette(path)], lambda _: None)
    deriver = Deriver(recorded)
    for query in ("", "limit=1", "limit=4", "limit=6", "limit=25", "limit=100", "limit=1000"):
        for rest in ("", ASKED, "size_min=30", "visibility=public&sort_key=id"):
            target = "&".join(filter(None, (rest, query)))
            found = derive(deriver, MINE.request(target))
            if isinstance(found, Answer):
                expected = comparable(cloud.answer(target, MINE.project), cloud.dialect)
                got = comparable(found.response, cloud.dialect)
                assert listed(expected) == listed(got), target


def listed(page: tuple[int, dict[str, object]]) -> object:
    """Return what two answers have in common that differ in a limit which names the default."""
    status, body = page
    images = body.get("images", [])
    assert isinstance(images, list)
    return status, [one["id"] for one in images], "next" in body
