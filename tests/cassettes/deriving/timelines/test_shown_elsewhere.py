"""Whatever shows a caller that a list has changed voids its walk, wherever and however it asked.

Each case is an image that is made, deleted or renamed while nobody records, and a request by which
a caller may notice: of the list or of the image, at the service's address or another one, in an
older or newer version of the API. The cloud says whether the answer would have been another one
without the change. If so, the list is a miss; if not, it is still derived.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import pytest

from support.clouds.clouds import HOST, Caller
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of,
    listed_image,
    member,
    remove,
    shown,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of

ALIAS = "http://10.0.0.5:9292"
ASKED = "sort_key=name&sort_dir=asc&limit=100"
BEFORE = [1, 2, 3]
VISIBILITIES = ("public", "private", "shared", "community")


def appear(history: History, visibility: str) -> None:
    made = {"created_at": history.now, "updated_at": history.now, "owner": ME}
    history.cloud.images.append(listed_image(4, visibility=visibility, **made))


def disappear(history: History, visibility: str) -> None:
    change(history, 3, visibility=visibility)
    remove(history, 3)


def take_another_name(history: History, visibility: str) -> None:
    change(history, 3, name="another", updated_at=history.now)


def change_nothing(history: History, visibility: str) -> None:
    """Nothing happens."""


@dataclass(frozen=True)
class Way:
    """How the question is asked."""

    version: str = "M"
    host: str = HOST
    query: str | None = "limit=1000"
    """None asks for the image."""
    project: str = ME


WAYS = {
    "the same list": Way(),
    "the image": Way(query=None),
    "a newer version": Way("Q"),
    "the image in a newer version": Way("Q", query=None),
    "shared images in a newer version": Way("Q", query="visibility=shared&limit=1000"),
    "private images in a newer version": Way("Q", query="visibility=private&limit=1000"),
    "community images in a newer version": Way("Q", query="visibility=community&limit=1000"),
    "another address": Way(host=ALIAS),
    "the image at another address": Way(host=ALIAS, query=None),
    "another address in a newer version": Way("Q", ALIAS),
    "the image at another address in a newer version": Way("Q", ALIAS, None),
    "another caller": Way(project=OTHER),
    "another caller, the image": Way(project=OTHER, query=None),
    "another caller in a newer version": Way("Q", project=OTHER),
}


def ask(history: History, way: Way, number: int, *, by_token: bool) -> object:
    """Record a request; returns what it was answered."""
    caller = Caller(way.project, way.version, by_token)
    if way.query is None:
        history.look(caller, id_of(number))
    else:
        history.ask(caller, way.query)
    last = history.interactions[-1]
    there = replace(last.request, uri=last.request.uri.replace(HOST, way.host))
    history.interactions[-1] = replace(last, request=there)
    return last.response.status, last.response.body


def recorded(way: Way, mine: Caller, visibility: str) -> History:
    """Record a walk of three images, and a page that is asked for in a way."""
    last = listed_image(3, owner=ME, visibility=visibility)
    history = history_of(listed_image(1), listed_image(2), last, dialect="ims", callers=[mine])
    walk(history, "limit=2", mine)
    ask(history, replace(way, query="limit=1"), 3, by_token=mine.by_token)
    return history


def learns_of(
    happened: Callable[[History, str], None],
    history: History,
    visibility: str,
    way: Way,
    mine: Caller,
) -> bool:
    """Let something happen and ask. Returns whether the answer had been another one without it."""
    number = 4 if happened is appear else 3
    unchanged = deepcopy(history)
    happened(history, visibility)
    before, after = (ask(one, way, number, by_token=mine.by_token) for one in (unchanged, history))
    return before != after


@pytest.mark.sampled(5)
@pytest.mark.parametrize("by_token", [False, True], ids=["project known", "project unknown"])
@pytest.mark.parametrize("is_later_state", [False, True], ids=["", "after a change of another"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("happened", [appear, disappear, take_another_name, change_nothing])
def test_a_walk_is_void_if_and_only_if_its_caller_may_know_that_the_list_has_changed(
    happened: Callable[[History, str], None],
    way: str,
    is_later_state: bool,
    by_token: bool,
    tmp_path: Path,
) -> None:
    mine = Caller(ME, "M", by_token)
    for visibility in VISIBILITIES:
        folder = tmp_path / visibility
        folder.mkdir()
        history = recorded(WAYS[way], mine, visibility)
        assert BEFORE == shown(derived_from(history, folder), ASKED, mine)
        if is_later_state:
            history.keep_change(history.cloud, id_of(1))

        knows = learns_of(happened, history, visibility, WAYS[way], mine)
        found = shown(derived_from(history, folder), ASKED, mine)

        assert knows is (BEFORE != found), (visibility, found)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("is_later_state", [False, True], ids=["", "after a change of another"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("happened", [take_another_name, change_nothing])
def test_a_walk_that_left_an_image_out_is_void_once_its_caller_may_know_that_it_matches(
    happened: Callable[[History, str], None], way: str, is_later_state: bool, tmp_path: Path
) -> None:
    """The image was in another list before, under the name that it had then."""
    mine, asked = Caller(ME, "M"), "name=another&limit=100"
    for visibility in VISIBILITIES:
        folder = tmp_path / visibility
        folder.mkdir()
        history = recorded(WAYS[way], mine, visibility)
        walk(history, "name=another&limit=2", mine)
        assert [] == shown(derived_from(history, folder), asked, mine)
        if is_later_state:
            history.keep_change(history.cloud, id_of(1))

        knows = learns_of(happened, history, visibility, WAYS[way], mine)
        found = shown(derived_from(history, folder), asked, mine)

        assert knows is ([] != found), (visibility, found)


@pytest.mark.parametrize("by_token", [False, True], ids=["project known", "project unknown"])
@pytest.mark.parametrize("is_later_state", [False, True], ids=["", "after a change of another"])
@pytest.mark.parametrize("project", [ME, OTHER])
@pytest.mark.parametrize("happened", [appear, take_another_name, disappear, change_nothing])
def test_the_list_of_imss_own_api_shows_how_images_look_and_not_which_are_gone(
    happened: Callable[[History, str], None],
    project: str,
    is_later_state: bool,
    by_token: bool,
    tmp_path: Path,
) -> None:
    """`GET /v2/cloudimages` has the same images as `GET /v2/images`, and other rules and limits."""
    mine = Caller(ME, "M", by_token)
    history = history_of(*map(listed_image, (1, 2, 3)), dialect="ims", callers=[mine])
    walk(history, "limit=2", mine)
    ask_natively(history, Caller(project, by_token=by_token))
    assert BEFORE == shown(derived_from(history, tmp_path), ASKED, mine)
    if is_later_state:
        history.keep_change(history.cloud, id_of(1))
    happened(history, "public")

    ask_natively(history, Caller(project, by_token=by_token))
    found = shown(derived_from(history, tmp_path), ASKED, mine)

    shows_it = happened in (appear, take_another_name)
    assert shows_it is ("no longer holds" in found), found
    assert shows_it or BEFORE == found


def ask_natively(history: History, caller: Caller) -> None:
    """Record IMS's own list."""
    history.ask(caller, "limit=500")
    last = history.interactions[-1]
    request = replace(last.request, uri=last.request.uri.replace("/v2/images", "/v2/cloudimages"))
    body = orjson.dumps({"images": orjson.loads(last.response.body)["images"]})
    history.interactions[-1] = replace(
        last, request=request, response=replace(last.response, body=body)
    )


def test_a_list_of_another_caller_does_not_show_what_this_one_has_accepted(tmp_path: Path) -> None:
    """Both know an image that a third shares with them. The walk lacks it: it was only offered."""
    offered = listed_image(4, visibility="shared", owner="f" * 32, members=member("pending"))
    offered["members"].append({"member_id": OTHER, "status": "accepted"})
    history = history_of(listed_image(1), listed_image(2), offered)
    walk(history)
    assert [1, 2] == shown(derived_from(history, tmp_path), ASKED)

    history.look(MINE, id_of(4))
    offered["members"][0]["status"] = "accepted"  # nobody records that
    history.ask(THEIRS, "")

    assert "may belong in it" in str(shown(derived_from(history, tmp_path), ASKED))
