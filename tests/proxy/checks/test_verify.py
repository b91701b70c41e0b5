"""Asking what was recorded again: what counts as equal, and why something does not."""

from pathlib import Path

import orjson
import pytest

from glancetape.checks.verify import Outcome, VerifyReport, verify
from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.histories import History, write
from support.clouds.walked_cassettes import (
    IMAGES,
    MINE,
    answered,
    cloud_of,
    edited,
    recorded,
    walk,
    walked_image,
)

QUERIES = (
    "sort_key=name&sort_dir=asc",
    "name=name+1&limit=1",
    "name=in:name+1,name+2",
    "tag=x",
    "__os_type=Windows",
    "size_min=30",
    "created_at=gte:2020-01-01T00:00:03Z",
    "visibility=private",
    "created_at=gte:2020-01-01T00:00:03Z&limit=2",
)


def report_of(path: Path, dialect: str = "auto") -> VerifyReport:
    """Verify a cassette."""
    return verify(Deriver(RecordedAnswers([load_cassette(path)], lambda _: None), dialect))


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_lists_that_another_walk_covers_are_asked_without_their_own(
    dialect: str, tmp_path: Path
) -> None:
    """Both walks cover each other's pages, and the first also all that is filtered."""
    path = recorded(tmp_path / "a.yaml", cloud_of(dialect), *QUERIES, walks=("limit=2", "limit=3"))

    report = report_of(path)

    assert {Outcome.ANOTHER_WALK: report.lists} == dict(report.outcomes)
    assert [] == report.differences
    for rule in ("default order", "sort by name", "limit", "default limit", "marker", "tag"):
        assert report.rules[rule].total(), rule
    for kind in ("field", "list of values", "number", "property", "time"):
        assert report.rules[f"filter by a {kind}"].total(), kind


def test_what_only_its_own_walk_covers_is_counted_apart(tmp_path: Path) -> None:
    """It shows less: that the walk is in the order that the rules give it."""
    report = report_of(recorded(tmp_path / "a.yaml", cloud_of()))

    assert {Outcome.OWN_WALK: 4} == dict(report.outcomes)


def test_what_needs_no_walk_is_counted_apart(tmp_path: Path) -> None:
    """A refusal of Glance, and a list of no images."""
    report = report_of(recorded(tmp_path / "a.yaml", cloud_of(), "limit=abc", "limit=0"))

    assert 2 == report.outcomes[Outcome.RULES]
    assert 1 == report.rules["refusal"][Outcome.RULES]


def test_an_answer_by_other_rules_is_a_difference(tmp_path: Path) -> None:
    """Here a filter finds the names that begin with it."""
    cloud = cloud_of()
    history = History(cloud, [MINE])
    walk(history)
    history.ask(MINE, "name=name+1")
    lenient = edited(history.interactions[-1], first="/v2/images?name=nam")
    request = MINE.request("name=nam")
    history.interactions[-1] = type(lenient)(request, lenient.response, lenient.recorded_at)

    report = report_of(write(tmp_path / "a.yaml", history.interactions))

    assert 1 == report.differing
    (difference,) = report.differences
    assert "a.yaml#5" == str(difference.source)
    assert "/v2/images?name=nam" == difference.request
    assert "a.yaml#1-4" == difference.derived_from
    ids = " ".join(IMAGES[place]["id"] for place in (6, 3, 0))
    assert (
        "images: 3 recorded, 0 derived; from number 1 on:",
        f"  recorded {ids}",
        "  derived none",
    ) == difference.found
    assert 1 == report.rules["filter by a field"][Outcome.DIFFERS]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/v2/images?tag=x&name=name+1", []),
        (
            "/v2/images?tag=x",
            [
                "first: recorded /v2/images?tag=x",
                "       derived /v2/images?name=name+1&tag=x",
            ],
        ),
    ],
)
def test_links_are_compared_by_what_they_ask(
    link: str, expected: list[str], tmp_path: Path
) -> None:
    """Their parameters may stand in any order; that is noted."""
    history = History(cloud_of(), [MINE])
    walk(history)
    history.ask(MINE, "name=name+1&tag=x")
    history.interactions[-1] = edited(history.interactions[-1], first=link)

    report = report_of(write(tmp_path / "a.yaml", history.interactions))

    assert expected == [line for one in report.differences for line in one.found]
    assert (0 if expected else 1) == report.other_links


