"""GET /v2/images/ID, and a name in place of the id, as far as recorded lists prove the answer."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive, find
from support.clouds.clouds import HOST, Caller
from support.clouds.histories import START, History
from support.clouds.recorded_lists import (
    JSON,
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of,
    history_of_four,
    keep,
    listed_image,
    member,
    opened,
    shown,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of

TOKEN = Caller(ME, by_token=True)
NAMES = {
    "a name": "name 1",
    "a project": OTHER,
    "markup": "<b>",
    "an ending": "a.json",
    "digits without dashes": "0" * 32,
    "other digits": "g0000000-0000-4000-8000-000000000000",
    "longer than any id": "x" * 300,
    "no Latin": "镜像",
}
OF_ANOTHER = "It is recorded for another project only (see replay --own-project)."


def by_id(deriver: Deriver, name: str, caller: Caller = MINE, query: str = "") -> Any:
    """Return the image that is derived, the status of a refusal, or the reason of a miss."""
    outcome = derive(deriver, caller.request(query, f"/v2/images/{quote(name, safe='')}"))
    if outcome is None or isinstance(outcome, Miss):
        return outcome and outcome.reason
    body = orjson.loads(outcome.response.body)
    return body if outcome.response.status == 200 else outcome.response.status


def patch(number: int) -> Request:
    """Make a request that changes an image."""
    return Request("PATCH", f"{HOST}/v2/images/{id_of(number)}", MINE.request("").headers, b"[]")


# -- the image ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_a_listed_image_is_shown_as_in_the_list(dialect: str, tmp_path: Path) -> None:
    """With `self`, `file` and `schema`, and without the envelope of a page."""
    history = history_of_four(dialect)
    deriver = derived_from(history, tmp_path)

    for one in history.cloud.images:
        assert history.cloud.show(one) == by_id(deriver, one["id"])


def test_a_walk_of_some_images_shows_these(tmp_path: Path) -> None:
    """Whatever its filters: hidden images, those of the community, offered ones."""
    queries = {
        "os_hidden=true": listed_image(1, os_hidden=True),
        "visibility=community": listed_image(2, visibility="community"),
        "visibility=shared&member_status=pending": listed_image(
            3, visibility="shared", members=member("pending")
        ),
        "name=name 4": listed_image(4),
    }
    history = history_of(*queries.values())
    for number, (query, one) in enumerate(queries.items(), 1):
        walk(history, f"{query}&limit=100")
        deriver = derived_from(history, tmp_path)

        assert history.cloud.show(one) == by_id(deriver, one["id"])
        for other in range(number + 1, 5):
            assert "No recorded walk shows this image" in by_id(deriver, id_of(other))


def test_an_image_that_no_walk_shows_may_be_there(tmp_path: Path) -> None:
    """Lists leave out what an id may show, so its 404 is not proved."""
    history = history_of_four()
    history.cloud.images.append(listed_image(9, status="killed"))
    deriver = derived_from(history, tmp_path)

    for name in (id_of(9), id_of(99), id_of(0xABC).upper()):
        assert by_id(deriver, name).startswith("No recorded walk shows this image")


def test_a_walk_that_is_void_shows_no_image(tmp_path: Path) -> None:
    """What else has changed cannot be seen. Recorded again, it shows them."""
    history = history_of_four()
    change(history, 3, name="new")
    history.ask(MINE, "name=new&limit=1")
    for number in (1, 3):
        assert "no longer holds" in by_id(derived_from(history, tmp_path), id_of(number))

    walk(history, "limit=3")

    assert "new" == by_id(derived_from(history, tmp_path), id_of(3))["name"]


@pytest.mark.parametrize("path", ["/v2/im%61ges/{}", "/%76%32/images/{}", "/v2/images/%{}"])
def test_letters_of_the_path_may_be_escaped(path: str, tmp_path: Path) -> None:
    """Glance reads them as they are (observed)."""
    image_id = id_of(3)
    escaped = f"{ord(image_id[0]):x}{image_id[1:]}" if path.endswith("%{}") else image_id

    outcome = derive(
        derived_from(history_of_four(), tmp_path), MINE.request("", path.format(escaped))
    )

    assert isinstance(outcome, Answer)
    assert "name 3" == orjson.loads(outcome.response.body)["name"]


def test_an_image_that_is_there_and_not_shown_leaves_the_others_as_they_are(
    tmp_path: Path,
) -> None:
    """It may be new in the list, and shows nothing of what the list shows."""
    history = history_of_four()
    keep(
        history,
        MINE.request(f"name=nobody&marker={id_of(9)}"),
        Response(200, "OK", (JSON,), b'{"images": []}'),
    )
    deriver = derived_from(history, tmp_path)

    assert "no longer holds" in shown(deriver, "name=name+3")
    assert "name 3" == by_id(deriver, id_of(3))["name"]
    assert [] == shown(deriver, f"limit=0&marker={id_of(3)}")


NEW = "2020-01-01T00:00:09Z"
PERHAPS_NEW = {
    # The walk's filter, and what decides whether the new image matches it.
    "null or empty": ("os_version=", {"os_version": ""}),
    "the second that is asked for": (f"updated_at=neq:{NEW}", {"updated_at": NEW}),
    "accepted or not": (
        "",
        {"visibility": "shared", "owner": OTHER, "members": member("accepted")},
    ),
    "one's own or another's": ("", {"visibility": "community", "owner": ME}),
}


@pytest.mark.parametrize(("query", "fields"), PERHAPS_NEW.values(), ids=PERHAPS_NEW)
def test_an_image_that_is_perhaps_new_in_a_walk_leaves_the_others_as_they_are(
    query: str, fields: dict[str, Any], tmp_path: Path
) -> None:
    """It may have been there all the time, and in no list of this kind."""
    images = [listed_image(one, os_version="") for one in (1, 2, 3)]
    history = history_of(*images, callers=(TOKEN,))
    walk(history, f"{query}&limit=2".removeprefix("&"), TOKEN)
    history.cloud.images.append(listed_image(9, **fields))
    history.look(TOKEN, id_of(9))
    deriver = derived_from(history, tmp_path)

    told = shown(deriver, f"{query}&limit=9".removeprefix("&"), TOKEN)

    assert "may belong in it and was recorded like this only later" in told
    assert "name 3" == by_id(deriver, id_of(3), TOKEN)["name"]


def test_a_part_of_a_walk_shows_no_image(tmp_path: Path) -> None:
    """The rest of it may contradict what was there."""
    history = history_of_four()
    del history.interactions[1:]

    assert "No recorded walk shows" in by_id(derived_from(history, tmp_path), id_of(4))


def test_another_projects_walk_shows_no_image(tmp_path: Path) -> None:
    """Each project sees images of its own."""
    deriver = derived_from(history_of_four(), tmp_path)

    assert OF_ANOTHER == by_id(deriver, id_of(4), THEIRS)
    assert OF_ANOTHER == by_id(deriver, "a name", THEIRS)


def played(history: History, folder: Path) -> tuple[RecordedAnswers, Deriver]:
    recording = opened(history, folder)
    return recording, Deriver(recording, "glance")


def test_a_change_of_another_image_leaves_an_image_as_it_is(tmp_path: Path) -> None:
    """Before the change and after it, from a walk of either state; its own image differs."""
    history = history_of_four()
    keep(history, patch(1), Response(200, "OK", (JSON,), b"{}"))
    change(history, 1, name="patched")
    recording, deriver = played(history, tmp_path)

    assert "name 2" == by_id(deriver, id_of(2))["name"]
    assert "name 1" == by_id(deriver, id_of(1))["name"]
    find(recording, patch(1))
    assert "name 2" == by_id(deriver, id_of(2))["name"]
    assert "No list is recorded in the state" in by_id(deriver, id_of(1))

    del history.interactions[:2]
    walk(history, "limit=2")
    recording, deriver = played(history, tmp_path)
    assert 4 == len(history.interactions)
    assert "name 2" == by_id(deriver, id_of(2))["name"]
    assert isinstance(by_id(deriver, id_of(1)), str)
    find(recording, patch(1))
    assert "patched" == by_id(deriver, id_of(1))["name"]


BEFORE = {
    # What was recorded before PATCH of image 1, and how image 2 was then; now it is public, active
    # and called "name 2".
    "a list with another name": ("limit=9", {"name": "old"}),
    "a page with another name": ("limit=3", {"name": "old"}),
    "the image with another name": ("2", {"name": "old"}),
    "a list without it": ("limit=9", {"status": "killed"}),
    "a list by its id": (f"id={id_of(2)}", {"visibility": "private"}),
    "a page that goes on behind it": (
        "sort_key=name&sort_dir=asc&limit=3",
        {"status": "killed"},
    ),
    "a list of its name": ("name=name 2&limit=2", {"name": "old"}),
    "a 404": ("2", {"status": "killed"}),
}
AGREEING = {
    "nothing": "",
    "a list with it": "limit=9",
    "a page with it": "limit=3",
    "the image": "2",
    "a page that ends before it": "limit=2",
    "a page that begins after it": f"limit=2&marker={id_of(2)}",
    "a list of other names": "name=name 1&limit=2",
    "a list of hidden images": "os_hidden=true&limit=2",
}


def patched_between(before: str, earlier: dict[str, Any]) -> History:
    """Record something of image 2, then PATCH of image 1, then a list of all."""
    history = history_of(*map(listed_image, range(1, 5)))
    change(history, 2, **earlier)
    if before.isdecimal():
        history.look(MINE, id_of(int(before)))
    elif before:
        history.ask(MINE, before)
    keep(history, patch(1), Response(200, "OK", (JSON,), b"{}"))
    change(history, 1, name="patched")
    change(history, 2, **listed_image(2))
    walk(history, "limit=9")
    return history


@pytest.mark.parametrize(("before", "earlier"), BEFORE.values(), ids=BEFORE)
def test_an_image_that_was_otherwise_before_is_not_shown_as_it_is_later(
    before: str, earlier: dict[str, Any], tmp_path: Path
) -> None:
    """It was changed unseen, and whether that was before the recorded change is not known."""
    recording, deriver = played(patched_between(before, earlier), tmp_path)

    assert isinstance(by_id(deriver, id_of(2)), str)
    find(recording, patch(1))
    assert "name 2" == by_id(deriver, id_of(2))["name"]


@pytest.mark.parametrize("before", AGREEING.values(), ids=AGREEING)
def test_what_agrees_with_a_later_list_lets_it_show_an_image(before: str, tmp_path: Path) -> None:
    """Nothing recorded before the change would have to show the image otherwise."""
    _, deriver = played(patched_between(before, {}), tmp_path)

    assert "name 2" == by_id(deriver, id_of(2))["name"]


def since(minutes: int, seconds: int = 0) -> str:
    """Return the time that is so long after START, when the change of image 1 is recorded."""
    time = START + timedelta(minutes=minutes, seconds=seconds)
    return time.isoformat().replace("+00:00", "Z")


UPDATED: dict[str, tuple[str, bool]] = {
    # When image 2 was updated, and whether it surely was as it is before the change of image 1.
    "a quarter of an hour before": (since(-15), True),
    "a second later": (since(-15, 1), False),
    "with the change": (since(0), False),
    "an hour after": (since(60), False),
}


def shown_only_after(updated_at: str, recorded_at: str) -> History:
    """Record PATCH of image 1, and then a list of all."""
    history = history_of(*map(listed_image, range(1, 5)))
    change(history, 2, updated_at=updated_at)
    keep(history, patch(1), Response(200, "OK", (JSON,), b"{}"))
    history.interactions[0] = replace(history.interactions[0], recorded_at=recorded_at)
    change(history, 1, name="patched")
    walk(history, "limit=9")
    return history


@pytest.mark.parametrize(("updated_at", "is_same"), UPDATED.values(), ids=UPDATED)
def test_an_image_that_was_updated_since_is_not_shown_as_it_is_later(
    updated_at: str, is_same: bool, tmp_path: Path
) -> None:
    """Nobody recorded the update, and before it the image may not have been there at all."""
    recording, deriver = played(shown_only_after(updated_at, since(0)), tmp_path)

    before = by_id(deriver, id_of(2))
    assert is_same == isinstance(before, dict), before
    find(recording, patch(1))
    assert updated_at == by_id(deriver, id_of(2))["updated_at"]


def test_without_a_date_of_the_change_no_image_was_surely_updated_before_it(tmp_path: Path) -> None:
    """Some recorders keep no dates."""
    recording, deriver = played(shown_only_after("2019-01-01T00:00:00Z", "unknown"), tmp_path)

    assert isinstance(by_id(deriver, id_of(2)), str)
    find(recording, patch(1))
    assert "name 2" == by_id(deriver, id_of(2))["name"]


@pytest.mark.parametrize("before", ["limit=9", "limit=3", "2"])
def test_an_image_that_was_shown_before_is_shown_whenever_it_was_updated(
    before: str, tmp_path: Path
) -> None:
    """It is the same as it was then; a page of it is enough, or the image alone."""
    history = history_of(*map(listed_image, range(1, 5)))
    change(history, 2, updated_at=since(0))
    if before.isdecimal():
        history.look(MINE, id_of(int(before)))
    else:
        history.ask(MINE, before)
    keep(history, patch(1), Response(200, "OK", (JSON,), b"{}"))
    keep(history, patch(3), Response(200, "OK", (JSON,), b"{}"))
    walk(history, "limit=9")
    recording, deriver = played(history, tmp_path)

    for number in (1, 3):
        assert since(0) == by_id(deriver, id_of(2))["updated_at"]
        find(recording, patch(number))
    assert since(0) == by_id(deriver, id_of(2))["updated_at"]


@pytest.mark.parametrize("before", ["limit=9", "limit=3"])
def test_a_page_of_an_odd_length_shows_how_an_image_was(before: str, tmp_path: Path) -> None:
    """Nothing is derived from it; but another image was patched, and this one renamed unseen."""
    history = history_of(*map(listed_image, range(1, 5)))
    history.ask(MINE, before)
    page = history.interactions[-1]
    value = orjson.loads(page.response.body)
    value |= {"images": value["images"][:2], "next": f"/v2/images?{before}&marker={id_of(2)}"}
    response = replace(page.response, body=orjson.dumps(value))
    history.interactions[-1] = replace(page, response=response)
    shown = [one["id"] for one in value["images"]]
    number = next(one for one in (2, 3) if id_of(one) in shown)
    keep(history, patch(1), Response(200, "OK", (JSON,), b"{}"))
    change(history, number, name="renamed")
    walk(history, "limit=9")
    recording, deriver = played(history, tmp_path)

    assert isinstance(by_id(deriver, id_of(number)), str)
    find(recording, patch(1))
    assert "renamed" == by_id(deriver, id_of(number))["name"]


def test_what_showed_an_image_after_a_change_does_not_show_it_before(tmp_path: Path) -> None:
    """Three states: the second shows the image as the third does, and the first does not."""
    history = history_of(*map(listed_image, range(1, 5)))
    change(history, 2, updated_at=since(0))
    keep(history, patch(1), Response(200, "OK", (JSON,), b"{}"))
    history.look(MINE, id_of(2))
    keep(history, patch(3), Response(200, "OK", (JSON,), b"{}"))
    walk(history, "limit=9")
    recording, deriver = played(history, tmp_path)

    assert isinstance(by_id(deriver, id_of(2)), str)
    find(recording, patch(1))
    assert since(0) == by_id(deriver, id_of(2))["updated_at"]


@pytest.mark.parametrize("status", [401, 403])
def test_after_a_refusal_no_other_state_answers(status: int, tmp_path: Path) -> None:
    """The caller may have another role since."""
    history = history_of_four()
    keep(history, patch(1), Response(200, "OK", (JSON,), b"{}"))
    keep(history, MINE.request("limit=3"), Response(status, "", (JSON,), b"{}"))
    recording, deriver = played(history, tmp_path)
    find(recording, patch(1))

    assert isinstance(by_id(deriver, id_of(2)), str)
    assert isinstance(by_id(deriver, "name 2"), str)


# -- a deleted image ------------------------------------------------------------------------------

GONE = Response(204, "No Content")


def delete(number: int = 1, caller: Caller = MINE, query: str = "") -> Request:
    """Make a request that deletes an image."""
    uri = f"{HOST}/v2/images/{id_of(number)}{query and f'?{query}'}"
    return Request("DELETE", uri, caller.request("").headers)


def test_a_deleted_image_gets_the_404_that_glance_gives_it(tmp_path: Path) -> None:
    """Once its DELETE was played, and its caller alone. Other images are as they were."""
    history = history_of_four()
    walk(history, "limit=3", THEIRS)
    keep(history, delete(), GONE)
    recording, deriver = played(history, tmp_path)
    assert "name 1" == by_id(deriver, id_of(1))["name"]

    find(recording, delete())
    outcome = derive(deriver, MINE.request("", f"/v2/images/{id_of(1)}"))

    assert isinstance(outcome, Answer)
    said = orjson.loads(outcome.response.body)["message"]
    assert (404, f"No image found with ID {id_of(1)}<br /><br />\n\n\n") == (
        outcome.response.status,
        said,
    )
    assert outcome.source.endswith(f"#{len(history.interactions)}")
    assert "name 2" == by_id(deriver, id_of(2))["name"]
    assert isinstance(by_id(deriver, id_of(1), THEIRS), str)
    assert 404 != by_id(deriver, id_of(1), query="_method=PUT")


def refusal(status: int) -> Response:
    return Response(status, "", (JSON,), b"{}")


AS_DELETED = {**listed_image(1, status="deleted"), "schema": "/v2/schemas/image"}
UNPROVED: dict[str, list[tuple[Request, Response]]] = {
    "it was refused": [(delete(), refusal(403))],
    "it failed": [(delete(), refusal(500))],
    "it was another image's": [(delete(2), GONE)],
    "another caller sent it": [(delete(1, THEIRS), GONE)],
    "it may be another method": [(delete(1, query="_method=PUT"), GONE)],
    "a later list shows the image": [
        (delete(), GONE),
        (
            MINE.request("status=deleted"),
            Response(200, "OK", (JSON,), orjson.dumps({"images": [AS_DELETED]})),
        ),
    ],
    "a later answer shows the image": [
        (delete(), GONE),
        (
            MINE.request("", f"/v2/images/{id_of(1)}"),
            Response(200, "OK", (JSON,), orjson.dumps(AS_DELETED)),
        ),
    ],
    **{
        f"a later {status} to GET of {below or 'it'}": [
            (delete(), GONE),
            (MINE.request("", f"/v2/images/{id_of(1)}{below}"), Response(status, "", ())),
        ]
        for below, status in (("", 304), ("/members", 200), ("/file", 200), ("/file", 204))
    },
    "a later request changes the image": [
        (delete(), GONE),
        (patch(1), Response(200, "OK", (JSON,), b"{}")),
    ],
    "the caller was refused": [(delete(), GONE), (MINE.request("limit=3"), refusal(401))],
}


@pytest.mark.parametrize("recorded", UNPROVED.values(), ids=UNPROVED)
def test_a_delete_that_does_not_prove_the_404_is_a_miss(
    recorded: list[tuple[Request, Response]], tmp_path: Path
) -> None:
    """Or the image is there still."""
    history = history_of_four()
    for request, response in recorded:
        keep(history, request, response)
    recording, deriver = played(history, tmp_path)
    find(recording, recorded[0][0])

    assert 404 != by_id(deriver, id_of(1))


def test_what_ims_says_to_a_deleted_image_is_not_known(tmp_path: Path) -> None:
    """Its words for refusals are not documented."""
    history = history_of_four("ims")
    keep(history, delete(), GONE)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "ims")
    find(recording, delete())

    assert isinstance(by_id(deriver, id_of(1)), str)


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_gets_the_404_that_glance_gives_it(name: str, tmp_path: Path) -> None:
    """Every id is a UUID, so no image has this one. Then the client asks for the name."""
    deriver = derived_from(history_of_four(), tmp_path)
    outcome = derive(deriver, MINE.request("", f"/v2/images/{quote(name, safe='')}"))

    assert isinstance(outcome, Answer)
    assert 404 == outcome.response.status
    said = orjson.loads(outcome.response.body)["message"]
    seen = name.encode().decode("latin-1")  # observed: Glance's server reads a path so
    assert f"No image found with ID {seen}<br /><br />\n\n\n" == said
    assert [1] == shown(deriver, "name=name 1&limit=2")


def test_what_ims_says_to_a_name_is_not_known(tmp_path: Path) -> None:
    """Its words for refusals are not documented."""
    deriver = derived_from(history_of_four("ims"), tmp_path)

    for name in NAMES.values():
        assert "It names no UUID, and this cloud's words for that are not recorded." == by_id(
            deriver, name
        )


def test_a_cloud_whose_ids_are_no_uuids_may_have_any(tmp_path: Path) -> None:
    """Its images are shown all the same."""
    history = history_of({**listed_image(1), "id": "one"}, listed_image(2))
    walk(history, "limit=3")
    deriver = derived_from(history, tmp_path)

    assert "name 1" == by_id(deriver, "one")["name"]
    assert by_id(deriver, "two").startswith("No recorded walk shows this image")


def test_a_path_that_is_no_utf8_is_a_miss(tmp_path: Path) -> None:
    """The server in front of Glance fails at it."""
    outcome = derive(derived_from(history_of_four(), tmp_path), MINE.request("", "/v2/images/%FFa"))

    assert isinstance(outcome, Miss)
    assert "not UTF-8" in outcome.reason


# -- doubts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["_method=DELETE", "x=%ff&_method=DELETE", "%5Fmethod=PUT"])
def test_a_single_image_whose_query_names_a_method_is_a_miss(query: str, tmp_path: Path) -> None:
    """Glance takes it for the method of the request. Other parameters it does not read."""
    deriver = derived_from(history_of_four(), tmp_path)

    for name in (id_of(1), "name 1"):
        assert "may name the method" in by_id(deriver, name, query=query)
    assert "name 1" == by_id(deriver, id_of(1), query="limit=abc&x=%ff")["name"]


def test_a_shared_image_is_shown_to_a_caller_who_has_a_project(tmp_path: Path) -> None:
    """A token without one lists it and is not shown it; the private image shows the project."""
    offered = listed_image(1, visibility="shared", members=member("accepted"))
    history = history_of(offered, listed_image(2), callers=(TOKEN,))
    walk(history, "limit=3", TOKEN)
    deriver = derived_from(history, tmp_path)
    assert by_id(deriver, id_of(1), TOKEN).startswith("It is shared, and no list shows")
    assert "name 2" == by_id(deriver, id_of(2), TOKEN)["name"]

    history.cloud.images.append(listed_image(3, visibility="private", owner=ME))
    walk(history, "limit=3", TOKEN)

    assert "name 1" == by_id(derived_from(history, tmp_path), id_of(1), TOKEN)["name"]


def test_a_cloud_whose_lists_leave_something_out_shows_no_single_image(tmp_path: Path) -> None:
    """A recorded single image tells what lists of this cloud lack."""
    history = history_of_four("ims")
    full = {**history.cloud.show(history.cloud.images[0]), "__only_here": "x"}
    target = MINE.request("", f"/v2/images/{id_of(1)}")
    keep(history, target, Response(200, "OK", (JSON,), orjson.dumps(full)))
    deriver = derived_from(history, tmp_path)

    assert "A single image was recorded with __only_here" in by_id(deriver, id_of(2))


def test_an_image_that_is_listed_as_gone_may_not_be_shown(tmp_path: Path) -> None:
    """A cloud may list deleted images on request."""
    history = history_of(listed_image(1))
    walk(history, "limit=3")
    body = {
        "images": [history.cloud.show(listed_image(1, status="deleted"))],
        "first": "/v2/images",
    }
    response = Response(200, "OK", history.interactions[0].response.headers, orjson.dumps(body))
    history.interactions.clear()
    keep(history, MINE.request("status=deleted&limit=3"), response)

    assert "The list shows it as gone" in by_id(derived_from(history, tmp_path), id_of(1))


@pytest.mark.parametrize(
    "request_",
    [
        Request("HEAD", f"{HOST}/v2/images/{id_of(1)}", MINE.request("").headers),
        Request("GET", f"{HOST}/v2/images/{id_of(1)}/members", MINE.request("").headers),
        Request("GET", f"{HOST}/v2/images/{id_of(1)}/file", MINE.request("").headers),
        Request("GET", f"{HOST}/v2/images/", MINE.request("").headers, b"{}"),
        Request("GET", f"{HOST}/v2/images/{id_of(1)}", MINE.request("").headers, b"{}"),
        Request("GET", f"{HOST}/v2.1/images/{id_of(1)}", MINE.request("").headers),
        Request("GET", f"{HOST}/other/v2/images/{id_of(1)}", MINE.request("").headers),
    ],
    ids=lambda one: f"{one.method} {one.uri.removeprefix(HOST)} {one.body.decode()}",
)
def test_other_requests_are_not_derived(request_: Request, tmp_path: Path) -> None:
    """Members, data, other methods, a body, another service; `test_unknown_paths` has the rest."""
    assert derive(derived_from(history_of_four(), tmp_path), request_) is None


def test_the_example_of_single_images(tmp_path: Path) -> None:
    """Of the module `single_images`."""
    letters = "ABCD"
    history = history_of(
        *(listed_image(number, name=letter) for number, letter in enumerate(letters, 1)),
        listed_image(5, name="E", visibility="community", owner=OTHER),
    )
    walk(history, "limit=3")
    assert 2 == len(history.interactions)
    deriver = derived_from(history, tmp_path)
    assert "C" == by_id(deriver, id_of(3))["name"]
    assert 404 == by_id(deriver, "C")
    assert [3] == shown(deriver, "name=C&limit=2")
    assert "No recorded walk shows" in by_id(deriver, id_of(5))

    change(history, 3, name="Z")
    history.ask(MINE, "name=Z")
    deriver = derived_from(history, tmp_path)
    for number in (1, 2, 4):
        assert "no longer holds" in by_id(deriver, id_of(number))
    assert "Z" == by_id(deriver, id_of(3))["name"]
