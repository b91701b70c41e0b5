"""A derived answer is the one that the cloud would have given, whatever was recorded of it."""

import json
import tempfile
from pathlib import Path
from urllib.parse import quote, urlsplit

from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.asking import derive, find
from support.clouds.clouds import Caller, Cloud, comparable
from support.clouds.histories import CASSETTES, History, histories, is_seen, record
from support.clouds.small_images import ME
from support.drawn.examples import examples
from support.drawn.rolls import pick
from support.oracle.plain_queries import plain_queries
from support.oracle.queries import queries

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


@st.composite
def questions(draw: st.DrawFn, history: History, cloud: Cloud) -> str:
    """Draw a query: good, recorded or odd, at times with a marker."""
    recorded = [urlsplit(one.request.uri).query for one in history.interactions] or [""]
    way = draw(st.sampled_from(("plain", "plain", "again", "odd")))
    if way == "again":
        query = pick(draw, recorded)
    else:
        query = draw(plain_queries() if way == "plain" else queries(cloud.images))
    ids = [image["id"] for image in cloud.images] + history.gone
    if ids and draw(st.sampled_from((True, False, False))):
        marker = pick(draw, ids)
        query += f"{'&' * bool(query)}marker={marker}"
    return query


@examples(150, suppress_health_check=SLOW)
@given(data=st.data())
def test_what_is_derived_from_any_recording_is_what_the_cloud_answers(data: st.DataObject) -> None:
    """Whole and partial walks, mixed and repeated, before and after the cloud changed.

    Recorded changes are played one after the other.
    """
    history = data.draw(histories())
    dialect = history.cloud.dialect
    with tempfile.TemporaryDirectory() as folder:
        recording = record(history, Path(folder), data.draw(CASSETTES))
        deriver = Deriver(recording, data.draw(st.sampled_from(("auto", dialect))))
        for change, cloud in history.states:
            if change is not None:
                assert isinstance(find(recording, change), Answer)
            for _ in range(6):
                caller = pick(data.draw, history.recorded_callers)
                query = data.draw(questions(history, cloud))

                outcome = derive(deriver, caller.request(query))

                event(f"{dialect}: {type(outcome).__name__}")
                if isinstance(outcome, Answer):
                    expected = cloud.answer(query, caller.project, caller.api_version)
                    assert comparable(expected, dialect) == comparable(outcome.response, dialect), (
                        query
                    )
                elif history.interactions:  # otherwise there is no recording that could say why
                    assert isinstance(outcome, Miss), query
                    assert outcome.reason.endswith("."), query
            asking = pick(data.draw, history.recorded_callers)
            check_single_images(deriver, cloud, asking, history.gone)
        deriver.close()


def check_single_images(deriver: Deriver, cloud: Cloud, caller: Caller, gone: list[str]) -> None:
    """Ask for every image by its id, and for a name: no answer differs from the cloud's."""
    stored = {image["id"]: image for image in cloud.images}
    for name in (*stored, *gone, "a name"):
        outcome = derive(deriver, caller.request("", f"/v2/images/{quote(name)}"))
        if not isinstance(outcome, Answer):
            continue
        event(f"{cloud.dialect}: single image {outcome.response.status}")
        if name not in stored:
            assert (404, "a name") == (outcome.response.status, name)
            continue
        assert is_seen(cloud, caller, name), name
        got, image = json.loads(outcome.response.body), cloud.show(stored[name])
        assert sorted(image.pop("tags")) == sorted(got.pop("tags"))
        assert image == got


@examples(100, suppress_health_check=SLOW)
@given(data=st.data())
def test_what_one_caller_recorded_proves_nothing_for_another(
    data: st.DataObject,
) -> None:
    """Another project, or another version of the API."""
    history = data.draw(histories())
    _, cloud = history.states[0]
    mine = history.callers[0]
    others = [Caller("d" * 32, mine.api_version)]
    if cloud.dialect == "ims":
        version = "M" if mine.api_version == "Q" else "Q"
        others.append(Caller(ME, version, mine.by_token))
    with tempfile.TemporaryDirectory() as folder:
        recording = record(history, Path(folder), data.draw(CASSETTES))
        deriver = Deriver(recording, data.draw(st.sampled_from(("auto", cloud.dialect))))
        for caller in others:
            query = data.draw(questions(history, cloud))

            outcome = derive(deriver, caller.request(query))

            if isinstance(outcome, Answer):  # by the rules alone: a refusal, or an empty page
                page = json.loads(outcome.response.body)
                assert not page.get("images"), query
                expected = cloud.answer(query, caller.project, caller.api_version)
                assert comparable(expected, cloud.dialect) == comparable(
                    outcome.response, cloud.dialect
                ), query