def test_tags_may_come_in_any_order(tmp_path: Path) -> None:
    """Glance gives them in another one with each of its processes."""
    history = History(cloud_of(), [MINE])
    walk(history)
    history.cloud = cloud_of("glance", [one | {"tags": one["tags"][::-1]} for one in IMAGES])
    walk(history, "limit=3")

    report = report_of(write(tmp_path / "a.yaml", history.interactions))

    assert report.lists == report.equal


def test_what_changed_while_it_was_recorded_is_no_difference(tmp_path: Path) -> None:
    """An image has another name, one is new, one is gone: later walks show it."""
    history = History(cloud_of(), [MINE])
    walk(history)
    later = "2027-01-01T00:00:00Z"
    renamed = IMAGES[1] | {"name": "other", "updated_at": later}
    new = walked_image(30, created_at=later, updated_at=later)
    history.cloud = cloud_of("glance", [IMAGES[0], renamed, *IMAGES[3:], new])
    walk(history, "limit=3")

    report = report_of(write(tmp_path / "a.yaml", history.interactions))

    assert [] == report.differences
    assert report.outcomes[Outcome.CHANGED]
    assert report.outcomes[Outcome.OWN_WALK]


def test_what_is_not_derived_comes_with_its_reasons(tmp_path: Path) -> None:
    """Those that differ only in an image or a recording are one."""
    path = recorded(
        tmp_path / "a.yaml", cloud_of(), "visibility=all&limit=1", "visibility=community&limit=1"
    )

    report = report_of(path)

    assert 1 == report.outcomes[Outcome.NOT_DERIVED]
    (reason,) = report.reasons.values()
    assert 1 == reason.count
    assert "a.yaml#5" == str(reason.source)
    assert reason.example.endswith("was not recorded to its end.")


def test_each_state_is_asked_for_itself(tmp_path: Path) -> None:
    """A recorded change begins a new one."""
    history = History(cloud_of(), [MINE])
    walk(history)
    before = cloud_of()
    history.cloud = cloud_of("glance", IMAGES[1:])
    history.keep_change(before, IMAGES[0]["id"])
    walk(history)

    report = report_of(write(tmp_path / "a.yaml", history.interactions))

    assert report.lists == report.equal == 8


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "no page of images, though the status is 200"),
        (b"[]", "no page of images, though the status is 200"),
        (b'{"images": {}}', "no page of images, though the status is 200"),
        (b'{"images": [1]}', "its image ... has no id"),
        (b'{"images": [{"name": "x"}]}', "its image ... has no id"),
        (b'{"images": [{"id": "a"}, {"id": "a"}]}', "image ... is on it twice"),
        (b'{"images": [{"id": "a"}]}', "image ... cannot be put in order: status is missing"),
    ],
)
def test_pages_that_are_none_are_not_asked(body: bytes, why: str, tmp_path: Path) -> None:
    """They are counted by what they are, and all others are asked."""
    history = History(cloud_of(), [MINE])
    walk(history)
    history.interactions.append(answered("name=odd", body))

    report = report_of(write(tmp_path / "a.yaml", history.interactions), "glance")

    assert {why: 1} == dict(report.not_asked)
    assert 4 == report.lists


def test_other_statuses_say_nothing_of_lists(tmp_path: Path) -> None:
    """A missing token, a limit of requests, a failure."""
    history = History(cloud_of(), [MINE])
    walk(history)
    for status in (401, 429, 500, 503):
        history.interactions.append(answered("name=x", orjson.dumps({}), status))

    report = report_of(write(tmp_path / "a.yaml", history.interactions))

    assert {f"status {status}": 1 for status in (401, 429, 500, 503)} == dict(report.not_asked)
    assert 4 == report.equal
