"""A cassette without some of its interactions answers nothing otherwise than the whole one."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.editing.cassette_parts import take_apart
from glancetape_cassettes.editing.thinning import Thinned, thin
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response, mark_of
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.question import question_of
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive, find
from support.clouds.histories import History, histories, write
from support.clouds.recorded import PROJECT_A, PROJECT_B, get, ok, write_cassette
from support.clouds.walked_cassettes import MINE, cloud_of, walk
from support.drawn.examples import examples
from support.oracle.plain_queries import plain_queries

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
PATCH = Request("PATCH", "http://glance:9292/v2/images/1", (PROJECT_A,), b"[]")


def thinned(folder: Path, interactions: list[Interaction], *unwanted: int) -> Thinned:
    """A cassette of these without some."""
    return thin(take_apart(write(folder / "a.yaml", interactions)), unwanted)


def page(number: int, body: bytes = b'{"images": []}') -> Interaction:
    """A recorded list that is known by its limit."""
    return Interaction(get(f"/v2/images?limit={number}", PROJECT_A), ok(body))


def test_a_change_stays_before_what_it_may_have_changed(tmp_path: Path) -> None:
    """Otherwise the list after it would be given to a client that has changed nothing."""
    changed = Interaction(PATCH, Response(200, "OK"))
    recorded = [page(1), changed, page(1, b'{"images": [1]}')]

    assert ((0, 1, 2), [1]) == _kept(thinned(tmp_path, recorded, 1))
    (tmp_path / "a.yaml").unlink()
    assert ((0,), []) == _kept(thinned(tmp_path, recorded, 1, 2))
    (tmp_path / "a.yaml").unlink()
    assert ((1, 2), [1]) == _kept(thinned(tmp_path, recorded, 0, 1))


def _kept(one: Thinned) -> tuple[tuple[int, ...], list[int]]:
    return one.kept, sorted(one.needed)


def test_a_mark_stays_too(tmp_path: Path) -> None:
    """It says that a request took effect, whose client gets a miss with it and without it."""
    mark = mark_of(Request("POST", "http://cinder:8776/v3/p/volumes/1/action"), "")

    assert ((0, 1, 2), [1]) == _kept(thinned(tmp_path, [page(1), mark, page(2)], 1))
    (tmp_path / "a.yaml").unlink()
    assert ((0, 1), [1]) == _kept(thinned(tmp_path, [page(1), mark, page(2)], 1, 2))


@pytest.mark.parametrize(("updated", "stays"), [("10:00:30", True), ("09:00:00", False)])
def test_a_change_stays_before_an_image_that_was_updated_after_it(
    updated: str, stays: bool, tmp_path: Path
) -> None:
    """Before it is played, the whole cassette does not show the image either."""
    other = {"id": "2", "updated_at": f"2026-11-23T{updated}Z"}
    image = Interaction(get("/v2/images/2", PROJECT_A), ok(json.dumps(other).encode()))
    changed = Interaction(PATCH, ok(b'{"id": "1", "updated_at": "2026-11-23T10:00:00Z"}'))
    recorded = [
        replace(one, recorded_at=f"2026-11-23T10:0{number}:00Z")
        for number, one in enumerate((changed, image))
    ]

    assert ((0, 1) if stays else (1,)) == thinned(tmp_path, recorded, 0).kept


def test_a_refused_change_goes(tmp_path: Path) -> None:
    """It changed nothing."""
    refused = Interaction(PATCH, Response(403, "Forbidden"))

    assert ((0, 2), []) == _kept(thinned(tmp_path, [page(1), refused, page(2)], 1))


@pytest.mark.parametrize(
    ("method", "below"),
    [("DELETE", ""), ("PATCH", ""), ("PUT", "/tags/t"), ("DELETE", "/members/p"), ("PUT", "/file")],
)
def test_a_refused_change_stays_that_shows_an_image_as_gone(
    method: str, below: str, tmp_path: Path
) -> None:
    """Without it, the list before it would prove what it does not prove any more."""
    history = History(cloud_of(), [MINE])
    history.ask(MINE, "limit=100")
    image_id = history.cloud.images[0]["id"]

    recorded = [*history.interactions, refused_with_404(history, method, f"{image_id}{below}")]

    assert ((0, 1), [1]) == _kept(thinned(tmp_path, recorded, 1))


def refused_with_404(history: History, method: str, path: str) -> Interaction:
    """A change of an image that is gone, as its caller cannot know."""
    request = replace(history.callers[0].request("", f"/v2/images/{path}"), method=method)
    return Interaction(request, Response(404, "Not Found"), history.now)


def test_of_each_caller_something_stays(tmp_path: Path) -> None:
    """Otherwise a token that nobody knows would be taken for that of the only caller left."""
    other = Interaction(get("/v2/images?limit=1", PROJECT_B), ok())
    longer = Interaction(get("/v2/images?limit=1&name=abcdefgh", PROJECT_B), ok())
    result = thinned(tmp_path, [page(1), longer, other], 1, 2)

    assert ((0, 2), [2]) == _kept(result)
    assert "it shows that project bbbbbbbb asks too" == result.needed[2]


def test_a_login_stays_whose_token_is_used(tmp_path: Path) -> None:
    """It shows which project asks."""
    login = Request("POST", "http://keystone:5000/v3/auth/tokens", (), b'{"auth": {}}')
    body = b'{"token": {"project": {"id": "p"}, "roles": []}}'
    given_out = Response(201, "Created", (("X-Subject-Token", "t1"),), body)
    path = write_cassette(
        tmp_path / "a.yaml",
        [(login, given_out), (get("/v2/images?limit=1", ("X-Auth-Token", "t1")), ok())],
    )

    assert ((0, 1), [0]) == _kept(thin(take_apart(path), [0]))


def test_a_list_stays_that_would_be_derived_otherwise(tmp_path: Path) -> None:
    """The cloud changed before it was asked again, and no recorded request says so."""
    history = History(cloud_of(), [MINE])
    history.ask(MINE, "limit=100")
    history.cloud.images[0] |= {"name": "renamed", "updated_at": "2030-01-01T00:00:00Z"}
    history.ask(MINE, "")

    assert ((0, 1), [0]) == _kept(thinned(tmp_path, history.interactions, 0))


def test_an_image_stays_that_would_be_another_one_after_a_change(tmp_path: Path) -> None:
    """A was changed unseen: before the change of B the list proves nothing of it, after it A."""
    history = History(cloud_of(), [MINE])
    one, other = history.cloud.images[:2]
    history.look(MINE, one["id"])
    history.keep_change(history.cloud, other["id"])
    one |= {"name": "renamed", "updated_at": "2030-01-01T00:00:00Z"}
    history.ask(MINE, "limit=100")

    assert ((0, 1, 2), [0]) == _kept(thinned(tmp_path, history.interactions, 0))


def test_lists_go_beside_one_that_has_to_stay(tmp_path: Path) -> None:
    """One list shows that the cloud has changed, and nine others show nothing more."""
    history = History(cloud_of(), [MINE])
    for number in range(9):
        history.ask(MINE, f"limit=2&name=none-{number}")
    history.ask(MINE, "limit=100")
    history.cloud.images[0] |= {"name": "renamed", "updated_at": "2030-01-01T00:00:00Z"}
    history.ask(MINE, "")

    assert ((9, 10), [9]) == _kept(thinned(tmp_path, history.interactions, *range(10)))


def test_a_list_stays_for_the_limits_that_it_shows(tmp_path: Path) -> None:
    """What was derived with a larger limit stays derived; without a report it may be a miss."""
    history = History(cloud_of(), [MINE])
    walk(history)
    history.ask(MINE, "limit=7")
    path = write(tmp_path / "a.yaml", history.interactions)
    last = len(history.interactions) - 1

    strict = thin(take_apart(path), [last])
    loose = thin(take_apart(path), [last], keeps_rules=False)

    assert {last: "it shows how many images this cloud lists at once"} == strict.needed
    assert ({}, 1) == (loose.needed, loose.removed)


def test_text_stays_as_it_is(tmp_path: Path) -> None:
    """With the comments of what stays."""
    path = write(tmp_path / "a.yaml", [page(1), page(2), page(3)])
    texts = path.read_text().split("- request:")
    path.write_text(
        "- request:".join([texts[0], texts[1] + "# of 1\n", texts[2] + "# of 2\n", texts[3]])
    )

    result = b"".join(thin(take_apart(path), [1]).parts).decode()

    assert "- request:".join([texts[0], texts[1] + "# of 1\n", texts[3]]) == result


@examples(100, suppress_health_check=SLOW)
@given(data=st.data())
def test_no_request_gets_another_answer(data: st.DataObject) -> None:
    """Recorded requests, derived lists and single images, while the kept changes are played."""
    history = data.draw(histories())
    ids = [*(one["id"] for one in history.cloud.images), *history.gone]
    for image_id in data.draw(st.lists(st.sampled_from(ids), max_size=2)) if ids else ():
        place = data.draw(st.integers(0, len(history.interactions)))
        refused = refused_with_404(history, "PUT", f"{image_id}/tags/t")
        history.interactions.insert(place, replace(refused, recorded_at=_time_at(history, place)))
    count = len(history.interactions)
    unwanted = data.draw(st.sets(st.integers(0, max(0, count - 1)), max_size=count))
    refusals = (one.response.status == 404 for one in history.interactions)
    unwanted |= {place for place, is_one in enumerate(refusals) if is_one}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = take_apart(write(folder / "a.yaml", history.interactions)) if count else None
        if before is None:
            return
        result = thin(before, unwanted)
        event(f"needed: {bool(result.needed)}")
        assert set(result.kept) >= set(range(count)) - unwanted
        if not result.kept:
            return
        (folder / "b.yaml").write_bytes(b"".join(result.parts))
        whole, smaller = (
            RecordedAnswers([load_cassette(folder / one)], lambda _: None)
            for one in ("a.yaml", "b.yaml")
        )
        first, second = Deriver(whole), Deriver(smaller)
        kept = [history.interactions[index].request for index in result.kept]
        changes = [one for one in kept if one.method == "PATCH"]
        reads = [one.request for one in history.interactions if one.request.method == "GET"]
        for change in [None, *changes]:
            if change is not None:
                played, also = find(whole, change), find(smaller, change)
                if not isinstance(played, Answer) or not isinstance(also, Answer):
                    break  # one before it was removed
            asked = [*reads]
            for caller in history.recorded_callers:
                asked += [caller.request(data.draw(plain_queries())) for _ in range(4)]
                asked += [caller.request("", f"/v2/images/{one}") for one in ids]
            for request in asked:
                found = _answer(smaller, second, request)
                assert found in (None, _answer(whole, first, request)), request.uri
        first.close()
        second.close()


def _time_at(history: History, place: int) -> str:
    """When an interaction that is inserted at a place was recorded."""
    following = history.interactions[place:]
    return following[0].recorded_at if following else history.now


def _answer(
    recorded: RecordedAnswers, deriver: Deriver, request: Request
) -> tuple[int, Any] | None:
    """Status and JSON: a list that was recorded may be derived now, in another layout.

    Its links may then name the defaults that this request names, and the recorded one did not.
    """
    for outcome in (find(recorded, request), derive(deriver, request)):
        if isinstance(outcome, Answer):
            body = outcome.response.body
            value = json.loads(body) if body[:1] == b"{" else body
            if isinstance(value, dict):
                for link in {"first", "next"} & value.keys():
                    value[link] = question_of(get(value[link]))
            return outcome.response.status, value
    return None


@pytest.mark.parametrize("unwanted", [(), (0, 1, 2)])
def test_all_or_nothing_may_go(unwanted: tuple[int, ...], tmp_path: Path) -> None:
    result = thinned(tmp_path, [page(1), page(2), page(3)], *unwanted)

    assert len(unwanted) == result.removed
