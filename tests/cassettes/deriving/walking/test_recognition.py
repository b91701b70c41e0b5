"""Which dialect a recording shows, and which limits."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.cloud.dialects import GLANCE
from glancetape_cassettes.collection.gathering import RecordedPage
from glancetape_cassettes.deriving.walking.recognition import Recognised, with_limits
from glancetape_cassettes.interaction import Headers, Response, Source
from glancetape_cassettes.replaying.answers import Miss
from support.clouds.asking import derive
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    AS_GLANCE,
    AS_IMS,
    ASKED,
    JSON,
    MINE,
    derived_from,
    history_of,
    history_of_four,
    image,
    keep,
    keep_page,
    shown,
    shown_by,
    walk,
)

PLAIN: Headers = (JSON,)
OLD = "images without os_hidden, so a Glance before 17, whose rules differ"


def recognised(history: History, folder: Path) -> Recognised | None:
    return derived_from(history, folder).recognised


def of_page(
    folder: Path, query: str, images: Sequence[dict[str, Any]], headers: Headers, next_: str = ""
) -> Recognised | None:
    history = history_of()
    keep_page(history, query, images, next_, headers)
    return recognised(history, folder)


def old(number: int) -> dict[str, Any]:
    """Return an image as a Glance shows it that knows no hidden images."""
    found = shown_by(number)
    for name in ("os_hidden", "os_hash_algo", "os_hash_value"):
        del found[name]
    return found


def test_ims_is_recognised_by_its_links_and_headers(tmp_path: Path) -> None:
    """All signs are named."""
    found = recognised(history_of_four("ims"), tmp_path)

    signs = "links with __isregistered added; X-Request-Id; Server: api-gateway"
    assert Recognised("ims", signs) == found


def test_ims_is_recognised_by_a_full_last_page(tmp_path: Path) -> None:
    """Glance gives a `next` with every full page."""
    found = of_page(tmp_path, "limit=2", [old(2), old(1)], PLAIN)

    assert Recognised("ims", "a full last page without next") == found


def test_glance_is_recognised_by_its_header_and_its_images(tmp_path: Path) -> None:
    """Both signs are named."""
    found = recognised(history_of_four(), tmp_path)

    assert Recognised("glance", "X-Openstack-Request-Id; images with os_hidden") == found


def test_glance_is_recognised_by_an_empty_list(tmp_path: Path) -> None:
    """The header alone is enough."""
    assert Recognised("glance", "X-Openstack-Request-Id") == of_page(tmp_path, "", [], AS_GLANCE)


@pytest.mark.parametrize(
    ("images", "headers", "signs"),
    [
        ([], PLAIN, "no signs of either"),
        ([old(1)], PLAIN, OLD),
        ([old(1)], AS_GLANCE, f"as Glance: X-Openstack-Request-Id, {OLD}"),
        (
            [shown_by(1)],
            AS_IMS,
            "as IMS: X-Request-Id; Server: api-gateway, as Glance: images with os_hidden",
        ),
    ],
)
def test_a_recording_whose_signs_fit_no_dialect_is_replayed_exactly_only(
    images: list[dict[str, Any]], headers: Headers, signs: str, tmp_path: Path
) -> None:
    """The miss names the signs, and the option for the dialect."""
    history = history_of()
    keep_page(history, "", images, headers=headers)
    deriver = derived_from(history, tmp_path)

    assert Recognised("", signs) == deriver.recognised
    assert shown(deriver, "name=a") == (
        f"The recording fits no known cloud ({signs}), so nothing is derived from it; --dialect "
        "names one."
    )


def test_a_recording_without_pages_has_no_lists(tmp_path: Path) -> None:
    """Single images and refused lists show no dialect."""
    history = history_of(image(1))
    history.look(MINE, image(1)["id"])
    deriver = derived_from(history, tmp_path)

    assert deriver.recognised is None
    assert "No list is recorded." == shown(deriver, "")


@pytest.mark.parametrize(
    "response",
    [
        Response(500, "", AS_GLANCE, b'{"images": []}'),
        Response(200, "OK", AS_GLANCE, b"<html>"),
        Response(200, "OK", AS_GLANCE, b"[]"),
        Response(200, "OK", AS_GLANCE, b'{"images": 3}'),
        Response(200, "OK", AS_GLANCE, b'{"image": {}}'),
    ],
)
def test_an_answer_that_is_no_page_shows_no_dialect(response: Response, tmp_path: Path) -> None:
    """An error, HTML, or JSON of another shape."""
    history = history_of()
    keep(history, MINE.request(""), response)

    assert recognised(history, tmp_path) is None


def test_the_dialect_can_be_named(tmp_path: Path) -> None:
    """Then its rules apply, whatever the signs are."""
    history = history_of()
    keep_page(history, "", [old(2), old(1)], headers=PLAIN)
    for dialect in ("glance", "ims"):
        deriver = derived_from(history, tmp_path, dialect)

        assert Recognised(dialect, "named by --dialect") == deriver.recognised
        assert [1, 2] == shown(deriver, "sort_key=name&sort_dir=asc")


def test_the_last_page_of_a_long_recording_is_always_looked_at(tmp_path: Path) -> None:
    """Of the others, some are looked at."""
    history = history_of()
    for number in range(120):
        keep_page(history, f"name={number}", [], headers=PLAIN)
    keep_page(history, "name=x", [shown_by(1)], headers=PLAIN)

    assert Recognised("glance", "images with os_hidden") == recognised(history, tmp_path)


# -- Limits --------------------------------------------------------------------------------------


def pages(*shown: tuple[str, int, bool]) -> Iterable[RecordedPage]:
    return [
        RecordedPage(time, Source("a.yaml", 1), query, tuple(map(str, range(count))), has_next)
        for time, (query, count, has_next) in enumerate(shown)
    ]


@pytest.mark.parametrize(
    ("shown", "default", "cap"),
    [
        ([], 25, 1000),
        ([("", 10, True)], 10, 1000),
        ([("name=a", 10, True), ("limit=3", 3, True)], 10, 1000),
        ([("", 10, False)], 25, 1000),
        ([("", 10, True), ("", 9, True)], 10, 1000),
        ([("", 25, False)], 26, 1000),
        ([("", 40, False), ("name=a", 60, False)], 61, 1000),
        ([("", 40, True), ("name=a", 30, False)], 40, 1000),
        ([("limit=500", 100, True)], 25, 1000),
        ([("limit=500", 100, True)] * 2, 25, 100),
        ([("limit=500", 100, True), ("limit=900", 100, True), ("limit=9", 9, True)], 25, 100),
        ([("limit=500", 100, True), ("limit=500", 99, True)], 25, 1000),
        ([("limit=500", 100, True)] * 2 + [("limit=500", 101, False)], 25, 1000),
        ([("limit=500", 100, False)], 25, 1000),
        ([("limit=5", 5, True)], 25, 1000),
        ([("", 0, True)], 25, 1000),
        ([("limit=x", 4, True)], 25, 1000),
        ([("", 10, True), *[("limit=500", 100, True)] * 2], 10, 100),
    ],
)
def test_a_full_page_shows_the_limits(
    shown: list[tuple[str, int, bool]], default: int, cap: int
) -> None:
    """A page with a `next` is full: it has the default number of images, or the largest one."""
    found = with_limits(GLANCE, pages(*shown))

    assert (default, cap) == (found.default_limit, found.limit_cap)


@given(
    limit=st.integers(2, 6),
    cut=st.integers(0, 5),
    asked=st.sampled_from(("limit=1000", "limit=2", "limit=4", ASKED + "&limit=25")),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_page_that_was_cut_by_hand_shows_no_largest_limit(
    limit: int, cut: int, asked: str, tmp_path: Path
) -> None:
    """It is not as long as its limit and its next say, so its walk proves nothing."""
    history = history_of(*(image(number) for number in range(1, 9)))
    walk(history, f"limit={limit}")
    first = history.interactions[0]
    page = orjson.loads(first.response.body)
    del page["images"][cut % limit]
    response = replace(first.response, body=orjson.dumps(page))
    history.interactions[0] = replace(first, response=response)
    with TemporaryDirectory(dir=tmp_path) as own:
        reason = shown(derived_from(history, Path(own)), asked)

    assert isinstance(reason, str)
    assert "the length of a page does not fit its limit and its next" in reason


def test_the_limit_that_a_recording_shows_is_that_of_its_answers(tmp_path: Path) -> None:
    """A Glance that returns three images when the query has no limit."""
    history = history_of()
    keep_page(history, "", [shown_by(4), shown_by(3), shown_by(2)], f"marker={shown_by(2)['id']}")
    keep_page(history, f"marker={shown_by(2)['id']}", [shown_by(1)])

    assert [1, 2, 3] == shown(derived_from(history, tmp_path), "sort_key=id&sort_dir=asc")


def test_a_walk_with_a_limit_of_its_own_does_not_show_the_default_one(tmp_path: Path) -> None:
    """The default stays 25."""
    history = history_of_four()
    walk(history, "limit=1")

    outcome = derive(derived_from(history, tmp_path), MINE.request("sort_key=id&sort_dir=asc"))

    assert not isinstance(outcome, Miss)
    assert [1, 2, 3, 4] == shown(derived_from(history, tmp_path), "sort_key=id&sort_dir=asc")
