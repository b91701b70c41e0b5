"""A recording of several clouds: each address follows the rules that its own lists show."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive, find
from support.clouds.clouds import HOST, comparable
from support.clouds.histories import History, histories, write
from support.clouds.recorded_lists import (
    AS_IMS,
    ASKED,
    MINE,
    derived_from,
    history_of,
    keep,
    keep_page,
    listed_image,
    shown,
    shown_by,
    walk,
)
from support.drawn.examples import examples
from support.drawn.rolls import pick
from support.oracle.plain_queries import plain_queries

ELSEWHERE = "http://10.0.0.5:9292"
HOSTS = (HOST, ELSEWHERE)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
HERE = [listed_image(number) for number in (1, 2, 3)]
QUERY = f"{ASKED}&limit=3"
THERE = [listed_image(number) for number in (7, 8, 9)]


def to(host: str, request: Request) -> Request:
    """Return a request as it is sent to an address."""
    return replace(request, uri=request.uri.replace(HOST, host))


def of_two(dialect: str, images: Sequence[dict[str, object]]) -> History:
    """Record a Glance with three images, and then a cloud of a dialect at another address."""
    history = history_of(*HERE)
    walk(history, "limit=3")
    other = history_of(*images, dialect=dialect)
    walk(other, "limit=3")
    for one in other.interactions:
        keep(history, to(ELSEWHERE, one.request), one.response)
    return history


def numbers(outcome: object) -> list[int]:
    """Return the numbers of the images that an answer lists."""
    assert isinstance(outcome, Answer), outcome
    listed = orjson.loads(outcome.response.body)["images"]
    return [int(one["id"].partition("-")[0], 16) for one in listed]


def test_lists_of_two_clouds_are_derived_by_the_rules_of_each(tmp_path: Path) -> None:
    """IMS ends with a full page, and Glance gives a `next` after it."""
    deriver = derived_from(of_two("ims", THERE), tmp_path, "auto")
    found = [derive(deriver, to(host, MINE.request(QUERY))) for host in HOSTS]

    assert [[1, 2, 3], [7, 8, 9]] == [numbers(one) for one in found]
    assert [True, False] == [
        "next" in orjson.loads(one.response.body) for one in found if isinstance(one, Answer)
    ]
    assert deriver.recognised is not None
    assert "glance and ims" == deriver.recognised.names
    assert f"{ELSEWHERE.removeprefix('http://')}/v2/images as ims: " in deriver.recognised.signs


def test_two_addresses_that_may_be_one_service_do_not_follow_two_dialects(tmp_path: Path) -> None:
    """They show the same images, so one of the two dialects is not what it seems to be."""
    deriver = derived_from(of_two("ims", HERE), tmp_path, "auto")

    for host, other in zip(HOSTS, reversed(HOSTS), strict=True):
        outcome = derive(deriver, to(host, MINE.request(ASKED)))
        assert isinstance(outcome, Miss)
        assert f"at {other.removeprefix('http://')}/v2/images" in outcome.reason


@pytest.mark.parametrize("has_other", [True, False])
def test_a_service_that_became_another_cloud_is_a_miss_that_names_both_recordings(
    tmp_path: Path, has_other: bool
) -> None:
    """Which of the two the client would meet is not known, also beside a third cloud."""
    history = of_two("glance", THERE) if has_other else history_of(*HERE)
    count = len(history.interactions)
    keep_page(history, "name=a", [shown_by(1)])
    keep_page(history, "name=b", [], headers=AS_IMS)
    deriver = derived_from(history, tmp_path, "auto")

    reason = shown(deriver, ASKED)

    assert isinstance(reason, str)
    first = 1 if has_other else count + 1
    assert f".yaml#{count + 2}, as Glance: " in reason
    assert f".yaml#{first}); record the service as it is now into another cassette" in reason
    if has_other:
        found = derive(deriver, to(ELSEWHERE, MINE.request(QUERY)))
        assert [7, 8, 9] == numbers(found)


def record_both(both: Sequence[History], folder: Path, *, in_one: bool) -> RecordedAnswers:
    """Write what was recorded of each cloud at an address of its own."""
    placed = [
        [
            Interaction(to(host, one.request), one.response, one.recorded_at)
            for one in history.interactions
        ]
        for host, history in zip(HOSTS, both, strict=True)
    ]
    if in_one:
        placed = [sorted(chain(*placed), key=lambda one: one.recorded_at or "")]
    paths = [write(folder / f"{number}.yaml", some) for number, some in enumerate(placed)]
    return RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)


@examples(60, suppress_health_check=SLOW)
@given(data=st.data())
def test_what_is_derived_beside_another_cloud_is_what_each_cloud_answers(
    data: st.DataObject,
) -> None:
    """Of any two dialects, with changes and without, in one cassette or in two."""
    recorded_histories = histories().filter(lambda one: one.interactions)
    both = [data.draw(recorded_histories), data.draw(recorded_histories)]
    with tempfile.TemporaryDirectory() as folder:
        recorded = record_both(both, Path(folder), in_one=data.draw(st.booleans()))
        for host, history in zip(HOSTS, both, strict=True):
            deriver = Deriver(recorded.rewound())
            for change, cloud in history.states:
                if change is not None:
                    played = find(deriver.recorded, to(host, change))
                    if isinstance(played, Miss):
                        # The other host may be the same service, and has a change before it.
                        assert played.reason.endswith("which has not been played."), played
                        break
                for _ in range(3):
                    caller = pick(data.draw, history.recorded_callers)
                    query = data.draw(plain_queries())

                    outcome = derive(deriver, to(host, caller.request(query)))

                    event(f"{both[0].cloud.dialect}, {both[1].cloud.dialect}: {type(outcome)}")
                    if isinstance(outcome, Answer):
                        expected = cloud.answer(query, caller.project, caller.api_version)
                        assert comparable(expected, cloud.dialect) == comparable(
                            outcome.response, cloud.dialect
                        ), query
            deriver.close()
